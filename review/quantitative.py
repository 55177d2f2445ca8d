"""The part of a score that nobody judges: verified honours and facts looked up in the tables of the rule set. Pure, exact.

A table gives points for the best of what it knows or for all of it up to a cap, within its time; every line of the
derivation says why it counts or does not, so that whoever reads the points can follow them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Literal

How = Literal["best", "sum"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a table: so many points for this level, at this place or better, or from this number on."""

    points: int
    level: str = ""
    best: int | None = None
    at_least: int | None = None

    def fits(self, entry: "Entry") -> bool:
        if self.at_least is not None:
            return entry.amount is not None and entry.amount >= self.at_least
        placed = self.best is None or (entry.rank is not None and entry.rank <= self.best)
        return entry.level == self.level and placed


@dataclass(frozen=True, slots=True)
class Table:
    """`since` is the first day whose honours count; without it all do."""

    id: str
    label: str
    fact: str
    bars: tuple[Bar, ...]
    how: How = "best"
    cap: int | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """`weight` in per cent of the whole score; `max` is the full mark, and more is not given."""

    label: str
    weight: int
    max: int
    tables: tuple[Table, ...]

    def canonical(self) -> dict[str, Any]:
        return {
            "weight": self.weight,
            "max": self.max,
            "tables": [
                {
                    "id": table.id,
                    "fact": table.fact,
                    "how": table.how,
                    "cap": table.cap,
                    "since": table.since and table.since.isoformat(),
                    "bars": [[bar.points, bar.level, bar.best, bar.at_least] for bar in table.bars],
                }
                for table in self.tables
            ],
        }


@dataclass(frozen=True, slots=True)
class Entry:
    """One honour or fact that the office has verified. It names nobody: a level, a place, a day, or a number."""

    fact: str
    level: str = ""
    rank: int | None = None
    on: date | None = None
    amount: Fraction | None = None

    @property
    def plain(self) -> list[Any]:
        """As it is archived."""
        amount = None if self.amount is None else str(self.amount)
        return [self.fact, self.level, self.rank, self.on and self.on.isoformat(), amount]

    @classmethod
    def of(cls, plain: Sequence[Any]) -> "Entry":
        """The entry as the archive has it."""
        fact, level, rank, on, amount = plain
        day = date.fromisoformat(on) if on else None
        return cls(fact, level, rank, day, None if amount is None else Fraction(amount))

    @property
    def words(self) -> str:
        if self.amount is not None:
            return str(self.amount)
        placed = f"第 {self.rank} 名" if self.rank is not None else ""
        day = f"{self.on.year} 年 {self.on.month} 月" if self.on else ""
        return "　".join(word for word in (self.level, placed, day) if word)


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in one table: what it is worth and whether it counts, with the reason where it does not."""

    entry: Entry
    points: int
    counts: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Subtotal:
    table: Table
    lines: tuple[Line, ...]
    points: int
    capped: bool


@dataclass(frozen=True, slots=True)
class Result:
    subtotals: tuple[Subtotal, ...]
    points: int
    capped: bool
    """Whether the full mark of the part cut something off."""


def compute(part: Part, entries: Iterable[Entry]) -> Result:
    """The points of one case; the same whatever the order of its entries."""
    known = list(entries)
    subtotals = tuple(_subtotal(table, known) for table in part.tables)
    gained = sum(one.points for one in subtotals)
    return Result(subtotals, min(gained, part.max), gained > part.max)


def _subtotal(table: Table, entries: Iterable[Entry]) -> Subtotal:
    worth = sorted(
        ((*_worth(table, entry), entry) for entry in entries if entry.fact == table.fact),
        key=lambda one: (-one[0], bool(one[1]), [str(word) for word in one[2].plain]),
    )
    lines = []
    for n, (points, against, entry) in enumerate(worth):
        why_not = against or ("只计最高的一项" if table.how == "best" and n else "")
        lines.append(Line(entry, points, not why_not, why_not))
    gained = sum(line.points for line in lines if line.counts)
    points = gained if table.cap is None else min(gained, table.cap)
    return Subtotal(table, tuple(lines), points, points < gained)


def _worth(table: Table, entry: Entry) -> tuple[int, str]:
    """The points of the best row that fits, or nought and why."""
    if table.since is not None and entry.amount is None:
        if entry.on is None:
            return 0, "没有写明获得时间"
        if entry.on < table.since:
            return 0, f"早于 {table.since.year} 年 {table.since.month} 月 {table.since.day} 日，不在计分期限内"
    points = max((bar.points for bar in table.bars if bar.fits(entry)), default=None)
    return (0, "计分表中没有对应的档次") if points is None else (points, "")
