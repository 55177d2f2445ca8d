"""The notice of 2016, rule by rule: somebody who holds and somebody who just fails, with the clause in the message."""

from datetime import date
from typing import Any

import pytest

from campaigns.rules import loader
from campaigns.rules.engine import Overall, Verdict
from campaigns.rules.facts import Result, WaiverState
from campaigns.rules.schema import (
    Computed,
    Declared,
    ExpertReviewStage,
    FinalApprovalStage,
    FormPaper,
    Group,
    Judged,
    PublicNoticeStage,
    QualificationStage,
    TextField,
)
from publicity.rehearsal.people import invent
from tests.campaigns.rules.persons import Bound, Person, boxes, captions, ids

CODE = "hangzhou-2016"
PERSON = Person(
    CODE,
    {
        "nationality_chinese": True,
        "union_member": True,
        "birth_date": date(1972, 5, 1),
        "years_in_trade_local": 20,
        "front_line": True,
        "competition_results": (),
    },
    claims=("innovation",),
)
RULES = PERSON.rules
CHOSEN = {
    "unique_skill": "三（二）1",
    "local_craft": "三（二）2",
    "innovation": "三（二）3",
    "champion_proof": "三（二）4",
    "top_of_trade": "三（二）5",
}
"""The conditions of which one is enough, as the applicant picks them."""
WON = {"competition_results": (Result("世界级", 1),)}


def won(level: str, rank: int | None) -> dict[str, Any]:
    return {"competition_results": (Result(level, rank),)}


BOUNDS = [
    Bound(
        "nationality",
        {"nationality_chinese": True},
        {"nationality_chinese": False},
        Verdict.FAILS,
        "具有中国国籍：否，规定为“是”（依据三（一））",
    ),
    Bound(
        "union_member",
        {"union_member": True},
        {"union_member": False},
        Verdict.FAILS,
        "是工会会员：否，规定为“是”（依据三（一））",
    ),
    Bound(
        "age",
        {"birth_date": date(1955, 10, 1)},
        {"birth_date": date(1955, 9, 30)},
        Verdict.FAILS,
        "截至2016年9月30日61周岁，规定60周岁以下；三（二）：有突出贡献的可不受年龄限制（依据三（二））",
    ),
    Bound(
        "years_in_trade_local",
        {"years_in_trade_local": 10},
        {"years_in_trade_local": 9},
        Verdict.FAILS,
        "截至2016年9月30日在本地从事本专业技能工作年限9年，规定不少于10年"
        "；三（二）4：符合此条，不受工作年限的限制（依据三（二））",
    ),
    Bound(
        "front_line",
        {"front_line": True},
        {"front_line": False},
        Verdict.FAILS,
        "目前仍在一线岗位：否，规定为“是”（依据三（二））",
    ),
]
RANKS = [
    Bound(
        "champion_rank",
        won("国家级", 3),
        won("国家级", 4),
        Verdict.FAILS,
        "职业技能大赛成绩：国家级第4名，规定国家级以上前3名或省级第1名（依据三（二）4）",
    ),
    Bound(
        "city_rank",
        won("市级", 1),
        won("市级", 2),
        Verdict.FAILS,
        "职业技能大赛成绩：市级第2名，规定市级以上第1名（依据三（二）5）",
    ),
]


def test_a_craftsman_who_meets_every_rule_may_pass() -> None:
    findings = PERSON.find()

    assert {finding.verdict for finding in findings} == {Verdict.HOLDS}
    assert findings.overall == Overall.MAY_PASS


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.rule)
def test_a_computed_rule_holds_at_its_bound_and_fails_just_past_it(bound: Bound) -> None:
    bound.check(PERSON)

    assert PERSON.find(bound.fails).overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize("bound", RANKS, ids=lambda bound: bound.rule)
def test_a_place_in_a_competition_holds_at_its_bound_and_fails_just_past_it(bound: Bound) -> None:
    bound.check(PERSON, claims=["champion_proof", "top_of_trade"])


@pytest.mark.parametrize("rule", ["character", "mastery"])
def test_character_and_mastery_are_judged(rule: str) -> None:
    failing = PERSON.find(judged={rule: False})

    assert PERSON.find()[rule].verdict == Verdict.HOLDS
    assert failing[rule].verdict == Verdict.FAILS
    assert failing[rule].message.endswith("审核认定不符合（依据三（一））")
    assert failing.overall == Overall.MUST_NOT_PASS


