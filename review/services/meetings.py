"""The leading group's meetings (领导小组会议) from the call to the minutes, and who keeps out of whom. Votes are `meeting_votes`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Campaign, Stage
from review import notify, selectors_meetings
from review import policies_meetings as policies
from review.conflicts import Judge, conflict
from review.models import Investigation
from review.models_meetings import AgendaItem, Attendance, Meeting, MeetingRecord, MeetingRecusal
from review.motions import SHARE_WORDS, reaches
from review.ranking import sha256_of
from review.services.seating import parties
from review.states import (
    MEETING_TRANSITIONS,
    ItemState,
    Matter,
    MeetingState,
    Presence,
    RecusalSource,
)
from unions import audit
from unions.models import Member
from unions.permits import Refused
from unions.services import system_member


@dataclass(frozen=True, slots=True)
class Motion:
    """A matter to put on an agenda."""

    matter: Matter
    stage: Stage
    investigation: Investigation | None = None
    tied: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attended:
    """What is said of one member's coming."""

    presence: Presence
    employer: str = ""
    note: str = ""


# --- locks ------------------------------------------------------------------------------------------------------------


def lock_meeting(meeting: Meeting) -> Meeting:
    """The campaign, then the meeting: verbs about a stage lock that between the two."""
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",))
        .select_related("union")
        .get(pk=meeting.campaign_id)
    )
    return lock_row(meeting, campaign)


def lock_row(meeting: Meeting, campaign: Campaign) -> Meeting:
    """The meeting itself, where its campaign is locked already."""
    locked = Meeting.objects.select_for_update(no_key=True, of=("self",)).select_related("chair").get(pk=meeting.pk)
    locked.campaign, locked.union = campaign, campaign.union
    return locked


def _no_open_vote(meeting: Meeting, what: str) -> None:
    if meeting.items.filter(votes__isnull=False, votes__closed_at__isnull=True).exists():
        raise Refused(f"正在投票，{what}；请先结束或作废本轮投票")


# --- before the meeting -----------------------------------------------------------------------------------------------


@transaction.atomic
def convene_meeting(
    campaign: Campaign,
    *,
    held_on: date,
    place: str,
    chair: Member,
    motions: Sequence[Motion],
    actor: Member,
    at: datetime,
    recorder: str = "",
) -> Meeting:
    """Call the group together: every member of the day is on the list of those called, the agenda may still grow."""
    campaign = Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=campaign.pk)
    policies.can_convene_meeting(actor, campaign, at=at).require()
    leaders = selectors_meetings.leaders(campaign.union)
    if chair not in leaders:
        raise Refused("主持人应是领导小组成员，请重新选择")
    if not place.strip():
        raise Refused("请填写会议地点")
    meeting = Meeting.objects.create(
        union=campaign.union,
        campaign=campaign,
        number=campaign.meetings.count() + 1,
        held_on=held_on,
        place=place.strip(),
        chair=chair,
        recorder=recorder.strip(),
        created_at=at,
        by=actor,
    )
    employers = selectors_meetings.last_employers(leaders, before=at)
    Attendance.objects.bulk_create(
        Attendance(union=campaign.union, meeting=meeting, member=leader, employer=employers.get(leader.pk, ""))
        for leader in leaders
    )
    for motion in motions:
        _put_on_agenda(meeting, motion)
    audit.record(
        "meeting.convened",
        meeting,
        actor=actor,
        at=at,
        after={
            "campaign": campaign.pk,
            "held_on": held_on.isoformat(),
            "called": [leader.pk for leader in leaders],
            "chair": chair.pk,
            "items": [[motion.matter, motion.stage.pk] for motion in motions],
        },
    )
    notify.meeting_called(meeting, leaders, at=at)
    return meeting


