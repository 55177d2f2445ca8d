"""From scores to an order: pure, exact, and the same whatever the order of rows.

Weighted totals are fractions, so that no rounding makes or breaks a tie. Ties are broken by the written chain of the rule
set; what it leaves is a tie that people decide, never the order of the database (`rank` is then shared). Inside, all totals
of a ranking are whole numbers over one denominator: as exact as fractions, and many times faster.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from itertools import islice
from math import lcm
from typing import Any, Final, Literal

from review.quantitative import Entry, Part, compute

Trimming = Literal["none", "trim_one"]
Aggregate = Literal["mean", "median", "normalised"]

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
    aggregate: Aggregate = "mean"
    min_to_trim: int = MIN_TO_TRIM
    part: Part | None = None

    @property
    def needed(self) -> int:
        """Sheets that every case needs."""
        return self.min_to_trim if self.trimming == "trim_one" else 1

    @property
    def summing(self) -> str:
        """How the sheets of a case become one number, in a few words."""
        if self.aggregate == "median":
            return "取各专家总分的中位数"
        if self.aggregate == "normalised":
            return "各专家的分数按其本人的平均分和平均偏差折算后平均"
        return "去掉一个最高分和一个最低分" if self.trimming == "trim_one" else "不去分"

    @property
    def described(self) -> str:
        """One line that says how, kept beside the archived ranking."""
        weights = "、".join(f"{item.id}×{item.weight}%" for item in self.criteria)
        if self.part is not None:
            weights += f"、{self.part.label}×{self.part.weight}%"
        return f"加权平均（{weights}）；{self.summing}；同分依次：{'、'.join(self.tie_break) or '无'}"[:200]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One expert's points for one case, complete."""

    expert: int
    points: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Scored:
    """A case with its sheets. `facts` are for the chain: bigger is better, None is unknown and comes last.

    `entries` are the verified honours that the quantitative part is looked up from.
    """

    case: int
    sheets: tuple[Sheet, ...]
    facts: Mapping[str, Fraction | None]
    entries: tuple[Entry, ...] = ()


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
    """The weighted total of one expert: out of 100, or of what the quantitative part leaves of it."""
    return sum(
        (Fraction(sheet.points[item.id]) * item.weight / item.max for item in method.criteria),
        start=Fraction(0),
    )


def quantity(scored: Scored, part: Part) -> Fraction:
    """What the quantitative part adds to the total of a case."""
    return Fraction(part.weight * compute(part, scored.entries).points, part.max)


# --- whole numbers over one denominator -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Board:
    """The sheets of all cases as whole numbers over `unit`: totals per sheet, points per criterion, the quantitative part.

    What a stability report asks again and again is a board with other totals; the points are read once.
    """

    scored: tuple[Scored, ...]
    method: Method
    unit: int
    experts: tuple[tuple[int, ...], ...]
    sheets: list[list[int]]
    parts: list[list[list[int]]]
    """Per criterion, case and sheet the points as shares of the full mark, over `unit`."""
    quantities: list[int]

    @cached_property
    def values(self) -> tuple[list[int], int]:
        """The total of each case as a whole number, and the denominator of all of them."""
        totals, more = _SUMS[self.method.aggregate](self)
        if self.method.part is not None:
            totals = [total + more * quantity for total, quantity in zip(totals, self.quantities, strict=True)]
        return totals, self.unit * more

    def link(self, word: str, at: int) -> tuple[int, Fraction]:
        """One link of the chain as something bigger-is-better; the first number puts the unknown last."""
        head, _, rest = word.partition(":")
        totals = self.sheets[at]
        match head:
            case "criterion":
                nth = next(n for n, item in enumerate(self.method.criteria) if item.id == rest)
                given = self.parts[nth][at]
                return 1, Fraction(sum(given), len(given))
            case "fact":
                fact = self.scored[at].facts.get(rest)
                return (0, Fraction(0)) if fact is None else (1, fact)
            case "median":
                return 1, Fraction(_middle(totals), 2)
            case "highest":
                return 1, Fraction(max(totals))
            case "lowest":
                return 1, Fraction(min(totals))
            case "untrimmed":
                return 1, Fraction(sum(totals), len(totals))
            case _:
                raise ValueError(f"unknown link of a tie-break chain: {word}")

    def chain(self, at: int) -> tuple[tuple[int, Fraction], ...]:
        return tuple(self.link(word, at) for word in self.method.tie_break if word != "people")

    def by(self, **how: Any) -> "Board":
        """The same sheets by another method; refused where it needs more sheets than a case has."""
        return checked(replace(self, method=replace(self.method, **how)))


