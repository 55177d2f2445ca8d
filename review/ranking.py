"""From scores to an order: pure, exact, and the same whatever the order of rows.

Weighted totals are fractions, so that no rounding makes or breaks a tie. Ties are broken by the written chain of the rule
set; what it leaves is a tie that people decide, never the order of the database (`rank` is then shared).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final, Literal

Trimming = Literal["none", "trim_one"]

MIN_TO_TRIM: Final = 3
"""Sheets a case needs before one highest and one lowest may go: something must be left to average."""
SHOWN: Final = Decimal("0.01")


class TooFewSheets(ValueError):
    """A case with fewer sheets than its method needs; `case` names it."""

    def __init__(self, case: int, sheets: int, needed: int) -> None:
        self.case = case
        self.sheets = sheets
        self.needed = needed
        super().__init__(f"case {case} has {sheets} sheets and needs {needed}")


@dataclass(frozen=True, slots=True)
class Criterion:
    """`weight` in per cent; `max` is the full mark of the criterion."""

    id: str
    weight: int
    max: int


@dataclass(frozen=True, slots=True)
class Method:
    """How a stage ranks; `tie_break` as the rule set writes it, without what follows `people`."""

    criteria: tuple[Criterion, ...]
    trimming: Trimming = "none"
    tie_break: tuple[str, ...] = ()

    @property
    def needed(self) -> int:
        """Sheets that every case needs."""
        return MIN_TO_TRIM if self.trimming == "trim_one" else 1

    @property
    def described(self) -> str:
        """One line that says how, kept beside the archived ranking."""
        weights = "、".join(f"{item.id}×{item.weight}%" for item in self.criteria)
        trimming = "去掉一个最高分和一个最低分" if self.trimming == "trim_one" else "不去分"
        return f"加权平均（{weights}）；{trimming}；同分依次：{'、'.join(self.tie_break) or '无'}"[:200]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One expert's points for one case, complete."""

    expert: int
    points: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with its sheets. `facts` are for the chain: bigger is better, None is unknown and comes last."""

    case: int
    sheets: tuple[Sheet, ...]
    facts: Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One place: `rank` counts from 1 and is shared by the cases of `tied`, which the chain could not part."""

    case: int
    total: Fraction
    rank: int
    tied: tuple[int, ...] = ()

    @property
    def shown(self) -> Decimal:
        """The total for people, two places, half up."""
        return (Decimal(self.total.numerator) / Decimal(self.total.denominator)).quantize(SHOWN, ROUND_HALF_UP)


def sheet_total(sheet: Sheet, method: Method) -> Fraction:
    """The weighted total of one expert, out of 100."""
    return sum(
        (Fraction(sheet.points[item.id]) * item.weight / item.max for item in method.criteria),
        start=Fraction(0),
    )


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, start=Fraction(0)) / len(values)


def _median(ordered: Sequence[Fraction]) -> Fraction:
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def case_total(scored: Scored, method: Method) -> Fraction:
    """The case's total: the mean over experts, one highest and one lowest left out where the rule says so."""
    totals = _totals(scored, method)
    return _mean(totals[1:-1] if method.trimming == "trim_one" else totals)


def _totals(scored: Scored, method: Method) -> list[Fraction]:
    if len(scored.sheets) < method.needed:
        raise TooFewSheets(scored.case, len(scored.sheets), method.needed)
    return sorted(sheet_total(sheet, method) for sheet in scored.sheets)


def _link(word: str, scored: Scored, totals: Sequence[Fraction]) -> tuple[int, Fraction]:
    """One link of the chain as something bigger-is-better; the first number puts the unknown last."""
    head, _, rest = word.partition(":")
    match head:
        case "criterion":
            return 1, _mean([Fraction(sheet.points[rest]) for sheet in scored.sheets])
        case "fact":
            fact = scored.facts.get(rest)
            return (0, Fraction(0)) if fact is None else (1, fact)
        case "median":
            return 1, _median(totals)
        case "highest":
            return 1, totals[-1]
        case "lowest":
            return 1, totals[0]
        case "untrimmed":
            return 1, _mean(totals)
        case _:
            raise ValueError(f"unknown link of a tie-break chain: {word}")


def standing_key(scored: Scored, method: Method) -> tuple[Any, ...]:
    """What decides a case's place: its total, then the chain. Equal keys are a tie for people."""
    totals = _totals(scored, method)
    chain = [_link(word, scored, totals) for word in method.tie_break if word != "people"]
    return (case_total(scored, method), *chain)


