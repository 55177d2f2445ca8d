"""What the apps above know of applications that decides whether data about them may go; they register it at start-up.

Titles and certificates are public record (their holders were commended by name), and what is under investigation or objected to
is evidence: neither is known down here.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from applications.models import Application

Titled = Callable[[Collection[int]], Collection[int]]
Held = Callable[[Collection[int]], Mapping[int, str]]
Eraser = Callable[[Application, datetime], None]

_titled: list[Titled] = []
_held: list[Held] = []
_erasers: list[Eraser] = []


def know_titled(ask: Titled) -> None:
    """`ask` says which of these applications were given a title."""
    _titled.append(ask)


def know_held(ask: Held) -> None:
    """`ask` says which of these must stay as they are for now, and in words why."""
    _held.append(ask)


def erase_with(erase: Eraser) -> None:
    """`erase` takes out what an upper app keeps of an application whose person becomes nobody."""
    _erasers.append(erase)


def titled(ids: Collection[int]) -> frozenset[int]:
    return frozenset(pk for ask in _titled for pk in ask(ids))


def held(ids: Collection[int]) -> dict[int, str]:
    return {pk: words for ask in _held for pk, words in ask(ids).items()}


def erase_above(application: Application, *, at: datetime) -> None:
    for erase in _erasers:
        erase(application, at)
