"""A meeting of the leading group from its agenda to its minutes, through the services."""

from datetime import timedelta

import pytest

from applications.models import Application
from campaigns.models import Campaign
from review import motions, selectors_meetings
from review.models import Outcome, Resolution, TieDecision
from review.models_meetings import AgendaItem, Meeting, MeetingRecord, MeetingRecusal, MotionRoll
from review.services import investigations, meeting_votes, meetings, outcomes
from review.services.meetings import Attended, Motion
from review.states import ItemState, Matter, Presence, RecusalSource, Verdict
from tests.factories import MemberFactory
from tests.kept import kept
from tests.review.meetingcraft import Sitting, passing, people, striking
from tests.review.stagecraft import Play, committee, expert_review, final, qualification
from unions import audit
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role

pytestmark = pytest.mark.django_db


def meeting_rule(**rule):
    return {"meeting": {"setting": True, **rule}}


@kept
def play(union):
    """Three people before a committee that votes by show of hands."""
    play = Play(union, committee(), final())
    play.people = [play.apply(name=name) for name in ("孙秀兰", "周志强", "吴海涛")]
    play.open("committee")
    return play


@kept
def called(play):
    """A meeting about them that has not begun."""
    return Sitting(play, people(play, "committee"), opened=False)


@kept
def sitting(play):
    """A meeting about them that everybody has come to and that has begun."""
    return Sitting(play, people(play, "committee"))


def verdicts(play, key="committee"):
    return {row.application: row.verdict for row in Outcome.objects.standing().filter(stage=play.stage(key))}


# --- from the agenda to the minutes ------------------------------------------------------------------------------------


def test_a_meeting_resolves_by_show_of_hands_and_freezes_its_minutes(play):
    a, b, c = play.people
    sitting = Sitting(play, people(play, "committee"), absent=play.leaders[2:])
    sitting.propose(passing(a), passing(b), striking(c))
    sitting.hands((2, 0, 0))
    item = sitting.conclude()

    assert item.state == ItemState.DECIDED
    assert verdicts(play) == {a: Verdict.PASSED, b: Verdict.PASSED, c: Verdict.NOT_SELECTED}
    assert (item.resolution.members, item.resolution.present, item.resolution.in_favour) == (3, 2, 2)
    record = sitting.close()
    assert meetings.agreeing(record)
    assert audit.verify(play.union).verified
    with pytest.raises(Refused, match="会议纪要不能再改"):
        sitting.attend()


def test_what_was_not_reached_is_postponed(sitting):
    sitting.close()
    assert sitting.item().state == ItemState.POSTPONED
    assert not Resolution.objects.exists()


def test_a_meeting_is_not_closed_over_a_vote_that_nothing_followed_from(play, sitting):
    sitting.propose(*map(passing, play.people))
    sitting.hands((3, 0, 0))
    with pytest.raises(Refused, match="第 1 项已经表决"):
        sitting.close()


def test_minutes_that_were_tampered_with_no_longer_agree(sitting):
    record = sitting.close()
    Meeting.objects.filter(pk=sitting.pk).update(place="别处")
    assert not meetings.agreeing(MeetingRecord.objects.get(pk=record.pk))


@pytest.mark.parametrize(
    ("matter", "words"),
    [("place", "请填写会议地点"), ("chair", "主持人应是领导小组成员"), ("actor", "只有领导小组成员和认定办公室")],
)
def test_a_meeting_needs_a_place_and_a_chair_of_the_group(play, matter, words):
    expert = MemberFactory(union=play.union, role=Role.EXPERT)
    given = {"place": "会议室", "chair": play.leader, "actor": play.office}
    given |= {matter: " " if matter == "place" else expert}
    with pytest.raises(Refused, match=words):
        meetings.convene_meeting(
            play.campaign, held_on=play.clock.date(), motions=[people(play, "committee")], at=play.now(), **given
        )


# --- before it has begun -----------------------------------------------------------------------------------------------


def move(play, sitting, **given):
    given = {"held_on": sitting.meeting.held_on, "place": sitting.meeting.place, "actor": play.office} | given
    return meetings.move_meeting(sitting.meeting, at=play.now(), **given)


