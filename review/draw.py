"""Drawing a panel: a pure function of a frozen list, its conditions and a seed, so that anybody can do it again.

Before anything is drawn the list with its facts is sorted and hashed, the seed committed to by its SHA-256, and a public
number named whose value nobody knows yet and nobody chooses. The seed of the draw is SHA-256 of “seed:public value”.

The order is a Fisher-Yates shuffle of the sorted list, from the last place to the second: for the place `at` a number below
`at + 1` is taken from SHA-256 of “seed, list digest, counter”, joined by colons, read as a number; one at or above the
largest multiple of `at + 1` is passed over, so that every order is equally likely.

Without conditions the first of the order are the panel. With conditions the order is gone through from the front: whoever
can be on a panel that meets them, together with those taken before and people further back, is taken; the others are
passed over and stay in drawn order behind the panel. Alternates are called up from there, the first who fits.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from review.conflicts import normalised
from review.ranking import sha256_of

_SPAN: Final = 1 << 256
UNKNOWN: Final = "（不详）"
"""Whoever's employer is unknown may work where the others do whose employer is unknown."""


class Impossible(ValueError):
    """No panel out of the list meets the conditions."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the draw knows of a person on the list."""

    id: int
    fields: tuple[str, ...] = ()
    kind: str = ""
    employer: str = ""

    @property
    def body(self) -> str:
        return normalised(self.employer) or UNKNOWN

    @property
    def plain(self) -> dict[str, Any]:
        return {"id": self.id, "fields": list(self.fields), "kind": self.kind, "employer": self.employer}


