"""The notice of 2018 with a public vote, rule by rule: somebody who holds, somebody who just fails, with the clause."""

from datetime import date

import pytest

from campaigns.rules import loader
from campaigns.rules.engine import Overall, Verdict
from campaigns.rules.schema import (
    Computed,
    Declared,
    ExpertReviewStage,
    FormPaper,
    Group,
    Judged,
    ListPaper,
    PublicNoticeStage,
    PublicVoteStage,
    TextField,
)
from publicity.rehearsal.people import invent
from tests.campaigns.rules.persons import Bound, Person, boxes, captions, ids

CODE = "taizhou-2018"
PERSON = Person(
    CODE,
    {
        "works_local": True,
        "employer_kind": "企业",
        "in_service": True,
        "years_front_line_local": 12,
        "skilled_post": True,
        "skill_level": "技师",
        "occupations": frozenset({"企业技能岗位职工"}),
    },
    claims=("invention",),
)
RULES = PERSON.rules
CHOSEN = {
    "invention": "三（一）",
    "unique_skill": "三（二）",
    "advanced_technology": "三（三）",
    "energy_saving": "三（四）",
    "teaching": "三（五）",
}
BOUNDS = [
    Bound(
        "local_enterprise",
        {"works_local": True},
        {"works_local": False},
        Verdict.FAILS,
        "目前在本地工作：否，规定为“是”（依据三）",
    ),
    Bound(
        "enterprise",
        {"employer_kind": "企业"},
        {"employer_kind": "机关、事业单位"},
        Verdict.FAILS,
        "所在单位性质为机关、事业单位，规定为企业（依据三）",
    ),
    Bound(
        "in_service",
        {"in_service": True},
        {"in_service": False},
        Verdict.FAILS,
        "是在职职工：否，规定为“是”（依据六（二））",
    ),
    Bound(
        "years_front_line",
        {"years_front_line_local": 5},
        {"years_front_line_local": 4},
        Verdict.FAILS,
        "截至2018年3月31日在本地直接从事一线技能工作年限4年，规定不少于5年（依据三）",
    ),
    Bound(
        "skilled_post",
        {"skilled_post": True},
        {"skilled_post": False},
        Verdict.FAILS,
        "目前仍在技能岗位：否，规定为“是”（依据三）",
    ),
    Bound(
        "skill_level",
        {"skill_level": "高级工"},
        {"skill_level": "中级工"},
        Verdict.NEEDS_REASON,
        "技能等级为中级工，规定高级工以上（依据三（六））",
    ),
    Bound(
        "occupation",
        {"occupations": frozenset({"企业技能岗位职工", "其他"})},
        {"occupations": frozenset({"企业技能岗位职工", "各级各类学校教师"})},
        Verdict.FAILS,
        "职业类别为企业技能岗位职工、各级各类学校教师，规定不含各级各类学校教师、专门研究人员（依据三）",
    ),
]


def test_a_craftsman_who_meets_every_rule_may_pass() -> None:
    findings = PERSON.find()

    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert findings.overall == Overall.MAY_PASS


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.rule)
def test_a_computed_rule_holds_at_its_bound_and_fails_just_past_it(bound: Bound) -> None:
    bound.check(PERSON)
    binding = bound.verdict == Verdict.FAILS

    assert PERSON.find(bound.fails).overall == (Overall.MUST_NOT_PASS if binding else Overall.MAY_PASS_WITH_REASON)


@pytest.mark.parametrize("occupation", ["各级各类学校教师", "专门研究人员"])
def test_neither_teachers_nor_full_time_researchers_are_chosen(occupation: str) -> None:
    findings = PERSON.find({"occupations": frozenset({occupation})})

    assert findings["occupation"].verdict == Verdict.FAILS
    assert findings.overall == Overall.MUST_NOT_PASS


def test_who_has_no_certificate_at_all_may_pass_with_a_reason() -> None:
    findings = PERSON.find({"skill_level": "无等级"})

    assert findings["skill_level"].verdict == Verdict.NEEDS_REASON
    assert findings.overall == Overall.MAY_PASS_WITH_REASON


@pytest.mark.parametrize("rule", ["character", "standing"])
def test_character_and_standing_are_judged(rule: str) -> None:
    failing = PERSON.find(judged={rule: False})

    assert PERSON.find()[rule].verdict == Verdict.HOLDS
    assert failing[rule].verdict == Verdict.FAILS
    assert failing[rule].message.endswith("审核认定不符合（依据三）")
    assert failing.overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("condition", "clause"), CHOSEN.items())