def board(cases: Iterable[Scored], method: Method) -> Board:
    """Read the sheets once. Experts stand in one order, so that nothing depends on the order of rows."""
    scored = tuple(sorted(cases, key=lambda one: one.case))
    ordered = [sorted(one.sheets, key=lambda sheet: sheet.expert) for one in scored]
    sheets = [sheet.points for own in ordered for sheet in own]
    given = {item.id: [points[item.id] for points in sheets] for item in method.criteria}
    exact = {points: Fraction(points) for points in set().union(*given.values())}
    full = lcm(*(item.max for item in method.criteria), method.part.max if method.part else 1)
    unit = full * lcm(*(value.denominator for value in exact.values()))
    whole = {points: _whole(value, unit) for points, value in exact.items()}
    columns, totals = [], [0] * len(sheets)
    for item in method.criteria:
        share = {points: value // item.max for points, value in whole.items()}
        columns.append(list(map(share.__getitem__, given[item.id])))
        totals = [total + item.weight * points for total, points in zip(totals, columns[-1], strict=True)]
    sizes = [len(own) for own in ordered]
    made = Board(
        scored,
        method,
        unit,
        tuple(tuple(sheet.expert for sheet in own) for own in ordered),
        cut_up(totals, sizes),
        [cut_up(column, sizes) for column in columns],
        [_whole(quantity(one, method.part), unit) for one in scored] if method.part else [],
    )
    return checked(made)


def cut_up(flat: Sequence[int], sizes: Iterable[int]) -> list[list[int]]:
    """A flat list as one list for each case."""
    numbers = iter(flat)
    return [list(islice(numbers, size)) for size in sizes]


def _whole(value: Fraction, unit: int) -> int:
    return value.numerator * (unit // value.denominator)


def checked(made: Board) -> Board:
    for one, sheets in zip(made.scored, made.sheets, strict=True):
        if len(sheets) < made.method.needed:
            raise TooFewSheets(one.case, len(sheets), made.method.needed)
    return made


def _middle(totals: Sequence[int]) -> int:
    """Twice the median."""
    ordered = sorted(totals)
    half = len(ordered) // 2
    return 2 * ordered[half] if len(ordered) % 2 else ordered[half - 1] + ordered[half]


def _averages(sums: Sequence[int], counts: Sequence[int]) -> tuple[list[int], int]:
    """Sums over counts, over one denominator."""
    among = lcm(*set(counts))
    if len(set(counts)) <= 1:
        return list(sums), among
    return [total * (among // count) for total, count in zip(sums, counts, strict=True)], among


def _means(of: Board) -> tuple[list[int], int]:
    if of.method.trimming == "trim_one":
        sums = [sum(totals) - max(totals) - min(totals) for totals in of.sheets]
        return _averages(sums, [len(totals) - 2 for totals in of.sheets])
    return _averages([sum(totals) for totals in of.sheets], [len(totals) for totals in of.sheets])


def _medians(of: Board) -> tuple[list[int], int]:
    return [_middle(totals) for totals in of.sheets], 2


def _normalised(of: Board) -> tuple[list[int], int]:
    """Each expert's totals as distances from that expert's own mean, in that expert's own mean absolute deviation; their
    average, put back on the scale of all sheets. An expert who gives everybody the same parts nobody.

    The mean absolute deviation stands where textbooks have the standard deviation: that one is a root, which no fraction
    holds, and rounding would decide about places.
    """
    given: dict[int, list[int]] = {}
    for experts, totals in zip(of.experts, of.sheets, strict=True):
        for expert, total in zip(experts, totals, strict=True):
            given.setdefault(expert, []).append(total)
    spread = {expert: _spread(totals) for expert, totals in given.items()}
    every = lcm(*(deviation for _, _, deviation in spread.values() if deviation))
    shifts = {
        expert: (n * n * (every // deviation), n * total * (every // deviation)) if deviation else (0, 0)
        for expert, (n, total, deviation) in spread.items()
    }
    sums = [
        sum(shifts[expert][0] * total - shifts[expert][1] for expert, total in zip(experts, totals, strict=True))
        for experts, totals in zip(of.experts, of.sheets, strict=True)
    ]
    averages, among = _averages(sums, [len(totals) for totals in of.sheets])
    n, total, deviation = _spread([value for totals in of.sheets for value in totals])
    middle = n * total * every * among
    return [middle + deviation * value for value in averages], n * n * every * among


def _spread(totals: Sequence[int]) -> tuple[int, int, int]:
    """How many, their sum, and the sum of n × the distances from their mean: over n² it is the mean absolute deviation."""
    n, total = len(totals), sum(totals)
    return n, total, sum(abs(n * value - total) for value in totals)


_SUMS: Final = {"mean": _means, "median": _medians, "normalised": _normalised}


# --- places -----------------------------------------------------------------------------------------------------------


def case_total(scored: Scored, method: Method) -> Fraction:
    """The total of a case alone; where experts are normalised it means something among all cases only."""
    totals, unit = board([scored], method).values
    return Fraction(totals[0], unit)


def rank(cases: Iterable[Scored], method: Method) -> tuple[Row, ...]:
    """Order the cases, best first; tied ones share a rank and are listed by number."""
    return places(board(cases, method))


def places(of: Board) -> tuple[Row, ...]:
    """The rows of a board; the chain is asked only about those whose totals are equal."""
    totals, unit = of.values
    for word in of.method.tie_break:
        if of.scored and word != "people":
            of.link(word, 0)  # an unknown word is found whether or not anybody is tied
    equal: dict[int, list[int]] = {}
    for at, total in enumerate(totals):
        equal.setdefault(total, []).append(at)
    return in_places(
        (
            (-total, *(_descending(part) for part in of.chain(at))) if len(same) > 1 else (-total,),
            of.scored[at].case,
            shown,
        )
        for total, same in equal.items()
        for shown in (Fraction(total, unit),)
        for at in same
    )


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


def _descending(part: tuple[int, Fraction]) -> tuple[int, Fraction]:
    return -part[0], -part[1]


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
    """Everything the ranking follows from, as plain data in one order.

    What came later than the first rankings that were archived stands in only where it is used, with a `version`: the digests
    of those do not change.
    """
    scored = sorted(cases, key=lambda one: one.case)
    plain_: dict[str, Any] = {
        "criteria": [[item.id, item.weight, item.max] for item in method.criteria],
        "trimming": method.trimming,
        "tie_break": list(method.tie_break),
        "cases": [
            {
                "case": one.case,
                "facts": {key: None if fact is None else str(fact) for key, fact in sorted(one.facts.items())},
                "sheets": [
                    [sheet.expert, {key: plain(points) for key, points in sorted(sheet.points.items())}]
                    for sheet in sorted(one.sheets, key=lambda sheet: sheet.expert)
                ],
            }
            for one in scored
        ],
    }
    if method.aggregate == "mean" and method.part is None:
        return plain_
    plain_ |= {"version": 2, "aggregate": method.aggregate}
    if method.part is not None:
        plain_ |= {
            "quantitative": method.part.canonical(),
            "entries": [[one.case, sorted((entry.plain for entry in one.entries), key=json.dumps)] for one in scored],
        }
    return plain_


def plain(points: Decimal) -> str:
    """One text for one number: 90, 90.0 and 9E+1 are the same points."""
    return str(Fraction(points))


def sha256_of(value: Any) -> str:
    """The digest of plain data, the same whatever wrote it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def input_sha256(cases: Iterable[Scored], method: Method) -> str:
    return sha256_of(canonical_input(cases, method))