@pytest.mark.parametrize(("condition", "clause"), CHOSEN.items())
def test_any_one_of_the_five_conditions_is_enough_and_must_be_accepted(condition: str, clause: str) -> None:
    accepted = PERSON.find(WON, claims=[condition])
    refused = PERSON.find(WON, claims=[condition], judged={condition: False})

    assert accepted["achievement"].verdict == Verdict.HOLDS
    assert refused["achievement"].verdict == Verdict.FAILS
    assert refused["achievement"].message == "符合0项，规定5项中至少符合1项（依据三（二））"
    assert refused[condition].message.endswith(f"审核认定不符合（依据{clause}）")


@pytest.mark.parametrize(
    ("group", "claim", "good", "bad"),
    [
        ("champion", "champion_proof", won("省级", 1), won("省级", 2)),
        ("city_champion", "top_of_trade", won("市级", 1), won("市级", None)),
    ],
)
def test_a_condition_by_rank_wants_the_proof_and_the_rank(
    group: str, claim: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    failing = PERSON.find(bad, claims=[claim])[group]

    assert PERSON.find(good, claims=[claim])[group].verdict == Verdict.HOLDS
    assert failing.verdict == Verdict.FAILS
    assert failing.message == f"符合1项，规定2项全部符合（依据{CHOSEN[claim]}）"


@pytest.mark.parametrize(
    ("level", "rank", "enough"),
    [
        ("世界级", 3, True),
        ("世界级", 4, False),
        ("国家级", 3, True),
        ("国家级", 4, False),
        ("省级", 1, True),
        ("省级", 2, False),
        ("市级", 1, False),
        ("国家级", None, False),
    ],
)
def test_condition_four_is_world_and_national_top_three_or_first_of_the_province(
    level: str, rank: int | None, enough: bool
) -> None:
    found = PERSON.find(won(level, rank), claims=["champion_proof"])["champion_rank"]

    assert found.verdict == (Verdict.HOLDS if enough else Verdict.FAILS)


# --- waivers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "verdict", "overall"),
    [
        (WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED, Overall.NEEDS_JUDGEMENT),
        (WaiverState.ACCEPTED, Verdict.WAIVED, Overall.MAY_PASS),
        (WaiverState.REFUSED, Verdict.FAILS, Overall.MUST_NOT_PASS),
    ],
)
def test_an_outstanding_contribution_waives_the_age(state: WaiverState, verdict: Verdict, overall: Overall) -> None:
    findings = PERSON.find({"birth_date": date(1950, 1, 1)}, waivers={"outstanding": state})

    assert findings["age"].verdict == verdict
    assert "三（二）“有突出贡献的可不受年龄限制”" in findings["age"].detail
    assert findings.overall == overall


def test_a_champion_is_excused_the_ten_years_by_condition_four() -> None:
    new = {"years_in_trade_local": 3, **won("国家级", 3)}
    claimed = PERSON.find(new, claims=["champion_proof"])
    accepted = PERSON.find(new, claims=["champion_proof"], waivers={"champion_years": WaiverState.ACCEPTED})

    assert claimed["years_in_trade_local"].verdict == Verdict.WAIVER_CLAIMED
    assert accepted["years_in_trade_local"].verdict == Verdict.WAIVED
    assert "依三（二）4“符合此条，不受工作年限的限制”准予豁免" in accepted["years_in_trade_local"].detail
    assert accepted.overall == Overall.MAY_PASS


@pytest.mark.parametrize(
    ("values", "claims", "judged"),
    [
        (won("国家级", 4), ["champion_proof"], {}),
        (won("市级", 1), ["top_of_trade"], {}),
        (won("国家级", 1), ["innovation"], {}),
        (won("国家级", 1), ["champion_proof", "innovation"], {"champion_proof": False}),
    ],
    ids=["rank too low", "condition five", "not claimed", "proof refused"],
)
def test_nothing_but_condition_four_excuses_the_ten_years(
    values: dict[str, Any], claims: list[str], judged: dict[str, bool]
) -> None:
    findings = PERSON.find(
        {"years_in_trade_local": 9, **values},
        claims=claims,
        judged=judged,
        waivers={"champion_years": WaiverState.ACCEPTED} if judged else {},
    )

    assert findings["years_in_trade_local"].verdict == Verdict.FAILS


