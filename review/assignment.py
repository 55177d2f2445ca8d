"""Which experts judge which case, where not everybody judges all: a pure function of lists and a seed.

Everybody gets as many cases as everybody else, as far as recusals leave it possible; within that, cases go to experts of
their own field first. What was given before stays: a later call only fills what is missing.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from review.conflicts import normalised
from review.draw import commitment, drawn
from review.ranking import sha256_of

MIN_PART: Final = 2
"""Characters a field needs before being part of another means the same field."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case with the words for its field: trade, category."""

    id: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """A seat with the fields of its expert."""

    id: int
    fields: tuple[str, ...] = ()


Pair = tuple[int, int]
"""(seat, case)."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything an allotment follows from, the seed apart. `barred` must not meet, `kept` was given before and stays."""

    cases: tuple[Case, ...]
    judges: tuple[Judge, ...]
    per_case: int
    barred: frozenset[Pair] = frozenset()
    kept: frozenset[Pair] = frozenset()
    match: bool = False

    @property
    def plain(self) -> dict[str, Any]:
        """The same as plain data in one order."""
        return {
            "cases": [[one.id, sorted(one.fields)] for one in sorted(self.cases, key=lambda one: one.id)],
            "judges": [[one.id, sorted(one.fields)] for one in sorted(self.judges, key=lambda one: one.id)],
            "per_case": self.per_case,
            "barred": sorted(map(list, self.barred)),
            "kept": sorted(map(list, self.kept)),
            "match": self.match,
        }

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Task":
        return cls(
            tuple(Case(id_, tuple(fields)) for id_, fields in plain["cases"]),
            tuple(Judge(id_, tuple(fields)) for id_, fields in plain["judges"]),
            plain["per_case"],
            frozenset((seat, case) for seat, case in plain["barred"]),
            frozenset((seat, case) for seat, case in plain["kept"]),
            plain["match"],
        )


def same_field(one: str, other: str) -> bool:
    """Whether two words may mean one field: equal, or one within the other (焊接, 焊接工艺)."""
    a, b = sorted((normalised(one), normalised(other)), key=len)
    return bool(a) and (a == b or (len(a) >= MIN_PART and a in b))


def of_one_field(some: Iterable[str], others: Sequence[str]) -> bool:
    return any(same_field(one, other) for one in some for other in others)


def seed_of(secret: str, rules: str, task: Task) -> str:
    """The seed: a secret that was committed to, the digest of the frozen rules, and the digest of the lists."""
    return hashlib.sha256(f"{secret}:{rules}:{sha256_of(task.plain)}".encode()).hexdigest()


@dataclass(slots=True)
class _Board:
    """An allotment in the making."""

    task: Task
    given: dict[int, set[int]]
    """Case → the seats that judge it."""
    load: dict[int, int]
    apart: frozenset[Pair]
    """(seat, case) of different fields; empty where fields are not matched."""
    order: Sequence[int]
    """Cases in seeded order."""
    turn: Mapping[int, int]
    """Seat → its place in seeded order."""
    held: dict[int, set[int]] = field(default_factory=dict)
    """Seat → the cases newly given to it, which may still move."""

    def may(self, seat: int, case: int) -> bool:
        return (seat, case) not in self.task.barred and seat not in self.given[case]

    def give(self, seat: int, case: int) -> None:
        self.given[case].add(seat)
        self.held[seat].add(case)
        self.load[seat] += 1

    def move(self, case: int, seat: int, to: int) -> None:
        self.given[case].discard(seat)
        self.held[seat].discard(case)
        self.load[seat] -= 1
        self.give(to, case)

    def moved(self, seat: int) -> list[int]:
        """Its newly given cases, in seeded order."""
        place = {case: at for at, case in enumerate(self.order)}
        return sorted(self.held[seat], key=place.__getitem__)


def allot(task: Task, seed: str) -> dict[int, tuple[int, ...]]:
    """Case → the seats that judge it, sorted: those of before and as many more as are missing and can be found."""
    board = _begin(task, seed)
    _deal(board)
    _level(board)
    _match(board)
    return {case: tuple(sorted(seats)) for case, seats in sorted(board.given.items())}


