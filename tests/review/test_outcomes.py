from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from applications.models import Application
from applications.states import State
from review import selectors
from review.models import Judgement, Outcome
from review.services import judgements, outcomes
from review.states import Verdict
from tests.factories import CampaignFactory, MemberFactory
from tests.kept import kept
from tests.review.stagecraft import Play, expert_review, final, qualification, rules_text, site_visit, state_of
from unions import tenancy
from unions.models import AuditEntry
from unions.permits import Refused
from unions.states import Role


@kept
def play(union):
    play = Play(union, qualification(), final())
    play.open("qualification")
    return play


@kept
def good(play):
    """Somebody about whom everything holds and everything is judged."""
    application = play.apply(name="孙秀兰")
    play.judge(application)
    return application


def test_a_good_case_passes_with_the_ordinary_reason(play, good):
    outcome = play.decide("qualification", good)

    assert (outcome.verdict, outcome.reason, outcome.revision) == (Verdict.PASSED, "符合规定条件", 0)
    assert outcome.submission == good.submissions.get()
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.after["verdict"], entry.actor) == ("outcome.decided", "passed", play.office)


def test_an_outcome_is_never_changed_or_deleted(play, good):
    outcome = play.decide("qualification", good)
    with pytest.raises(DatabaseError), transaction.atomic():
        Outcome.objects.filter(pk=outcome.pk).update(reason="改")
    with pytest.raises(DatabaseError), transaction.atomic():
        Outcome.objects.filter(pk=outcome.pk).delete()


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.PASSED_WITH_REASON])
def test_a_failed_must_cannot_pass_whatever_the_reason(play, verdict):
    application = play.apply(front_line=False)
    play.judge(application)
    with pytest.raises(Refused, match=r"不得通过：一线岗位.*依据三（二）.*只能不予通过或退回补正"):
        play.decide("qualification", application, verdict, "人才难得")
    assert not Outcome.objects.exists()


def test_a_failed_must_is_rejected_with_a_reason(play):
    application = play.apply(front_line=False)
    with pytest.raises(Refused, match="请填写不予通过的理由"):
        play.decide("qualification", application, Verdict.REJECTED, " ")
    outcome = play.decide("qualification", application, Verdict.REJECTED, "不在一线岗位")
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECTED, "不在一线岗位")


def test_a_failed_should_passes_with_a_written_reason_only(play):
    application = play.apply(union_member=False)
    play.judge(application)
    with pytest.raises(Refused, match=r"须书面说明理由后才能通过：工会会员.*依据三（三）"):
        play.decide("qualification", application, Verdict.PASSED, "技艺突出")
    with pytest.raises(Refused, match="请书面说明通过的理由"):
        play.decide("qualification", application, Verdict.PASSED_WITH_REASON)

    outcome = play.decide("qualification", application, Verdict.PASSED_WITH_REASON, "正在办理入会")

    assert (outcome.verdict, outcome.reason) == (Verdict.PASSED_WITH_REASON, "正在办理入会")


def test_an_open_question_is_judged_before_anybody_passes(play):
    application = play.apply()
    with pytest.raises(Refused, match="请先作出审核判断：品行"):
        play.decide("qualification", application)


def test_what_the_panel_judges_is_no_question_of_the_qualification(play, good):
    assert selectors.judged_later(play.campaign) == {"reputation"}
    play.decide("qualification", good)
    with pytest.raises(Refused, match="由评审专家或领导小组判断"):
        judgements.judge_rule(good, "reputation", holds=True, actor=play.office, at=play.now())


def test_missing_information_goes_back_for_correction(play):
    application = play.apply(age="")
    play.judge(application)
    with pytest.raises(Refused, match="信息不足：年龄"):
        play.decide("qualification", application)