@transaction.atomic
def move_meeting(
    meeting: Meeting, *, held_on: date, place: str, actor: Member, at: datetime, reason: str = ""
) -> Meeting:
    """Another day or place, before it has begun; whoever was called is told."""
    meeting = lock_meeting(meeting)
    policies.can_rearrange_meeting(actor, meeting, at=at).require()
    if not place.strip():
        raise Refused("请填写会议地点")
    before = _when_and_where(meeting)
    meeting.held_on, meeting.place = held_on, place.strip()
    if (after := _when_and_where(meeting)) == before:
        raise Refused("会议日期和地点都没有改动，请改好后再保存")
    meeting.save(update_fields=["held_on", "place"])
    audit.record("meeting.moved", meeting, actor=actor, at=at, before=before, after=after, reason=reason.strip())
    notify.meeting_moved(meeting, at=at)
    return meeting


def _when_and_where(meeting: Meeting) -> dict[str, str]:
    return {"held_on": meeting.held_on.isoformat(), "place": meeting.place}


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, reason: str, actor: Member, at: datetime) -> Meeting:
    """Call it off before it has begun: whoever was called is told, and its matters wait for another meeting."""
    meeting = lock_meeting(meeting)
    policies.can_rearrange_meeting(actor, meeting, at=at).require()
    if not reason.strip():
        raise Refused("请填写取消的理由")
    meeting.items.filter(state=ItemState.OPEN).update(state=ItemState.POSTPONED)
    meeting.state, meeting.cancelled_because = MeetingState.CANCELLED, reason.strip()
    meeting.save(update_fields=["state", "cancelled_because"])
    audit.record(
        "meeting.cancelled",
        meeting,
        actor=actor,
        at=at,
        before={"state": MeetingState.PLANNED},
        after={"state": meeting.state, "cancelled_because": meeting.cancelled_because},
        reason=meeting.cancelled_because,
    )
    notify.meeting_cancelled(meeting, at=at)
    return meeting


def _put_on_agenda(meeting: Meeting, motion: Motion) -> AgendaItem:
    stage = motion.stage
    if stage.campaign_id != meeting.campaign_id:
        raise Refused("议程应属于同一个活动")
    stage.campaign = meeting.campaign
    if selectors_meetings.body_of(motion.matter, stage) != "leading_group":
        raise Refused(f"“{stage.label}”不由领导小组作出决定，请直接记录其决议")
    same = meeting.items.filter(matter=motion.matter, stage=stage, state=ItemState.OPEN)
    if same.filter(investigation=motion.investigation, tied=list(motion.tied)).exists():
        raise Refused("这一事项已在议程上")
    return AgendaItem.objects.create(
        union=meeting.union,
        meeting=meeting,
        number=meeting.items.count() + 1,
        matter=motion.matter,
        stage=stage,
        investigation=motion.investigation,
        tied=list(motion.tied),
    )


@transaction.atomic
def add_item(meeting: Meeting, motion: Motion, *, actor: Member, at: datetime) -> AgendaItem:
    """Put one more matter on the agenda, before the meeting or in it."""
    meeting = lock_meeting(meeting)
    policies.can_prepare_meeting(actor, meeting, at=at).require()
    item = _put_on_agenda(meeting, motion)
    found = find_recusals(meeting, at=at) if meeting.state == MeetingState.OPEN else []
    audit.record(
        "meeting.item_added",
        item,
        actor=actor,
        at=at,
        after={"meeting": meeting.pk, "matter": item.matter, "stage": item.stage_id, "recused": by_member(found)},
        rows=found,
    )
    return item


