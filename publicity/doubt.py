"""Which votes of a poll are doubtful, and by what: pure, and the same whatever the order of rows.

Two things must meet before votes are doubtful. They come in denser than the poll's own rhythm lets expect (for one person, one
choice, one network, one address, one device, one order), and among them something is alike that is not alike among all the
others: few devices, or an order of candidates that every visitor has to themselves. Dense alone is a remark: at lunch a factory
votes for its own colleague, from one address, and that is what the vote is for.
"""

import hashlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import sqrt
from operator import attrgetter
from statistics import median
from typing import Any, Final, NamedTuple

SPAN: Final = 600
"""Seconds of one step of the rhythm."""
LEAST: Final = 20
"""Votes in one step below which nothing is dense."""
TIMES: Final = 2
SIGMAS: Final = 6
"""How far beyond what is expected: so many times, and so many times its own spread."""
ALIKE: Final = 8
"""Voters who must be alike before it says anything."""
ALIKE_TIMES: Final = 4
ALIKE_SIGMAS: Final = 3
PART: Final = 5
"""Who is alike must be at least one in so many of the dense ones."""
SAME: Final = 5
"""Findings that share at least four in five of the smaller one's votes are one finding."""
GAP: Final = 2
"""Steps that two dense stretches may lie apart and still be one."""


class Cast(NamedTuple):
    """One vote as far as doubt is concerned; `at` in seconds, the digests empty where they were not kept."""

    id: int
    voter: str
    at: int
    choices: tuple[int, ...]
    address: str = ""
    network: str = ""
    agent: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """What is alike: in so many `votes`, by so many `kinds` of it, which outside make up `outside` in ten thousand."""

    kind: str
    kinds: int
    votes: int
    outside: int


