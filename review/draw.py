"""Drawing a panel: a pure function of a frozen list and a seed, so that anybody can do it again and get the same order.

The list is sorted and hashed, and the seed committed to by its SHA-256, before anything is drawn. The draw is a
Fisher-Yates shuffle of the sorted list, from the last place to the second: for the place `at` a number below `at + 1` is
taken from SHA-256 of “seed, list digest, counter”, joined by colons, read as a number; one at or above the largest
multiple of `at + 1` is passed over, so that every order is equally likely.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from review.ranking import sha256_of

_SPAN: Final = 1 << 256


def list_sha256(candidates: Iterable[int]) -> str:
    """The digest of the frozen list, whatever order it is given in."""
    return sha256_of(sorted(candidates))


def commitment(seed: str) -> str:
    """What is published of a seed before it is used."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawn(seed: str, candidates: Iterable[int]) -> tuple[int, ...]:
    """Everybody on the list in drawn order: members first, then reserves, then the rest."""
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


def replay(*, candidates: Sequence[int], listed: str, committed: str, seed: str, result: Sequence[int]) -> list[str]:
    """What does not agree in the record of a draw, in words; nothing where everything does."""
    wrong = []
    if list_sha256(candidates) != listed:
        wrong.append("名单与固定时的摘要不符")
    if commitment(seed) != committed:
        wrong.append("种子与抽取前公布的承诺不符")
    if drawn(seed, candidates) != tuple(result):
        wrong.append("重新抽取的结果与记录不符")
    return wrong
