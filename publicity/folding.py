"""From votes to points and places: pure and exact. Equal votes give equal points, equal totals share a place, and what that
leaves tied is for people to decide; the order of rows decides nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Literal

from review.ranking import SHOWN, Row, in_places, sha256_of

How = Literal["per_vote", "share", "rank"]


@dataclass(frozen=True, slots=True)
class Channel:
    """What came in by one channel: candidate → votes, and how many ballots there were; `weight` in per cent."""

    id: str
    label: str
    weight: int
    votes: Mapping[int, int]
    ballots: int


@dataclass(frozen=True, slots=True)
class Fold:
    """How votes become points out of 100, in every channel.

    per_vote: `points` for every `votes` votes; share: the part of the ballots that name somebody, in per cent; rank: `points`
    for the first place and `step` fewer for each place after it, nothing for who got no vote. Never more than `cap`.
    """

    how: How
    points: int = 0
    votes: int = 1
    step: int = 0
    cap: int = 100

    @property
    def described(self) -> str:
        most = f"，至多 {self.cap} 分" if self.cap < 100 else ""
        if self.how == "per_vote":
            return f"每 {self.votes:,} 票计 {self.points} 分，至多 {self.cap} 分"
        if self.how == "share":
            return f"按得票率计分（得票数除以有效选票数，满分 100）{most}"
        return f"按得票位次计分，第一位 {self.points} 分，每后一位减 {self.step} 分，没有得票不计分{most}"


def points_of(channel: Channel, candidates: Collection[int], fold: Fold) -> dict[int, Fraction]:
    """Candidate → points out of 100 in this channel."""
    got = {one: channel.votes.get(one, 0) for one in candidates}
    return {
        one: min(_points(votes, got.values(), channel.ballots, fold), Fraction(fold.cap)) for one, votes in got.items()
    }


def _points(votes: int, others: Collection[int], ballots: int, fold: Fold) -> Fraction:
    if not votes:
        return Fraction(0)
    if fold.how == "per_vote":
        return Fraction(fold.points * votes, fold.votes)
    if fold.how == "share":
        return Fraction(100 * votes, max(ballots, 1))
    return Fraction(max(fold.points - fold.step * sum(other > votes for other in others), 0))


def folded(channels: Sequence[Channel], candidates: Collection[int], fold: Fold) -> dict[int, Fraction]:
    """Candidate → points out of 100 over all channels by their weights."""
    each = [(channel.weight, points_of(channel, candidates, fold)) for channel in channels]
    return {one: sum((weight * points[one] for weight, points in each), Fraction(0)) / 100 for one in candidates}


def ranked(votes: Mapping[int, Fraction], base: Mapping[int, Fraction], weight: int) -> tuple[Row, ...]:
    """Places by `weight` per cent of the vote's points and the rest of what was there before; every case must have been there."""
    totals = {case: (weight * points + (100 - weight) * base[case]) / 100 for case, points in votes.items()}
    return in_places(((-total,), case, total) for case, total in totals.items())


def by_points(points: Mapping[int, Fraction]) -> dict[int, int | None]:
    """Candidate → place by points alone, shared where they are equal; none without points."""
    return {one: 1 + sum(other > own for other in points.values()) if own else None for one, own in points.items()}


def shown(points: Fraction) -> Decimal:
    """For people: two places, half up."""
    return (Decimal(points.numerator) / Decimal(points.denominator)).quantize(SHOWN, ROUND_HALF_UP)


def canonical_input(
    channels: Sequence[Channel], fold: Fold, base: Mapping[int, Fraction], weight: int
) -> dict[str, Any]:
    """Everything the places follow from, as plain data in one order."""
    return {
        "fold": [fold.how, fold.points, fold.votes, fold.step, fold.cap],
        "weight": weight,
        "channels": [
            [one.id, one.weight, one.ballots, sorted([case, votes] for case, votes in one.votes.items() if votes)]
            for one in channels
        ],
        "base": sorted([case, str(total)] for case, total in base.items()),
    }


def input_sha256(channels: Sequence[Channel], fold: Fold, base: Mapping[int, Fraction], weight: int) -> str:
    return sha256_of(canonical_input(channels, fold, base, weight))
