"""What many tests begin with: made once, and given to each test as it was.

A fixture under `@kept` is built inside a transaction that stays open from one test to the next. Each such fixture is a savepoint
on those it asks for; a test gets copies of their values and its own savepoint above, which is rolled back after it as ever.
The next test falls back to what both have in common and builds the rest. A kept fixture may ask for kept ones only, and builds
nothing but rows, private files and plain objects.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

During = Callable[[Any], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Definition:
    build: Callable[..., Any]
    asks: tuple[str, ...]
    during: During

    @property
    def name(self) -> str:
        return self.build.__name__


@dataclass
class _Layer:
    definition: Definition
    savepoint: transaction.Atomic
    values: dict[str, Any]
    """Of this fixture and all below, as they were when it was built. Nobody is given these, only copies."""


def kept(build: Callable[..., Any] | None = None, *, during: During = lambda _value: nullcontext()) -> Any:
    """Like `pytest.fixture`. `during` opens a context of the value, for the tests and for fixtures that build upon it."""
    if build is None:
        return lambda build: kept(build, during=during)
    definition = Definition(build, tuple(inspect.signature(build).parameters), during)

    def given(**asked: Any) -> Iterator[Any]:
        ready = KEEPER.given
        found = ready[definition.name] if definition.name in ready else build(**_only(asked, definition))
        with during(found):
            yield found

    parameters = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("db", *definition.asks)]
    given.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what pytest reads
    given.kept = definition  # type: ignore[attr-defined]
    given.__doc__ = build.__doc__
    return pytest.fixture(given, name=definition.name)


def _only(asked: dict[str, Any], definition: Definition) -> dict[str, Any]:
    return {name: asked[name] for name in definition.asks}


class Keeper:
    """The stack of what is built at the moment. One for a process, as is the connection."""

    def __init__(self) -> None:
        self._stack: list[_Layer] = []
        self.given: dict[str, Any] = {}
        """Copies for the test that is about to run."""

    def prepare(self, chain: list[Definition]) -> None:
        """Fall back or build up to exactly this chain; call with the database unblocked."""
        same = 0
        for layer, wanted in zip(self._stack, chain, strict=False):
            if layer.definition is not wanted:
                break
            same += 1
        if same < len(self._stack) and transaction.get_connection().needs_rollback:
            same = 0
        self._fall_back(same)
        for definition in chain[same:]:
            self._build(definition)
        self.given = deepcopy(self._stack[-1].values) if self._stack else {}
        if chain:
            cache.clear()  # what it says of these rows may be what another test made of them

    def drop(self) -> None:
        """Leave no transaction open: somebody else will look at the database."""
        self._fall_back(0)
        self.given = {}

    def _fall_back(self, height: int) -> None:
        while len(self._stack) > height:
            _undo(self._stack.pop().savepoint)

    def _build(self, definition: Definition) -> None:
        values = deepcopy(self._stack[-1].values) if self._stack else {}
        if missing := [name for name in definition.asks if name not in values]:
            raise pytest.UsageError(f"{definition.name} is kept and asks for {missing[0]}, which is not")
        savepoint = transaction.atomic()
        savepoint._from_testcase = True  # type: ignore[attr-defined]  # a durable block may stand in it
        savepoint.__enter__()
        try:
            with ExitStack() as stack:
                for layer in self._stack:
                    stack.enter_context(layer.definition.during(values[layer.definition.name]))
                values[definition.name] = definition.build(**_only(values, definition))
        except BaseException:
            _undo(savepoint)
            raise
        self._stack.append(_Layer(definition, savepoint, values))


def _undo(savepoint: transaction.Atomic) -> None:
    transaction.set_rollback(True)
    savepoint.__exit__(None, None, None)


KEEPER = Keeper()


def chain_of(item: Any) -> list[Definition]:
    """The kept fixtures of a test, each after those it asks for, in an order of their own."""
    known = {
        name: found[-1].func.kept
        for name, found in item._fixtureinfo.name2fixturedefs.items()
        if hasattr(found[-1].func, "kept")
    }
    chain: list[Definition] = []

    def add(name: str) -> None:
        if name in known and known[name] not in chain:
            for asked in known[name].asks:
                add(asked)
            chain.append(known[name])

    for name in sorted(known, key=lambda name: known[name].build.__code__.co_firstlineno):
        add(name)
    return chain


def looks_itself(item: Any) -> bool:
    """Whether a fixture of ours opens the database on its own, or the test commits."""
    if {"transactional_db", "live_server"} & set(item.fixturenames):
        return True
    marker = item.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        return True
    return (
        any(
            "django_db_blocker" in found[-1].argnames and found[-1].baseid
            for name, found in item._fixtureinfo.name2fixturedefs.items()
            if name not in {"_kept", "django_db_setup"}
        )
        or "django_db_blocker" in inspect.signature(item.function).parameters
    )
