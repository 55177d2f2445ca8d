"""Reads over the leading group's meetings: what an item is about, how its votes stand, what may still be put to the vote."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import Body
from campaigns.rules.schema import Meeting as MeetingRule
from campaigns.selectors import stage_rule
from review import motions, selectors
from review.models import PanelSeat
from review.models_meetings import AgendaItem, Attendance, Meeting, MeetingRecusal, MotionRoll, MotionVote
from review.motions import Question
from review.services.stages import CONFIRMING
from review.states import Matter, Presence, Seat, VoteMethod
from unions.models import Member, Union
from unions.states import Role

AS_ONE: Final = frozenset({Matter.PANEL, Matter.PLACE, Matter.TIE})
"""Matters that are voted on as a whole."""


def rule_of(item: AgendaItem) -> MeetingRule:
    """How the group resolves on an item: its stage says."""
    return selectors.meeting_of(stage_rule(item.stage))


def votes_in_secret(item: AgendaItem) -> bool:
    return rule_of(item).vote == VoteMethod.SECRET.value


def body_of(matter: str, stage: Stage) -> Body:
    """Whose resolution a matter takes; another body's is recorded without a meeting of this group."""
    rule = stage_rule(stage)
    if matter == Matter.PANEL:
        approving: Body | None = getattr(rule, "panel").approved_by  # noqa: B009 - an expert review by its matter
        return approving or "leading_group"
    if matter == Matter.LIST:
        return rule.confirmed_by or "leading_group"
    if matter == Matter.PLACE:
        return rule.by if rule.by in CONFIRMING else "leading_group"
    return rule.by if matter == Matter.PEOPLE else "leading_group"


def leaders(union: Union) -> list[Member]:
    rows = Member.objects.for_union(union).active().filter(role=Role.LEADER)
    return list(rows.select_related("user").order_by("pk"))


def people_of(item: AgendaItem) -> list[int]:
    """Whom an item is about, in the order the group reads them."""
    stage = item.stage
    if item.matter == Matter.LIST:
        passers = selectors.proposed_passers(stage)
        return list(selectors.entrants(stage).filter(pk__in=passers).values_list("pk", flat=True))
    if item.matter == Matter.PEOPLE:
        named = [row["application"] for row in item.proposal]
        cases = list(selectors.undecided(stage).values_list("pk", flat=True))
        ranks = selectors.ranks_into(stage)
        return sorted({*cases, *named}, key=lambda pk: (ranks.get(pk, 10**9), pk))
    if item.matter == Matter.PLACE:
        return [row.application_id for row in selectors.next_in_line(stage)]
    return list(item.tied)


def put_to_vote(item: AgendaItem) -> list[int]:
    """The people named by the proposal; for a place also whoever lost it, since both concern one's own."""
    named = [row["application"] for row in item.proposal if row.get("application") is not None]
    if item.matter == Matter.PLACE and item.investigation is not None:
        return [*named, item.investigation.application_id]
    return named


def waiting_experts(stage: Stage) -> list[int]:
    """The experts of a stage's panel whose names nobody has approved yet."""
    rows = PanelSeat.objects.filter(
        panel__stage=stage, approved_at__isnull=True, state__in=[Seat.INVITED, Seat.ACCEPTED]
    )
    return list(rows.order_by("expert_id").values_list("expert_id", flat=True))


@dataclass(frozen=True, slots=True)
class Room:
    """Who was called, who is here, who keeps out of whom."""

    called: frozenset[int]
    present: frozenset[int]
    recused: Mapping[int, frozenset[int]]


def room_of(meeting: Meeting) -> Room:
    """Two queries."""
    rows = list(meeting.attendances.values_list("member_id", "presence"))
    recused: dict[int, frozenset[int]] = {}
    for case, member in meeting.recusals.values_list("application_id", "member_id"):
        recused[case] = recused.get(case, frozenset()) | {member}
    return Room(
        frozenset(member for member, _ in rows),
        frozenset(member for member, presence in rows if presence == Presence.PRESENT),
        recused,
    )


