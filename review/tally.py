"""From ballots and grades to an order: pure, exact, and the same whatever the order of rows.

A case's share is what it got out of those who could give it: an expert who keeps out of a case (回避) neither helps nor
hurts it. What the shares and the written chain leave equal is a tie that people decide.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from review.ranking import Row, TooFewSheets, in_places, sha256_of

Majority = Literal["more_than_half", "two_thirds", "most_votes"]
Facts = Mapping[int, tuple[Fraction | None, ...]]
"""Case → the facts of the written chain in its order: bigger is better, None is unknown and comes last."""

MAJORITY_WORDS: Final[Mapping[str, str]] = {
    "more_than_half": "得票过半数",
    "two_thirds": "得票三分之二以上",
    "most_votes": "得票多者",
}
MIN_SECRET: Final = 3
"""Voters below which figures alone would tell who chose whom."""


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the archived ranking: its place, what people read, and whether the method lets it through at all."""

    row: Row
    shown: str
    reached: bool


def _chain(case: int, facts: Facts) -> tuple[tuple[int, Fraction], ...]:
    return tuple((1, Fraction(0)) if fact is None else (0, -fact) for fact in facts.get(case, ()))


# --- ballots ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """What a vote is for: the share a name needs, how many must be found and how many may be, and in how many rounds."""

    majority: Majority = "most_votes"
    least: int = 0
    places: int | None = None
    rounds: int = 1

    @property
    def described(self) -> str:
        """One line that says how, kept beside the archived ranking."""
        most = f"，至多 {self.places} 名" if self.places is not None else ""
        return f"投票：{MAJORITY_WORDS[self.majority]}入选{most}；最多 {self.rounds} 轮；得票率＝得票数÷可投其票的票数"


@dataclass(frozen=True, slots=True)
class Round:
    """A closed round: `barred` counts the voters who kept out of a case and so could not name it."""

    candidates: tuple[int, ...]
    ballots: tuple[frozenset[int], ...]
    barred: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Count:
    """Votes for a case out of `base`, the ballots cast by experts who could name it."""

    case: int
    votes: int
    base: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.votes, self.base) if self.base else Fraction(0)

    @property
    def shown(self) -> str:
        return f"{self.votes} / {self.base} 票"


def count(given: Round) -> tuple[Count, ...]:
    """The votes of every candidate, most first; names that are no candidates count for nobody."""
    counts = [
        Count(case, sum(case in ballot for ballot in given.ballots), len(given.ballots) - given.barred.get(case, 0))
        for case in given.candidates
    ]
    return tuple(sorted(counts, key=lambda one: (-one.share, one.case)))