def _begin(task: Task, seed: str) -> _Board:
    given: dict[int, set[int]] = {case.id: set() for case in task.cases}
    load = {judge.id: 0 for judge in task.judges}
    for seat, case in task.kept:
        if case in given and seat in load and (seat, case) not in task.barred:
            given[case].add(seat)
            load[seat] += 1
    apart = frozenset(
        (judge.id, case.id)
        for judge in task.judges
        for case in task.cases
        if task.match and not of_one_field(judge.fields, case.fields)
    )
    turn = {seat: at for at, seat in enumerate(drawn(f"{seed}:judges", load))}
    order = drawn(f"{seed}:cases", given)
    return _Board(task, given, load, apart, order, turn, {seat: set() for seat in load})


def _deal(board: _Board) -> None:
    """Case by case, those with the fewest possible experts first: nobody beyond an equal share while others are below it."""
    wanted = {
        case: min(
            max(board.task.per_case - len(board.given[case]), 0), sum(board.may(seat, case) for seat in board.load)
        )
        for case in board.order
    }
    share = -(-(sum(board.load.values()) + sum(wanted.values())) // max(len(board.load), 1))
    choice = {case: sum(board.may(seat, case) for seat in board.load) for case in board.order}
    for case in sorted(board.order, key=choice.__getitem__):
        for _ in range(wanted[case]):
            able = [seat for seat in board.load if board.may(seat, case)]
            board.give(
                min(
                    able,
                    key=lambda seat, case=case: (  # type: ignore[misc]
                        board.load[seat] >= share,
                        (seat, case) in board.apart,
                        board.load[seat],
                        board.turn[seat],
                    ),
                ),
                case,
            )


def _level(board: _Board) -> None:
    """Hand cases on, from one to the next, until nobody could have two fewer at the cost of one who has two more."""
    while path := _lighter(board):
        for case, seat, to in path:
            board.move(case, seat, to)


def _lighter(board: _Board) -> list[tuple[int, int, int]]:
    """The shortest way by which somebody gives one case away to somebody with at least two fewer; empty where there is none."""
    for start in sorted(board.load, key=lambda seat: (-board.load[seat], board.turn[seat])):
        came: dict[int, tuple[int, int] | None] = {start: None}
        queue = deque([start])
        while queue:
            seat = queue.popleft()
            if board.load[seat] <= board.load[start] - 2:
                return _way_to(came, seat)
            for to, case in _handing_on(board, seat):
                if to not in came:
                    came[to] = (seat, case)
                    queue.append(to)
    return []


def _handing_on(board: _Board, seat: int) -> list[tuple[int, int]]:
    """(to whom, which case) a seat can hand on, the cases of a field not its own first."""
    cases = sorted(board.moved(seat), key=lambda case: (seat, case) not in board.apart)
    seats = sorted(board.load, key=lambda to: (board.load[to], board.turn[to]))
    return [(to, case) for case in cases for to in seats if board.may(to, case)]


def _way_to(came: Mapping[int, tuple[int, int] | None], end: int) -> list[tuple[int, int, int]]:
    way, at = [], end
    while (step := came[at]) is not None:
        seat, case = step
        way.append((case, seat, at))
        at = seat
    return way


def _match(board: _Board) -> None:
    """Exchange as long as that brings a case to its own field, so that nobody's share changes."""
    while any(_better(board, seat, case) for case in board.order for seat in sorted(board.given[case])):
        pass


def _better(board: _Board, seat: int, case: int) -> bool:
    if (seat, case) not in board.apart or case not in board.held[seat]:
        return False
    for to in sorted(board.load, key=board.turn.__getitem__):
        if not board.may(to, case) or (to, case) in board.apart:
            continue
        for back in board.moved(to):
            worse = (seat, back) in board.apart and (to, back) not in board.apart
            if board.may(seat, back) and not worse:
                board.move(case, seat, to)
                board.move(back, to, seat)
                return True
    return False


def differences(
    plain: Mapping[str, Any], *, secret: str, committed: str, rules: str, seed: str, result: Mapping[str, Sequence[int]]
) -> list[str]:
    """What does not agree when an allotment is made again from its record, in words; nothing where everything does."""
    wrong, task = [], Task.read(plain)
    if commitment(secret) != committed:
        wrong.append("分配的种子与事先的承诺不符")
    if seed_of(secret, rules, task) != seed:
        wrong.append("分配的种子与名单、规则不符")
    again = {str(case): list(seats) for case, seats in allot(task, seed).items()}
    if again != {case: list(seats) for case, seats in result.items()}:
        wrong.append("重新分配的结果与记录不符")
    return wrong
