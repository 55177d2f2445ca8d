"""What people are told of stages and what experts are asked. Nothing sealed, not by words and not by their timing."""

from datetime import date, timedelta

import pytest

from applications.services import withdraw_application
from campaigns.models import Stage
from review import notify, tasks
from review.mailings import Passed, Stopped
from review.services import investigations, meetings, panels
from review.states import Seat, Verdict
from tests.factories import IN_TIME
from tests.kept import kept
from tests.review import stagecraft as craft
from tests.review.meetingcraft import Sitting, people
from tests.review.stagecraft import Play, fresh
from unions.models import Delivery, Member, Message
from unions.outbox import selectors
from unions.outbox.states import DeliveryState
from unions.permits import Refused

DAY = timedelta(days=1)


def told(member):
    return list(selectors.inbox(member).order_by("pk").values_list("kind", flat=True))


def last(member):
    return selectors.content_of(selectors.inbox(member).order_by("pk").last())


# --- how a stage ended --------------------------------------------------------------------------------------------------


@kept
def play(union):
    return Play(union, craft.qualification(), craft.expert_review(), craft.final(), quota={"places": 1})


def test_an_outcome_is_told_when_its_stage_closes_and_not_at_the_click(play):
    winner, loser = play.apply("赵建国"), play.apply("钱秀兰")
    play.open("qualification")
    for application in (winner, loser):
        play.judge(application)
    play.decide("qualification", winner)
    play.decide("qualification", loser, Verdict.REJECTED, "材料不足")

    assert told(winner.applicant) == told(loser.applicant) == ["application.submitted"]

    play.close("qualification")
    assert told(winner.applicant)[-1] == "stage.passed"
    assert told(loser.applicant)[-1] == "stage.stopped"
    said = last(loser.applicant)
    assert "资格审核的结果是未通过" in said.text
    assert "材料不足" not in said.text


def test_whoever_withdrew_is_not_told_how_the_stage_ended(play):
    winner, gone = play.apply("赵建国"), play.apply("钱秀兰")
    play.open("qualification")
    for application in (winner, gone):
        play.judge(application)
        play.decide("qualification", application)
    withdraw_application(gone, actor=gone.applicant, at=play.now())
    play.close("qualification")

    assert told(gone.applicant)[-1] == "application.withdrawn"


def test_everybody_is_told_in_the_same_moment(play):
    for name in ("赵建国", "钱秀兰"):
        play.apply(name)
    rows = list(play.campaign.applications.order_by("pk"))
    play.qualify("qualification", rows[0], rejecting=[rows[1]])

    assert Message.objects.filter(kind__startswith="stage.").values("created_at").distinct().count() == 1


def test_a_message_about_a_review_tells_no_score_and_no_rank(play):
    winner, loser = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", winner, loser)
    play.review("review", {winner.pk: 97, loser.pk: 61})
    before = Message.objects.count()
    play.cut("review", 1)
    assert Message.objects.count() == before
    play.close("review")

    for application, kind in ((winner, "stage.passed"), (loser, "stage.stopped")):
        assert told(application.applicant)[-1] == kind
        said = last(application.applicant)
        assert not any(figure in said.text + said.short for figure in ("97", "61", "名次", "第 1", "分"))


def test_the_end_of_the_approval_withdraws_what_came_before_unsent(play):
    winner = play.apply("赵建国")
    play.qualify("qualification", winner)
    unsent = Delivery.objects.filter(message__kind="application.submitted").values_list("state", flat=True)

    assert set(unsent) == {DeliveryState.WITHDRAWN}


def test_whoever_is_disqualified_is_told_and_whoever_was_cleared_hears_nothing(play):
    winner, other = play.apply("赵建国"), play.apply("钱秀兰")
    for application, upheld in ((winner, True), (other, False)):
        case = investigations.open_investigation(application, allegation="举报", actor=play.office, at=play.now())
        investigations.decide_investigation(
            case, upheld=upheld, finding="查明", public_note="说明", actor=play.office, at=play.now()
        )

    assert told(winner.applicant)[-1] == "application.disqualified"
    assert told(other.applicant) == ["application.submitted"]