def rank(cases: Iterable[Scored], method: Method) -> tuple[Row, ...]:
    """Order the cases, best first; tied ones share a rank and are listed by number."""
    keyed = ((standing_key(scored, method), scored.case) for scored in cases)
    return in_places((tuple(_descending(part) for part in key), case, key[0]) for key, case in keyed)


def in_places(keyed: Iterable[tuple[Any, int, Fraction]]) -> tuple[Row, ...]:
    """Rows from (key, case, total): the smallest key first, cases of equal keys tied and listed by number."""
    groups: list[tuple[Any, list[tuple[int, Fraction]]]] = []
    for key, case, total in sorted(keyed, key=lambda item: (item[0], item[1])):
        if groups and groups[-1][0] == key:
            groups[-1][1].append((case, total))
        else:
            groups.append((key, [(case, total)]))
    rows: list[Row] = []
    for _, members in groups:
        tied = tuple(case for case, _ in members) if len(members) > 1 else ()
        place = len(rows) + 1
        rows += [Row(case, total, place, tied) for case, total in members]
    return tuple(rows)


def _descending(part: Fraction | tuple[int, Fraction]) -> Any:
    return -part if isinstance(part, Fraction) else (-part[0], -part[1])


def settle(rows: Sequence[Row], decisions: Iterable[Sequence[int]]) -> tuple[Row, ...]:
    """Apply people's orders of tied cases; the last order that names a whole tie counts.

    An order stays good for the rest of a tie when one of its cases has left since.
    """
    orders = list(decisions)
    settled: list[Row] = []
    for row in rows:
        order = next((found for found in reversed(orders) if row.tied and set(row.tied) <= set(found)), None)
        if order is None:
            settled.append(row)
        else:
            place = [case for case in order if case in row.tied].index(row.case)
            settled.append(Row(row.case, row.total, row.rank + place))
    return tuple(sorted(settled, key=lambda row: (row.rank, row.case)))


def only(rows: Sequence[Row], cases: Iterable[int]) -> tuple[Row, ...]:
    """The ranking of those who are still in it: places close up, ties among the rest stay ties."""
    staying = set(cases)
    kept = [row for row in rows if row.case in staying]
    closed_up: list[Row] = []
    for row in kept:
        place = 1 + sum(other.rank < row.rank for other in kept)
        tied = tuple(case for case in row.tied if case in staying)
        closed_up.append(Row(row.case, row.total, place, tied if len(tied) > 1 else ()))
    return tuple(closed_up)


def open_ties(rows: Sequence[Row], *, cut: int | None, ordered: bool) -> tuple[tuple[int, ...], ...]:
    """The ties that people must decide: any where the order is published, else the one that the cut goes through."""
    ties = {row.tied: row.rank for row in rows if row.tied}
    return tuple(
        tied
        for tied, first in sorted(ties.items(), key=lambda item: item[1])
        if ordered or (cut is not None and first <= cut < first + len(tied) - 1)
    )


def departures(confirmed: Iterable[int], passed_over: Iterable[int], ranks: Mapping[int, int]) -> tuple[int, ...]:
    """Who was passed over although ranked before somebody confirmed, best first."""
    last = max((ranks[case] for case in confirmed if case in ranks), default=0)
    skipped = [case for case in passed_over if case in ranks and ranks[case] < last]
    return tuple(sorted(skipped, key=lambda case: (ranks[case], case)))


def canonical_input(cases: Iterable[Scored], method: Method) -> dict[str, Any]:
    """Everything the ranking follows from, as plain data in one order."""
    return {
        "criteria": [[item.id, item.weight, item.max] for item in method.criteria],
        "trimming": method.trimming,
        "tie_break": list(method.tie_break),
        "cases": [
            {
                "case": scored.case,
                "facts": {key: None if fact is None else str(fact) for key, fact in sorted(scored.facts.items())},
                "sheets": [
                    [sheet.expert, {key: plain(points) for key, points in sorted(sheet.points.items())}]
                    for sheet in sorted(scored.sheets, key=lambda sheet: sheet.expert)
                ],
            }
            for scored in sorted(cases, key=lambda scored: scored.case)
        ],
    }


def plain(points: Decimal) -> str:
    """One text for one number: 90, 90.0 and 9E+1 are the same points."""
    return str(Fraction(points))


def sha256_of(value: Any) -> str:
    """The digest of plain data, the same whatever wrote it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def input_sha256(cases: Iterable[Scored], method: Method) -> str:
    return sha256_of(canonical_input(cases, method))