def test_a_waiver_counts_once_its_evidence_is_accepted(play):
    application = play.apply(age=61, _waivers=["contribution"])
    play.judge(application)
    with pytest.raises(Refused, match="请先作出审核判断：年龄"):
        play.decide("qualification", application)

    judgements.judge_rule(application, "contribution", holds=True, actor=play.office, at=play.now())

    assert play.decide("qualification", application).verdict == Verdict.PASSED


def test_a_waiver_whose_evidence_is_refused_does_not_count(play):
    application = play.apply(age=61, _waivers=["contribution"])
    play.judge(application, contribution=False)
    with pytest.raises(Refused, match="不得通过：年龄"):
        play.decide("qualification", application)


def test_a_page_learns_what_stands_against_a_verdict(play, good):
    stage = play.stage("qualification")
    bad = play.apply(front_line=False)
    assert outcomes.why_not(stage, good, Verdict.PASSED) == ""
    assert "不得通过：一线岗位" in outcomes.why_not(stage, bad, Verdict.PASSED)
    assert outcomes.why_not(stage, bad, Verdict.REJECTED) == ""


def test_a_case_is_decided_once(play, good):
    play.decide("qualification", good)
    with pytest.raises(Refused, match="已有结论"):
        play.decide("qualification", good, Verdict.REJECTED, "改主意了")


@pytest.mark.parametrize("verdict", [Verdict.NOT_SELECTED, Verdict.DISQUALIFIED])
def test_the_office_gives_its_own_verdicts_only(play, good, verdict):
    with pytest.raises(Refused, match="办公室不能作出"):
        play.decide("qualification", good, verdict, "理由")


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.EXPERT, Role.LEADER, Role.SUPERVISOR, Role.ADMIN])
def test_nobody_but_the_office_decides(play, good, role):
    stranger = MemberFactory(union=play.union, role=role)
    with pytest.raises(Refused, match="办公室"):
        outcomes.decide(play.stage("qualification"), good, verdict=Verdict.PASSED, actor=stranger, at=play.now())


def test_the_office_of_another_union_decides_nothing(play, good, other_union):
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)
    with pytest.raises(Refused, match="办公室"):
        outcomes.decide(play.stage("qualification"), good, verdict=Verdict.PASSED, actor=stranger, at=play.now())


def test_nobody_decides_on_their_own_application(play, good):
    Application.objects.filter(pk=good.pk).update(applicant=play.office)
    with pytest.raises(Refused, match="应当回避"):
        play.decide("qualification", good)
    with pytest.raises(Refused, match="应当回避"):
        judgements.judge_rule(good, "character", holds=True, actor=play.office, at=play.now())


def test_nobody_decides_on_an_application_of_their_own_person(play, good):
    good.person.user = play.office.user
    good.person.save()
    Application.objects.filter(pk=good.pk).update(applicant=None)
    with pytest.raises(Refused, match="应当回避"):
        play.decide("qualification", good)


def test_a_returned_case_is_not_decided(play, good):
    Application.objects.filter(pk=good.pk).update(state=State.RETURNED)
    with pytest.raises(Refused, match="提交后才能作出结论"):
        play.decide("qualification", good)


def test_a_case_of_another_campaign_is_not_decided(play):
    other = Play.__new__(Play)
    other.campaign = CampaignFactory(union=play.union, text=rules_text(qualification(), final()))
    stranger = Play.apply(other)
    with pytest.raises(Refused, match="不属于本活动"):
        play.decide("qualification", stranger)


def test_only_entrants_are_decided_on(union):
    play = Play(union, qualification("first"), qualification("second"), final())
    a, b = play.apply(), play.apply(name="周志强")
    play.qualify("first", a, rejecting=[b])
    play.open("second")
    with pytest.raises(Refused, match="周志强不在“资格审核”的人选中"):
        play.decide("second", b)


def test_a_stage_of_another_kind_is_not_decided_by_the_office(play, good):
    play.decide("qualification", good)
    play.close("qualification")
    play.open("final")
    with pytest.raises(Refused, match="不由办公室逐人作出结论"):
        play.decide("final", good)


