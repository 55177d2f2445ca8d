"""The first craftsmen of the city, rule by rule: somebody who holds and somebody who just fails, with the clause in the message."""

from datetime import date
from typing import Any

import pytest

from campaigns.rules import loader
from campaigns.rules.document import describe
from campaigns.rules.engine import Overall, Verdict
from campaigns.rules.schema import (
    CommitteeStage,
    Computed,
    DateField,
    Declared,
    ExpertReviewStage,
    FinalApprovalStage,
    FormPaper,
    Group,
    Judged,
    ListPaper,
    NominationStage,
    PhotoField,
    PublicNoticeStage,
    QualificationStage,
    RowsField,
    Sourced,
)
from publicity.rehearsal import people
from tests.campaigns.rules.persons import Bound, Person, boxes, captions, ids

CRAFTSMAN = Person(code="jiaozuo-2018", good={"front_line": True, "skill_level": "技师"})
RULES = CRAFTSMAN.rules
JUDGED = {
    "industry": ("行业和领域", "一"),
    "character": ("思想品德", "二"),
    "renown": ("社会影响力和行业知名度", "二"),
}
QUALITIES = {
    "spirit": ("崇高的职业精神", "二（一）"),
    "skill": ("高超的技能专长", "二（二）"),
    "innovation": ("较强的创新能力", "二（三）"),
    "leading": ("突出的领军作用", "二（四）"),
    "benefit": ("创造较为显著的经济效益和社会效益", "二（五）"),
}
BOUNDS = [
    Bound(
        "front_line",
        {"front_line": True},
        {"front_line": False},
        Verdict.FAILS,
        "目前仍在一线岗位：否，规定为“是”（依据一）",
    ),
    Bound(
        "skill_level",
        {"skill_level": "高级工"},
        {"skill_level": "中级工"},
        Verdict.NEEDS_REASON,
        "技能等级为中级工，规定高级工以上（依据二）",
    ),
]


def test_a_craftsman_who_meets_every_rule_may_pass() -> None:
    findings = CRAFTSMAN.find()

    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert findings.overall == Overall.MAY_PASS


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.rule)
def test_a_computed_rule_holds_at_its_bound_and_fails_just_past_it(bound: Bound) -> None:
    bound.check(CRAFTSMAN)


def test_no_rule_is_left_without_somebody_who_fails_it() -> None:
    assert ids(RULES, Computed) == {bound.rule for bound in BOUNDS}
    assert ids(RULES, Judged) == {*JUDGED, *QUALITIES}
    assert ids(RULES, Declared) == set()
    assert ids(RULES, Group) == {"qualities"}


def test_only_the_skill_level_may_be_departed_from_with_a_reason() -> None:
    below = CRAFTSMAN.find({"skill_level": "无等级"})

    assert {rule.id for rule in RULES.rules if rule.strength == "should"} == {"skill_level"}
    assert below.overall == Overall.MAY_PASS_WITH_REASON
    assert CRAFTSMAN.find({"front_line": False}).overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("rule", "said"), JUDGED.items())
def test_character_renown_and_trade_are_judged(rule: str, said: tuple[str, str]) -> None:
    label, clause = said
    failing = CRAFTSMAN.find(judged={rule: False})

    assert failing[rule].verdict == Verdict.FAILS
    assert failing[rule].message == f"{label}：审核认定不符合（依据{clause}）"
    assert failing.overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("quality", "said"), QUALITIES.items())
def test_each_of_the_five_qualities_is_judged_and_all_are_needed(quality: str, said: tuple[str, str]) -> None:
    label, clause = said
    lacking = CRAFTSMAN.find(judged={quality: False})

    assert CRAFTSMAN.find()["qualities"].verdict == Verdict.HOLDS
    assert lacking[quality].message == f"{label}：审核认定不符合（依据{clause}）"
    assert lacking["qualities"].verdict == Verdict.FAILS
    assert lacking["qualities"].message == "符合4项，规定5项全部符合（依据二）"
    assert lacking.overall == Overall.MUST_NOT_PASS


# --- the figures of the notice ---------------------------------------------------------------------------------------


def test_who_acts() -> None:
    basis = RULES.basis

    assert basis.document == "焦工文[2018]33号"
    assert basis.hosts == ("焦作市总工会", "焦作市人力资源和社会保障局")
    assert basis.leading_group == "焦作工匠选树工作领导小组"
    assert basis.office == "焦作工匠选树工作领导小组办公室"
    assert basis.contact == "市总工会生产保护部"
    assert RULES.name == "首批“焦作工匠”"