def test_any_one_of_the_five_conditions_is_enough_by_a_reading_that_is_shown(condition: str, clause: str) -> None:
    accepted = PERSON.find(claims=[condition])
    refused = PERSON.find(claims=[condition], judged={condition: False})

    assert accepted["achievement"].verdict == Verdict.HOLDS
    assert "至少具备其中一项" in (accepted["achievement"].reading or "")
    assert refused["achievement"].verdict == Verdict.FAILS
    assert refused["achievement"].message == "符合0项，规定5项中至少符合1项（依据三）"
    assert refused[condition].message.endswith(f"审核认定不符合（依据{clause}）")
    assert any(reading.clause == "三" and "且具备下列条件" in reading.says for reading in RULES.readings)


# --- the set as a whole ----------------------------------------------------------------------------------------------


def test_no_rule_is_left_untested() -> None:
    assert ids(RULES, Computed) == {bound.rule for bound in BOUNDS}
    assert ids(RULES, Judged) == {"character", "standing"}
    assert ids(RULES, Declared) == set(CHOSEN)
    assert ids(RULES, Group) == {"achievement"}


def test_only_the_skill_level_is_a_rule_in_principle_and_nothing_is_waived() -> None:
    assert {rule.id for rule in RULES.rules if rule.strength == "should"} == {"skill_level"}
    assert not any(rule.waived_by for rule in RULES.rules)


def test_it_loads_without_a_mistake_and_people_can_be_invented_for_it() -> None:
    assert loader.check((loader.RULESETS / f"{CODE}.toml").read_text(encoding="utf-8"), f"{CODE}.toml") == []
    musts = {rule.id for rule in RULES.criteria if isinstance(rule, Computed) and rule.strength == "must"}
    people = invent(RULES, count=24, seed=1, failing=len(musts))

    assert {person.fails for person in people if person.strength == "must"} == musts
    assert {person.fails for person in people if person.strength == "should"} == {"skill_level"}
    assert {person.strength for person in people} == {"must", "should", ""}


def test_the_figures_of_the_notice() -> None:
    title = RULES.award("title")

    assert (RULES.basis.document, RULES.basis.issued) == ("台总工〔2018〕10号", None)
    assert RULES.basis.hosts == ("台州市总工会",)
    assert RULES.basis.leading_group is None
    assert RULES.basis.office == "台州市总工会劳动和经济工作部"
    assert (RULES.quota.places, RULES.quota.rule, RULES.quota.strength, RULES.quota.clause) == (
        20,
        "top",
        "must",
        "四（三）",
    )
    assert RULES.scope is not None
    assert RULES.scope.industries == ("先进制造业", "现代服务业", "战略性新兴产业")
    assert RULES.dates.applications.to == RULES.reference == date(2018, 3, 31)
    assert not RULES.dates.applications.is_setting("to")
    assert RULES.dates.finish_by is None
    assert (title.objects, title.money, title.clause) == (("证书",), None, "四（三）")
    assert [(honour.label, honour.how, honour.condition) for honour in RULES.honours] == [
        ("台州市五一劳动奖章", "conferred", None)
    ]
    study = next(benefit for benefit in RULES.benefits if benefit.id == "study")
    assert study.money is not None
    assert (study.money.amount, study.clause) == (None, "五（一）")
    assert "五年建立百家" in RULES.follow_up[0].text
    assert RULES.fraud is not None
    assert (RULES.fraud.clause, RULES.fraud.pursues_others) == ("六（二）", True)


def test_dates_and_slips_of_the_notice_are_read_openly() -> None:
    says = {reading.says: reading.read_as for reading in RULES.readings}

    assert "2018年3月31日" in says["于3月31日前"]
    assert "没有写印发日期" in says["台总工〔2018〕10号"]
    assert "追究" in says["追纠当事人责任"]


def test_there_are_three_ways_in_the_unions_first_and_by_oneself_through_a_unit() -> None:
    assert [(channel.label, channel.kind, channel.preferred) for channel in RULES.channels] == [
        ("工会组织推荐", "unit", True),
        ("社会推荐", "society", False),
        ("个人自荐", "self", False),
    ]
    assert {channel.clause for channel in RULES.channels} == {"四（二）"}
    assert RULES.channel("union").files_through == ("county_union", "zone_union")
    assert RULES.channel("self").files_through == ("society", "county_union", "zone_union", "own_union")


def test_every_county_and_the_zone_should_put_forward_five() -> None:
    zone = "台州经济开发区（台州绿心旅游度假区）总工会"

    assert [(quota.units.kinds, quota.units.named) for quota in RULES.unit_quotas] == [
        (("county_union",), ()),
        ((), (zone,)),
    ]
    assert {(quota.at_most, quota.strength, quota.clause) for quota in RULES.unit_quotas} == {(5, "should", "四（二）")}
    assert any(kind.units == (zone,) for kind in RULES.unit_kinds)