@transaction.atomic
def set_attendance(
    meeting: Meeting,
    *,
    attended: Mapping[int, Attended],
    actor: Member,
    at: datetime,
    chair: Member | None = None,
) -> Meeting:
    """Who is here (member id → what is said). Somebody who comes later or leaves is recorded the same way, between two votes.

    Nobody is present without an employer: what is not known cannot be held against whom one may have to keep out of.
    """
    meeting = lock_meeting(meeting)
    policies.can_prepare_meeting(actor, meeting, at=at).require()
    _no_open_vote(meeting, "到会情况不能变动")
    rows = {row.member_id: row for row in meeting.attendances.select_related("member__user")}
    if set(attended) - set(rows):
        raise Refused("有人不在应到名单上，请刷新页面")
    for member, said in attended.items():
        row = rows[member]
        if said.presence == Presence.PRESENT and not said.employer.strip():
            raise Refused(f"请填写{row.member}的工作单位：用于核对回避，不详的不能参加表决")
        row.presence, row.employer, row.note = said.presence, said.employer.strip(), said.note.strip()
        row.save(update_fields=["presence", "employer", "note"])
    if chair is not None:
        if chair.pk not in rows:
            raise Refused("主持人应是领导小组成员，请重新选择")
        meeting.chair = chair
        meeting.save(update_fields=["chair"])
    if meeting.state == MeetingState.OPEN:
        _require_chair(meeting)
        found = find_recusals(meeting, at=at)
    else:
        found = []
    audit.record(
        "meeting.attendance_set",
        meeting,
        actor=actor,
        at=at,
        after={
            "present": sorted(row.member_id for row in rows.values() if row.presence == Presence.PRESENT),
            "chair": meeting.chair_id,
            "recused": by_member(found),
        },
        rows=found,
    )
    return meeting


def _require_chair(meeting: Meeting) -> None:
    if not meeting.attendances.filter(member=meeting.chair_id, presence=Presence.PRESENT).exists():
        raise Refused("主持人没有记为出席，请在到会情况中改定主持人")


# --- recusal ----------------------------------------------------------------------------------------------------------


def _judge(row: Attendance) -> Judge:
    member = row.member
    return Judge(
        member=member.pk,
        user=member.user_id,
        name=member.user.name if member.user else "",
        employer=row.employer,
        unit=member.unit_id,
        credit_code="",
    )


def find_recusals(meeting: Meeting, *, at: datetime) -> list[MeetingRecusal]:
    """Add in the system's name whom the members present must keep out of, as far as it was not known."""
    items = meeting.items.filter(state=ItemState.OPEN).select_related("stage__campaign", "investigation")
    cases = {case for item in items for case in _concerned(item)}
    known = set(meeting.recusals.values_list("member_id", "application_id"))
    rows = []
    of_cases = parties(Application.objects.filter(pk__in=cases).order_by("pk"))
    system = system_member(meeting.union)
    present = meeting.attendances.filter(presence=Presence.PRESENT).select_related("member__user")
    for row in present:
        judge = _judge(row)
        for application, party in of_cases:
            reason = conflict(judge, party)
            if reason and (row.member_id, application.pk) not in known:
                rows.append(
                    MeetingRecusal(
                        union=meeting.union,
                        meeting=meeting,
                        member=row.member,
                        application=application,
                        source=RecusalSource.FOUND,
                        reason=reason.replace("专家", "成员"),
                        at=at,
                        by=system,
                    )
                )
    return MeetingRecusal.objects.bulk_create(rows)


def by_member(rows: Iterable[MeetingRecusal]) -> dict[int, list[int]]:
    """Member id → cases, as the log tells it."""
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row.member_id, []).append(row.application_id)
    return found


def _concerned(item: AgendaItem) -> list[int]:
    lost = [item.investigation.application_id] if item.investigation is not None else []
    return [*selectors_meetings.people_of(item), *selectors_meetings.put_to_vote(item), *lost]


