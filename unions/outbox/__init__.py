"""The outbox: every step informs by site message, mail and short message. See docs/adr/0009.

`queueing` writes messages in the transaction of what they are about; `courier` carries them; `tending` and `mass` are what
people do with them; `kinds` knows the words. Codes for signing in do not wait here: they go through `unions.messaging`.
"""
