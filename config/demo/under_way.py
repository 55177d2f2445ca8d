"""A stage half done, by its kind: what somebody finds who signs in to the demo while a campaign is under way."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from applications.models import Application
from campaigns.models import Stage
from config.demo.scene import SoFar
from publicity.rehearsal import votes
from publicity.rehearsal.play import Play
from review import selectors as review
from review.services import panels
from review.services.investigations import open_investigation


def half_qualification(played: Play, stage: Stage, so_far: SoFar) -> None:
    """Some were sent back, some are decided, the others wait."""
    cases = list(review.entrants(stage))
    for case in cases[: so_far.returned]:
        played.send_back(stage, case)
    for case in cases[so_far.returned :][: so_far.decided]:
        played.qualify(stage, case)
    _investigate(played, cases, so_far)


def half_site_visit(played: Play, stage: Stage, so_far: SoFar) -> None:
    """The team has been to some workplaces, and the office has said its word on part of them."""
    cases = list(review.entrants(stage))
    played.visit(stage, cases[: so_far.visited])
    for case in cases[: so_far.decided]:
        played.pass_one(stage, case)
    _investigate(played, cases, so_far)


def half_expert_review(played: Play, stage: Stage, so_far: SoFar) -> None:
    """Some experts have come, some cases were visited, some sheets are in."""
    seats, first = played.seats(stage), played.clock.today
    played.clock.go_to_day(first + timedelta(days=1))
    played.answer(stage, seats[: len(seats) - so_far.waiting], declining=so_far.declined)
    for expert in played.cast.experts[len(seats) :][: so_far.added]:
        panels.add_seat(
            seats[0].panel, expert=expert, reason="有专家谢绝，递补一名", actor=played.cast.office, at=played.clock()
        )
    cases = list(review.entrants(stage))
    if so_far.visited:
        played.clock.go_to_day(first + timedelta(days=2))
        played.visit(stage, cases[: so_far.visited])
    played.clock.go_to_day(first + timedelta(days=3))
    for n, (seat, most) in enumerate(zip(seats, so_far.judged, strict=False)):
        played.score_cases(stage, seat, n, most=most)
    _investigate(played, cases, so_far)


def half_public_notice(played: Play, stage: Stage, so_far: SoFar) -> None:
    """The names stand before the public; an objection may wait for its answer."""
    notice = played.put_before_the_public(stage)
    if so_far.objection:
        played.object_to(notice, list(review.entrants(stage))[-1], text=so_far.objection)


def half_public_vote(played: Play, stage: Stage, _so_far: SoFar) -> None:
    """The poll is open and some have voted."""
    votes.begin_vote(stage, played.cast, played.clock)


def untouched(_played: Play, _stage: Stage, _so_far: SoFar) -> None:
    """The list is there; nobody has done anything about it yet."""


def _investigate(played: Play, cases: list[Application], so_far: SoFar) -> None:
    if so_far.allegation:
        open_investigation(cases[-1], allegation=so_far.allegation, actor=played.cast.office, at=played.clock())


HALF_DONE: Final[Mapping[str, Callable[[Play, Stage, SoFar], None]]] = {
    "nomination": untouched,
    "qualification": half_qualification,
    "site_visit": half_site_visit,
    "expert_review": half_expert_review,
    "public_vote": half_public_vote,
    "committee": untouched,
    "public_notice": half_public_notice,
    "final_approval": untouched,
}