def test_condition_four_excuses_neither_age_nor_place_of_work() -> None:
    findings = PERSON.find(
        {"birth_date": date(1950, 1, 1), "front_line": False, **won("世界级", 1)}, claims=["champion_proof"]
    )

    assert (findings["age"].verdict, findings["front_line"].verdict) == (Verdict.FAILS, Verdict.FAILS)


# --- the set as a whole ----------------------------------------------------------------------------------------------


def test_no_rule_is_left_untested() -> None:
    assert ids(RULES, Computed) == {bound.rule for bound in (*BOUNDS, *RANKS)}
    assert ids(RULES, Judged) == {"character", "mastery"}
    assert ids(RULES, Declared) == set(CHOSEN)
    assert ids(RULES, Group) == {"achievement", "champion", "city_champion"}


def test_every_rule_binds_and_education_and_titles_are_none() -> None:
    assert {rule.strength for rule in RULES.rules} == {"must"}
    assert not {rule.fact for rule in RULES.rules if isinstance(rule, Computed)} & {
        "education",
        "professional_title",
        "skill_level",
    }


def test_it_loads_without_a_mistake_and_people_can_be_invented_for_it() -> None:
    assert loader.check((loader.RULESETS / f"{CODE}.toml").read_text(encoding="utf-8"), f"{CODE}.toml") == []
    musts = [rule for rule in RULES.criteria if isinstance(rule, Computed)]
    people = invent(RULES, count=24, seed=1, failing=len(musts))

    assert {person.fails for person in people if person.strength == "must"} == {rule.id for rule in musts}
    assert {person.strength for person in people} == {"must", ""}


def test_the_figures_of_the_notice() -> None:
    title, dates = RULES.award("title"), RULES.dates

    assert (RULES.basis.document, RULES.basis.issued) == ("杭总工〔2016〕34号", date(2016, 6, 20))
    assert RULES.basis.hosts == ("杭州市总工会",)
    assert RULES.basis.organisers == ()
    assert [duty.partition("负责")[0] for duty in RULES.basis.duties] == [
        "市总工会",
        "市委宣传部",
        "各主办单位",
        "市科委、市人力社保局",
    ]
    assert (RULES.quota.places, RULES.quota.rule, RULES.quota.strength, RULES.quota.clause) == (
        30,
        "exactly",
        "must",
        "二",
    )
    assert RULES.quota.is_setting("may_stay_unfilled")
    assert (dates.applications.to, dates.applications.is_setting("to")) == (date(2016, 9, 30), False)
    assert RULES.reference == date(2016, 9, 30)
    assert dates.finish_by is not None
    assert dates.finish_by.on == date(2017, 4, 30)
    assert title.money is not None
    assert (title.money.amount, title.money.clause) == (20000, "七")
    assert title.objects == ("证书", "奖牌")
    assert [(honour.label, honour.how, honour.award) for honour in RULES.honours] == [
        ("杭州市五一劳动奖章", "conferred", "title")
    ]
    assert RULES.honours[0].condition
    assert [benefit.label for benefit in RULES.benefits] == ["疗休养"]
    assert [item.clause for item in RULES.follow_up] == ["八（一）", "八（二）", "八（三）"]
    assert RULES.fraud is not None
    assert (RULES.fraud.clause, RULES.fraud.pursues_others) == ("九（三）", False)


def test_there_are_four_ways_in_and_no_unit_has_a_quota() -> None:
    assert [(channel.label, channel.kind, channel.clause) for channel in RULES.channels] == [
        ("单位推荐", "unit", "四（一）"),
        ("社团推荐", "society", "四（二）"),
        ("他人推荐", "anyone", "四（三）"),
        ("个人自荐", "self", "四（四）"),
    ]
    assert RULES.channel("anyone").nominee_completes
    assert [kind.label for kind in RULES.unit_kinds] == [
        "区、县（市）总工会",
        "开发区（集聚区）总工会",
        "产业工会",
        "专业学会、行业协会",
    ]
    assert RULES.unit_quotas == ()


