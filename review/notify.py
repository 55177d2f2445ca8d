"""What this app tells people: how a stage ended, and to experts what is asked of them.

An outcome is told when its stage closes and never at the click: until then it may be superseded, and a message, or its
absence, would tell what is still sealed. All of a stage are told in the same moment.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone

from applications.models import Application
from applications.notify import letter, topic_of
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.states import StageState
from review.models import Investigation, Outcome, Panel, PanelSeat
from review.models_meetings import Meeting
from review.selectors import public_label
from review.stages import informs
from review.states import PASSING, Case, Seat, Verdict
from unions.models import Member
from unions.outbox.letters import Letter, News, Topic
from unions.outbox.queueing import remind, tell, withdraw

UNANSWERED_FOR: Final = timedelta(days=3)
ENDING_IN: Final = timedelta(days=2)
"""When an expert is reminded: of an invitation not answered, of a stage that is planned to end."""

STOPPED: Final = {Verdict.REJECTED: "未通过", Verdict.NOT_SELECTED: "未入选", Verdict.SUSPENDED: "暂缓"}


def stage_news(stage: Stage, outcomes: Sequence[Outcome], *, passed: str, stopped: str) -> list[News]:
    """One message for each outcome of a closed stage."""
    word, news = public_label(stage), []
    for outcome in outcomes:
        good = outcome.verdict in PASSING
        said = {"环节": word} if good else {"环节": word, "结论": STOPPED[Verdict(outcome.verdict)]}
        letters = letter(outcome.application, passed if good else stopped, said)
        news.append(News(topic_of(outcome.application), letters))
    return news


def outcomes_of(stage: Stage) -> list[Outcome]:
    """Those that stand, without people who withdrew or were disqualified since."""
    gone = Outcome.objects.filter(stage__isnull=True, campaign_id=stage.campaign_id).values("application")
    rows = Outcome.objects.standing().filter(stage=stage, application__state=State.SUBMITTED)
    rows = rows.exclude(application__in=gone)
    return list(
        rows.select_related(
            "application__campaign",
            "application__union",
            "application__person__key",
            "application__applicant__user",
            "application__filled_by__user",
        ).order_by("application_id")
    )


def stage_closed(stage: Stage, *, at: datetime) -> None:
    """Tell everybody what the stage decided about them. A stage that only informs decided nothing."""
    if informs(stage):
        return
    news = stage_news(stage, outcomes_of(stage), passed="stage.passed", stopped="stage.stopped")
    tell(stage.union, news, at=at)


def investigated(investigation: Investigation, *, at: datetime) -> None:
    """Only a disqualification is told: of an investigation that came to nothing nobody outside need know."""
    application = investigation.application
    if investigation.state == Case.UPHELD:
        tell(application.union, [News(topic_of(application), letter(application, "application.disqualified"))], at=at)


def refilled(stage: Stage, application: Application, *, at: datetime) -> None:
    """Only where the stage is closed: in an open one the outcome is told with all others."""
    if stage.state == StageState.CLOSED:
        letters = letter(application, "stage.refilled", {"环节": public_label(stage)})
        tell(application.union, [News(topic_of(application), letters)], at=at)


# --- the leading group ------------------------------------------------------------------------------------------------------


def meeting_called(meeting: Meeting, called: Sequence[Member], *, at: datetime) -> None:
    """Ask everybody who is called; what is on the agenda stands on the page."""
    _of_meeting("group.called", meeting, called, {"会议地点": meeting.place}, at)


def meeting_moved(meeting: Meeting, *, at: datetime) -> None:
    _of_meeting("group.moved", meeting, _called(meeting), {"会议地点": meeting.place}, at)


def meeting_cancelled(meeting: Meeting, *, at: datetime) -> None:
    _of_meeting("group.cancelled", meeting, _called(meeting), {"理由": meeting.cancelled_because}, at)


def _called(meeting: Meeting) -> list[Member]:
    """Who was called and still is in the group."""
    rows = meeting.attendances.filter(member__active=True).select_related("member__user")
    return [row.member for row in rows]


def _of_meeting(kind: str, meeting: Meeting, to: Sequence[Member], said: Mapping[str, str], at: datetime) -> None:
    campaign = meeting.campaign
    path = reverse("review:meeting", kwargs={"union_slug": campaign.union.slug, "meeting_pk": meeting.pk})
    said = {"活动": campaign.title, "会议日期": f"{meeting.held_on:%-m月%-d日}", **said}
    letters = [Letter(kind, leader, said, path=path) for leader in to]
    tell(meeting.union, [News(Topic("meeting", meeting.pk), letters)], at=at)


# --- experts ----------------------------------------------------------------------------------------------------------------


def _seat_topic(seat: PanelSeat) -> Topic:
    return Topic("seat", seat.pk)


def _to(seat: PanelSeat, stage: Stage, kind: str, *, once: str = "", **values: str) -> Letter:
    path = reverse("review:my_panels", kwargs={"union_slug": stage.campaign.union.slug})
    said = {"活动": stage.campaign.title, "环节": stage.label, **values}
    return Letter(kind, seat.expert.member, said, path=path, once=once)


def _seats(panel: Panel) -> list[PanelSeat]:
    return list(panel.seats.select_related("expert__member__user").order_by("pk"))


def seats_approved(stage: Stage, panel: Panel, *, at: datetime) -> None:
    """Invite whoever may be invited now and was not: an invitation counts once the names are approved."""
    seats = [seat for seat in _seats(panel) if seat.state == Seat.INVITED and seat.approved_at is not None]
    told = {seat: [_to(seat, stage, "expert.invited", once=f"seat-{seat.pk}-invited")] for seat in seats}
    tell(stage.union, [News(_seat_topic(seat), letters) for seat, letters in told.items()], at=at)


def seat_answered(seat: PanelSeat, *, at: datetime) -> None:
    withdraw(seat.union, [_seat_topic(seat)], at=at)


def seat_removed(seat: PanelSeat, *, at: datetime) -> None:
    """Whoever was never invited learns nothing."""
    if seat.approved_at is not None:
        tell(seat.union, [News(_seat_topic(seat), [_to(seat, seat.panel.stage, "expert.removed")])], at=at)


def stage_opened(stage: Stage, *, at: datetime) -> None:
    panel = Panel.objects.filter(stage=stage).first()
    if panel is None:
        return
    seats = [seat for seat in _seats(panel) if seat.state == Seat.ACCEPTED]
    tell(stage.union, [News(_seat_topic(seat), [_to(seat, stage, "expert.started")]) for seat in seats], at=at)


def cases_allotted(stage: Stage, panel: Panel, seats: Collection[int], *, at: datetime) -> None:
    """Tell whoever was given cases that some wait; how many and whose is on the pages only."""
    given = [seat for seat in _seats(panel) if seat.pk in seats]
    tell(stage.union, [News(_seat_topic(seat), [_to(seat, stage, "expert.allotted")]) for seat in given], at=at)


def experts_near(campaign: Campaign, *, at: datetime) -> int:
    """Remind experts, each once of each thing; return how many were.

    Everybody on the panel is reminded that the stage ends, whether they are done or not: who was reminded must not tell who
    has voted.
    """
    told = 0
    seats = PanelSeat.objects.filter(
        panel__stage__campaign=campaign, approved_at__isnull=False, state__in=[Seat.INVITED, Seat.ACCEPTED]
    ).exclude(panel__stage__state=StageState.CLOSED)
    for seat in seats.select_related("union", "panel__stage__campaign__union", "expert__member__user").order_by("pk"):
        kind, values = _due(seat, at)
        if kind:
            note = _to(seat, seat.panel.stage, kind, once=f"seat-{seat.pk}-{kind}", **values)
            still = PanelSeat.objects.filter(pk=seat.pk, state=seat.state, declared_at=seat.declared_at).exists
            told += remind(seat.union, _seat_topic(seat), [note], still=still, at=at)
    return told


def _due(seat: PanelSeat, at: datetime) -> tuple[str, dict[str, str]]:
    stage = seat.panel.stage
    if seat.state == Seat.INVITED:
        assert seat.approved_at is not None
        return ("expert.unanswered", {}) if at - seat.approved_at >= UNANSWERED_FOR else ("", {})
    if stage.state != StageState.OPEN or stage.opened_at is None or seat.panel.closed_at is not None:
        return "", {}
    if seat.declared_at is None and at - stage.opened_at >= UNANSWERED_FOR:
        return "expert.undeclared", {}
    left = stage.planned_to - timezone.localdate(at) if stage.planned_to else None
    if left is not None and timedelta(0) <= left <= ENDING_IN:
        return "expert.ending", {"期限": f"{stage.planned_to:%Y年%-m月%-d日}"}
    return "", {}
