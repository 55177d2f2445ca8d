"""Coverage with probes that stay.

slipcover takes probes out that were passed fifty times, and to do so walks through every class and function of every module, again
and again. In the tests of one app that cost more than all later passes: 72.7 s of CPU against 62.3 s, for the same lines and
branches.
"""

from slipcover.slipcover import Slipcover


def _stay(self: Slipcover) -> None:
    """Called by a probe once it has been passed often."""


Slipcover.deinstrument_seen = _stay