def test_the_stages_come_in_the_notice_s_order() -> None:
    qualification, review, notice, approval = RULES.stages

    assert [(stage.label, stage.by) for stage in RULES.stages] == [
        ("资格审核", "host"),
        ("专家评审", "panel"),
        ("社会公示", "office"),
        ("领导小组审定", "leading_group"),
    ]
    assert {stage.clause for stage in RULES.stages} == {"五"}
    assert isinstance(qualification, QualificationStage)
    assert isinstance(review, ExpertReviewStage)
    assert review.panel.members == ("相关领域知名专家", "行业协会", "社会组织", "网络媒体")
    assert isinstance(notice, PublicNoticeStage)
    assert notice.channels == ("本市报纸", "电视", "网络")
    assert not notice.is_setting("channels")
    assert approval.kind == "final_approval"


def test_what_the_notice_leaves_open_is_the_office_s_own() -> None:
    _, review, notice, approval = RULES.stages

    assert RULES.dates.applications.is_setting("from")
    assert all(stage.window and stage.window.setting for stage in RULES.stages)
    assert isinstance(review, ExpertReviewStage)
    assert review.is_setting("method")
    assert review.panel.is_setting("size")
    assert not review.panel.is_setting("members")
    assert review.passes is not None
    assert review.passes.setting
    assert all(criterion.setting for criterion in review.criteria)
    assert notice.is_setting("length")
    assert isinstance(approval, FinalApprovalStage)
    assert approval.meeting is not None
    assert approval.meeting.setting
    certificate = RULES.award("title").certificate
    assert certificate is not None
    assert certificate.setting
    assert RULES.channel("anyone").is_setting("nominee_completes")


def test_the_notice_asks_for_two_forms_and_lets_more_be_added() -> None:
    asked = {item.id: (item.copies, item.electronic, item.required) for item in RULES.materials if not item.setting}

    assert asked == {"application_form": (2, True, "printed"), "story": (1, False, "optional")}


def test_the_form_has_the_notice_s_fields_in_its_order() -> None:
    own = [section for section in RULES.form.sections if not section.setting]

    assert [field.label for section in own for field in section.fields] == [
        "姓名",
        "民族",
        "照片",
        "专业领域",
        "职称（技能等级）",
        "联系电话",
        "手机",
        "联系地址",
        "工作单位",
        "主要事迹简介",
    ]
    deeds = RULES.field("deeds")
    assert isinstance(deeds, TextField)
    assert (deeds.at_most, deeds.about) == (600, None)


def test_the_printed_form_is_the_notice_s_table() -> None:
    paper = RULES.paper("form")

    assert isinstance(paper, FormPaper)
    assert (paper.title, paper.copies, paper.layout_from) == ("首届“杭州工匠”认定工作申报表", 2, "notice")
    assert ["".join(label.split()) for label in captions(RULES)] == [
        "姓名",
        "年龄",
        "民族",
        "专业领域",
        "职称（技能等级）",
        "联系电话",
        "手机",
        "联系地址",
        "工作单位",
        "推荐单位意见",
        "领导小组办公室意见",
        "主要事迹简介",
    ]
    assert boxes(RULES) == [
        "name",
        "age",
        "ethnicity",
        "photo",
        "trade",
        "title_level",
        "phone",
        "mobile",
        "address",
        "employer",
        "recommender",
        "office",
        "deeds",
    ]
    assert paper.note == "申报表一式两份并电子档于2016年9月30日前报市总技协办。"
    cells = {cell.field or cell.opinion: cell for page in paper.pages for row in page.rows for cell in row}
    assert cells["deeds"].hint == "（600字以内，详细材料请另附）"
    assert cells["photo"].hint == "贴照片处"
    assert cells["photo"].rows == 2
    assert all(cells[key].seal and cells[key].date for key in ("recommender", "office"))


def test_what_the_notice_s_form_does_not_ask_is_printed_on_a_page_of_its_own() -> None:
    own = {field.id for section in RULES.form.sections if section.setting for field in section.fields}
    page = RULES.paper("eligibility")

    assert own == {
        "national_id",
        "nationality_chinese",
        "union_member",
        "years_in_trade_local",
        "front_line",
        "conditions",
        "competition_results",
    }
    assert not own & set(boxes(RULES))
    assert own <= set(boxes(RULES, "eligibility"))
    assert isinstance(page, FormPaper)
    assert page.layout_from == "own"