@dataclass(frozen=True, slots=True)
class Share:
    """At least and at most how many of a field or a kind."""

    of: Literal["field", "kind"]
    value: str
    at_least: int = 0
    at_most: int | None = None

    def holds(self, one: Candidate) -> bool:
        return self.value in one.fields if self.of == "field" else one.kind == self.value

    @property
    def words(self) -> str:
        what = f"“{self.value}”{'领域' if self.of == 'field' else '类'}的专家"
        bounds = [f"至少 {self.at_least} 人"] if self.at_least else []
        return what + "、".join([*bounds, *([] if self.at_most is None else [f"至多 {self.at_most} 人"])])


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a drawn panel must look like."""

    shares: tuple[Share, ...] = ()
    per_employer: int | None = None

    def __bool__(self) -> bool:
        return bool(self.shares) or self.per_employer is not None

    @property
    def words(self) -> list[str]:
        alone = [] if self.per_employer is None else [f"同一工作单位至多 {self.per_employer} 人"]
        return [*(share.words for share in self.shares), *alone]

    @property
    def plain(self) -> dict[str, Any]:
        shares = [[one.of, one.value, one.at_least, one.at_most] for one in self.shares]
        return {"shares": shares, "per_employer": self.per_employer}

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Conditions":
        shares = tuple(Share(of, value, least, most) for of, value, least, most in plain.get("shares", ()))
        return cls(shares, plain.get("per_employer"))


def candidates_of(plain: Iterable[Mapping[str, Any]]) -> tuple[Candidate, ...]:
    """The frozen list as it was kept."""
    return tuple(
        Candidate(one["id"], tuple(one.get("fields", ())), one.get("kind", ""), one.get("employer", ""))
        for one in plain
    )


def list_sha256(candidates: Iterable[int]) -> str:
    """The digest of the bare list, whatever order it is given in."""
    return sha256_of(sorted(candidates))


def pledged_sha256(
    candidates: Iterable[Candidate], conditions: Conditions, *, members: int, reserves: int, announced: str
) -> str:
    """The digest of everything that is fixed before a draw, the seed apart."""
    return sha256_of(
        {
            "candidates": [one.plain for one in sorted(candidates, key=lambda one: one.id)],
            "conditions": conditions.plain,
            "members": members,
            "reserves": reserves,
            "announced": announced,
        }
    )


def commitment(seed: str) -> str:
    """What is published of a seed before it is used."""
    return hashlib.sha256(seed.encode()).hexdigest()


def plain_value(value: str) -> str:
    """A public value without the accidents of typing: width, and how its parts are spaced."""
    return " ".join(unicodedata.normalize("NFKC", value).split())


def joined(seed: str, public: str) -> str:
    """The seed a draw is made from: the secret part with the public one."""
    return hashlib.sha256(f"{seed}:{plain_value(public)}".encode()).hexdigest()


def drawn(seed: str, candidates: Iterable[int]) -> tuple[int, ...]:
    """Everybody on the list in drawn order."""
    order = sorted(candidates)
    listed, counter = list_sha256(order), 0
    for at in range(len(order) - 1, 0, -1):
        bound = _SPAN - _SPAN % (at + 1)
        number = bound
        while number >= bound:
            number = int.from_bytes(hashlib.sha256(f"{seed}:{listed}:{counter}".encode()).digest(), "big")
            counter += 1
        chosen = number % (at + 1)
        order[at], order[chosen] = order[chosen], order[at]
    return tuple(order)


def panel_first(
    seed: str, candidates: Sequence[Candidate], members: int, conditions: Conditions | None = None
) -> tuple[int, ...]:
    """Everybody on the list: the panel in drawn order, then the rest in drawn order. Raises `Impossible`."""
    by_id = {one.id: one for one in candidates}
    order = [by_id[id_] for id_ in drawn(seed, by_id)]
    if not conditions:
        return tuple(one.id for one in order)
    if not completable([], order, members, conditions):
        raise Impossible
    taken: list[Candidate] = []
    for at, one in enumerate(order):
        if len(taken) < members and completable([*taken, one], order[at + 1 :], members, conditions):
            taken.append(one)
    passed_over = [one for one in order if one not in taken]
    return tuple(one.id for one in (*taken, *passed_over))


def next_fitting(
    sitting: Sequence[Candidate], waiting: Sequence[Candidate], members: int, conditions: Conditions
) -> Candidate | None:
    """The first of those waiting with whom the panel can still become one that meets the conditions."""
    for at, one in enumerate(waiting):
        rest = [*waiting[:at], *waiting[at + 1 :]]
        if not conditions or completable([*sitting, one], rest, members, conditions):
            return one
    return None


# --- whether a panel that meets the conditions is left --------------------------------------------------------------------

_Marks = tuple[bool, ...]
"""Which shares somebody counts towards."""
_State = tuple[int, ...]
"""How many were picked, then for each share how many of them count towards it, as far as that still matters."""


@dataclass(frozen=True, slots=True)
class _Open:
    """What a begun panel still needs: so many people, so many of each share, and room for no more than so many of each."""

    people: int
    needs: tuple[int, ...]
    rooms: tuple[int | None, ...]

    def after(self, state: _State, marks: _Marks) -> _State | None:
        """One person more, or None where there is no room for them."""
        if state[0] == self.people:
            return None
        grown = [state[0] + 1]
        for n, mark, need, room in zip(state[1:], marks, self.needs, self.rooms, strict=True):
            if mark and n == room:
                return None
            grown.append(min(n + mark, need) if room is None else n + mark)
        return tuple(grown)

    def met(self, state: _State) -> bool:
        enough = all(n >= need for n, need in zip(state[1:], self.needs, strict=True))
        return state[0] == self.people and enough


def completable(taken: Sequence[Candidate], rest: Sequence[Candidate], members: int, conditions: Conditions) -> bool:
    """Whether `taken` with people out of `rest` can be a panel of `members` that meets the conditions. Exact."""
    shares, most = conditions.shares, conditions.per_employer
    counts = [sum(share.holds(one) for one in taken) for share in shares]
    rooms = tuple(None if share.at_most is None else share.at_most - n for share, n in zip(shares, counts, strict=True))
    bodies = Counter(one.body for one in taken) if most is not None else Counter()
    if any(room is not None and room < 0 for room in rooms) or any(
        most is not None and n > most for n in bodies.values()
    ):
        return False
    open_ = _Open(
        members - len(taken),
        tuple(max(0, share.at_least - n) for share, n in zip(shares, counts, strict=True)),
        rooms,
    )
    if not 0 <= open_.people <= len(rest):
        return False
    marked = [(one, tuple(share.holds(one) for share in shares)) for one in rest]
    if _plainly(open_, marked, bodies, most):
        return True
    groups: dict[Any, Counter[_Marks]] = {}
    for one, marks in marked:
        groups.setdefault(marks if most is None else one.body, Counter())[marks] += 1
    limits = [(open_.people if most is None else most - bodies[key], held) for key, held in groups.items()]
    return _reachable(open_, limits)


def _plainly(
    open_: _Open, marked: Sequence[tuple[Candidate, _Marks]], bodies: Mapping[str, int], most: int | None
) -> bool:
    """Whether taking whoever helps, then whoever fits, fills the open places: mostly it does, and nothing need be searched."""
    state = (0,) * (len(open_.needs) + 1)
    picked, of_body = set(), Counter(bodies)
    for helping in (True, False):
        for one, marks in marked:
            helps = any(mark and n < need for n, mark, need in zip(state[1:], marks, open_.needs, strict=True))
            if one.id in picked or (helping and not helps) or (most is not None and of_body[one.body] >= most):
                continue
            grown = open_.after(state, marks)
            if grown is not None:
                state = grown
                picked.add(one.id)
                of_body[one.body] += 1
    return open_.met(state)


def _reachable(open_: _Open, groups: Iterable[tuple[int, Counter[_Marks]]]) -> bool:
    """Whether the open places can be filled, with at most so many of each group: the set of what can be reached grows group
    by group, those first who count towards something.
    """
    states: set[_State] = {(0,) * (len(open_.needs) + 1)}
    for limit, held in sorted(groups, key=lambda group: -max(map(sum, group[1]))):
        within = {(state, 0) for state in states}
        for marks, people in held.items():
            for _ in range(min(people, limit)):
                within |= {
                    (grown, used + 1)
                    for state, used in within
                    if used < limit and (grown := open_.after(state, marks)) is not None
                }
        states = {state for state, _ in within}
    return any(map(open_.met, states))


# --- the record of a draw -------------------------------------------------------------------------------------------------

RECORD: Final = "jiangxuan.draw"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a replay looked at."""

    holds: bool
    words: str