def test_a_notice_without_a_date_is_given_none() -> None:
    assert RULES.basis.issued is None
    assert "〔未写明发文日期〕" in describe(RULES)


def test_at_most_twenty() -> None:
    assert (RULES.quota.places, RULES.quota.rule, RULES.quota.strength, RULES.quota.clause) == (
        20,
        "at_most",
        "must",
        "三",
    )
    assert RULES.programme is None


def test_four_fields_in_focus() -> None:
    scope = RULES.scope

    assert scope is not None
    assert scope.industries == ("先进制造业", "现代服务业", "战略新兴产业", "传统产业")
    assert scope.clause == "一"


def test_nobody_comes_by_oneself_and_the_own_unit_is_told_first() -> None:
    (channel,) = RULES.channels

    assert channel.kind == "unit"
    assert channel.files_through == ("county_union", "group_union", "industry_union", "direct_union")
    assert channel.first is not None
    assert (channel.first.evidence, channel.first.length, channel.first.clause) == (
        ("internal_notice",),
        None,
        "四（一）",
    )
    assert RULES.material("internal_notice").clause == "四（一）"


@pytest.mark.parametrize(
    ("id_", "kinds", "named", "at_most"),
    [
        ("counties", ("county_union",), (), 2),
        ("coal_group", (), ("焦煤集团工会",), 2),
        ("others", ("industry_union", "direct_union"), (), 1),
    ],
)
def test_how_many_a_unit_may_put_forward(
    id_: str, kinds: tuple[str, ...], named: tuple[str, ...], at_most: int
) -> None:
    quota = next(quota for quota in RULES.unit_quotas if quota.id == id_)

    assert (quota.units.kinds, quota.units.named) == (kinds, named)
    assert (quota.at_most, quota.at_least, quota.strength, quota.clause) == (at_most, None, "must", "三")


def test_the_deadline_is_of_the_year_of_the_document_s_number() -> None:
    applications = RULES.dates.applications

    assert (applications.to, applications.clause) == (date(2018, 7, 20), "七")
    assert applications.is_setting("from")
    assert not applications.is_setting("to")
    assert RULES.reference == date(2018, 7, 20)


def test_what_is_handed_in() -> None:
    handed = [(one.label, one.copies, one.electronic, one.paper, one.clause) for one in RULES.materials]

    assert handed == [
        ("焦作工匠推荐表", 3, True, "form", "七（一）"),
        ("获市级以上奖励的技术创新成果一览表", 1, True, "innovation_list", "七（二）"),
        ("技术创新成果获奖证书复印件", 1, False, None, "七（二）"),
        ("主要发明专利、实用新型专利成果一览表", 1, True, "patent_list", "七（三）"),
        ("专利证书复印件", 1, False, None, "七（三）"),
        ("焦作工匠推荐人选基本情况及主要业绩量化表", 1, True, "performance_sheet", "七（四）"),
        ("主要荣誉证书复印件", 1, False, None, "七（五）"),
        ("本单位公示材料", 1, False, None, "四（一）"),
    ]


def test_the_photograph_is_the_form_s_own() -> None:
    photo = RULES.field("photo")

    assert isinstance(photo, PhotoField)
    assert (photo.inches, photo.required, photo.clause) == (2, True, "七（六）")


def test_six_stages_in_the_order_of_the_notice() -> None:
    assert [(stage.label, type(stage), stage.by, stage.clause) for stage in RULES.stages] == [
        ("推荐人选", NominationStage, "units", "四（一）"),
        ("资格审核", QualificationStage, "office", "四（二）"),
        ("综合评审", ExpertReviewStage, "panel", "四（三）"),
        ("确定候选", CommitteeStage, "leading_group", "四（四）"),
        ("公示", PublicNoticeStage, "office", "四（五）"),
        ("决定人选", FinalApprovalStage, "leading_group", "四（六）"),
    ]


def test_a_nomination_shows_that_the_own_unit_was_told() -> None:
    nomination = RULES.stage("nomination")

    assert isinstance(nomination, NominationStage)
    assert nomination.quotas
    assert nomination.first is not None
    assert nomination.first.evidence == ("internal_notice",)


