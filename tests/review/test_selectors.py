from datetime import timedelta

import pytest

from applications.models import Application, Recommendation
from applications.services import return_application, submit_application, withdraw_application
from applications.states import State
from campaigns.models import Stage
from review import selectors
from review.models import Outcome, Score
from review.services import investigations, panels
from review.states import Verdict
from tests.factories import ApplicationFactory, UnitFactory
from tests.kept import kept
from tests.review.stagecraft import Play, committee, expert_review, final, qualification


@kept
def play(union):
    return Play(
        union,
        qualification(public_label="资格初审"),
        expert_review(passes={"max": 1, "setting": True}),
        final(outcome="示例工匠称号"),
    )


def where(application):
    standing = selectors.where_it_stands(Application.objects.get(pk=application.pk))
    return standing.label, standing.tone


def lines(application):
    items = selectors.timeline(Application.objects.get(pk=application.pk))
    return [(item.label, item.state) for item in items]


def reviewed(play, *marks):
    people = [play.apply() for _ in marks]
    play.qualify("qualification", *people)
    play.review("review", {x.pk: mark for x, mark in zip(people, marks, strict=True)})
    play.close("review")
    return people


@kept
def best(play):
    """The only one there is, who came through the review."""
    (found,) = reviewed(play, 90)
    return found


# --- where it stands --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "label", "tone"),
    [
        (State.DRAFT, "填写中，尚未提交", "waiting"),
        (State.AWAITING_UNIT, "等待推荐单位审核", "active"),
        (State.RETURNED, "请补正后重新提交", "reason"),
        (State.WITHDRAWN, "已撤回申报", "waiting"),
        (State.LAPSED, "逾期未提交，申报已终止", "fails"),
        (State.SUBMITTED, "已受理，等待审核", "active"),
    ],
)
def test_before_the_review_it_stands_where_the_intake_says(play, state, label, tone):
    application = play.apply()
    Application.objects.filter(pk=application.pk).update(state=state)
    assert where(application) == (label, tone)


def test_what_an_open_stage_decides_is_not_told_yet(play):
    a, b = play.apply(), play.apply()
    play.open("qualification")
    play.decide("qualification", b, Verdict.REJECTED, "材料不足")
    assert where(a) == where(b) == ("资格初审进行中", "active")
    play.judge(a)
    play.decide("qualification", a)
    play.close("qualification")
    assert where(a) == ("已通过资格初审", "holds")
    assert where(b) == ("资格初审：未通过", "fails")


def test_whoever_was_not_selected_is_told_no_rank(play):
    a, b = reviewed(play, 90, 80)
    assert where(b) == ("专家评审：未入选", "waiting")
    assert where(a) == ("已通过专家评审", "holds")


def test_the_title_is_said_by_its_name(play, best):
    play.open("final")
    assert where(best) == ("审定进行中", "active")
    play.resolve("final", [best])
    play.close("final")
    assert where(best) == ("示例工匠称号", "title")


def test_a_title_without_a_name_is_an_approval(union):
    play = Play(union, final())
    a = play.apply()
    play.open("final")
    play.resolve("final", [a])
    play.close("final")
    assert where(a) == ("审定：通过", "title")


def test_somebody_stopped_before_is_not_in_the_open_stage(union):
    play = Play(union, qualification("first"), qualification("second"), final(after="second"))
    a, b = play.apply(), play.apply()
    play.qualify("first", a, rejecting=[b])
    play.open("second")
    assert where(a) == ("资格审核进行中", "active")
    assert where(b) == ("资格审核：未通过", "fails")


def test_somebody_who_never_came_into_a_stage_is_not_in_it(play):
    a = play.apply()
    play.qualify("qualification", a)
    late = ApplicationFactory(campaign=play.campaign, state=State.WITHDRAWN)
    Application.objects.filter(pk=late.pk).update(state=State.SUBMITTED)
    play.open("review")
    assert where(late) == ("已受理，等待审核", "active")


def test_disqualification_says_so_and_nothing_else(play):
    a = play.apply()
    case = investigations.open_investigation(a, allegation="伪造证书", actor=play.office, at=play.now())
    investigations.decide_investigation(
        case, upheld=True, finding="经核查属实", public_note="因提供虚假材料取消资格", actor=play.office, at=play.now()
    )
    assert where(a) == ("已取消资格", "fails")
    items = selectors.timeline(a)
    assert (items[-1].label, items[-1].text) == ("已取消资格", "因提供虚假材料取消资格")


@pytest.mark.parametrize("n", [1, 3])
def test_a_list_of_standings_costs_the_same_for_one_and_for_three(play, n, django_assert_num_queries):
    people = [play.apply() for _ in range(n)]
    play.open("qualification")
    rows = list(Application.objects.filter(pk__in=[x.pk for x in people]))
    with django_assert_num_queries(2):
        selectors.where_they_stand(rows)


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_the_timeline_tells_the_way_in_plain_words(play, best):
    play.open("final")
    play.resolve("final", [best])
    play.close("final")
    assert lines(best) == [
        ("已提交申报", "holds"),
        ("资格初审：通过", "holds"),
        ("专家评审：通过", "holds"),
        ("审定：通过", "title"),
    ]


def test_the_timeline_says_what_comes_next(play):
    a = play.apply()
    play.open("qualification")
    assert lines(a) == [("已提交申报", "holds"), ("资格初审进行中", "active"), ("接下来：专家评审", "waiting")]
    play.judge(a)
    play.decide("qualification", a)
    play.close("qualification")
    assert lines(a)[-1] == ("接下来：专家评审", "waiting")


