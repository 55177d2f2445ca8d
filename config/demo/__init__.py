"""The demo: real towns and offices, invented people, three campaigns around today. Data in the TOML files beside this.

`scene` reads the data, `load` plays it through the services with a simulated clock that never reaches the real now.
"""