def test_a_closed_stage_decides_no_more(play, good):
    play.decide("qualification", good)
    play.close("qualification")
    with pytest.raises(Refused, match="环节进行中才能办理"):
        play.decide("qualification", good)


def test_an_unknown_employer_stops_before_the_experts(union):
    play = Play(union, qualification(), expert_review(), final())
    application = play.apply(employer="")
    play.open("qualification")
    play.judge(application)
    with pytest.raises(Refused, match="无法核对评审专家是否应当回避"):
        play.decide("qualification", application)


def test_an_unknown_employer_matters_only_where_experts_follow(play):
    application = play.apply(employer="")
    play.judge(application)
    assert play.decide("qualification", application).verdict == Verdict.PASSED


# --- corrections ------------------------------------------------------------------------------------------------------


def correct(play, outcome, verdict=Verdict.REJECTED, reason="核对有误"):
    return outcomes.correct_outcome(outcome, verdict=verdict, reason=reason, actor=play.office, at=play.now())


def test_a_correction_supersedes_and_keeps_what_was(play, good):
    first = play.decide("qualification", good)

    second = correct(play, first)

    assert (second.supersedes, second.revision) == (first, 1)
    assert selectors.current_outcome(good, play.stage("qualification")) == second
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.before["verdict"], entry.reason) == ("outcome.corrected", "passed", "核对有误")


def test_a_correction_needs_its_reason(play, good):
    first = play.decide("qualification", good)
    with pytest.raises(Refused, match="请填写更正的理由"):
        correct(play, first, reason="")


def test_what_was_superseded_cannot_be_corrected_again(play, good):
    first = play.decide("qualification", good)
    correct(play, first)
    with pytest.raises(Refused, match="已被更正"):
        correct(play, first)


def test_a_correction_meets_the_same_gate(play):
    application = play.apply(front_line=False)
    play.judge(application)
    first = play.decide("qualification", application, Verdict.REJECTED, "不在一线")
    with pytest.raises(Refused, match="不得通过"):
        correct(play, first, Verdict.PASSED)


def test_a_closed_stage_is_not_corrected(play, good):
    first = play.decide("qualification", good)
    play.close("qualification")
    with pytest.raises(Refused, match="环节进行中才能办理"):
        correct(play, first)


def test_a_disqualification_is_not_corrected_here(play, good):
    outcome = Outcome.objects.create(
        union=play.union,
        campaign=play.campaign,
        application=good,
        verdict=Verdict.DISQUALIFIED,
        reason="弄虚作假",
        at=play.now(),
        by=play.office,
    )
    with pytest.raises(Refused, match="取消资格的决定不能在此更正"):
        correct(play, outcome)


# --- judgements -------------------------------------------------------------------------------------------------------


def test_a_later_judgement_supersedes_and_none_is_edited(play):
    application = play.apply()
    play.judge(application)
    judgements.judge_rule(application, "character", holds=False, reason="受过处分", actor=play.office, at=play.now())
    rows = Judgement.objects.filter(application=application, rule="character")
    assert [(row.revision, row.holds) for row in rows] == [(0, True), (1, False)]
    assert selectors.judgements_of(application)["character"].holds is False
    entry = AuditEntry.objects.latest("seq")
    assert (entry.before, entry.after["holds"]) == ({"holds": True}, False)


def test_a_rule_found_not_to_hold_needs_a_reason(play, good):
    with pytest.raises(Refused, match="请写明不符合的理由"):
        judgements.judge_rule(good, "character", holds=False, actor=play.office, at=play.now())


NOBODY_WITH = """
[[groups]]
id = "clean"
label = "不得有的情形"
needs = "none"
strength = "must"
text = "有下列情形的不得推荐"
clause = "四"

  [[groups.conditions]]
  id = "accident"
  label = "责任事故"
  how = "judged"
  text = "发生过责任事故"
  clause = "四"
"""