def test_whoever_takes_an_empty_place_is_told_that_this_holds(play):
    winner, second = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", winner, second)
    play.review("review", {winner.pk: 97, second.pk: 61})
    play.cut("review", 1)
    play.close("review")
    case = investigations.open_investigation(winner, allegation="举报", actor=play.office, at=play.now())
    case = investigations.decide_investigation(
        case, upheld=True, finding="查明", public_note="说明", actor=play.office, at=play.now()
    )

    investigations.refill_place(
        case, application=second, minutes=play.minutes(), reason="按名次递补", actor=fresh(play.leader), at=play.now()
    )

    assert told(second.applicant)[-1] == "stage.refilled"
    assert "以本条为准" in last(second.applicant).text


def test_a_place_refilled_in_an_open_stage_is_told_when_it_closes(play):
    winner = play.apply("赵建国")
    play.open("qualification")

    notify.refilled(play.stage("qualification"), winner, at=play.now())

    assert told(winner.applicant) == ["application.submitted"]


# --- experts --------------------------------------------------------------------------------------------------------------


def test_an_expert_is_invited_once_the_names_are_approved(union):
    play = Play(union, craft.expert_review(panel={"approved_by": "leading_group"}), craft.final())
    panel = play.form_panel("review")
    expert = play.experts[0].member
    assert told(expert) == []

    panels.approve_panel(panel, minutes=play.minutes(), actor=play.leader, at=play.now())
    assert told(expert) == ["expert.invited"]

    late = play.expert()
    panels.add_seat(panel, expert=late, reason="增补", actor=play.office, at=play.now())
    assert told(late.member) == []
    panels.remove_seat(play.seat(panel, late), reason="不需要", actor=play.office, at=play.now())
    assert told(late.member) == []


def test_an_expert_is_told_of_the_beginning_and_of_being_taken_off(play):
    winner = play.apply("赵建国")
    play.qualify("qualification", winner)
    panel = play.form_panel("review")
    first, second, third = (play.seat(panel, expert) for expert in play.experts)
    for seat in (first, second):
        panels.accept_seat(seat, actor=fresh(seat.expert.member), at=play.now())
    panels.decline_seat(third, actor=fresh(third.expert.member), at=play.now())
    play.open("review")
    panels.remove_seat(play.seat(panel, play.experts[1]), reason="另有任务", actor=play.office, at=play.now())

    assert told(first.expert.member) == ["expert.invited", "expert.started"]
    assert told(second.expert.member) == ["expert.invited", "expert.started", "expert.removed"]
    assert told(third.expert.member) == ["expert.invited"]
    invited = Delivery.objects.filter(message__kind="expert.invited", message__recipient=first.expert.member)
    assert set(invited.values_list("state", flat=True)) == {DeliveryState.WITHDRAWN}


@kept
def seated(union):
    """Two experts: one has declared, the other has not; the stage ends on a planned day."""
    play = Play(union, craft.expert_review(), craft.final())
    play.apply("赵建国")
    panel = play.form_panel("review", play.experts[:2])
    play.accept(panel)
    play.open("review")
    first = play.seats("review")[0]
    panels.declare_conflicts(first, applications=[], reasons=[], actor=fresh(first.expert.member), at=play.now())
    ends = (play.clock + 9 * DAY).date()
    Stage.objects.filter(pk=play.stage("review").pk).update(planned_to=ends)
    return play, ends


def test_whoever_does_not_answer_an_invitation_is_reminded_once(play):
    play.form_panel("review", play.experts[:1])

    assert notify.experts_near(play.campaign, at=play.now() + DAY) == 0
    assert notify.experts_near(play.campaign, at=play.now() + 4 * DAY) == 1
    assert notify.experts_near(play.campaign, at=play.now() + 5 * DAY) == 0
    assert told(play.experts[0].member) == ["expert.invited", "expert.unanswered"]


def test_whoever_has_not_declared_is_reminded_and_the_end_is_told_to_everybody(seated):
    """Whether somebody has voted or scored must not show in who is reminded."""
    play, ends = seated
    declared, other = play.seats("review")

    assert notify.experts_near(play.campaign, at=play.now() + DAY) == 0
    assert notify.experts_near(play.campaign, at=play.now() + 4 * DAY) == 1
    panels.declare_conflicts(other, applications=[], reasons=[], actor=fresh(other.expert.member), at=play.now())
    at = play.now().replace(year=ends.year, month=ends.month, day=ends.day) - DAY
    assert notify.experts_near(play.campaign, at=at) == 2
    assert notify.experts_near(play.campaign, at=at) == 0
    assert told(declared.expert.member)[-1] == told(other.expert.member)[-1] == "expert.ending"