def cancel(play, sitting, **given):
    return meetings.cancel_meeting(
        sitting.meeting, at=play.now(), **{"reason": "半数成员出差", "actor": play.office} | given
    )


def test_a_meeting_is_moved_and_the_log_says_from_where(play, called):
    before = called.meeting.held_on
    move(play, called, held_on=before + timedelta(days=3), place=" 二楼会议室 ", reason="会议室占用")

    assert (called.meeting.held_on, called.meeting.place) == (before + timedelta(days=3), "二楼会议室")
    assert called.meeting.attendances.filter(presence=Presence.PRESENT).count() == 3, (
        "who comes need not be asked again"
    )
    entry = AuditEntry.objects.get(action="meeting.moved")
    assert entry.before == {"held_on": before.isoformat(), "place": "总工会三楼会议室"}
    assert (entry.after["place"], entry.reason) == ("二楼会议室", "会议室占用")
    with pytest.raises(Refused, match="会议日期还没有到"):
        meetings.open_meeting(called.meeting, actor=play.leader, at=play.now())


@pytest.mark.parametrize(
    ("given", "words"),
    [({"place": " "}, "请填写会议地点"), ({}, "会议日期和地点都没有改动")],
    ids=["no place", "the same"],
)
def test_a_meeting_is_moved_somewhere_else(play, called, given, words):
    with pytest.raises(Refused, match=words):
        move(play, called, **given)


def test_what_was_on_the_agenda_of_a_cancelled_meeting_waits_for_another(play, called):
    with pytest.raises(Refused, match="请填写取消的理由"):
        cancel(play, called, reason=" ")
    cancel(play, called)

    assert (called.meeting.get_state_display(), called.meeting.cancelled_because) == ("已取消", "半数成员出差")
    assert called.item().state == ItemState.POSTPONED
    assert AuditEntry.objects.get(action="meeting.cancelled").reason == "半数成员出差"
    for verb in (called.attend, called.propose, called.close, lambda: cancel(play, called), lambda: move(play, called)):
        with pytest.raises(Refused, match="会议已取消，要议的事项请另行召集会议"):
            verb()
    again = Sitting(play, people(play, "committee"))
    assert again.meeting.number == 2
    again.propose(*map(passing, play.people))
    again.hands((3, 0, 0))
    assert again.conclude().state == ItemState.DECIDED
    assert audit.verify(play.union).verified


def test_a_meeting_that_has_begun_is_neither_moved_nor_cancelled(play, sitting):
    for verb in (move, cancel):
        with pytest.raises(Refused, match="会议进行中，不能改期或取消"):
            verb(play, sitting)


def test_who_does_not_prepare_meetings_neither_moves_nor_cancels_one(play, called):
    expert = MemberFactory(union=play.union, role=Role.EXPERT)
    for verb in (move, cancel):
        with pytest.raises(Refused, match="只有领导小组成员和认定办公室"):
            verb(play, called, actor=expert)


def test_a_matter_stands_once_on_an_agenda_and_belongs_to_its_campaign(play, called):
    with pytest.raises(Refused, match="已在议程上"):
        meetings.add_item(called.meeting, people(play, "committee"), actor=play.office, at=play.now())
    other = Play(play.union, committee())
    with pytest.raises(Refused, match="同一个活动"):
        meetings.add_item(called.meeting, people(other, "committee"), actor=play.office, at=play.now())


def test_what_another_body_decides_comes_before_no_meeting_of_the_group(union):
    play = Play(union, qualification(confirmed_by="host"), final(by="government"))
    for motion in (people(play, "final"), Motion(Matter.LIST, play.stage("qualification"))):
        with pytest.raises(Refused, match="不由领导小组作出决定"):
            Sitting(play, motion)


# --- who is here -------------------------------------------------------------------------------------------------------


def test_nobody_is_present_whose_employer_is_unknown(play, called):
    with pytest.raises(Refused, match="请填写韩组长的工作单位"):
        called.attend(employers={play.leader.pk: " "})


