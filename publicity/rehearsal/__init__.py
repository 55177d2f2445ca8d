"""A whole campaign on invented people, before the real one: the same services that the pages call, on a simulated clock.

`people` invents, `sample` makes the papers they hand in, `cast` appoints everybody else, `clock` keeps the notice's own
calendar, `intake` lets people come, `play` runs the campaign, `draft` carries over what an officer already changed, `scratch`
gives it a database of its own, `report` says what came of it.
"""