def test_planned_dates_are_told_where_there_are_some(play):
    a = play.apply()
    planned = selectors.timeline(a)[-1]
    assert planned.label == "接下来：资格初审"
    assert planned.text.startswith("计划 ")
    Stage.objects.update(planned_from=None)
    assert selectors.timeline(a)[-1].text == ""


def test_a_rejection_says_why_and_a_pass_keeps_the_officers_reason(play):
    a, b = play.apply(union_member=False), play.apply()
    play.open("qualification")
    play.judge(a)
    play.decide("qualification", a, Verdict.PASSED_WITH_REASON, "内部研究意见")
    play.decide("qualification", b, Verdict.REJECTED, "证明材料不全")
    play.close("qualification")
    told = {item.label: item.text for x in (a, b) for item in selectors.timeline(x)}
    assert told["资格初审：未通过"] == "证明材料不全"
    assert told["资格初审：通过"] == ""


def test_scores_experts_and_other_people_never_appear(play):
    a, b = reviewed(play, 91, 77)
    text = " ".join(f"{item.label}{item.text}" for x in (a, b) for item in selectors.timeline(x))
    for secret in ("91", "77", "第", "名次", *(str(expert) for expert in play.experts), b.name, a.name):
        assert secret not in text


def test_a_return_and_a_second_submission_are_told(play):
    a = play.apply()
    play.open("qualification")
    return_application(
        a,
        reason="请写明单位全称",
        items=["employer"],
        deadline=play.clock + timedelta(days=5),
        actor=play.office,
        at=play.now(),
    )
    assert ("退回补正", "reason") in lines(a)
    assert lines(a)[-1][0] != "接下来：专家评审"
    submit_application(a, actor=a.applicant, at=play.now())
    assert [item for item in lines(a) if item[0] in {"退回补正", "已补正并重新提交"}] == [
        ("退回补正", "waiting"),
        ("已补正并重新提交", "holds"),
    ]


def test_what_the_unit_said_is_told(play):
    town = UnitFactory(union=play.union, kind="town", name="示例镇总工会")
    a = ApplicationFactory(campaign=play.campaign, unit=town)
    assert ("示例镇总工会同意推荐", "holds") in lines(a)
    Recommendation.objects.update(decision="declined")
    assert ("示例镇总工会不予推荐", "fails") in lines(a)


def test_before_filing_no_number_is_told(play):
    town = UnitFactory(union=play.union, kind="town")
    a = ApplicationFactory(campaign=play.campaign, unit=town, state=State.AWAITING_UNIT)
    assert selectors.timeline(a)[0].text == ""


def test_the_applicants_own_page_begins_where_the_intake_ends(play, best):
    told = [(item.label, item.state) for item in selectors.later_timeline(best)]
    assert told == [("资格初审：通过", "holds"), ("专家评审：通过", "holds"), ("接下来：审定", "waiting")]
    withdraw_application(best, actor=best.applicant, at=play.now())
    assert [item.label for item in selectors.later_timeline(Application.objects.get(pk=best.pk))] == [
        "资格初审：通过",
        "专家评审：通过",
    ]


def test_a_withdrawal_ends_the_timeline(play):
    a = play.apply()
    withdraw_application(a, actor=a.applicant, at=play.now())
    assert lines(a)[-1] == ("已撤回申报", "waiting")


# --- queues and lists -------------------------------------------------------------------------------------------------


def test_queues_tell_the_figures_of_every_stage(play):
    a, b, c = play.apply(), play.apply(), play.apply()
    play.open("qualification")
    play.judge(a)
    play.decide("qualification", a)
    play.decide("qualification", b, Verdict.REJECTED, "材料不足")
    figures = [(q.entered, q.passed, q.stopped, q.waiting) for q in selectors.queues(play.campaign)]
    assert figures == [(3, 1, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0)]
    assert list(selectors.undecided(play.stage("qualification"))) == [c]


@pytest.mark.parametrize("n", [1, 3])
def test_queues_cost_the_same_for_one_and_for_three(play, n, django_assert_num_queries):
    for _ in range(n):
        play.apply()
    play.open("qualification")
    with django_assert_num_queries(3):
        selectors.queues(play.campaign)


@pytest.mark.parametrize("n", [1, 3])
def test_an_experts_cases_cost_the_same_for_one_and_for_three(union, n, django_assert_num_queries):
    play = Play(union, expert_review(), final())
    for _ in range(n):
        play.apply()
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    seat = play.seat(panel, play.experts[0])
    with django_assert_num_queries(4):
        assert len(selectors.cases_for(seat)) == n


@pytest.mark.parametrize("n", [1, 3])
def test_what_a_panel_misses_costs_the_same_for_one_and_for_three(union, n, django_assert_num_queries):
    play = Play(union, expert_review(site_visit=True), final())
    for _ in range(n):
        play.apply()
    panel = play.form_panel("review")
    play.accept(panel)
    play.open("review")
    stage = play.stage("review")
    with django_assert_num_queries(8):
        panels.panel_missing(stage)


def test_the_last_final_approval_confers_the_title(union):
    play = Play(union, final("first"), final("second"))
    assert selectors.final_stage(play.campaign).key == "second"


def test_a_campaign_without_a_final_approval_has_none(union):
    assert selectors.final_stage(Play(union, committee()).campaign) is None


def test_rows_of_another_union_are_not_asked_for(play, other_union):
    a, _ = reviewed(play, 90, 80)
    assert Outcome.objects.for_union(play.union).filter(application=a).count() == 2
    assert Score.objects.for_union(play.union).count() == 6
    assert not Outcome.objects.for_union(other_union)
    assert not Score.objects.for_union(other_union)


def test_nothing_ranked_before_means_no_ranks(union):
    play = Play(union, committee(), final())
    assert selectors.ranks_into(play.stage("final")) == {}
