"""Invented voters: the public over the hours of the day, a factory at lunch, and a burst that somebody paid for. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

HOURS: Final = (1, 1, 1, 1, 1, 1, 3, 5, 8, 9, 9, 10, 14, 10, 8, 8, 8, 9, 12, 14, 16, 14, 9, 4)
"""How lively each hour of a day is."""
MODELS: Final = 60
"""Kinds of phones about; the first are the commonest."""
BOUGHT_OF: Final = 25
FACTORY_OF: Final = 50
"""One voter in so many."""
FEWEST: Final = 60
"""Votes below which nobody would pay for any; nor would anybody where one person stands alone."""
MINUTES: Final = 30
APART: Final = 6
"""Seconds from one bought vote to the next, where they are few: a burst is dense."""


@dataclass(frozen=True, slots=True)
class Voter:
    """One voter with one ballot. `bought`: what the rehearsal planted and wants to find again."""

    phone: str
    at: datetime
    choices: tuple[int, ...]
    address: str
    agent: str
    order: str
    bought: bool = False


def crowd(
    count: int, candidates: Sequence[int], *, opens: datetime, closes: datetime, least: int, most: int, seed: int
) -> list[Voter]:
    """So many voters in the order of their moments; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - invented voters
    bought = max(count // BOUGHT_OF, FEWEST) if count >= 5 * FEWEST and len(candidates) > 1 else 0
    factory = count // FACTORY_OF
    phones = (f"+861990{n:07}" for n in range(count))
    weights = [1 / (n + 2) for n in range(len(candidates))]
    made = [
        Voter(
            next(phones),
            _moment(chance, opens, closes),
            _liked(chance, candidates, weights, chance.randint(least, most)),
            f"10.{chance.randrange(200)}.{chance.randrange(250)}.{chance.randrange(250)}",
            _phone(chance),
            f"{chance.getrandbits(64):016x}",
        )
        for _ in range(count - bought - factory)
    ]
    lunch = _inside(opens, closes, opens + (closes - opens) / 3)
    made += [
        Voter(
            next(phones),
            lunch + timedelta(seconds=chance.randrange(60 * MINUTES)),
            _with(candidates, 1, least),
            "192.0.2.10",
            _phone(chance),
            f"{chance.getrandbits(64):016x}",
        )
        for _ in range(factory)
    ]
    paid = _inside(opens, closes, opens + (closes - opens) * 3 / 5)
    made += [
        Voter(
            next(phones),
            paid + timedelta(seconds=chance.randrange(min(60 * MINUTES, APART * bought))),
            _with(candidates, len(candidates) - 1, least),
            f"203.0.113.{chance.randrange(20)}" if n % 2 else f"198.51.100.{chance.randrange(20)}",
            f"脚本 {n % 5}",
            f"{chance.getrandbits(64):016x}",
            bought=True,
        )
        for n in range(bought)
    ]
    return sorted(made, key=lambda one: (one.at, one.phone))


def _phone(chance: random.Random) -> str:
    return f"手机 {chance.choices(range(MODELS), [1 / (n + 1) for n in range(MODELS)])[0]}"


def _inside(opens: datetime, closes: datetime, wanted: datetime) -> datetime:
    """That moment, or as late as half an hour still fits."""
    return max(opens, min(wanted, closes - timedelta(minutes=MINUTES + 1)))


def _moment(chance: random.Random, opens: datetime, closes: datetime) -> datetime:
    """A moment of the window, in lively hours more often."""
    seconds = int((closes - opens).total_seconds())
    while True:
        at = opens + timedelta(seconds=chance.randrange(seconds))
        if chance.random() * max(HOURS) < HOURS[at.hour]:
            return at


def _liked(chance: random.Random, candidates: Sequence[int], weights: Sequence[float], many: int) -> tuple[int, ...]:
    """So many of them, those in front more often."""
    keyed = sorted(zip(candidates, weights, strict=True), key=lambda one: -(chance.random() ** (1 / one[1])))
    return tuple(sorted(candidate for candidate, _ in keyed[:many]))


def _with(candidates: Sequence[int], at: int, least: int) -> tuple[int, ...]:
    """One of them, and as many more as a ballot must name."""
    first = at % len(candidates)
    return tuple(sorted(candidates[(first + n) % len(candidates)] for n in range(least)))
