"""The short path of a vote: a form read without a session, a batch written for many, an answer only after the commit.

`desk` reads what was posted and answers; `writer` gathers the ballots of all threads of a process. `config.votes` serves them
beside Django; the view `cast` of `publicity.views_polls` serves the same address where no such server stands in front.
"""
