"""A campaign's archive (活动档案): one file that proves itself without the database. See docs/adr/0011.

`layout` is the file, `tables` what goes into it, `checks` what is computed again. Each app names its tables and checks in a
module `archived`, imported by its `ready`; `publicity.services.archives` makes the file.
"""
