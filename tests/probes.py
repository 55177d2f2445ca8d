"""Coverage at a bearable price: probes that are taken out three times, and none where no test runs.

slipcover takes probes out whenever one was passed fifty times, and to do so walks through every class and function of every
module, again and again. In the tests of one app that cost more than all later passes. Here each worker takes out what was
passed after so many tests, and finds the functions in one look at what the interpreter holds.
The process that only hands tests out to workers would wait eleven seconds for probes that nothing passes.
"""

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any, Final

import pytest
from slipcover import pytest_plugin
from slipcover.importer import SlipcoverMetaPathFinder
from slipcover.slipcover import Slipcover

AFTER: Final = frozenset({20, 150, 600})
"""The tests of a worker after which it takes out the probes passed so far."""

_take_out = Slipcover.deinstrument_seen


def _stay(self: Slipcover) -> None:
    """Called by a probe once it has been passed often."""


def _every_function(_: Iterable[Any], visited: set[Any]) -> list[FunctionType]:
    """All functions there are, once; slipcover asks module by module, and misses those that others hold."""
    if visited:
        return []
    gc.unfreeze()
    found = [one for one in gc.get_objects() if type(one) is FunctionType]
    gc.freeze()
    visited.update(map(id, found))
    return found


Slipcover.deinstrument_seen = _stay
Slipcover.find_functions = staticmethod(_every_function)


class _TakeOut:
    def __init__(self, slipcover: Slipcover) -> None:
        self.slipcover = slipcover
        self.tests = 0

    def pytest_runtest_logfinish(self) -> None:
        self.tests += 1
        if self.tests in AFTER:
            _take_out(self.slipcover)


def pytest_configure(config: pytest.Config) -> None:
    if pytest_plugin._slipcover_instance is not None:
        config.pluginmanager.register(_TakeOut(pytest_plugin._slipcover_instance))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    hands_out = getattr(early_config.known_args_namespace, "numprocesses", None)
    if hands_out and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, SlipcoverMetaPathFinder)]
    return (yield)