@pytest.mark.parametrize("ends", [None, date(2020, 1, 1)])
def test_a_stage_without_an_end_or_past_it_reminds_nobody(seated, ends):
    play, _ends = seated
    Stage.objects.filter(pk=play.stage("review").pk).update(planned_to=ends)
    seat = play.seats("review")[0]
    seat.panel.stage.refresh_from_db()

    assert notify._due(seat, play.now()) == ("", {})


def test_a_seat_answered_meanwhile_is_not_reminded(play):
    panel = play.form_panel("review", play.experts[:1])
    seat = play.seat(panel, play.experts[0])
    seat.state = Seat.ACCEPTED

    assert notify._due(seat, play.now()) == ("", {})


def test_beat_reminds_experts_in_every_union(play, monkeypatch):
    called = []
    play.form_panel("review", play.experts[:1])
    monkeypatch.setattr(tasks.remind_experts_of, "delay", lambda *ids: called.append(ids))
    monkeypatch.setattr(tasks.timezone, "now", lambda: play.clock + 4 * DAY)

    tasks.remind_experts()

    assert called == [(play.union.pk, play.campaign.pk)]
    assert tasks.remind_experts_of(*called[0]) == 1


# --- whom the office may write to -----------------------------------------------------------------------------------------


def test_the_office_writes_to_those_who_passed_a_closed_stage_and_to_those_who_did_not(play):
    winner, loser = play.apply("赵建国"), play.apply("钱秀兰")
    assert Passed().scopes(play.union, at=IN_TIME) == []
    play.qualify("qualification", winner, rejecting=[loser])

    (scope,) = Passed().scopes(play.union, at=play.now())
    (passed,) = Passed().people(play.union, scope.id, at=play.now())
    (stopped,) = Stopped().people(play.union, scope.id, at=play.now())

    assert scope.label.endswith("：资格审核")
    assert (passed.letters[0].to, stopped.letters[0].to) == (winner.applicant, loser.applicant)


def test_whom_a_later_stage_stopped_is_not_congratulated_on_an_earlier_one(play):
    winner, loser = play.apply("赵建国"), play.apply("钱秀兰")
    play.qualify("qualification", winner, loser)
    play.review("review", {winner.pk: 97, loser.pk: 61})
    play.cut("review", 1)
    play.close("review")

    scope = str(play.stage("qualification").pk)
    assert [news.letters[0].to for news in Passed().people(play.union, scope, at=play.now())] == [winner.applicant]


@pytest.mark.parametrize("which", ["open", "x", "0"])
def test_before_a_stage_is_closed_nobody_is_written_to_by_its_outcome(play, which):
    play.apply("赵建国")
    scope = str(play.open("qualification").pk) if which == "open" else which

    with pytest.raises(Refused, match="还没有结束"):
        Passed().people(play.union, scope, at=play.now())


# --- the leading group ------------------------------------------------------------------------------------------------------


def test_everybody_in_the_leading_group_is_called_to_a_meeting_once(union):
    play = Play(union, craft.committee(), craft.final())
    play.apply("赵建国")
    play.open("committee")
    Sitting(play, people(play, "committee"))

    assert [told(leader) for leader in play.leaders] == [["group.called"]] * 3
    assert "领导小组会议" in last(play.leader).subject
    assert "赵建国" not in last(play.leader).text
    assert told(play.office) == []


def test_whoever_was_called_hears_of_another_day_and_that_there_is_no_meeting(union):
    play = Play(union, craft.committee(), craft.final())
    play.apply("赵建国")
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"), opened=False)
    gone = play.leaders[2]
    Member.objects.filter(pk=gone.pk).update(active=False)
    how = {"actor": play.office}

    meetings.move_meeting(sitting.meeting, held_on=date(2026, 6, 30), place="二楼会议室", at=play.now(), **how)
    assert "6月30日" in last(play.leader).subject
    assert "二楼会议室" in last(play.leader).text
    meetings.cancel_meeting(sitting.meeting, reason="半数成员出差", at=play.now(), **how)

    assert [told(leader) for leader in play.leaders[:2]] == [["group.called", "group.moved", "group.cancelled"]] * 2
    assert told(gone) == ["group.called"]
    assert "半数成员出差" in last(play.leader).text