def test_the_leading_group_confirms_the_shortlist() -> None:
    shortlist = RULES.stage("qualification")

    assert (shortlist.confirmed_by, shortlist.outcome) == ("leading_group", "入围人选")


def test_a_drawn_panel_with_officers_votes_for_twenty_to_thirty() -> None:
    review = RULES.stage("review")

    assert isinstance(review, ExpertReviewStage)
    assert review.method == "ballot"
    assert not review.is_setting("method")
    assert (review.panel.draw, review.panel.from_) == (True, "焦作工匠评委专家库")
    assert review.panel.members == ("焦作工匠评委专家库专业评审人员",)
    assert review.panel.besides == ("市总工会有关人员", "市人力资源和社会保障局有关人员")
    assert review.panel.is_setting("size")
    assert review.passes is not None
    assert (review.passes.min, review.passes.max, review.passes.strength, review.passes.clause) == (
        20,
        30,
        "must",
        "四（三）",
    )
    assert review.ballot is not None
    assert review.ballot.setting


def test_five_working_days_before_the_public() -> None:
    notice = RULES.stage("notice")

    assert isinstance(notice, PublicNoticeStage)
    assert (notice.length.days, notice.length.unit) == (5, "working")
    assert not notice.is_setting("length")
    assert notice.channels == ("《焦作日报》", "市总工会网站", "市人力资源和社会保障局网站")


def test_what_comes_with_the_title() -> None:
    title = RULES.award("title")

    assert (title.to.stage, title.objects, title.clause) == ("approval", ("证书", "奖杯"), "六")
    assert title.money is not None
    assert (title.money.amount, title.money.clause) == (10000, "六")
    assert title.certificate is not None
    assert title.certificate.setting
    assert [(honour.label, honour.how, honour.award) for honour in RULES.honours] == [
        ("焦作市五一劳动奖章", "put_forward", "title")
    ]


def test_whoever_was_confirmed_and_gets_no_title_is_shortlisted() -> None:
    second = RULES.award("shortlisted")

    assert (second.kind, second.label, second.to.stage, second.to.except_, second.clause) == (
        "second",
        "焦作工匠入围奖",
        "qualification",
        "title",
        "六",
    )


def test_a_notice_without_a_word_on_false_papers_is_given_none() -> None:
    assert RULES.fraud is None


@pytest.mark.parametrize(
    ("says", "reads"),
    [
        ("各县市区、焦煤集团工会推荐2人", "至多2人"),
        ("各产业和市直属单位可推荐1名人选", "至多1名"),
        ("县（市）区总工会，省产业工会（公章）", "市产业工会"),
        ("上述材料请于7月20日前报市总工会生产保护部", "2018年7月20日"),
        ("市人力资源和社会保障厅网站", "市人力资源和社会保障局网站"),
        ("对通过资格审查的人选,确定为焦作工匠入围奖", "未获“焦作工匠”称号"),
    ],
)
def test_how_a_slip_or_an_open_wording_is_read(says: str, reads: str) -> None:
    (reading,) = [reading for reading in RULES.readings if reading.says == says]

    assert reads in reading.read_as


def test_what_the_notice_leaves_open_is_the_office_s_own() -> None:
    windows = [stage.window for stage in RULES.stages[1:] if stage.window]

    assert len(windows) == 5
    assert all(window.setting for window in windows)
    assert RULES.retention.setting
    assert isinstance(RULES.numbering, Sourced)
    assert RULES.numbering.setting


# --- the printed forms -----------------------------------------------------------------------------------------------


def paper(id_: str) -> FormPaper:
    found = RULES.paper(id_)
    assert isinstance(found, FormPaper)
    return found


def seals(id_: str) -> list[tuple[str, str]]:
    """What a place for a seal is called, and whose it is."""
    said = []
    for page in paper(id_).pages:
        for row in page.rows:
            for at, cell in enumerate(row):
                if cell.opinion and cell.seal and cell.date:
                    said.append(("".join((row[at - 1].label or "").split()), cell.by or ""))
    return said


def test_the_recommendation_is_a_folded_sheet_of_four_pages_in_three_copies() -> None:
    form = paper("form")

    assert (form.title, form.size, form.copies, form.layout_from) == ("焦作工匠推荐表", "A3-folded", 3, "own")
    assert len(form.pages) == 4
    assert form.pages[0].lines == ("推荐单位",)
    assert "用A3纸对折制作表格" in (form.note or "")