def test_the_employer_is_known_from_the_last_meeting(play):
    Sitting(play, people(play, "committee")).close()
    again = Sitting(play, people(play, "committee"), opened=False)
    assert set(again.meeting.attendances.values_list("employer", flat=True)) == {"示例区总工会机关"}


def test_a_meeting_without_its_quorum_or_its_chair_does_not_begin(play):
    short = Sitting(play, people(play, "committee"), absent=play.leaders[1:], opened=False)
    with pytest.raises(Refused, match="出席 1 人，未达到应到 3 人的三分之二以上"):
        meetings.open_meeting(short.meeting, actor=play.leader, at=play.now())
    headless = Sitting(play, people(play, "committee"), absent=play.leaders[:1], opened=False)
    with pytest.raises(Refused, match="主持人没有记为出席"):
        meetings.open_meeting(headless.meeting, actor=play.leader, at=play.now())


def test_a_meeting_does_not_begin_before_its_day_nor_twice_nor_with_nothing_to_do(play, sitting):
    with pytest.raises(Refused, match="不能再次开始"):
        meetings.open_meeting(sitting.meeting, actor=play.leader, at=play.now())
    planned = Sitting(play, opened=False)
    with pytest.raises(Refused, match="议程是空的"):
        meetings.open_meeting(planned.meeting, actor=play.leader, at=play.now())
    with pytest.raises(Refused, match="筹备中，不能结束"):
        meetings.close_meeting(planned.meeting, actor=play.leader, at=play.now())
    Meeting.objects.filter(pk=planned.pk).update(held_on=play.clock.date() + timedelta(days=1))
    with pytest.raises(Refused, match="会议日期还没有到"):
        meetings.open_meeting(planned.meeting, actor=play.leader, at=play.now())


def test_the_chair_may_pass_to_somebody_else_who_was_called(play, sitting):
    stranger = MemberFactory(union=play.union, role=Role.LEADER)
    rows = {play.leader.pk: Attended(Presence.EXCUSED)}
    with pytest.raises(Refused, match="有人不在应到名单上"):
        meetings.set_attendance(
            sitting.meeting,
            attended={stranger.pk: Attended(Presence.PRESENT, "某厂")},
            actor=play.office,
            at=play.now(),
        )
    for chair, words in ((stranger, "应是领导小组成员"), (None, "主持人没有记为出席")):
        with pytest.raises(Refused, match=words):
            meetings.set_attendance(sitting.meeting, attended=rows, chair=chair, actor=play.office, at=play.now())
    meetings.set_attendance(sitting.meeting, attended=rows, chair=play.leaders[1], actor=play.office, at=play.now())
    assert sitting.meeting.chair == play.leaders[1]


# --- who keeps out -----------------------------------------------------------------------------------------------------


def test_a_colleague_is_found_and_neither_votes_nor_counts(play, called):
    a, b, c = play.people
    called.attend(employers={play.leaders[2].pk: "示例机床厂"})
    Application.objects.filter(pk__in=[b.pk, c.pk]).update(employer="示例造船厂")
    meetings.open_meeting(called.meeting, actor=play.leader, at=play.now())

    found = MeetingRecusal.objects.get()
    assert (found.member, found.application, found.source) == (play.leaders[2], a, RecusalSource.FOUND)
    assert found.reason == "成员与申报人工作单位相同"
    called.propose(*map(passing, play.people))
    with pytest.raises(Refused, match="合计不能超过可以表决的 2 人"):
        called.hands((3, 0, 0), (3, 0, 0))
    vote = called.hands((2, 0, 0), (2, 1, 0))
    assert [(one["cases"], one["called"], len(one["voters"])) for one in vote.questions] == [
        ([a.pk], 2, 2),
        ([b.pk, c.pk], 3, 3),
    ]
    called.conclude()
    assert set(verdicts(play).values()) == {Verdict.PASSED}
    content = called.close().content
    assert content["recusals"][0] | {"reason": ""} == {
        "member": play.leaders[2].pk,
        "application": a.pk,
        "source": "found",
        "reason": "",
    }
    assert content["items"][0]["carried"] == sorted([a.pk, b.pk, c.pk])


