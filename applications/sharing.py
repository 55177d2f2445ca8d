"""Cases divided among colleagues: each to the least busy who may have it. Pure, and the same for the same input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from applications.services.inbox import Share


@dataclass(frozen=True, slots=True)
class ToShare:
    application: int
    was: int | None
    barred: frozenset[int]
    """Officers who must keep out of it."""


def divide(cases: Sequence[ToShare], loads: Mapping[int, int]) -> tuple[list[Share], list[int]]:
    """Who gets what, and which cases none of them may have. `loads`: officer → cases in hand, for everybody to share.

    A case that is with one of them already counts there and stays.
    """
    busy = dict(loads)
    shares, left = [], []
    for case in cases:
        if case.was in busy and case.was not in case.barred:
            continue
        free = [officer for officer in busy if officer not in case.barred]
        if not free:
            left.append(case.application)
            continue
        officer = min(free, key=lambda one: (busy[one], one))
        busy[officer] += 1
        shares.append(Share(case.application, officer, case.was))
    return shares, left