def test_the_photograph_is_in_its_place_on_the_outer_page() -> None:
    (cell,) = [cell for row in paper("form").pages[0].rows for cell in row if cell.field == "photo"]

    assert (cell.span, cell.rows) == (4, 4)


def test_three_seals_on_the_last_page() -> None:
    assert seals("form")[-3:] == [
        ("县（市）区总工会，省产业工会意见", "县（市）区总工会，省产业工会"),
        ("县（市）区人力资源和社会保障局意见", "县（市）区人力资源和社会保障局"),
        ("市总工会意见", "市总工会"),
    ]
    assert all(cell.opinion for row in paper("form").pages[-1].rows for cell in row[1:])


def test_the_boxes_of_the_recommendation() -> None:
    assert ["".join(caption.split()) for caption in captions(RULES)] == [
        "姓名",
        "性别",
        "民族",
        "身份证号码",
        "政治面貌",
        "文化程度",
        "参加工作时间",
        "职务",
        "联系电话",
        "工作单位",
        "工种",
        "从事现岗位工作时间",
        "在基层一线生产操作岗位",
        "所属行业和领域",
        "职业资格或技能等级",
        "工作简历",
        "主要荣誉",
        "崇高的职业精神",
        "高超的技能专长",
        "较强的创新能力",
        "突出的领军作用",
        "经济效益和社会效益",
        "主要事迹",
        "基层工会民主推荐和本单位公示情况",
        "县（市）区总工会，省产业工会意见",
        "县（市）区人力资源和社会保障局意见",
        "市总工会意见",
    ]
    assert {"photo", "post_since", "about_spirit", "about_benefit", "deeds"} <= set(boxes(RULES))


def test_the_time_on_the_present_post_is_when_it_began() -> None:
    since = RULES.field("post_since")

    assert isinstance(since, DateField)
    assert (since.label, since.fact, since.help) == ("从事现岗位工作时间", "post_since", "从事现在工作岗位的起始时间")


@pytest.mark.parametrize(
    ("id_", "title", "field", "sealed"),
    [
        ("innovation_list", "获市级以上奖励的技术创新成果一览表", "innovations", [("单位工会公章", "单位工会")]),
        ("patent_list", "主要发明专利、实用新型专利成果一览表", "patents", [("单位工会公章", "单位工会")]),
        (
            "performance_sheet",
            "焦作工匠推荐人选基本情况及主要业绩量化表",
            "benefit_three",
            [("所在单位工会意见", ""), ("所在单位财务部门意见", "")],
        ),
    ],
)
def test_three_more_lists_with_the_seals_of_the_notice(
    id_: str, title: str, field: str, sealed: list[tuple[str, str]]
) -> None:
    assert (paper(id_).title, paper(id_).copies, paper(id_).electronic) == (title, 1, True)
    assert paper(id_).layout_from == "own"
    assert field in boxes(RULES, id_)
    assert seals(id_) == sealed


def test_results_count_from_the_city_level_and_patents_are_of_two_kinds() -> None:
    innovations, patents = RULES.field("innovations"), RULES.field("patents")

    assert isinstance(innovations, RowsField)
    assert [option.value for column in innovations.columns if column.id == "level" for option in column.options] == [
        "市级",
        "省级",
        "国家级",
    ]
    assert isinstance(patents, RowsField)
    assert [option.value for column in patents.columns if column.id == "kind" for option in column.options] == [
        "发明专利",
        "实用新型专利",
    ]


def test_the_list_of_people_is_the_office_s_own() -> None:
    summary = RULES.paper("summary")

    assert isinstance(summary, ListPaper)
    assert (summary.per, summary.setting) == ("unit", True)


# --- people ----------------------------------------------------------------------------------------------------------


def test_the_rule_set_has_no_mistake() -> None:
    path = loader.RULESETS / "jiaozuo-2018.toml"

    assert loader.check(path.read_text(encoding="utf-8"), path.name) == []


def test_people_can_be_invented_who_qualify_and_who_fail_at_each_strength() -> None:
    invented = people.invent(RULES, count=12, seed=4, failing=2)
    found: dict[str, Any] = {one.fails: people.findings(RULES, one.answers) for one in invented}

    assert set(found) == {"front_line", "skill_level", ""}
    assert found[""].overall == Overall.MAY_PASS
    assert found["front_line"].overall == Overall.MUST_NOT_PASS
    assert found["skill_level"].overall == Overall.MAY_PASS_WITH_REASON