def test_the_stages_come_in_the_notice_s_order() -> None:
    _, review, vote, notice, _ = RULES.stages

    assert [(stage.label, stage.by, stage.clause) for stage in RULES.stages] == [
        ("资格初审", "host", "四（三）1"),
        ("专家评审", "panel", "四（三）2"),
        ("网络投票", "public", "四（三）3"),
        ("社会公示", "office", "四（三）4"),
        ("审定命名", "host", "四（三）5"),
    ]
    assert isinstance(review, ExpertReviewStage)
    assert (review.method, review.is_setting("method"), review.confirmed_by) == ("assessment", False, "host")
    assert review.panel.members == ("相关领域专家", "有关部门人员")
    assert isinstance(vote, PublicVoteStage)
    assert (vote.channels, vote.counts) == (("市总工会网络平台",), "reference")
    assert isinstance(notice, PublicNoticeStage)


def test_what_the_notice_leaves_open_is_the_office_s_own() -> None:
    _, review, vote, notice, _ = RULES.stages

    assert RULES.dates.applications.is_setting("from")
    assert all(stage.window and stage.window.setting for stage in RULES.stages)
    assert review.is_setting("grades")
    assert review.passes is not None
    assert review.passes.setting
    assert all(
        vote.is_setting(key) for key in ("length", "choices_min", "choices_max", "ballots_per_day", "tally", "counts")
    )
    assert notice.is_setting("length")
    assert RULES.retention.setting
    assert RULES.numbering is not None
    assert RULES.numbering.setting


def test_the_notice_asks_for_one_form_one_story_and_one_list_each_on_paper_and_electronic() -> None:
    asked = {item.id: (item.copies, item.electronic, item.paper) for item in RULES.materials if not item.setting}

    assert asked == {
        "application_form": (1, True, "form"),
        "story": (1, True, None),
        "summary": (1, True, "summary"),
    }
    assert RULES.material("story").about == 2000


def test_the_form_has_the_notice_s_fields_in_its_order() -> None:
    own = [section for section in RULES.form.sections if not section.setting]
    deeds = RULES.field("deeds")

    assert [field.label for section in own for field in section.fields] == [
        "姓名",
        "身份证号码",
        "性别",
        "民族",
        "学历",
        "政治面貌",
        "工作单位",
        "所属行业",
        "职务",
        "职称",
        "技术等级",
        "已获荣誉",
        "主要技术成果",
        "主要事迹",
    ]
    assert isinstance(deeds, TextField)
    assert (deeds.about, deeds.at_most) == (500, None)


def test_the_printed_form_is_the_notice_s_table_and_prints_again_with_two_opinions() -> None:
    paper = RULES.paper("form")

    assert isinstance(paper, FormPaper)
    assert (paper.title, paper.copies, paper.layout_from) == ("第二届“台州工匠”推荐审批表", 1, "notice")
    assert ["".join(label.split()) for label in captions(RULES)] == [
        "姓名",
        "身份证号码",
        "性别",
        "民族",
        "学历",
        "政治面貌",
        "工作单位",
        "所属行业",
        "职务",
        "职称",
        "技术等级",
        "已获荣誉",
        "主要技术成果",
        "主要事迹（500字左右）",
        "单位意见",
        "县（市、区）总工会、台州经济开发区（台州绿心旅游度假区）总工会，社会团体意见",
        "专家组评审意见",
        "市总工会意见",
    ]
    assert boxes(RULES)[-4:] == ["own_union", "recommender", "panel", "host"]
    later = {cell.opinion: cell.after for page in paper.pages for row in page.rows for cell in row if cell.after}
    assert later == {"panel": "review", "host": "approval"}


def test_the_list_is_one_for_each_unit_with_columns_of_the_office_s_own() -> None:
    paper = RULES.paper("summary")

    assert isinstance(paper, ListPaper)
    assert (paper.per, paper.copies, paper.electronic, paper.setting) == ("unit", 1, True, True)
    assert [column.label for column in paper.columns][:3] == ["序号", "姓名", "性别"]
    assert "national_id" not in {column.field for column in paper.columns}


def test_what_the_notice_s_form_does_not_ask_is_printed_on_a_page_of_its_own() -> None:
    own = {field.id for section in RULES.form.sections if section.setting for field in section.fields}

    assert own == {
        "conditions",
        "works_local",
        "employer_kind",
        "in_service",
        "years_front_line_local",
        "skilled_post",
        "occupations",
    }
    assert not own & set(boxes(RULES))
    assert own <= set(boxes(RULES, "eligibility"))