@transaction.atomic
def recuse_member(
    meeting: Meeting, member: Member, application: Application, *, reason: str, actor: Member, at: datetime
) -> MeetingRecusal:
    """A member keeps out of a person (回避), by their own word at the meeting or before it. It cannot be taken back."""
    meeting = lock_meeting(meeting)
    policies.can_prepare_meeting(actor, meeting, at=at).require()
    if not reason.strip():
        raise Refused("请填写回避的理由")
    if not meeting.attendances.filter(member=member).exists():
        raise Refused(f"{member}不在本次会议的应到名单上")
    _no_open_vote(meeting, "不能再申报回避")
    if selectors_meetings.is_recused(meeting, member, application.pk):
        raise Refused(f"{member}对{application.name}已经回避")
    items = list(meeting.items.select_related("stage__campaign", "investigation").prefetch_related("votes"))
    if not any(application.pk in _concerned(item) for item in items):
        raise Refused(f"{application.name}不在本次会议审议的人选中")
    if any(selectors_meetings.verdict_on(item, application.pk) for item in items):
        raise Refused(f"{application.name}已经表决，不能再申报回避；请作废该轮表决后重新表决")
    recusal = MeetingRecusal.objects.create(
        union=meeting.union,
        meeting=meeting,
        member=member,
        application=application,
        source=RecusalSource.DECLARED,
        reason=reason.strip(),
        at=at,
        by=actor,
    )
    audit.record(
        "meeting.recused",
        recusal,
        actor=actor,
        at=at,
        after={"meeting": meeting.pk, "member": member.pk, "application": application.pk},
        reason=reason.strip(),
    )
    return recusal


# --- the meeting ------------------------------------------------------------------------------------------------------


@transaction.atomic
def open_meeting(meeting: Meeting, *, actor: Member, at: datetime) -> Meeting:
    """Begin: the chair and the quorum of every item are there, and the system has found who must keep out of whom."""
    meeting = lock_meeting(meeting)
    policies.can_run_meeting(actor, meeting, at=at).require()
    if MeetingState.OPEN not in MEETING_TRANSITIONS[MeetingState(meeting.state)]:
        raise Refused(f"会议{MeetingState(meeting.state).label}，不能再次开始")
    if meeting.held_on > timezone.localdate(at):
        raise Refused("会议日期还没有到，不能开始")
    items = list(meeting.items.select_related("stage__campaign"))
    if not items:
        raise Refused("议程是空的，请先列入要议的事项")
    _require_chair(meeting)
    room = selectors_meetings.room_of(meeting)
    for item in items:
        quorum = selectors_meetings.rule_of(item).quorum
        if not reaches(len(room.present), len(room.called), quorum):
            raise Refused(f"出席 {len(room.present)} 人，未达到应到 {len(room.called)} 人的{SHARE_WORDS[quorum]}")
    meeting.state, meeting.opened_at = MeetingState.OPEN, at
    meeting.save(update_fields=["state", "opened_at"])
    found = find_recusals(meeting, at=at)
    audit.record(
        "meeting.opened",
        meeting,
        actor=actor,
        at=at,
        after={"called": len(room.called), "present": sorted(room.present), "recused": by_member(found)},
        rows=found,
    )
    return meeting


@transaction.atomic
def propose(
    item: AgendaItem,
    *,
    proposal: Sequence[Mapping[str, Any]] = (),
    text: str,
    actor: Member,
    at: datetime,
    reason: str = "",
) -> AgendaItem:
    """Say what the group is to vote on. A list or a panel is proposed as it stands now; people only as they were named."""
    meeting = lock_meeting(item.meeting)
    item = lock_item(item, meeting)
    policies.can_propose(actor, item, at=at).require()
    if not text.strip():
        raise Refused("请填写决议内容")
    if selectors_meetings.open_vote(item) is not None or selectors_meetings.counted(item):
        raise Refused("本项已经开始表决，提议不能再改；需要改变的，作废表决后重新提出")
    item.proposal = [dict(row) for row in (as_it_stands(item) or proposal)]
    if not item.proposal:
        raise Refused("提议没有涉及任何人，请逐人选定后再提出")
    item.text, item.reason, item.proposed_at = text.strip(), reason.strip(), at
    item.save(update_fields=["proposal", "text", "reason", "proposed_at"])
    audit.record(
        "meeting.proposed",
        item,
        actor=actor,
        at=at,
        after={"meeting": meeting.pk, "proposal": item.proposal},
        reason=item.reason,
    )
    return item


