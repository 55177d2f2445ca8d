"""Coverage at a bearable price: probes that stay, and none where no test runs.

slipcover takes probes out that were passed fifty times, and to do so walks through every class and function of every module, again
and again. In the tests of one app that cost more than all later passes: 72.7 s of CPU against 62.3 s, for the same lines and
branches. The process that only hands tests out to workers would wait eleven seconds for probes that nothing passes.
"""

import os
import sys
from collections.abc import Iterator

import pytest
from slipcover.importer import SlipcoverMetaPathFinder
from slipcover.slipcover import Slipcover


def _stay(self: Slipcover) -> None:
    """Called by a probe once it has been passed often."""


Slipcover.deinstrument_seen = _stay


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    hands_out = getattr(early_config.known_args_namespace, "numprocesses", None)
    if hands_out and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, SlipcoverMetaPathFinder)]
    return (yield)