def test_a_member_declares_once_before_the_vote_with_a_reason(play, sitting):
    a, b, _ = play.people
    with pytest.raises(Refused, match="请填写回避的理由"):
        sitting.recuse(play.leaders[1], a, " ")
    with pytest.raises(Refused, match="不在本次会议审议的人选中"):
        sitting.recuse(play.leaders[1], Play(play.union, committee()).apply())
    sitting.recuse(play.leaders[1], a)
    with pytest.raises(Refused, match="已经回避"):
        sitting.recuse(play.leaders[1], a)
    with pytest.raises(Refused, match="不在本次会议的应到名单上"):
        meetings.recuse_member(sitting.meeting, play.office, a, reason="亲属", actor=play.office, at=play.now())
    sitting.propose(*map(passing, play.people))
    sitting.hands((2, 0, 0), (3, 0, 0))
    with pytest.raises(Refused, match="已经表决，不能再申报回避"):
        sitting.recuse(play.leaders[2], b)


def test_a_person_whom_everybody_keeps_out_of_cannot_be_voted_on(play, sitting):
    for leader in play.leaders:
        sitting.recuse(leader, play.people[0])
    sitting.propose(*map(passing, play.people))
    with pytest.raises(Refused, match="孙秀兰：全体成员都应当回避"):
        sitting.hands((3, 0, 0), (3, 0, 0))


def test_a_matter_added_in_the_meeting_is_checked_for_recusals_too(union):
    play = Play(union, committee(), final())
    a = play.apply()
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.close()
    later = Sitting(play, people(play, "committee"), opened=False)
    later.attend(employers={play.leaders[1].pk: "示例机床厂"})
    meetings.open_meeting(later.meeting, actor=play.leader, at=play.now())
    later.propose(passing(a))
    later.hands((2, 0, 0))
    later.conclude()
    play.close("committee")
    play.open("final")
    assert MeetingRecusal.objects.filter(meeting=later.pk).count() == 1
    item = meetings.add_item(later.meeting, people(play, "final"), actor=play.office, at=play.now())
    assert item.number == 2


# --- the proposal ------------------------------------------------------------------------------------------------------


def test_a_proposal_says_something_about_somebody_and_stays_once_voted_on(play, sitting):
    with pytest.raises(Refused, match="请填写决议内容"):
        sitting.propose(passing(play.people[0]), text=" ")
    with pytest.raises(Refused, match="没有涉及任何人"):
        sitting.propose()
    with pytest.raises(Refused, match="还没有提议"):
        sitting.hands()
    sitting.propose(*map(passing, play.people))
    sitting.hands((3, 0, 0))
    with pytest.raises(Refused, match="已经开始表决"):
        sitting.propose(passing(play.people[0]))
    with pytest.raises(Refused, match="已全部表决"):
        sitting.hands()
    sitting.conclude()
    with pytest.raises(Refused, match="本项议程已议决"):
        sitting.propose(passing(play.people[0]))


def test_what_the_rules_refuse_is_refused_before_anybody_votes_on_it(union):
    play = Play(union, final(), quota={"places": 1})
    a, b = play.apply(), play.apply()
    play.open("final")
    sitting = Sitting(play, people(play, "final"))
    sitting.propose(passing(a), passing(b))
    with pytest.raises(Refused, match="超出 1 名"):
        sitting.hands((3, 0, 0))
    assert not Outcome.objects.exists()
    sitting.propose(passing(a), striking(b, "名额所限"))
    sitting.hands((3, 0, 0))
    sitting.conclude()
    assert verdicts(play, "final") == {a: Verdict.PASSED, b: Verdict.NOT_SELECTED}


def test_whoever_the_vote_does_not_carry_does_not_pass_and_the_figures_say_why(play, sitting):
    a, b, c = play.people
    sitting.propose(passing(a), passing(b), striking(c))
    sitting.hands((3, 0, 0), (1, 2, 0), (1, 2, 0), each=True)
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.PASSED, b: Verdict.NOT_SELECTED}
    assert Outcome.objects.get(application=b).reason == "会议表决未通过：赞成 1 票，反对 2 票，弃权 0 票"


