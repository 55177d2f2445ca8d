"""The first notice, rule by rule: somebody who holds and somebody who just fails, with the clause in the message."""

from datetime import date
from typing import Any

import pytest

from campaigns.rules.engine import Findings, Overall, Verdict, evaluate
from campaigns.rules.facts import Claim, Facts, WaiverState
from campaigns.rules.schema import ExpertReviewStage, PublicNoticeStage, walk
from tests.campaigns.rules.sample import LINAN

GOOD: dict[str, Any] = {
    "nationality_chinese": True,
    "union_member": True,
    "birth_date": date(1975, 5, 1),
    "years_working_local": 12,
    "years_in_trade": 20,
    "front_line": True,
}
CONDITIONS = ["unique_skill", "local_craft", "innovation", "competition", "teaching"]
JUDGED = {"character": True, "mastery": True}


def find(
    values: dict[str, Any] | None = None,
    *,
    claim: str = "innovation",
    judged: dict[str, bool] | None = None,
    **more: Any,
) -> Findings:
    judgements = {**JUDGED, claim: True, **(judged or {})}
    facts = Facts({**GOOD, **(values or {})}, claims={claim: Claim(evidence=True)}, judgements=judgements, **more)
    return evaluate(LINAN, facts, reference=LINAN.reference)


def test_a_craftsman_who_meets_every_rule_may_pass() -> None:
    findings = find()

    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert findings.overall == Overall.MAY_PASS


@pytest.mark.parametrize(
    ("rule", "just_holds", "just_fails", "verdict", "message"),
    [
        (
            "nationality",
            {"nationality_chinese": True},
            {"nationality_chinese": False},
            Verdict.FAILS,
            "具有中国国籍：否，规定为“是”（依据三（一））",
        ),
        (
            "union_member",
            {"union_member": True},
            {"union_member": False},
            Verdict.NEEDS_REASON,
            "是工会会员：否，规定为“是”（依据三（一））",
        ),
        (
            "age",
            {"birth_date": date(1958, 1, 16)},
            {"birth_date": date(1958, 1, 15)},
            Verdict.NEEDS_REASON,
            "截至2019年1月15日61周岁，规定60周岁以下；三（二）：有突出贡献的可不受年龄限制（依据三（二））",
        ),
        (
            "years_local",
            {"years_working_local": 3},
            {"years_working_local": 2},
            Verdict.FAILS,
            "截至2019年1月15日在本地工作年限2年，规定不少于3年（依据三（二））",
        ),
        (
            "years_in_trade",
            {"years_in_trade": 10},
            {"years_in_trade": 9},
            Verdict.NEEDS_REASON,
            "截至2019年1月15日从事本专业技能工作年限9年，规定不少于10年（依据三（二））",
        ),
        (
            "front_line",
            {"front_line": True},
            {"front_line": False},
            Verdict.FAILS,
            "目前仍在一线岗位：否，规定为“是”（依据三（二））",
        ),
    ],
)
def test_a_computed_rule_holds_at_its_bound_and_fails_just_past_it(
    rule: str, just_holds: dict[str, Any], just_fails: dict[str, Any], verdict: Verdict, message: str
) -> None:
    assert find(just_holds)[rule].verdict == Verdict.HOLDS
    assert find(just_fails)[rule].verdict == verdict
    assert find(just_fails)[rule].message == message


@pytest.mark.parametrize("rule", ["character", "mastery"])
def test_character_and_mastery_are_judged(rule: str) -> None:
    failing = find(judged={rule: False})

    assert find()[rule].verdict == Verdict.HOLDS
    assert failing[rule].verdict == Verdict.FAILS
    assert failing[rule].message.endswith("审核认定不符合（依据三（一））")
    assert failing.overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("place", "condition"), list(enumerate(CONDITIONS, 1)))
def test_any_one_of_the_five_conditions_is_enough_and_must_be_accepted(place: int, condition: str) -> None:
    accepted = find(claim=condition)
    refused = find(claim=condition, judged={condition: False})

    assert accepted["achievement"].verdict == Verdict.HOLDS
    assert refused["achievement"].verdict == Verdict.FAILS
    assert refused["achievement"].message == "符合0项，规定5项中至少符合1项（依据三（二））"
    assert refused[condition].message.endswith(f"审核认定不符合（依据三（二）{place}）")


@pytest.mark.parametrize(
    ("state", "verdict", "overall"),
    [
        (WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED, Overall.NEEDS_JUDGEMENT),
        (WaiverState.ACCEPTED, Verdict.WAIVED, Overall.MAY_PASS),
        (WaiverState.REFUSED, Verdict.NEEDS_REASON, Overall.MAY_PASS_WITH_REASON),
    ],
)
def test_an_outstanding_contribution_waives_the_age(state: WaiverState, verdict: Verdict, overall: Overall) -> None:
    findings = find({"birth_date": date(1950, 1, 1)}, waivers={"outstanding": state})

    assert findings["age"].verdict == verdict
    assert "三（二）“有突出贡献的可不受年龄限制”" in findings["age"].detail
    assert findings.overall == overall


def test_education_and_titles_are_no_criteria() -> None:
    facts = {getattr(rule, "fact", None) for rule in walk(LINAN.rules)}

    assert not facts & {"education", "professional_title", "skill_level"}


def test_the_figures_of_the_notice() -> None:
    review, notice = LINAN.stage("review"), LINAN.stage("notice")

    assert LINAN.basis.document == "临总工〔2018〕102号"
    assert (LINAN.quota.places, LINAN.quota.rule, LINAN.quota.clause) == (10, "at_most", "二2")
    assert LINAN.reference == date(2019, 1, 15)
    assert LINAN.dates.finish_by is not None
    assert LINAN.dates.finish_by.on == date(2019, 3, 31)
    assert [stage.label for stage in LINAN.stages] == ["资格审核", "专家评审", "社会公示", "领导小组审定"]
    assert [channel.label for channel in LINAN.channels] == ["工会组织推荐", "社团推荐", "企业推荐", "个人自荐"]
    assert isinstance(review, ExpertReviewStage)
    assert review.panel.approved_by == "leading_group"
    assert review.site_visit
    assert isinstance(notice, PublicNoticeStage)
    assert (notice.length.days, notice.length.unit) == (5, "working")


def test_what_the_notice_leaves_open_is_the_office_s_own() -> None:
    review, notice = LINAN.stage("review"), LINAN.stage("notice")
    title = LINAN.award("title")

    assert LINAN.dates.applications.is_setting("from")
    assert notice.is_setting("length")
    assert isinstance(review, ExpertReviewStage)
    assert review.is_setting("method")
    assert all(criterion.setting for criterion in review.criteria)
    assert title.certificate is not None
    assert title.certificate.setting
    assert title.money is not None
    assert title.money.amount is None
