"""May this person do it at a meeting of the leading group now, and if not, why?"""

from datetime import datetime

from campaigns.models import Campaign
from campaigns.states import CampaignState
from review.models_meetings import AgendaItem, Attendance, Meeting, MotionVote
from review.policies import can_pass_resolution
from review.states import ItemState, MeetingState, Presence
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_lead, can_run_office


def can_prepare(actor: Member, union: Union) -> Decision:
    """A member of the group, or the office that prepares its meetings."""
    if can_lead(actor, union) or can_run_office(actor, union):
        return ALLOWED
    return denied("只有领导小组成员和认定办公室可以筹备会议")


def can_convene_meeting(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    decision = can_prepare(actor, campaign.union)
    if decision and campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{CampaignState(campaign.state).label}，不能筹备会议")
    return decision


def can_prepare_meeting(actor: Member, meeting: Meeting, *, at: datetime) -> Decision:
    """Agenda, attendance and who keeps out, as long as the meeting is not over."""
    decision = can_convene_meeting(actor, meeting.campaign, at=at)
    return _not_over(meeting) if decision else decision


def can_rearrange_meeting(actor: Member, meeting: Meeting, *, at: datetime) -> Decision:
    """Another day or place, or no meeting at all: as long as it has not begun."""
    decision = can_prepare_meeting(actor, meeting, at=at)
    if decision and meeting.state != MeetingState.PLANNED:
        return denied(f"会议{MeetingState(meeting.state).label}，不能改期或取消")
    return decision


def can_run_meeting(actor: Member, meeting: Meeting, *, at: datetime) -> Decision:
    """Votes and what follows from them: members of the group alone."""
    decision = can_pass_resolution(actor, meeting.campaign, at=at)
    return _not_over(meeting) if decision else decision


def _not_over(meeting: Meeting) -> Decision:
    if meeting.state == MeetingState.CLOSED:
        return denied("会议已结束，会议纪要不能再改")
    if meeting.state == MeetingState.CANCELLED:
        return denied("会议已取消，要议的事项请另行召集会议")
    return ALLOWED


def can_decide_item(actor: Member, item: AgendaItem, *, at: datetime) -> Decision:
    decision = can_run_meeting(actor, item.meeting, at=at)
    if decision and item.meeting.state != MeetingState.OPEN:
        return denied("会议还没有开始，开始后才能表决")
    if decision and item.state != ItemState.OPEN:
        return denied(f"本项议程{ItemState(item.state).label}")
    return decision


def can_propose(actor: Member, item: AgendaItem, *, at: datetime) -> Decision:
    """The proposal is put together before the meeting or in it; the office may prepare it."""
    decision = can_prepare_meeting(actor, item.meeting, at=at)
    if decision and item.state != ItemState.OPEN:
        return denied(f"本项议程{ItemState(item.state).label}")
    return decision


def can_vote(actor: Member, vote: MotionVote | None, *, at: datetime) -> Decision:
    """Once in a secret round, by whoever is present and keeps out of not all of it."""
    if vote is None or vote.closed_at is not None:
        return denied("现在没有进行中的投票")
    decision = can_decide_item(actor, vote.item, at=at)
    if not decision:
        return decision
    here = Attendance.objects.filter(meeting=vote.item.meeting_id, member=actor, presence=Presence.PRESENT)
    if not here.exists():
        return denied("您没有记为出席本次会议，不能投票")
    if not any(actor.pk in one["voters"] for one in vote.questions):
        return denied("本轮表决的人选您都应当回避，不需投票")
    if vote.roll.filter(member=actor).exists():
        return denied("您已投票，投出后不能更改")
    return ALLOWED
