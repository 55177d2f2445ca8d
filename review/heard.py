"""What the public said about people, for those who resolve on them: the app above that hears objections registers at start-up."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One objection without whoever raised it: what was said, what was found, the ground if it kept the person out."""

    receipt: str
    at: datetime
    text: str
    state: str
    tone: str
    finding: str
    ground: str


Source = Callable[[Iterable[int]], Mapping[int, Sequence[Heard]]]
_sources: list[Source] = []


def register(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def heard(applications: Iterable[int]) -> dict[int, list[Heard]]:
    """Application id → objections, the oldest first; a query a source."""
    ids, found = list(applications), dict[int, list[Heard]]()
    for source in _sources:
        for application, said in source(ids).items():
            found.setdefault(application, []).extend(said)
    return found
