"""Which code does which kind of job. Upper apps register theirs in their `AppConfig.ready`, so that web and worker know them.

A handler may be run any number of times for one job: it asks `selectors.keys_done` what exists already and makes the
rest through `services.add_output`, so that a worker's death costs the file under way and nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from documents.models import Job
from unions.models import Member

Clock = Callable[[], datetime]
MayRead = Callable[[Member, Job], bool]
LeadsTo = Callable[[Job], str]
Fetched = Callable[[Job, Member, datetime], None]


class Handler(Protocol):
    """`at_clock` tells the time of each output; a handler never reads the wall clock itself."""

    def __call__(self, job: Job, *, at_clock: Clock) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: who makes it, who may see it besides whoever asked for it, and where its result is to be read.

    `leads_to` gives an address for a job whose result is no file; `unit` is what its bar counts. `fetched` puts on record that
    somebody takes a file, where that must be known.
    """

    name: str
    make: Handler
    may_read: MayRead | None = None
    leads_to: LeadsTo | None = None
    unit: str = "份"
    fetched: Fetched | None = None


_kinds: dict[str, Kind] = {}


class UnknownKindError(LookupError):
    """No app registered this kind of job."""


def handler(
    kind: str,
    *,
    may_read: MayRead | None = None,
    leads_to: LeadsTo | None = None,
    unit: str = "份",
    fetched: Fetched | None = None,
) -> Callable[[Handler], Handler]:
    """Register the decorated function for a kind. A kind has one handler."""

    def register(make: Handler) -> Handler:
        known = _kinds.get(kind)
        if known is not None and known.make is not make:
            raise ValueError(f"job kind {kind!r} has a handler already")
        _kinds[kind] = Kind(kind, make, may_read, leads_to, unit, fetched)
        return make

    return register


def kind_of(name: str) -> Kind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKindError(name) from None