def as_it_stands(item: AgendaItem) -> list[dict[str, Any]]:
    """What a panel or a list is by itself; other matters are proposed by people."""
    if item.matter == Matter.LIST:
        return [{"application": pk, "decision": "confirm"} for pk in selectors_meetings.people_of(item)]
    if item.matter == Matter.PANEL:
        return [{"expert": expert} for expert in selectors_meetings.waiting_experts(item.stage)]
    return []


def lock_item(item: AgendaItem, meeting: Meeting) -> AgendaItem:
    """After the meeting: the item, with its votes and its stage."""
    locked = (
        AgendaItem.objects.select_for_update(no_key=True, of=("self",))
        .select_related("stage", "investigation__application")
        .prefetch_related("votes")
        .get(pk=item.pk)
    )
    locked.meeting, locked.stage.campaign, locked.stage.union = meeting, meeting.campaign, meeting.union
    return locked


@transaction.atomic
def close_meeting(meeting: Meeting, *, actor: Member, at: datetime) -> MeetingRecord:
    """End the meeting: what was not reached is postponed, and the minutes are frozen with their digest."""
    meeting = lock_meeting(meeting)
    policies.can_run_meeting(actor, meeting, at=at).require()
    if MeetingState.CLOSED not in MEETING_TRANSITIONS[MeetingState(meeting.state)]:
        raise Refused(f"会议{MeetingState(meeting.state).label}，不能结束")
    _no_open_vote(meeting, "会议不能结束")
    for item in meeting.items.filter(state=ItemState.OPEN).prefetch_related("votes"):
        if selectors_meetings.counted(item):
            raise Refused(f"第 {item.number} 项已经表决，请先按表决结果作出决议")
        item.state = ItemState.POSTPONED
        item.save(update_fields=["state"])
    meeting.state, meeting.closed_at = MeetingState.CLOSED, at
    meeting.save(update_fields=["state", "closed_at"])
    content = minutes_of(meeting)
    record = MeetingRecord.objects.create(
        union=meeting.union, meeting=meeting, content=content, sha256=sha256_of(content), at=at, by=actor
    )
    audit.record(
        "meeting.closed",
        meeting,
        actor=actor,
        at=at,
        after={"sha256": record.sha256, "items": len(content["items"])},
        rows=[record],
    )
    return record


def minutes_of(meeting: Meeting) -> dict[str, Any]:
    """Everything the minutes say, as plain data in one order: anybody can put it together again and compare the digest."""
    items = meeting.items.select_related("meeting", "stage__campaign").prefetch_related("votes").order_by("number")
    return {
        "campaign": meeting.campaign_id,
        "number": meeting.number,
        "held_on": meeting.held_on.isoformat(),
        "place": meeting.place,
        "chair": meeting.chair_id,
        "recorder": meeting.recorder,
        "attendance": [
            {"member": row.member_id, "presence": row.presence, "employer": row.employer, "note": row.note}
            for row in meeting.attendances.order_by("member_id")
        ],
        "recusals": [
            {"member": row.member_id, "application": row.application_id, "source": row.source, "reason": row.reason}
            for row in meeting.recusals.order_by("member_id", "application_id")
        ],
        "items": [
            {
                "item": item.pk,
                "number": item.number,
                "matter": item.matter,
                "stage": item.stage_id,
                "investigation": item.investigation_id,
                "state": item.state,
                "text": item.text,
                "reason": item.reason,
                "proposal": item.proposal,
                "resolution": item.resolution_id,
                "carried": sorted(
                    case for one in selectors_meetings.results(item) if one.carried for case in one.question.cases
                ),
                "votes": [
                    {
                        "number": vote.number,
                        "method": vote.method,
                        "questions": vote.questions,
                        "counts": vote.counts,
                        "castings": vote.castings,
                        "voided": vote.voided,
                    }
                    for vote in item.votes.all()
                ],
            }
            for item in items
        ],
    }


def agreeing(record: MeetingRecord) -> bool:
    """Whether the frozen minutes still follow from the rows and bear their own digest."""
    return sha256_of(record.content) == record.sha256 == sha256_of(minutes_of(record.meeting))
