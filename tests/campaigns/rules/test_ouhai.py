"""The district's three-year plan, rule by rule: somebody who holds and somebody who just fails, with the clause in the message."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from campaigns.rules import loader
from campaigns.rules.document import describe
from campaigns.rules.engine import Overall, Verdict
from campaigns.rules.facts import WaiverState
from campaigns.rules.schema import (
    CommitteeStage,
    Computed,
    Declared,
    ExpertReviewStage,
    FinalApprovalStage,
    FormPaper,
    Group,
    Judged,
    ListPaper,
    MultiField,
    PublicNoticeStage,
    PublicVoteStage,
    QualificationStage,
    SiteVisitStage,
    Sourced,
    TextField,
)
from campaigns.workingdays import is_working_day, period_end
from publicity.rehearsal import people
from tests.campaigns.rules.persons import Bound, Person, boxes, captions, ids

MASTER = Person(
    code="ouhai-2017",
    good={"in_service": True, "industry": "锁具", "years_front_line_local": 8, "skilled_post": True},
    claims=("craft",),
)
RULES = MASTER.rules
SIX = ["鞋革", "服装", "眼镜", "锁具", "电气机械", "汽摩配"]
CONDITIONS = {
    "craft": "具有工艺专长",
    "skill": "掌握高超技能",
    "leading": "体现领军作用",
    "contribution": "做出突出贡献",
}
OTHER_TRADE = "其它行业中特别优秀，在一定范围内具有一定影响力的一线高技能人才，也可以列入评选范围"
BOUNDS = [
    Bound(
        "in_service",
        {"in_service": True},
        {"in_service": False},
        Verdict.FAILS,
        "是在职职工：否，规定为“是”（依据三）",
    ),
    Bound(
        "industry",
        {"industry": "汽摩配"},
        {"industry": "家具"},
        Verdict.FAILS,
        f"所属行业为家具，规定为鞋革、服装、眼镜、锁具、电气机械、汽摩配之一；三：{OTHER_TRADE}（依据三）",
    ),
    Bound(
        "years_front_line",
        {"years_front_line_local": 3},
        {"years_front_line_local": 2},
        Verdict.FAILS,
        "截至2017年4月15日在本地直接从事一线技能工作年限2年，规定不少于3年（依据四）",
    ),
    Bound(
        "skilled_post",
        {"skilled_post": True},
        {"skilled_post": False},
        Verdict.FAILS,
        "目前仍在技能岗位：否，规定为“是”（依据四）",
    ),
]


def test_a_craftsman_who_meets_every_rule_may_pass() -> None:
    findings = MASTER.find()

    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert findings.overall == Overall.MAY_PASS


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.rule)
def test_a_computed_rule_holds_at_its_bound_and_fails_just_past_it(bound: Bound) -> None:
    bound.check(MASTER)


def test_no_rule_is_left_without_somebody_who_fails_it() -> None:
    assert ids(RULES, Computed) == {bound.rule for bound in BOUNDS}
    assert ids(RULES, Judged) == {"character", "standing"}
    assert ids(RULES, Declared) == set(CONDITIONS)
    assert ids(RULES, Group) == {"merits"}
    assert {rule.strength for rule in RULES.rules} == {"must"}


@pytest.mark.parametrize("rule", ["character", "standing"])
def test_character_and_standing_are_judged(rule: str) -> None:
    failing = MASTER.find(judged={rule: False})

    assert MASTER.find()[rule].verdict == Verdict.HOLDS
    assert failing[rule].verdict == Verdict.FAILS
    assert failing[rule].message.endswith("审核认定不符合（依据四）")
    assert failing.overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("condition", "label"), CONDITIONS.items())
def test_any_one_of_the_four_conditions_is_enough_and_must_be_accepted(condition: str, label: str) -> None:
    accepted = MASTER.find(claims=[condition])
    refused = MASTER.find(claims=[condition], judged={condition: False})

    assert accepted["merits"].verdict == Verdict.HOLDS
    assert refused["merits"].verdict == Verdict.FAILS
    assert refused["merits"].message == "符合0项，规定4项中至少符合1项（依据四）"
    assert refused[condition].message == f"{label}：审核认定不符合（依据四“{label}”）"


@pytest.mark.parametrize("industry", SIX)
def test_each_of_the_six_industries_is_in_the_scope(industry: str) -> None:
    assert MASTER.find({"industry": industry})["industry"].verdict == Verdict.HOLDS


@pytest.mark.parametrize(
    ("state", "verdict", "overall"),
    [
        (WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED, Overall.NEEDS_JUDGEMENT),
        (WaiverState.ACCEPTED, Verdict.WAIVED, Overall.MAY_PASS),
        (WaiverState.REFUSED, Verdict.FAILS, Overall.MUST_NOT_PASS),
    ],
)
def test_outstanding_people_of_other_trades_may_be_admitted(
    state: WaiverState, verdict: Verdict, overall: Overall
) -> None:
    findings = MASTER.find({"industry": "家具"}, waivers={"other_trade": state})

    assert findings["industry"].verdict == verdict
    assert f"三“{OTHER_TRADE}”" in findings["industry"].detail
    assert findings.overall == overall


# --- the figures of the notice ---------------------------------------------------------------------------------------


def test_who_acts() -> None:
    basis = RULES.basis

    assert (basis.document, basis.issued) == ("温瓯政办发〔2017〕36号", date(2017, 4, 1))
    assert RULES.name == "2017年“百名工匠大师”"
    assert basis.organisers == (
        "瓯海区人社局",
        "瓯海区经信局",
        "瓯海区工商联",
        "瓯海区总工会",
        "瓯海区新闻和网络信息中心",
    )
    assert basis.leading_group == "“百名工匠大师”评选培育工作领导小组"
    assert basis.office == "“百名工匠大师”评选培育工作领导小组办公室"
    assert basis.government == "温州市瓯海区人民政府"


def test_thirty_this_year_of_a_hundred_in_three_years() -> None:
    programme, quota = RULES.programme, RULES.quota

    assert programme is not None
    assert (programme.places, programme.years, programme.clause) == (100, (2017, 2018, 2019), "二")
    assert (quota.places, quota.rule, quota.strength, quota.clause) == (30, "exactly", "must", "附件1")
    assert quota.is_setting("may_stay_unfilled")


def test_six_industries_in_focus_and_others_admitted() -> None:
    scope = RULES.scope

    assert scope is not None
    assert list(scope.industries) == SIX
    assert scope.other_industries
    assert scope.clause == "三"


def test_three_ways_in() -> None:
    assert [(one.label, one.kind, one.files_through, one.clause) for one in RULES.channels] == [
        ("组织推荐", "unit", ("town_union", "union_committee"), "附件1 二"),
        ("社团推荐", "society", ("society",), "附件1 二"),
        ("个人自荐", "self", (), "附件1 二"),
    ]


def test_each_town_union_should_put_forward_at_least_three() -> None:
    (quota,) = RULES.unit_quotas

    assert (quota.units.kinds, quota.at_least, quota.at_most, quota.strength, quota.clause) == (
        ("town_union",),
        3,
        None,
        "should",
        "附件1 二",
    )
    assert next(kind.label for kind in RULES.unit_kinds if kind.id == "town_union") == "镇街（开发区）总工会"


def test_the_timetable() -> None:
    dates = RULES.dates

    assert dates.launch is not None
    assert (dates.launch.from_, dates.launch.to) == (date(2017, 3, 27), date(2017, 4, 5))
    assert (dates.applications.from_, dates.applications.to) == (date(2017, 4, 6), date(2017, 4, 15))
    assert dates.applications.settings == ()
    assert RULES.reference == date(2017, 4, 15)
    assert dates.award is not None
    assert dates.award.to == date(2017, 4, 30)


def test_the_form_and_originals_with_copies_are_handed_in() -> None:
    form, *others = RULES.materials

    assert (form.label, form.copies, form.electronic, form.paper) == ("“百名工匠大师”推荐申报表", 3, True, "form")
    assert [material.label for material in others] == [
        "身份证明",
        "岗位从业年限证明",
        "职业技能等级证书",
        "曾获荣誉",
        "主要成果证明",
    ]
    assert all(material.original and material.copies == 1 and material.is_setting("copies") for material in others)
    assert all((material.help or "").startswith(("原件及复印件", "荣誉证书")) for material in others)
    assert {material.clause for material in RULES.materials} == {"附件1 二"}


def test_seven_stages_in_the_order_of_the_notice() -> None:
    assert [(stage.label, type(stage), stage.by) for stage in RULES.stages] == [
        ("资格审核", QualificationStage, "organisers"),
        ("人选考察", SiteVisitStage, "organisers"),
        ("专家评审", ExpertReviewStage, "panel"),
        ("网络投票", PublicVoteStage, "public"),
        ("领导小组审核", CommitteeStage, "leading_group"),
        ("社会公示", PublicNoticeStage, "office"),
        ("区政府审定", FinalApprovalStage, "government"),
    ]
    assert all((stage.clause or "").startswith("附件1 三") for stage in RULES.stages)


def test_the_seven_stages_lie_between_the_days_of_the_notice_one_after_the_other() -> None:
    windows = [stage.window for stage in RULES.stages if stage.window]
    days = [day for window in windows for day in (window.from_, window.to) if day]

    assert (days[0], days[-1]) == (date(2017, 4, 16), date(2017, 4, 25))
    assert days == sorted(days)
    assert all(left.to and right.from_ and left.to < right.from_ for left, right in itertools.pairwise(windows))
    assert not windows[0].is_setting("from")
    assert not windows[-1].is_setting("to")
    assert all(window.is_setting("to") for window in windows[:-1])
    workdays = [day for n in range(10) if is_working_day(day := date(2017, 4, 16) + timedelta(n))]
    assert len(workdays) == len(RULES.stages) == 7


def test_the_visit_goes_in_batches_and_the_rest_of_it_is_the_office_s_own() -> None:
    visit = RULES.stage("visit")

    assert isinstance(visit, SiteVisitStage)
    assert visit.batches == 2
    assert {"batches", "team_min", "checklist"} <= set(visit.settings)


def test_experts_assess_as_a_whole() -> None:
    review = RULES.stage("review")

    assert isinstance(review, ExpertReviewStage)
    assert (review.method, review.outcome) == ("assessment", "复审名单")
    assert not review.is_setting("method")
    assert review.is_setting("grades")
    assert "优秀：同意推荐 是〔本办公室自定〕" in describe(RULES)
    assert {grade.recommends for grade in review.grades} == {True, False}
    assert review.panel.members == ("相关领域知名专家", "行业协会专业人员", "社会组织专业人员")
    assert review.panel.is_setting("size")
    assert review.passes is not None
    assert review.passes.setting


def test_the_public_vote_informs_the_leading_group() -> None:
    vote = RULES.stage("vote")

    assert isinstance(vote, PublicVoteStage)
    assert (vote.counts, vote.channels) == ("reference", ("“瓯海工会”微信公众号",))
    assert all(vote.is_setting(key) for key in ("length", "choices_min", "choices_max", "ballots_per_day", "tally"))
    assert "投票：每票1至30人〔本办公室自定〕" in describe(RULES)
    assert any("参考" in reading.read_as for reading in RULES.readings)


def test_the_notice_period_is_the_office_s_own_short_one_and_ends_before_the_government_decides() -> None:
    notice, approval = RULES.stage("notice"), RULES.stage("approval")

    assert isinstance(notice, PublicNoticeStage)
    assert notice.is_setting("length")
    assert notice.channels == ("政府门户网站", "《今日瓯海》")
    assert notice.window is not None
    assert notice.window.from_ is not None
    assert approval.window is not None
    assert approval.window.from_ is not None
    end = period_end(
        notice.window.from_,
        days=notice.length.days,
        unit=notice.length.unit,
        day_one=notice.day_one,
    )
    assert end == notice.window.to
    assert end < approval.window.from_


def test_what_comes_with_the_title() -> None:
    title = RULES.award("title")

    assert title.to.stage == "approval"
    assert title.money is not None
    assert (title.money.amount, title.money.clause) == (20000, "六（二）")
    assert title.monthly is not None
    assert (title.monthly.amount, title.monthly.months, title.monthly.clause) == (800, 24, "六（二）")
    assert [end.text for end in title.monthly.ends_when] == ["离开瓯海工作"]
    assert title.certificate is not None
    assert title.certificate.setting
    assert [(honour.label, honour.how) for honour in RULES.honours] == [
        ("区级劳动模范", "preferred"),
        ("技师、高级技师等职业资格", "preferred"),
        ("区、市级各类技能人才", "preferred"),
    ]


def test_studios_and_a_rest() -> None:
    benefits = {benefit.id: benefit for benefit in RULES.benefits}
    follow_up = {benefit.id: benefit for benefit in RULES.follow_up}

    assert benefits["studio"].money is not None
    assert (benefits["studio"].money.amount, benefits["studio"].clause) == (30000, "六（二）")
    assert benefits["recuperation"].text == "命名为“百名工匠大师”的，享受一次疗休养"
    assert benefits["schooling"].clause == "六（二）"
    assert "30家" in follow_up["studios"].text
    assert follow_up["studios"].clause == "五（五）"


def test_a_notice_without_a_word_on_false_papers_is_given_none() -> None:
    assert RULES.fraud is None


def test_what_the_notice_leaves_open_and_how_it_is_read_is_said() -> None:
    read = {reading.says: reading.read_as for reading in RULES.readings}

    assert "7个工作日" in read["评选审核（2017年4月16日-4月25日）"]
    assert RULES.retention.setting
    assert isinstance(RULES.numbering, Sourced)
    assert RULES.numbering.setting


# --- the printed form ------------------------------------------------------------------------------------------------

CAPTIONS = [
    "姓名",
    "身份证号码",
    "性别",
    "民族",
    "学历",
    "政治面貌",
    "工作单位",
    "职务",
    "家庭地址",
    "手机号码",
    "所属行业",
    "工种",
    "工作年限",
    "技能等级或职称",
    "已获荣誉(区级以上)",
    "主要技术成果",
    "主要事迹(500字左右，包括技术特长、社会贡献等)",
    "推荐单位意见",
    "所属镇街、开发区总工会、行业协会等社会团体意见",
]


def test_the_printed_form_has_the_boxes_of_the_notice_in_its_order() -> None:
    assert ["".join(caption.split()) for caption in captions(RULES)] == CAPTIONS
    assert boxes(RULES) == [
        "name",
        "national_id",
        "gender",
        "ethnicity",
        "education",
        "political_status",
        "employer",
        "post",
        "home",
        "mobile",
        "industry",
        "trade",
        "years_working",
        "grade",
        "honours",
        "results",
        "deeds",
        "employer",
        "unit",
    ]


def test_the_form_is_the_notice_s_own_in_three_copies_with_seals_and_dates() -> None:
    paper = RULES.paper("form")

    assert isinstance(paper, FormPaper)
    assert (paper.title, paper.size, paper.copies, paper.layout_from) == (
        "2017年“百名工匠大师”推荐申报表",
        "A4",
        3,
        "notice",
    )
    opinions = [cell for page in paper.pages for row in page.rows for cell in row if cell.opinion]
    assert all(cell.seal and cell.date for cell in opinions)


def test_levels_and_titles_are_ticked_in_the_order_of_the_notice() -> None:
    grade, deeds = RULES.field("grade"), RULES.field("deeds")

    assert isinstance(grade, MultiField)
    assert [option.value for option in grade.options] == [
        "高级技师",
        "技师",
        "高级工",
        "中级工",
        "初级工",
        "高级职称",
        "中级职称",
        "初级职称",
    ]
    assert isinstance(deeds, TextField)
    assert deeds.about == 500


def test_what_only_the_conditions_ask_stands_on_a_page_of_the_office_s_own() -> None:
    (section,) = [section for section in RULES.form.sections if section.setting]
    page, summary = RULES.paper("eligibility"), RULES.paper("summary")

    asked = {field.id for field in section.fields}
    assert asked == {"in_service", "years_front_line", "skilled_post", "conditions"}
    assert isinstance(page, FormPaper)
    assert page.layout_from == "own"
    assert asked <= set(boxes(RULES, "eligibility"))
    assert not asked & set(boxes(RULES))
    assert isinstance(summary, ListPaper)
    assert summary.setting


# --- people ----------------------------------------------------------------------------------------------------------


def test_the_rule_set_has_no_mistake() -> None:
    path = loader.RULESETS / "ouhai-2017.toml"

    assert loader.check(path.read_text(encoding="utf-8"), path.name) == []


def test_people_can_be_invented_who_qualify_and_who_fail_each_computed_must() -> None:
    invented = people.invent(RULES, count=12, seed=4, failing=3)
    found: dict[str, Any] = {one.fails: people.findings(RULES, one.answers) for one in invented}

    assert set(found) == {"in_service", "years_front_line", "skilled_post", ""}
    assert found[""].overall == Overall.MAY_PASS
    for rule in set(found) - {""}:
        assert found[rule][rule].verdict == Verdict.FAILS
    assert not [one for one in invented if one.strength == "should"]