@dataclass(frozen=True, slots=True)
class Finding:
    """`counted` votes between `start` and `end` (seconds, the end not included) where about `expected` would have come.

    Without a sign it is a remark, and `votes` are the dense ones; with one it is a doubt, and `votes` are those alike.
    `about`: the person, where the rule is about one.
    """

    rule: str
    about: int | None
    start: int
    end: int
    counted: int
    expected: int
    signs: tuple[Sign, ...]
    votes: tuple[int, ...]
    also: tuple[str, ...] = ()
    """Further rules that found (nearly) the same votes."""

    @property
    def doubtful(self) -> bool:
        return bool(self.signs)

    @property
    def key(self) -> str:
        """What an act names: it no longer fits when the finding comes to other votes."""
        return hashlib.sha256(f"{self.rule}:{self.about}:{self.votes}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Doubted:
    """What an act is about: the rule, what it found in words without names, and the votes."""

    rule: str
    found: str
    votes: Sequence[int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Which votes are counted together, and what among them would be a sign."""

    id: str
    label: str
    read: Callable[[Cast], Any]
    signs: tuple[str, ...]
    each: bool = False
    """Whether what is read are several values, each counted, and each a person."""


_CHOICES, _AGENT, _ORDER = attrgetter("choices"), attrgetter("agent"), attrgetter("order")
RULES: Final = {
    rule.id: rule
    for rule in (
        Rule("burst", "短时间内得票突增", _CHOICES, ("agent", "order"), each=True),
        Rule("choices", "短时间内大量相同的选择", _CHOICES, ("agent", "order")),
        Rule("network", "同一网段集中投票", attrgetter("network"), ("agent", "order")),
        Rule("address", "同一网络地址集中投票", attrgetter("address"), ("agent", "order")),
        Rule("agent", "相同设备特征集中投票", _AGENT, ("choices", "order")),
        Rule("order", "相同的人选次序集中投票", _ORDER, ("order",)),
    )
}
SIGNS: Final = {"agent": "设备特征", "order": "人选次序", "choices": "选择"}
_READ: Final[Mapping[str, Callable[[Cast], Any]]] = {"agent": _AGENT, "order": _ORDER, "choices": _CHOICES}


def find(casts: Iterable[Cast]) -> list[Finding]:
    """Doubts first, the larger before the smaller; then remarks, without those whose votes a doubt explains."""
    votes = sorted(casts, key=lambda cast: (cast.at, cast.id))
    steps = [cast.at // SPAN for cast in votes]
    whole = {kind: Counter(map(read, votes)) for kind, read in _READ.items()}
    found = [finding for rule in RULES.values() for finding in _by(rule, votes, steps, whole)]
    found.sort(key=lambda one: (-len(one.votes), list(RULES).index(one.rule), one.votes))
    doubts = _merged(one for one in found if one.doubtful)
    explained = {vote for one in doubts for vote in one.votes}
    remarks = (one for one in found if not one.doubtful and 2 * len(explained.intersection(one.votes)) < len(one.votes))
    return [*doubts, *_merged(remarks)]


def _by(
    rule: Rule, votes: Sequence[Cast], at: Sequence[int], whole: Mapping[str, Counter[Hashable]]
) -> Iterator[Finding]:
    poll = Counter(at)
    for value, own, steps in _denser(rule, votes, at, poll):
        times = [cast.at for cast in own]
        expected = _expected(steps, poll, _rhythm(steps, poll))
        inner = {kind: Counter(map(_READ[kind], own)) for kind in rule.signs}
        for first, last in _dense(steps, poll):
            # a step more on either side: the thin ends belong to it, and only who is alike is covered
            group = own[bisect_left(times, (first - 1) * SPAN) : bisect_left(times, (last + 2) * SPAN)]
            outside = {kind: (whole[kind], inner[kind]) for kind in rule.signs}
            signs, covered = _alike(group, outside, len(votes) - len(own))
            if not covered:
                group = [cast for cast in group if first <= cast.at // SPAN <= last]
            shown = [cast for cast in group if cast.id in covered] if covered else group
            yield Finding(
                rule.id,
                value if rule.each and isinstance(value, int) else None,
                shown[0].at,
                shown[-1].at + 1,
                len(group),
                round(sum(expected[step] for step in sorted({cast.at // SPAN for cast in group}))),
                signs,
                tuple(sorted(cast.id for cast in shown)),
            )


def _denser(
    rule: Rule, votes: Sequence[Cast], at: Sequence[int], poll: Counter[int]
) -> Iterator[tuple[Hashable, list[Cast], Counter[int]]]:
    """Every value whose votes come too dense at some time, with all its votes and how many came in each step."""
    read = list(map(rule.read, votes))
    values: list[Iterable[Hashable]] = read if rule.each else list(zip(read, strict=True))
    often = {value for value, count in Counter(chain.from_iterable(values)).items() if value != "" and count >= LEAST}
    steps: defaultdict[Hashable, Counter[int]] = defaultdict(Counter)
    for own, step in zip(values, at, strict=True) if often else ():
        for value in own:
            if value in often:
                steps[value][step] += 1
    dense = {value for value, counts in steps.items() if next(_dense(counts, poll), None)}
    having: defaultdict[Hashable, list[Cast]] = defaultdict(list)
    for own, cast in zip(values, votes, strict=True) if dense else ():
        for value in own:
            if value in dense:
                having[value].append(cast)
    for value, members in having.items():
        yield value, members, steps[value]


def _expected(own: Counter[int], poll: Counter[int], ratio: float) -> dict[int, float]:
    """Step → how many of these were to be expected, by how many others came in it."""
    return {step: ratio * (poll[step] - count + 1) for step, count in own.items()}


def _dense(own: Counter[int], poll: Counter[int]) -> Iterator[tuple[int, int]]:
    """Stretches (first step, last step) in which these votes come denser than all the others do."""
    if max(own.values()) < LEAST:
        return
    ratio = _rhythm(own, poll)
    expected = _expected(own, poll, ratio)
    stretches: list[list[int]] = []
    for step in sorted(own):
        if own[step] < LEAST or not _beyond(own[step], expected[step], ratio):
            continue
        if stretches and step - stretches[-1][-1] <= GAP:
            stretches[-1].append(step)
        else:
            stretches.append([step])
    for stretch in stretches:
        yield stretch[0], stretch[-1]


def _beyond(count: int, expected: float, ratio: float) -> bool:
    """Far more than chance gives: the others, of whom `expected` is a multiple, vary too."""
    return count >= TIMES * expected and count - expected >= SIGMAS * sqrt(expected * (1 + ratio) + 1)


def _rhythm(own: Counter[int], poll: Counter[int]) -> float:
    """How many of these come for one of the others: by the middle of all stretches with some votes in them, at least half of
    what all come to.
    """
    shares, mine, every = [], 0, 0
    for step in sorted(poll):
        mine, every = mine + own[step], every + poll[step]
        if every >= LEAST:
            shares.append(mine / every)
            mine = every = 0
    share = max(median(shares), own.total() / (poll.total() + LEAST) / 2)
    return share / max(1 - share, 1 / LEAST)


def _alike(
    group: Sequence[Cast], outside: Mapping[str, tuple[Counter[Hashable], Counter[Hashable]]], others: int
) -> tuple[tuple[Sign, ...], set[int]]:
    """What is alike in a group and not among the others, and the votes that are. `outside`: all votes, and those to leave out."""
    signs, covered = [], set[int]()
    for kind, (every, own) in outside.items():
        read = _READ[kind]
        by: defaultdict[Hashable, list[Cast]] = defaultdict(list)
        for cast in group:
            by[read(cast)].append(cast)  # nothing is alike too, where the others have something
        more = [
            value
            for value, members in by.items()
            if len(members) >= ALIKE and _too_many(members, len(group), every[value] - own[value], others)
        ]
        ids = {cast.id for value in more for cast in by[value]}
        if ids and len(ids) * PART >= len(group):
            share = sum(every[value] - own[value] for value in more)
            signs.append(Sign(kind, len(more), len(ids), 10_000 * share // max(others, 1)))
            covered |= ids
    return tuple(signs), covered


def _too_many(members: Sequence[Cast], group: int, outside: int, of: int) -> bool:
    voters = len({cast.voter for cast in members})
    expected = group * (outside + 1) / (of + 1)
    return voters >= max(ALIKE, ALIKE_TIMES * expected) and voters - expected >= ALIKE_SIGMAS * sqrt(expected + 1)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    """One finding for what several rules found: the largest keeps its words, the others are named with it."""
    kept: list[Finding] = []
    sets: list[set[int]] = []
    for one in found:
        own = set(one.votes)
        at = next((n for n, votes in enumerate(sets) if SAME * len(votes & own) >= (SAME - 1) * len(own)), None)
        if at is None:
            kept.append(one)
            sets.append(own)
        else:
            first = kept[at]
            sets[at] |= own
            also = dict.fromkeys((*first.also, *([one.rule] if one.rule != first.rule else [])))
            kept[at] = replace(first, also=tuple(also), votes=tuple(sorted(sets[at])))
    return kept
