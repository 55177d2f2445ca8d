"""What a supervisor asks of the work of a campaign, as pure functions over plain values. What is measured, and from what bound on
it is shown as remarkable, stands here and on the page; whether there is anything wrong with it, people judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from math import sqrt
from statistics import median
from typing import Final

DEVIATION: Final = Fraction(10)
"""Points out of 100: an expert who is on average further than this from the median of the others is pointed out."""
CORRELATION: Final = Fraction(3, 10)
"""An expert whose order of the cases agrees less than this with that of the others is pointed out …"""
CASES: Final = 5
"""… where at least so many cases can be compared: of fewer an order tells nothing."""
OTHERS: Final = 2
"""Sheets of others that a case needs to be compared at all."""
QUICK: Final = timedelta(seconds=10)
"""Two decisions of one person that follow each other faster than this are pointed out."""


@dataclass(frozen=True, slots=True)
class Apart:
    """How one expert stands to the others: mean absolute deviation from their median, correlation of the ranks."""

    expert: int
    cases: int
    deviation: Fraction
    correlation: float | None
    far: bool
    contrary: bool

    @property
    def remarkable(self) -> bool:
        return self.far or self.contrary


def apart(totals: Mapping[int, Mapping[int, Fraction]]) -> list[Apart]:
    """Expert → case → total out of 100; the furthest first. Who gave nothing that can be compared is left out."""
    found = []
    for expert, own in totals.items():
        others = {
            case: [given[case] for other, given in totals.items() if other != expert and case in given] for case in own
        }
        pairs = [(own[case], median(given)) for case, given in sorted(others.items()) if len(given) >= OTHERS]
        if not pairs:
            continue
        deviation = sum((abs(mine - theirs) for mine, theirs in pairs), start=Fraction(0)) / len(pairs)
        together, spread = _agreement(pairs)
        contrary = len(pairs) >= CASES and spread > 0 and _below(together, spread)
        correlation = float(together) / sqrt(spread) if spread > 0 else None
        found.append(Apart(expert, len(pairs), deviation, correlation, deviation > DEVIATION, contrary))
    return sorted(found, key=lambda one: (-one.deviation, one.expert))


def _agreement(pairs: Sequence[tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    """Covariance of the ranks, and the product of their variances, both exact (Spearman with shared ranks)."""
    mine, theirs = _ranks([pair[0] for pair in pairs]), _ranks([pair[1] for pair in pairs])
    middle = Fraction(len(pairs) + 1, 2)
    together = sum(((a - middle) * (b - middle) for a, b in zip(mine, theirs, strict=True)), start=Fraction(0))
    spreads = [sum(((rank - middle) ** 2 for rank in ranks), start=Fraction(0)) for ranks in (mine, theirs)]
    return together, spreads[0] * spreads[1]


def _below(together: Fraction, spread: Fraction) -> bool:
    """Whether the correlation is under the bound, without a root."""
    return together < 0 or together**2 < CORRELATION**2 * spread


def _ranks(values: Sequence[Fraction]) -> list[Fraction]:
    """Places from the smallest on; equal values share the middle of theirs."""
    places: dict[Fraction, Fraction] = {}
    before = 0
    for value, same in groupby(sorted(values)):
        many = len(list(same))
        places[value] = Fraction(2 * before + many + 1, 2)
        before += many
    return [places[value] for value in values]


@dataclass(frozen=True, slots=True)
class Act:
    """One decision: by whom, when, about whom."""

    by: int
    at: datetime
    about: int


@dataclass(frozen=True, slots=True)
class Quick:
    """A decision that came so soon after the same person's one before; `together` counts those made in one act."""

    act: Act
    after: timedelta
    together: int = 1


def quick(acts: Iterable[Act], *, bound: timedelta = QUICK) -> list[Quick]:
    """Decisions of the same moment are one act on several (一并办理), told once; the quickest first."""
    found = []
    ordered = sorted(acts, key=lambda act: (act.by, act.at, act.about))
    for _, own in groupby(ordered, key=lambda act: act.by):
        moments = [list(same) for _, same in groupby(own, key=lambda act: act.at)]
        found += [Quick(same[0], timedelta(0), len(same)) for same in moments if len(same) > 1]
        for before, after in pairwise(moments):
            gap = after[0].at - before[0].at
            if len(after) == 1 and gap < bound:
                found.append(Quick(after[0], gap))
    return sorted(found, key=lambda one: (one.after, -one.together, one.act.at, one.act.about))
