"""Starts PostgreSQL and Redis or Valkey for one checkout, runs something on them, and leaves nothing behind.

It imports no Django, so that it can run before the database exists. ``python -m config.launcher --help`` lists the
commands.
"""