def test_a_committee_that_may_not_strike_leaves_whom_it_does_not_carry_undecided(union):
    play = Play(union, committee(may=["confirm"]), final())
    a = play.apply()
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a))
    sitting.hands((1, 2, 0))
    assert sitting.conclude().state == ItemState.NOT_PASSED
    assert not verdicts(play)


def test_nothing_follows_before_everything_was_voted_on(play, sitting):
    sitting.propose(*map(passing, play.people))
    with pytest.raises(Refused, match="还没有表决完"):
        sitting.conclude()


def test_figures_counted_for_other_questions_are_not_taken(play, sitting):
    sitting.propose(*map(passing, play.people))
    old = sitting.item()
    asked = selectors_meetings.waiting_questions(old, selectors_meetings.room_of(old.meeting), each=False)
    shown = meeting_votes.seen(asked)
    given = {"actor": play.leader, "at": play.now()}
    with pytest.raises(Refused, match="请填写每一项"):
        meeting_votes.count_hands(old, counts={}, shown=shown, **given)
    sitting.recuse(play.leaders[1], play.people[0])
    with pytest.raises(Refused, match="按新的分组重新计票"):
        meeting_votes.count_hands(old, counts={"q1": (3, 0, 0)}, shown=shown, **given)


# --- ties --------------------------------------------------------------------------------------------------------------


def tied(union, **rule):
    play = Play(union, committee(**meeting_rule(**rule)), final())
    a = play.apply(name="孙秀兰")
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(passing(a))
    sitting.hands((1, 1, 1))
    return play, sitting, a


def test_a_tie_is_not_passed_where_the_rules_say_nothing_else(union):
    play, sitting, a = tied(union)
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.NOT_SELECTED}


def test_a_tie_is_voted_on_once_more_where_the_rules_say_so(union):
    play, sitting, a = tied(union, tie="another_round")
    with pytest.raises(Refused, match="还没有表决完"):
        sitting.conclude()
    sitting.hands((2, 1, 0))
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.PASSED}


def test_a_tie_that_stays_one_is_not_passed(union):
    play, sitting, a = tied(union, tie="another_round")
    sitting.hands((1, 1, 0))
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.NOT_SELECTED}


def test_the_chair_decides_a_tie_where_the_rules_say_so(union):
    play, sitting, a = tied(union, tie="chair_decides")
    given = {"key": "q1", "carried": True, "at": play.now()}
    with pytest.raises(Refused, match="请主持人本人操作"):
        meeting_votes.cast_deciding(sitting.item(), reason="技艺突出", actor=play.leaders[1], **given)
    with pytest.raises(Refused, match="请填写决定的理由"):
        meeting_votes.cast_deciding(sitting.item(), reason=" ", actor=play.leader, **given)
    meeting_votes.cast_deciding(sitting.item(), reason="技艺突出", actor=play.leader, **given)
    with pytest.raises(Refused, match="没有等待主持人决定"):
        meeting_votes.cast_deciding(sitting.item(), reason="技艺突出", actor=play.leader, **given)
    (result,) = selectors_meetings.results(sitting.item())
    assert result.words == "赞成 1 票，反对 1 票，弃权 1 票，票数相同，主持人决定通过：技艺突出"
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.PASSED}


def test_a_chair_who_keeps_out_has_no_deciding_word(union):
    play = Play(union, committee(**meeting_rule(tie="chair_decides")), final())
    a = play.apply()
    play.open("committee")
    sitting = Sitting(play, people(play, "committee"))
    sitting.recuse(play.leader, a)
    sitting.propose(passing(a))
    sitting.hands((1, 1, 0))
    sitting.conclude()
    assert verdicts(play) == {a: Verdict.NOT_SELECTED}


# --- other matters -----------------------------------------------------------------------------------------------------


def test_a_panel_is_approved_at_a_meeting(union):
    play = Play(union, expert_review(panel={"approved_by": "leading_group"}), final())
    panel = play.form_panel("review")
    sitting = Sitting(play, Motion(Matter.PANEL, play.stage("review")))
    sitting.propose()
    sitting.hands((3, 0, 0))
    sitting.conclude()
    panel.refresh_from_db()
    assert panel.approved_at is not None


