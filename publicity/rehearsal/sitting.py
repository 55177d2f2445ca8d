"""The leading group meets: everybody called, one away where the quorum allows, one who keeps out of somebody, votes as the rules say."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from applications.models import Application
from campaigns.models import Campaign
from publicity.rehearsal.cast import Cast
from publicity.rehearsal.clock import Clock
from review import selectors_meetings
from review.models_meetings import AgendaItem, Meeting
from review.motions import Question, reaches
from review.services import meeting_votes, meetings
from review.services.meetings import Attended, Motion
from review.states import Presence
from unions.models import Member

PLACE: Final = "工会会议室"


def hold(
    campaign: Campaign,
    motion: Motion,
    cast: Cast,
    clock: Clock,
    *,
    text: str,
    proposal: Sequence[Mapping[str, Any]] = (),
    reason: str = "",
) -> Meeting:
    """One meeting about one matter, from the call to the minutes: what is proposed is carried."""
    chair, *others = cast.leaders
    meeting = meetings.convene_meeting(
        campaign,
        held_on=clock.today,
        place=PLACE,
        chair=chair,
        motions=[motion],
        actor=cast.office,
        at=clock(),
        recorder=str(cast.office),
    )
    rule = selectors_meetings.rule_of(_item(meeting))
    # one of those who come keeps out of somebody, about whom the rest must be a quorum too
    away = {others[-1].pk} if reaches(len(others) - 1, len(others), rule.quorum) else set()
    meetings.set_attendance(
        meeting,
        attended={
            one.pk: Attended(Presence.EXCUSED, note="出差")
            if one.pk in away
            else Attended(Presence.PRESENT, f"演练机关{n}处")
            for n, one in enumerate(cast.leaders, 1)
        },
        actor=cast.office,
        at=clock(),
    )
    _keep_out(meeting, others[0], clock)
    meetings.open_meeting(meeting, actor=chair, at=clock())
    meetings.propose(_item(meeting), proposal=proposal, text=text, reason=reason, actor=cast.office, at=clock())
    _vote(meeting, cast, clock)
    meeting_votes.conclude_item(_item(meeting), actor=chair, at=clock())
    meetings.close_meeting(meeting, actor=chair, at=clock())
    return meeting


def _item(meeting: Meeting) -> AgendaItem:
    rows = AgendaItem.objects.select_related("meeting__campaign__union", "stage__campaign", "investigation")
    return rows.prefetch_related("votes").get(meeting=meeting)


def _keep_out(meeting: Meeting, member: Member, clock: Clock) -> None:
    """One member once taught the last person on the list."""
    people = selectors_meetings.people_of(_item(meeting))
    if len(people) > 1:
        last = Application.objects.get(pk=people[-1])
        meetings.recuse_member(meeting, member, last, reason="曾为师徒", actor=member, at=clock())


def _vote(meeting: Meeting, cast: Cast, clock: Clock) -> None:
    """In secret whatever can be, by show of hands the rest; everybody is for it."""
    chair = cast.leaders[0]
    secret, hands = _asked(meeting)
    if secret:
        vote = meeting_votes.open_vote(_item(meeting), actor=chair, at=clock())
        for member in cast.leaders:
            keys = [one["key"] for one in vote.questions if member.pk in one["voters"]]
            if keys:
                answers = dict.fromkeys(keys, meeting_votes.FOR)
                meeting_votes.cast_vote(_item(meeting), answers=answers, actor=member, at=clock())
        meeting_votes.close_vote(_item(meeting), actor=chair, at=clock())
        _, hands = _asked(meeting)
    if hands:
        meeting_votes.count_hands(
            _item(meeting),
            counts={one.key: (len(one.voters), 0, 0) for one in hands},
            shown=meeting_votes.seen(hands),
            actor=chair,
            at=clock(),
        )


def _asked(meeting: Meeting) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    item = _item(meeting)
    each = selectors_meetings.rule_of(item).vote == "secret_ballot"
    asked = selectors_meetings.waiting_questions(item, selectors_meetings.room_of(item.meeting), each=each)
    return selectors_meetings.in_secret(item, asked), selectors_meetings.by_hands(item, asked)
