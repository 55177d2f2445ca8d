"""How the leading group's votes are put and counted: pure, from ids and figures.

A question is what is voted on together. People whom the same members keep out of (回避) may be voted on as one; where a
member keeps out, that member neither votes nor counts, for the quorum nor for the majority.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, Protocol, TypeVar

Share = Literal["more_than_half", "two_thirds", "all"]
Tie = Literal["not_passed", "another_round", "chair_decides"]
Outcome = Literal["carried", "tied", "lost"]

SHARE_WORDS: Final[Mapping[str, str]] = {
    "more_than_half": "过半数",
    "two_thirds": "三分之二以上",
    "all": "全部",
}
TIE_WORDS: Final[Mapping[str, str]] = {
    "not_passed": "赞成与反对票数相同的，不通过",
    "another_round": "赞成与反对票数相同的，再投一轮，仍相同的不通过",
    "chair_decides": "赞成与反对票数相同的，由主持人决定",
}
MIN_SECRET: Final = 3
"""Voters below which the figures of a secret vote would tell who voted how."""
ROUNDS: Final = 2
"""How often a question is put at most where a tie is voted on again."""


def reaches(count: int, whole: int, share: Share) -> bool:
    """Whether so many of the whole are the share that the rules ask for; of nobody nobody is a share."""
    return (
        whole > 0
        and {"more_than_half": 2 * count > whole, "two_thirds": 3 * count >= 2 * whole, "all": count == whole}[share]
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is voted on together: a key for the page, the people, who may vote, how many of the group are called to."""

    key: str
    cases: tuple[int, ...]
    voters: tuple[int, ...]
    called: int

    @property
    def plain(self) -> dict[str, Any]:
        return {"key": self.key, "cases": list(self.cases), "voters": list(self.voters), "called": self.called}


def question(given: Mapping[str, Any]) -> Question:
    """The question as it was frozen when the vote began."""
    return Question(given["key"], tuple(given["cases"]), tuple(given["voters"]), given["called"])


def questions(
    cases: Sequence[int],
    *,
    present: Collection[int],
    called: Collection[int],
    recused: Mapping[int, Collection[int]],
    together: Iterable[Sequence[int]] | None = None,
    each: bool = False,
) -> tuple[Question, ...]:
    """Put the people to the vote: all whom the same members keep out of as one, or one by one with `each`.

    `recused`: case → members. `together` names groups that can only be voted on as a whole, such as a tie; an empty group is
    a question about nobody, such as a panel.
    """
    if together is None:
        groups: dict[Any, list[int]] = {}
        for case in cases:
            groups.setdefault(case if each else frozenset(recused.get(case, ())), []).append(case)
        together = groups.values()
    found: list[Question] = []
    for group in together:
        out = {member for case in group for member in recused.get(case, ())}
        voters = tuple(sorted(set(present) - out))
        found.append(Question(f"q{len(found) + 1}", tuple(group), voters, len(set(called) - out)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Count:
    """The votes on one question out of `base`, the members present who may vote on it."""

    in_favour: int
    against: int
    abstained: int
    base: int

    @classmethod
    def of(cls, three: Sequence[int], base: int) -> "Count":
        """For, against and abstained as they are kept."""
        return cls(three[0], three[1], three[2], base)

    @property
    def cast(self) -> int:
        return self.in_favour + self.against + self.abstained

    @property
    def words(self) -> str:
        silent = f"，未表决 {self.base - self.cast} 人" if self.cast < self.base else ""
        return f"赞成 {self.in_favour} 票，反对 {self.against} 票，弃权 {self.abstained} 票{silent}"


def outcome(count: Count, majority: Share) -> Outcome:
    """Carried with the majority of those present who may vote; tied where as many are for it as against."""
    if count.in_favour and reaches(count.in_favour, count.base, majority):
        return "carried"
    return "tied" if count.in_favour == count.against > 0 else "lost"


def again(outcome: Outcome, tie: Tie, round_: int) -> bool:
    """Whether a tie is voted on once more."""
    return outcome == "tied" and tie == "another_round" and round_ < ROUNDS


class Vote(Protocol):
    """A round that is over, as its row or an archive has it."""

    questions: Any
    counts: Any
    castings: Any


V = TypeVar("V", bound=Vote)


@dataclass(frozen=True, slots=True)
class Result(Generic[V]):
    """What the last vote on a question came to. `settled` is false where it is put again or the chair has the word."""

    vote: V
    question: Question
    count: Count
    outcome: Outcome
    again: bool
    chair: bool
    casting: Mapping[str, Any] | None

    @property
    def settled(self) -> bool:
        return not self.again and not self.chair

    @property
    def carried(self) -> bool:
        return self.casting["carried"] if self.casting else self.outcome == "carried"

    @property
    def words(self) -> str:
        """The figures and what follows from them, in one line."""
        if self.casting:
            return f"{self.count.words}，票数相同，主持人决定{'通过' if self.carried else '不通过'}：{self.casting['reason']}"
        if self.outcome == "tied":
            return f"{self.count.words}，票数相同"
        return self.count.words


def results(votes: Iterable[V], *, majority: Share, tie: Tie, chair: int) -> list[Result[V]]:
    """The last word on every question put so far, in the order they were put. `votes` are those that count, oldest first."""
    found: dict[tuple[int, ...], Result[V]] = {}
    rounds: dict[int, int] = {}
    for vote in votes:
        for given in vote.questions:
            one = question(given)
            for case in one.cases or (0,):
                rounds[case] = rounds.get(case, 0) + 1
            found = {cases: earlier for cases, earlier in found.items() if not {*cases} & {*one.cases}}
            count = Count.of(vote.counts[one.key], len(one.voters))
            came = outcome(count, majority)
            casting = vote.castings.get(one.key)
            found[one.cases] = Result(
                vote,
                one,
                count,
                came,
                again(came, tie, max(rounds[case] for case in one.cases or (0,))),
                came == "tied" and tie == "chair_decides" and casting is None and chair in one.voters,
                casting,
            )
    return list(found.values())


def short_of_quorum(one: Question, quorum: Share) -> str:
    """What stands against voting on a question, in words, or nothing."""
    if reaches(len(one.voters), one.called, quorum):
        return ""
    if not one.called:
        return "全体成员都应当回避，不能表决"
    return f"可以表决的 {len(one.voters)} 人，未达到应到 {one.called} 人（不计应当回避的）的{SHARE_WORDS[quorum]}"