def reaches(one: Count, majority: Majority) -> bool:
    """Whether a candidate has the share a name needs; nobody is chosen without a single vote."""
    return (
        one.votes > 0
        and {
            "more_than_half": 2 * one.votes > one.base,
            "two_thirds": 3 * one.votes >= 2 * one.base,
            "most_votes": True,
        }[majority]
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What the rounds so far come to: the elected of each round, who ever had the majority, who stands in the next round.

    `standing` is empty where no further round is wanted; whether the rule allows one more, `Terms.rounds` says.
    """

    elected: tuple[tuple[int, ...], ...]
    reached: frozenset[int]
    standing: tuple[int, ...]

    @property
    def chosen(self) -> tuple[int, ...]:
        return tuple(case for cases in self.elected for case in cases)


def follow(rounds: Sequence[Round], terms: Terms) -> Result:
    """Go through the rounds. Those above the line are elected; a tie that the line goes through stands again alone; where
    too few have the majority, everybody left stands again.
    """
    elected: list[tuple[int, ...]] = []
    reached: set[int] = set()
    standing: tuple[int, ...] = ()
    for given in rounds:
        counts = count(given)
        with_majority = [one for one in counts if reaches(one, terms.majority)]
        reached |= {one.case for one in with_majority}
        found = sum(map(len, elected))
        room = len(with_majority) if terms.places is None else max(terms.places - found, 0)
        through, contested = _line(with_majority, room)
        elected.append(through)
        left = tuple(sorted({one.case for one in counts} - set(through)))
        standing = contested or (left if found + len(through) < terms.least else ())
    return Result(tuple(elected), frozenset(reached), standing)


def _line(counts: Sequence[Count], room: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Who is above the line with room for so many, and whom of equal share the line goes through; best first."""
    if len(counts) <= room:
        return tuple(one.case for one in counts), ()
    over = counts[room].share
    clear = tuple(one.case for one in counts if one.share > over)
    return clear, tuple(sorted(one.case for one in counts if one.share == over)) if len(clear) < room else ()


def limits(least: int | None, most: int | None, *, elected: int, choices: int) -> tuple[int, int]:
    """How many names a ballot may carry: what the rule says, less those elected before, within the names one can choose."""
    top = max(min((choices if most is None else most) - elected, choices), 1)
    return max(min((least or 1) - elected, top), 1), top


def ranked_by_votes(rounds: Sequence[Round], terms: Terms, facts: Facts) -> tuple[Place, ...]:
    """The elected in the order of rounds and shares, then who came furthest; equal shares of one round are tied."""
    result = follow(rounds, terms)
    won = {case: n for n, cases in enumerate(result.elected) for case in cases}
    last: dict[int, tuple[int, Count]] = {}
    for n, given in enumerate(rounds):
        for one in count(given):
            last[one.case] = (n, one)
    keyed = [
        ((case not in won, n if case in won else -n, -one.share, _chain(case, facts)), case, one.share)
        for case, (n, one) in last.items()
    ]
    return tuple(Place(row, last[row.case][1].shown, row.case in result.reached) for row in in_places(keyed))


def canonical_votes(rounds: Sequence[Round], terms: Terms, facts: Facts) -> dict[str, Any]:
    """Everything a vote's ranking follows from, as plain data in one order."""
    return {
        "method": "ballot",
        "majority": terms.majority,
        "least": terms.least,
        "places": terms.places,
        "rounds": terms.rounds,
        "facts": _plain_facts(facts),
        "votes": [
            {
                "candidates": sorted(given.candidates),
                "barred": sorted([case, n] for case, n in given.barred.items() if n),
                "ballots": sorted(sorted(ballot) for ballot in given.ballots),
            }
            for given in rounds
        ],
    }


def votes_sha256(rounds: Sequence[Round], terms: Terms, facts: Facts) -> str:
    return sha256_of(canonical_votes(rounds, terms, facts))


def _plain_facts(facts: Facts) -> list[list[Any]]:
    return [[case, [None if fact is None else str(fact) for fact in row]] for case, row in sorted(facts.items()) if row]


# --- assessments ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """The grades of an assessment, best first, and which of them recommend."""

    grades: tuple[str, ...]
    recommending: frozenset[str]

    @property
    def described(self) -> str:
        return "综合评议：按推荐比例（推荐人数÷可评议人数），再依次按各等次的比例排序"


@dataclass(frozen=True, slots=True)
class Assessed:
    """A case with the grade of every expert who could assess it."""

    case: int
    grades: tuple[str, ...]


def ranked_by_grades(cases: Iterable[Assessed], scale: Scale, facts: Facts) -> tuple[Place, ...]:
    """By the share that recommends, then by the share of each grade, best grade first."""
    keyed, recommended = [], {}
    for one in cases:
        if not one.grades:
            raise TooFewSheets(one.case, 0, 1)
        whole = len(one.grades)
        share = Fraction(sum(grade in scale.recommending for grade in one.grades), whole)
        by_grade = tuple(-Fraction(one.grades.count(grade), whole) for grade in scale.grades)
        keyed.append(((-share, by_grade, _chain(one.case, facts)), one.case, share))
        recommended[one.case] = (share.numerator * whole // share.denominator, whole)
    return tuple(
        Place(row, "{} / {} 人推荐".format(*recommended[row.case]), recommended[row.case][0] > 0)
        for row in in_places(keyed)
    )


def grades_sha256(cases: Iterable[Assessed], scale: Scale, facts: Facts) -> str:
    return sha256_of(
        {
            "method": "assessment",
            "grades": list(scale.grades),
            "recommending": sorted(scale.recommending),
            "facts": _plain_facts(facts),
            "cases": sorted([one.case, sorted(one.grades)] for one in cases),
        }
    )