Result = motions.Result[MotionVote]


def counted(item: AgendaItem) -> list[MotionVote]:
    """The votes of an item that are over and count. Prefetched `votes` are used."""
    return [vote for vote in item.votes.all() if vote.closed_at is not None and not vote.voided]


def open_vote(item: AgendaItem) -> MotionVote | None:
    return next((vote for vote in item.votes.all() if vote.closed_at is None), None)


def results(item: AgendaItem) -> list[Result]:
    """The last word on every question put so far, in the order they were put."""
    rule = rule_of(item)
    return motions.results(counted(item), majority=rule.majority, tie=rule.tie, chair=item.meeting.chair_id)


def waiting_questions(item: AgendaItem, room: Room, *, each: bool) -> tuple[Question, ...]:
    """What of the proposal is still to be voted on, as it would be put now."""
    settled = {case for one in results(item) if not one.again for case in (one.question.cases or (0,))}
    if item.matter in AS_ONE:
        cases = tuple(put_to_vote(item)) if item.matter != Matter.PANEL else ()
        together = [] if settled else [cases]
        return motions.questions((), present=room.present, called=room.called, recused=room.recused, together=together)
    cases = tuple(case for case in put_to_vote(item) if case not in settled)
    return motions.questions(cases, present=room.present, called=room.called, recused=room.recused, each=each)


def by_hands(item: AgendaItem, asked: Iterable[Question]) -> tuple[Question, ...]:
    """Those of the questions that are voted on by show of hands: all, or where the vote is secret, those for too few voters."""
    if not votes_in_secret(item):
        return tuple(asked)
    return tuple(one for one in asked if len(one.voters) < motions.MIN_SECRET)


def in_secret(item: AgendaItem, asked: Iterable[Question]) -> tuple[Question, ...]:
    hands = by_hands(item, asked := tuple(asked))
    return tuple(one for one in asked if one not in hands)


def meetings_of(union: Union) -> QuerySet[Meeting]:
    rows = Meeting.objects.for_union(union).select_related("campaign", "chair__user")
    return rows.prefetch_related("items__stage__campaign", "items__investigation__application", "attendances")


def resolutions_about(application: Application) -> list[AgendaItem]:
    """The items of meetings that resolved on somebody, oldest first; two queries."""
    rows = AgendaItem.objects.filter(meeting__campaign=application.campaign_id, resolution__isnull=False)
    rows = rows.select_related("meeting__chair", "stage__campaign", "resolution").prefetch_related("votes")
    named = [one for one in rows if any(row.get("application") == application.pk for row in one.proposal)]
    return sorted(named, key=lambda one: (one.meeting.held_on, one.pk))


def verdict_on(item: AgendaItem, case: int) -> Result | None:
    return next((one for one in results(item) if case in one.question.cases), None)


def roll_of(votes: Iterable[int]) -> list[tuple[int, int]]:
    """(vote, member) of everybody who voted, never how, in no order of time."""
    rows = MotionRoll.objects.filter(vote__in=list(votes)).order_by("vote_id", "member_id")
    return list(rows.values_list("vote_id", "member_id"))


def is_recused(meeting: Meeting, member: Member, case: int) -> bool:
    return meeting.recusals.filter(member=member, application=case).exists()


def keeps_out(member: Member, case: int) -> bool:
    """Whether a member keeps out of somebody at any meeting so far: it cannot be taken back."""
    return MeetingRecusal.objects.filter(member=member, application=case).exists()


def last_employers(members: Iterable[Member], *, before: datetime) -> dict[int, str]:
    """Member id → where they work, as the last meeting that knew it has it."""
    rows = Attendance.objects.filter(member__in=list(members), meeting__created_at__lt=before).exclude(employer="")
    return dict(rows.order_by("pk").values_list("member_id", "employer"))