def test_a_panel_that_changed_since_is_proposed_again(union):
    play = Play(union, expert_review(panel={"approved_by": "leading_group"}), final())
    play.form_panel("review")
    sitting = Sitting(play, Motion(Matter.PANEL, play.stage("review")))
    sitting.propose()
    sitting.hands((3, 0, 0))
    AgendaItem.objects.update(proposal=[{"expert": 0}])
    with pytest.raises(Refused, match="评审团队在提出后有变动"):
        sitting.conclude()


@kept
def shortlist(union):
    """A list of one, proposed to a meeting."""
    play = Play(union, qualification(confirmed_by="leading_group"), final())
    a = play.apply()
    play.open("qualification")
    play.judge(a)
    play.decide("qualification", a)
    sitting = Sitting(play, Motion(Matter.LIST, play.stage("qualification")))
    sitting.propose()
    return play, sitting


def test_a_shortlist_is_confirmed_at_a_meeting(shortlist):
    play, sitting = shortlist
    sitting.hands((2, 1, 0))
    sitting.conclude()
    assert play.close("qualification").state == "closed"


def test_a_shortlist_that_is_not_carried_stays_unconfirmed(shortlist):
    play, sitting = shortlist
    sitting.hands((1, 2, 0))
    assert sitting.conclude().state == ItemState.NOT_PASSED
    with pytest.raises(Refused, match="确认"):
        play.close("qualification")


def test_a_shortlist_that_changed_since_is_proposed_again(shortlist):
    _, sitting = shortlist
    sitting.hands((3, 0, 0))
    AgendaItem.objects.update(proposal=[{"application": 0, "decision": "confirm"}])
    with pytest.raises(Refused, match="还没有表决完"):
        sitting.conclude()


def test_a_list_that_somebody_left_after_the_vote_is_not_confirmed(union):
    play = Play(union, qualification(confirmed_by="leading_group"), final())
    a, b = play.apply(), play.apply()
    play.open("qualification")
    for one in (a, b):
        play.judge(one)
        play.decide("qualification", one)
    sitting = Sitting(play, Motion(Matter.LIST, play.stage("qualification")))
    sitting.propose()
    sitting.hands((3, 0, 0))
    outcomes.correct_outcome(
        Outcome.objects.select_related("stage__campaign__union", "application__campaign").get(application=b),
        verdict=Verdict.REJECTED,
        reason="材料不足",
        actor=play.office,
        at=play.now(),
    )
    with pytest.raises(Refused, match="名单在提出后有变动"):
        sitting.conclude()


def test_a_tie_of_the_ranking_is_decided_at_a_meeting(union):
    play = Play(union, expert_review(), final())
    a, b = play.apply(), play.apply()
    play.review("review", {a.pk: 80, b.pk: 80})
    play.cut("review", 1)
    sitting = Sitting(play, Motion(Matter.TIE, play.stage("review"), tied=(a.pk, b.pk)))
    sitting.recuse(play.leaders[2], b)
    sitting.propose({"application": b.pk}, {"application": a.pk}, reason="技艺更精")
    sitting.hands((2, 0, 0))
    assert sitting.conclude().state == ItemState.DECIDED
    assert TieDecision.objects.get().order == [b.pk, a.pk]


@pytest.mark.parametrize("filled", [True, False])
def test_an_empty_place_is_filled_or_left_at_a_meeting(union, filled):
    play = Play(union, final(), quota={"places": 1})
    a, b = play.apply(), play.apply()
    play.open("final")
    play.resolve("final", [a], [b])
    play.close("final")
    case = investigations.open_investigation(a, allegation="不实", actor=play.office, at=play.now())
    case = investigations.decide_investigation(
        case, upheld=True, finding="查实", public_note="不实", actor=play.office, at=play.now()
    )
    sitting = Sitting(play, Motion(Matter.PLACE, play.stage("final"), investigation=case))
    sitting.propose({"application": b.pk if filled else None}, reason="依次递补")
    sitting.hands((3, 0, 0))
    assert sitting.conclude().state == ItemState.DECIDED
    case.refresh_from_db()
    assert case.refilled_by == (b if filled else None)
    assert case.resolution == sitting.item().resolution