def test_what_nobody_may_meet_is_found_with_a_reason_and_denied_without(union):
    play = Play(union, qualification(), final(), more=NOBODY_WITH)
    play.open("qualification")
    case = play.apply()
    with pytest.raises(Refused, match="请写明认定有此情形的理由"):
        judgements.judge_rule(case, "accident", holds=True, actor=play.office, at=play.now())
    judgements.judge_rule(case, "accident", holds=False, actor=play.office, at=play.now())
    assert selectors.findings(case)["accident"].word == "没有此情形"

    judgements.judge_rule(case, "accident", holds=True, reason="有事故通报", actor=play.office, at=play.now())
    play.judge(case)
    with pytest.raises(Refused, match="不得通过：不得有的情形"):
        play.decide("qualification", case)


@pytest.mark.parametrize("rule", ["merits", "beauty"])
def test_only_what_the_rules_leave_open_is_judged(play, good, rule):
    with pytest.raises(Refused, match="没有可以判断的条件"):
        judgements.judge_rule(good, rule, holds=True, actor=play.office, at=play.now())


def test_a_decided_case_is_not_judged_again(play, good):
    play.decide("qualification", good)
    with pytest.raises(Refused, match="已有结论"):
        judgements.judge_rule(good, "character", holds=True, actor=play.office, at=play.now())


def test_judging_belongs_to_an_open_qualification(union):
    play = Play(union, qualification(), final())
    with pytest.raises(Refused, match="资格审核进行中"):
        judgements.judge_rule(play.apply(), "character", holds=True, actor=play.office, at=play.now())


def test_a_returned_case_is_not_judged(play, good):
    Application.objects.filter(pk=good.pk).update(state=State.RETURNED)
    with pytest.raises(Refused, match="提交后才能审核"):
        judgements.judge_rule(good, "character", holds=True, actor=play.office, at=play.now())


def test_nobody_but_the_office_judges(play, good):
    with pytest.raises(Refused, match="办公室"):
        judgements.judge_rule(good, "character", holds=True, actor=play.leader, at=play.now())


# --- return for correction --------------------------------------------------------------------------------------------


def send_back(play, key, application):
    return outcomes.return_for_correction(
        play.stage(key),
        application,
        reason="请补充单位全称",
        items=["employer"],
        deadline=play.clock + timedelta(days=5),
        actor=play.office,
        at=play.now(),
    )


def test_a_case_goes_back_for_correction(play, good):
    back = send_back(play, "qualification", good)
    assert (back.items, state_of(good)) == (["employer"], State.RETURNED)


def test_a_decided_case_does_not_go_back(play, good):
    play.decide("qualification", good)
    with pytest.raises(Refused, match="不能退回"):
        send_back(play, "qualification", good)


def test_a_visit_sends_nobody_back(union):
    play = Play(union, site_visit(), final())
    application = play.apply()
    play.open("visit")
    with pytest.raises(Refused, match="不能退回补正"):
        send_back(play, "visit", application)


# --- visits as a stage ------------------------------------------------------------------------------------------------


def test_a_visit_stage_passes_nobody_unseen(union):
    play = Play(union, site_visit(), final())
    application = play.apply(name="孙秀兰")
    play.open("visit")
    with pytest.raises(Refused, match="还没有考察记录"):
        play.decide("visit", application)
    with pytest.raises(Refused, match="尚无考察记录：孙秀兰；还没有结论：孙秀兰"):
        play.close("visit")

    play.visit("visit", application)
    play.decide("visit", application)
    play.close("visit")

    assert list(selectors.entrants(play.stage("final"))) == [application]


def test_somebody_whose_visit_went_badly_is_rejected(union):
    play = Play(union, site_visit(), final())
    application = play.apply()
    play.open("visit")
    play.visit("visit", application)
    play.decide("visit", application, Verdict.REJECTED, "现场与材料不符")
    play.close("visit")
    assert not selectors.entrants(play.stage("final"))
