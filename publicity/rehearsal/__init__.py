"""A whole campaign on invented people, before the real one: the same services that the pages call, on a simulated clock.

`people` invents, `sample` makes the papers they hand in, `clock` keeps the notice's own calendar, `play` runs the campaign,
`scratch` gives it a database of its own, `report` says what came of it.
"""