def replay(record: Mapping[str, Any]) -> list[Check]:
    """The draw done again from its record. Raises `ValueError` where the record is none, or incomplete."""
    if record.get("record") != RECORD:
        raise ValueError("这不是抽取记录文件")
    try:
        return list(_checks(record))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"抽取记录不完整或格式不对（{error}）") from error


def _checks(record: Mapping[str, Any]) -> Iterator[Check]:
    people, conditions = candidates_of(record["candidates"]), Conditions.read(record["conditions"])
    members, seed, public = record["members"], record["seed"], record["public"]
    if record["announced"]:
        listed = pledged_sha256(
            people, conditions, members=members, reserves=record["reserves"], announced=record["announced"]
        )
    else:
        listed = list_sha256(one.id for one in people)
    yield Check(listed == record["listed"], f"名单 {len(people)} 人连同构成要求、公开数值的约定，与抽取前固定的摘要")
    yield Check(commitment(seed) == record["commitment"], "种子与抽取前公布的承诺")
    final = joined(seed, public) if record["announced"] else seed
    if record["announced"]:
        yield Check(bool(plain_value(public)), f"公开数值（{record['announced']}）已填写：{plain_value(public)}")
        late = datetime.fromisoformat(record["drawn_at"]) >= datetime.fromisoformat(record["announced_for"])
        yield Check(late, "抽取在公开数值公布之后")
        early = datetime.fromisoformat(record["pledged_at"]) < datetime.fromisoformat(record["announced_for"])
        yield Check(early, "固定名单在公开数值公布之前")
    try:
        order: tuple[int, ...] | None = panel_first(final, people, members, conditions)
    except Impossible:
        order = None
    yield Check(order == tuple(record["result"]), "按种子重新抽取的顺序与记录的顺序")
    panel = [one for one in people if one.id in record["result"][:members]]
    for share in conditions.shares:
        n = sum(share.holds(one) for one in panel)
        fits = share.at_least <= n and (share.at_most is None or n <= share.at_most)
        yield Check(fits, f"评审组中{share.words}，抽中 {n} 人")
    if conditions.per_employer is not None:
        n = max(Counter(one.body for one in panel).values(), default=0)
        yield Check(n <= conditions.per_employer, f"同一工作单位至多 {conditions.per_employer} 人，抽中最多的 {n} 人")


def differences(record: Mapping[str, Any]) -> list[str]:
    """What does not agree, in words; nothing where everything does."""
    return [one.words for one in replay(record) if not one.holds]