def test_a_vote_on_a_place_that_is_not_carried_changes_nothing(union):
    play = Play(union, expert_review(), final())
    a, b = play.apply(), play.apply()
    play.review("review", {a.pk: 80, b.pk: 80})
    play.cut("review", 1)
    sitting = Sitting(play, Motion(Matter.TIE, play.stage("review"), tied=(a.pk, b.pk)))
    sitting.propose({"application": b.pk}, {"application": a.pk}, reason="技艺更精")
    sitting.hands((1, 2, 0))
    assert sitting.conclude().state == ItemState.NOT_PASSED
    assert not TieDecision.objects.exists()


# --- voiding -----------------------------------------------------------------------------------------------------------


def test_a_vote_that_is_thrown_away_stays_in_the_minutes_and_binds_nobody(play, sitting):
    sitting.propose(*map(passing, play.people))
    sitting.hands((1, 2, 0))
    given = {"actor": play.leader, "at": play.now()}
    with pytest.raises(Refused, match="请填写作废的理由"):
        meeting_votes.void_vote(sitting.item(), reason=" ", **given)
    meeting_votes.void_vote(sitting.item(), reason="计票有误", **given)
    with pytest.raises(Refused, match="没有可以作废的表决"):
        meeting_votes.void_vote(sitting.item(), reason="计票有误", **given)
    sitting.propose(*map(passing, play.people))
    sitting.hands((3, 0, 0))
    sitting.conclude()
    votes = sitting.close().content["items"][0]["votes"]
    assert [(one["voided"], one["counts"]) for one in votes] == [
        ("计票有误", {"q1": [1, 2, 0]}),
        ("", {"q1": [3, 0, 0]}),
    ]
    assert not MotionRoll.objects.exists()


@pytest.mark.parametrize(
    ("count", "majority", "expected"),
    [
        ((3, 2, 0, 5), "more_than_half", "carried"),
        ((2, 2, 1, 5), "more_than_half", "tied"),
        ((2, 1, 1, 4), "more_than_half", "lost"),
        ((2, 1, 0, 3), "two_thirds", "carried"),
        ((0, 0, 3, 3), "more_than_half", "lost"),
        ((3, 0, 0, 3), "all", "carried"),
    ],
)
def test_a_question_is_carried_by_the_share_of_those_present_who_may_vote(count, majority, expected):
    assert motions.outcome(motions.Count(*count), majority) == expected


def test_figures_say_who_said_nothing():
    assert motions.Count(1, 1, 0, 3).words == "赞成 1 票，反对 1 票，弃权 0 票，未表决 1 人"


def test_too_few_who_may_vote_on_somebody_are_no_quorum_for_them(play):
    a, b, c = play.people
    sitting = Sitting(play, people(play, "committee"), absent=play.leaders[2:])
    sitting.recuse(play.leaders[1], a)
    sitting.propose(*map(passing, (a, b, c)))
    with pytest.raises(Refused, match=f"{a.name}：可以表决的 1 人，未达到应到 2 人"):
        sitting.hands((1, 0, 0), (2, 0, 0))


def test_a_meeting_waits_for_its_beginning_and_for_a_campaign_that_runs(play):
    sitting = Sitting(play, people(play, "committee"), opened=False)
    sitting.propose(*map(passing, play.people))
    with pytest.raises(Refused, match="会议还没有开始"):
        sitting.hands((3, 0, 0))
    sitting = Sitting(play, people(play, "committee"))
    sitting.propose(*map(passing, play.people))
    sitting.hands((3, 0, 0))
    sitting.conclude()
    with pytest.raises(Refused, match="本项议程已议决"):
        sitting.conclude()
    Campaign.objects.filter(pk=play.campaign.pk).update(state="cancelled")
    with pytest.raises(Refused, match="不能筹备会议"):
        sitting.attend()
