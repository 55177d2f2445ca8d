"""Rules that none of the known notices has, in an invented city: from what is typed into the form to findings with their
clause. Every kind of fact through every type of field that states it, at its bound and just beyond."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from applications import answers as form
from applications.answers import Answers
from campaigns.rules import loader
from campaigns.rules.engine import Finding, Findings, Overall, Verdict, evaluate
from campaigns.rules.facts import Facts
from campaigns.rules.schema import RuleSet
from tests.campaigns.rules.sample import computed, declared, group, judged
from tests.factories import invented_id_number

CITY = loader.to_frozen(loader.load(Path(__file__).with_name("beyond.toml").read_text(encoding="utf-8"), name="beyond"))
FAILS, HOLDS, OPEN, UNTOLD = Verdict.FAILS, Verdict.HOLDS, Verdict.NEEDS_JUDGEMENT, Verdict.CANNOT_TELL
PROOF = frozenset({"proof"})


def city(*rules: dict[str, Any]) -> RuleSet:
    """The city with these rules, and a place in its form to pick the declared conditions of each group; checked whole."""
    groups = [rule for rule in rules if "needs" in rule]
    picking = [
        {"id": f"pick_{one['id']}", "type": "conditions", "label": one["label"], "group": one["id"]}
        for one in groups
        if _declares(one)
    ]
    section = CITY["form"]["sections"][0]
    data = {
        **CITY,
        "criteria": [rule for rule in rules if "needs" not in rule],
        "groups": groups,
        "form": {**CITY["form"], "sections": [{**section, "fields": [*section["fields"], *picking]}]},
    }
    assert loader.check_frozen(data) == []
    return loader.from_frozen(data)


def _declares(rule: dict[str, Any]) -> bool:
    return rule.get("how") == "declared" or any(_declares(one) for one in rule.get("conditions", ()))


def proved(id_: str, **more: Any) -> dict[str, Any]:
    """A condition to declare, with the paper that proves it."""
    return declared(id_, evidence=["proof"], **more)


def stated(rules: RuleSet, typed: dict[str, Any]) -> Answers:
    """What was typed, as the form keeps it."""
    return {key: form.normalise(rules.field(key), value) for key, value in typed.items()}


def found(
    *rules: dict[str, Any],
    on: date | None = None,
    slots: frozenset[str] = PROOF,
    judgements: dict[str, bool] | None = None,
    **typed: Any,
) -> Findings:
    """What is found about somebody who types this into the form and attaches papers to these slots."""
    place = city(*rules)
    answers = stated(place, typed)
    facts = Facts(
        values=form.facts(place, answers, today=date.max),
        claims=form.claims(place, answers, slots=slots),
        judgements=judgements or {},
    )
    return evaluate(place, facts, reference=on or place.reference)


def finding(rule: dict[str, Any], *, on: date | None = None, **typed: Any) -> Finding:
    return found(rule, on=on, **typed)[rule["id"]]


def verdict(rule: dict[str, Any], *, on: date | None = None, **typed: Any) -> Verdict:
    return finding(rule, on=on, **typed).verdict


# --- every kind of fact, through the form ------------------------------------------------------------------------------


def row(level: str, rank: str = "", on: str = "") -> dict[str, str]:
    return {"level": level, "rank": rank, "date": on}


PODIUM = {"ranks": [{"level": "国家级", "best": 3}, {"level": "省级", "best": 1}]}
ONLY_PROVINCE = {"ranks": [{"level": "省级", "exact_level": True}]}
TWICE = {"ranks": [{"level": "市级"}], "count": 2}

AT_THE_BOUND: list[tuple[str, str, dict[str, Any], str, Any, Any, str]] = [
    # fact, op, threshold, field, what just holds as it is typed, what just fails, what is said of that
    ("apprentices", "at_least", {"value": 3}, "apprentices", "３", "2", "所带徒弟2人，规定不少于3人"),
    ("apprentices", "at_most", {"value": 3}, "apprentices", "3", "4", "所带徒弟4人，规定3人以下"),
    ("annual_benefit", "at_least", {"value": 1000000}, "benefit", "1,000,000", "999,999", "年创经济效益999999元"),
    ("invention_patents", "at_least", {"value": 1}, "patents", "1", "0", "发明专利0项，规定不少于1项"),
    ("years_in_trade", "at_least", {"value": 10}, "in_trade", "10年", "9", "9年，规定不少于10年"),
    ("years_in_trade", "at_most", {"value": 30}, "in_trade", "30", "31", "31年，规定30年以下"),
    ("employer_since", "not_after", {"on": "2024-12-31"}, "joined", "2024年12月31日", "2025.1.1", "为2025年1月1日，规定不晚于"),
    ("employer_since", "not_before", {"on": "2020-01-01"}, "joined", "20200101", "2019-12-31", "规定不早于2020年1月1日"),
    ("employer_since", "years_ago_at_least", {"value": 3}, "joined", "2022-04-30", "2022-05-01", "满2年，规定已满3年"),
    ("employer_since", "years_ago_at_most", {"value": 3}, "joined", "2022-04-30", "2022-04-29", "规定不超过3年"),
    ("post_since", "years_ago_at_least", {"value": 5}, "post", "2020年4月", "2020/5", "满4年，规定已满5年"),
    ("trade_since", "not_after", {"on": "2015-01-01"}, "trade", "2015", "2016", "规定不晚于2015年1月1日"),
    ("skill_level", "at_least", {"value": "高级工"}, "level", "高级工", "中级工", "为中级工，规定高级工以上"),
    ("skill_level", "at_most", {"value": "技师"}, "level", "技师", "高级技师", "为高级技师，规定技师以下"),
    ("education", "at_most", {"value": "大专"}, "education", "大专", "本科", "学历为本科，规定大专以下"),
    ("employer_kind", "one_of", {"values": ["企业", "合作社"]}, "employer_kind", "合作社", "机关", "为企业、合作社之一"),
    ("employer_kind", "none_of", {"values": ["机关"]}, "employer_kind", "企业", "机关", "规定不属于机关"),
    ("ethnicity", "one_of", {"values": ["畲族"]}, "ethnicity", " 畲族 ", "汉族", "民族为汉族，规定为畲族"),
    ("occupations", "includes_any", {"values": ["焊工"]}, "occupations", ["教师", "焊工"], ["教师"], "规定含焊工"),
    ("occupations", "includes_all", {"values": ["焊工", "钳工"]}, "occupations", ["焊工", "钳工"], "焊工", "同时含焊工、钳工"),
    ("occupations", "includes_none", {"values": ["教师"]}, "occupations", ["焊工", "铆工"], ["焊工", "教师"], "规定不含教师"),
    ("manager", "is", {"value": False}, "manager", "否", "是", "担任管理职务：是，规定为“否”"),
    ("resident_local", "is", {"value": True}, "resident", True, False, "具有本地户籍或居住证：否，规定为“是”"),
    ("competition_results", "reaches", PODIUM, "contests", [row("国家级", "第3名")], [row("国家级", "4")], "国家级第4名"),
    ("competition_results", "reaches", PODIUM, "contests", [row("省级", "１")], [row("省级", "2")], "省级第2名，规定国家级以上前3名"),
    ("competition_results", "reaches", ONLY_PROVINCE, "contests", [row("省级")], [row("国家级", "1")], "规定省级获奖"),
    ("honours", "reaches", TWICE, "honours", [{"level": "市级"}, {"level": "省级"}], [{"level": "省级"}], "市级以上获奖2次以上"),
    ("prior_titles", "held", {"values": ["首席工匠"]}, "titles", [{"title": "首席工匠"}], [{"title": "工匠"}], "规定已获首席工匠"),
    ("prior_titles", "not_held", {"values": ["泽澜工匠"]}, "titles", [{"title": "先进"}], [{"title": "泽澜工匠"}], "规定未获泽澜工匠"),
]  # fmt: skip
IDS = [f"{fact}-{op}-{at}" for at, (fact, op, *_rest) in enumerate(AT_THE_BOUND)]


@pytest.mark.parametrize(("fact", "op", "threshold", "field", "holds", "_fails", "_said"), AT_THE_BOUND, ids=IDS)
def test_what_is_typed_holds_at_the_bound_itself(
    fact: str, op: str, threshold: dict[str, Any], field: str, holds: Any, _fails: Any, _said: str
) -> None:
    assert verdict(computed("rule", fact, op, **threshold), **{field: holds}) == HOLDS


@pytest.mark.parametrize(("fact", "op", "threshold", "field", "_holds", "fails", "said"), AT_THE_BOUND, ids=IDS)
def test_what_is_typed_fails_just_beyond_the_bound_with_the_figure_and_the_clause(
    fact: str, op: str, threshold: dict[str, Any], field: str, _holds: Any, fails: Any, said: str
) -> None:
    told = finding(computed("rule", fact, op, **threshold), **{field: fails})

    assert told.verdict == FAILS
    assert said in told.detail
    assert told.message.endswith("（依据一）")


@pytest.mark.parametrize(("fact", "op", "threshold", "field", "_holds", "_fails", "_said"), AT_THE_BOUND, ids=IDS)
def test_what_was_not_answered_is_left_open(
    fact: str, op: str, threshold: dict[str, Any], field: str, _holds: Any, _fails: Any, _said: str
) -> None:
    assert verdict(computed("rule", fact, op, **threshold), **{field: ""}) == UNTOLD


@pytest.mark.parametrize(
    ("fact", "op", "threshold", "typed"),
    [
        ("apprentices", "at_least", {"value": 3}, {"apprentices": "三人"}),
        ("years_in_trade", "at_least", {"value": 10}, {"in_trade": "81"}),
        ("employer_since", "not_after", {"on": "2024-12-31"}, {"joined": "2024"}),
        ("skill_level", "at_least", {"value": "高级工"}, {"level": "高工"}),
        ("employer_kind", "none_of", {"values": ["机关"]}, {"employer_kind": "其他"}),
        ("prior_titles", "not_held", {}, {"titles": [{"title": "工匠", "on": "去年"}]}),
    ],
)
def test_what_cannot_be_read_is_left_open_too(fact: str, op: str, threshold: dict[str, Any], typed: Any) -> None:
    assert verdict(computed("rule", fact, op, **threshold), **typed) == UNTOLD


@pytest.mark.parametrize(("born", "expected"), [(date(1964, 5, 1), HOLDS), (date(1964, 4, 30), FAILS)])
def test_age_is_read_off_the_identity_number(born: date, expected: Verdict) -> None:
    rule = computed("rule", "age", "at_most", value=60)

    assert verdict(rule, national_id=invented_id_number(1, born=born)) == expected


def test_an_answer_that_another_one_makes_void_is_no_fact() -> None:
    rules = city(computed("rule", "manager", "is", value=True))
    field = rules.field("apprentices").model_copy(update={"when": rules.field("post_title").when})

    assert form.facts(rules, {"manager": "yes", "apprentices": "2"}, today=date.max, fields=[field]) == {
        "apprentices": 2
    }
    assert form.facts(rules, {"manager": "no", "apprentices": "2"}, today=date.max, fields=[field]) == {}


# --- look-back windows -------------------------------------------------------------------------------------------------

RECENT = computed("rule", "competition_results", "reaches", ranks=[{"level": "省级", "best": 3}], within={"years": 3})
TWO_RECENT = computed("rule", "honours", "reaches", ranks=[{"level": "市级"}], count=2, within={"years": 3})


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2022-04-30", HOLDS),  # the first day of the window
        ("2022-04-29", FAILS),  # the day before
        ("2025-04-30", HOLDS),  # the reference date
        ("2025-05-01", FAILS),  # the day after
        ("", UNTOLD),
    ],
)
def test_only_what_is_dated_inside_the_window_counts(on: str, expected: Verdict) -> None:
    assert verdict(RECENT, contests=[row("省级", "2", on)]) == expected


def test_a_result_too_old_says_from_which_day_they_count() -> None:
    told = finding(RECENT, contests=[row("省级", "2", "2022-04-29")])

    assert told.message == (
        "职业技能大赛成绩：省级第2名（2022年4月29日），2022年4月30日以来计算，规定近3年内省级以上前3名（依据一）"
    )


def test_an_undated_result_that_would_not_reach_anyway_leaves_nothing_open() -> None:
    assert verdict(RECENT, contests=[row("省级", "4"), row("市级", "1")]) == FAILS


def test_a_window_that_begins_on_29_february_begins_on_the_28th_of_a_common_year() -> None:
    assert verdict(RECENT, on=date(2024, 2, 29), contests=[row("省级", "1", "2021-02-28")]) == HOLDS
    assert verdict(RECENT, on=date(2024, 2, 29), contests=[row("省级", "1", "2021-02-27")]) == FAILS


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2022-04-30", "2025-04-30"], HOLDS),
        (["2022-04-29", "2025-04-30"], FAILS),
        (["2022-04-29", "2025-04-30", ""], UNTOLD),
        (["2022-04-30", "2025-04-30", ""], HOLDS),
        (["", ""], UNTOLD),
        ([""], FAILS),
    ],
)
def test_so_many_times_in_the_last_years_are_counted(days: list[str], expected: Verdict) -> None:
    assert verdict(TWO_RECENT, honours=[{"level": "市级", "got": day} for day in days]) == expected


# --- residence and continuous years ------------------------------------------------------------------------------------

RESIDENT = computed("rule", "years_resident_local", "at_least", value=5)
WORKING = computed("rule", "years_working_local", "at_least", value=5)


@pytest.mark.parametrize(("years", "expected"), [("5", HOLDS), ("4", FAILS)])
@pytest.mark.parametrize(
    ("fact", "field"),
    [
        ("years_resident_local", "resident_years"),
        ("years_continuous_local", "continuous"),
        ("years_front_line_local", "front_line_years"),
    ],
)
def test_years_are_taken_as_they_are_stated(fact: str, field: str, years: str, expected: Verdict) -> None:
    assert verdict(computed("rule", fact, "at_least", value=5), **{field: years}) == expected


@pytest.mark.parametrize(("since", "expected"), [("2020-04-30", HOLDS), ("2020-05-01", FAILS)])
@pytest.mark.parametrize(("rule", "field"), [(RESIDENT, "resident_since"), (WORKING, "local")])
def test_years_are_counted_from_the_day_they_began_to_the_reference_date(
    rule: dict[str, Any], field: str, since: str, expected: Verdict
) -> None:
    assert verdict(rule, **{field: since}) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2025, 2, 27), FAILS),
        (date(2025, 2, 28), HOLDS),  # a common year has no 29th
        (date(2024, 2, 28), FAILS),
        (date(2024, 2, 29), HOLDS),
    ],
)
def test_years_that_began_on_29_february_are_full_on_the_last_of_february(on: date, expected: Verdict) -> None:
    years = on.year - 2020
    rule = computed("rule", "years_resident_local", "at_least", value=years)

    assert verdict(rule, on=on, resident_since="2020-02-29") == expected


def test_years_that_are_stated_go_before_those_counted_from_a_day() -> None:
    assert verdict(RESIDENT, resident_since="2010-01-01", resident_years="4") == FAILS


def test_continuous_years_are_not_made_up_from_years_with_a_gap() -> None:
    rule = computed("rule", "years_continuous_local", "at_least", value=5)

    assert verdict(rule, local="2000-01-01") == UNTOLD


def test_residence_may_be_shown_either_way() -> None:
    rule = group("rule", "any", computed("card", "resident_local", "is", value=True), RESIDENT | {"id": "years"})

    assert verdict(rule, resident="否", resident_since="2020-04-30") == HOLDS
    assert verdict(rule, resident="是") == HOLDS
    assert verdict(rule, resident="否") == UNTOLD
    assert verdict(rule, resident="否", resident_years="4") == FAILS


# --- prior titles ------------------------------------------------------------------------------------------------------

EXCLUDED = computed("rule", "prior_titles", "not_held", values=["泽澜工匠", "泽澜首席工匠"])
COOLING = computed("rule", "prior_titles", "not_held", values=["泽澜工匠"], within={"years": 5})
REQUIRED = computed("rule", "prior_titles", "held", values=["泽澜工匠"])
LATELY = computed("rule", "prior_titles", "held", values=["泽澜工匠"], within={"years": 5})


def held(on: str = "", title: str = "泽澜工匠") -> list[dict[str, str]]:
    return [{"title": title, "on": on}]


def test_whoever_holds_the_title_is_excluded_however_long_ago() -> None:
    told = finding(EXCLUDED, titles=held("1995-05-01"))

    assert (told.verdict, told.clause) == (FAILS, "一")
    assert told.detail == "已获称号：泽澜工匠（1995年5月1日），规定未获泽澜工匠、泽澜首席工匠"
    assert verdict(EXCLUDED, titles=held(title="先进工作者")) == HOLDS


def test_a_title_without_its_day_excludes_where_the_day_does_not_matter() -> None:
    assert verdict(EXCLUDED, titles=held()) == FAILS


def test_some_title_may_be_required_before_another() -> None:
    assert verdict(REQUIRED, titles=held()) == HOLDS
    assert verdict(REQUIRED, titles=held(title="先进工作者")) == FAILS


@pytest.mark.parametrize(
    ("rule", "inside", "outside"), [(COOLING, FAILS, HOLDS), (LATELY, HOLDS, FAILS)], ids=["cooling off", "held lately"]
)
def test_a_title_counts_for_so_many_years_the_first_day_included(
    rule: dict[str, Any], inside: Verdict, outside: Verdict
) -> None:
    assert verdict(rule, titles=held("2020-04-30")) == inside
    assert verdict(rule, titles=held("2020-04-29")) == outside
    assert verdict(rule, titles=held()) == UNTOLD
    assert verdict(rule, titles=[*held(), *held("2020-04-30")]) == inside


def test_who_is_cooling_off_is_told_from_which_day_titles_count() -> None:
    told = finding(COOLING, titles=held("2023-06-01"))

    assert told.detail == "已获称号：泽澜工匠（2023年6月1日），2020年4月30日以来计算，规定近5年内未获泽澜工匠"


def test_a_title_cools_off_in_february_of_a_common_year() -> None:
    rule = computed("rule", "prior_titles", "not_held", within={"years": 1})

    assert verdict(rule, on=date(2024, 2, 29), titles=held("2023-02-28")) == FAILS
    assert verdict(rule, on=date(2024, 2, 29), titles=held("2023-02-27")) == HOLDS


# --- groups within groups ----------------------------------------------------------------------------------------------

SKILLED = computed("skilled", "skill_level", "at_least", value="技师")
SENIOR = computed("senior", "years_in_trade", "at_least", value=20)
TEACHER = computed("teacher", "apprentices", "at_least", value=3)
CHEF = computed("boss", "manager", "is", value=True)

MASTER_OR_INVENTOR = group("way", "any", group("master", "all", SKILLED, SENIOR, judged("craft")), proved("invention"))


def test_one_way_in_is_all_of_several_computed_and_judged_together() -> None:
    typed: dict[str, Any] = {"level": "技师", "in_trade": "20"}

    assert found(MASTER_OR_INVENTOR, **typed).overall == Overall.NEEDS_JUDGEMENT
    assert found(MASTER_OR_INVENTOR, **typed, judgements={"craft": True}).overall == Overall.MAY_PASS
    short = found(MASTER_OR_INVENTOR, **(typed | {"in_trade": "19"}), judgements={"craft": True})
    assert (short["master"].verdict, short["way"].verdict) == (FAILS, UNTOLD)
    assert short["master"].detail == "符合2项，规定3项全部符合"
    assert short["senior"].message == "截至2025年4月30日从事本专业技能工作年限19年，规定不少于20年（依据一）"


@pytest.mark.parametrize(
    ("slots", "judgements", "expected"),
    [
        (frozenset(), {}, UNTOLD),
        (PROOF, {}, OPEN),
        (PROOF, {"invention": True}, HOLDS),
        (PROOF, {"invention": False}, FAILS),
    ],
)
def test_the_other_way_in_is_declared_proved_and_judged(
    slots: frozenset[str], judgements: dict[str, bool], expected: Verdict
) -> None:
    typed: dict[str, Any] = {"level": "中级工", "in_trade": "5", "pick_way": ["invention"]}

    assert found(MASTER_OR_INVENTOR, **typed, slots=slots, judgements=judgements)["way"].verdict == expected


BARRED_BOTH = group(
    "barred", "none", group("absentee", "all", CHEF, computed("idle", "apprentices", "at_most", value=0))
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"manager": "是", "apprentices": "0"}, FAILS),
        ({"manager": "是", "apprentices": "1"}, HOLDS),
        ({"manager": "否", "apprentices": "0"}, HOLDS),
        ({"manager": "否"}, HOLDS),
        ({"manager": "是"}, UNTOLD),
    ],
)
def test_only_all_of_it_together_excludes(typed: dict[str, str], expected: Verdict) -> None:
    assert verdict(BARRED_BOTH, **typed) == expected


def test_a_computed_member_of_what_excludes_does_not_read_as_a_demand() -> None:
    assert found(BARRED_BOTH, manager="是", apprentices="1")["idle"].detail == "所带徒弟1人，所列情形0人以下"


NOT_ANY = group("barred", "none", CHEF, declared("dispute"), judged("accident"))


@pytest.mark.parametrize(
    ("typed", "judgements", "expected"),
    [
        ({"manager": "否"}, {}, OPEN),  # the accident is for the officer to say
        ({"manager": "否"}, {"accident": False}, HOLDS),  # nobody claims a dispute, so there is none
        ({"manager": "否"}, {"accident": False, "dispute": True}, FAILS),  # but the officer found one
        ({"manager": "否", "pick_barred": ["dispute"]}, {"accident": False}, OPEN),  # owned up to
        ({"manager": "否", "pick_barred": ["dispute"]}, {"accident": False, "dispute": False}, HOLDS),  # long settled
        ({"manager": "否", "pick_barred": ["dispute"]}, {"accident": False, "dispute": True}, FAILS),
        ({"manager": "是"}, {"accident": False}, FAILS),
        ({}, {"accident": False}, UNTOLD),
    ],
)
def test_none_of_takes_computed_declared_and_judged_members(
    typed: dict[str, Any], judgements: dict[str, bool], expected: Verdict
) -> None:
    assert found(NOT_ANY, **typed, slots=frozenset(), judgements=judgements)["barred"].verdict == expected


CLEAN = group("clean", "none", CHEF, declared("dispute"))
NOT_CLEAN_AND_SKILLED = group("both", "all", CLEAN, SKILLED)


def test_none_of_stands_inside_all_of() -> None:
    assert verdict(NOT_CLEAN_AND_SKILLED, manager="否", level="技师") == HOLDS
    assert verdict(NOT_CLEAN_AND_SKILLED, manager="是", level="技师") == FAILS
    assert verdict(NOT_CLEAN_AND_SKILLED, manager="否", level="高级工") == FAILS
    assert verdict(NOT_CLEAN_AND_SKILLED, manager="否", level="技师", pick_both=["dispute"]) == OPEN


TWO_OF_FOUR = group(
    "some", "at_least", SKILLED, TEACHER, proved("invention"), group("deep", "any", SENIOR, judged("fame")), count=2
)


@pytest.mark.parametrize(
    ("typed", "judgements", "expected", "said"),
    [
        ({"level": "技师", "apprentices": "3"}, {}, HOLDS, "符合2项，2项待定，规定4项中至少符合2项"),
        ({"level": "技师", "apprentices": "2", "in_trade": "20"}, {}, HOLDS, "符合2项，1项待定"),
        ({"level": "技师", "apprentices": "2", "in_trade": "19"}, {"fame": True}, HOLDS, "符合2项，1项待定"),
        ({"level": "技师", "apprentices": "2", "in_trade": "19"}, {}, OPEN, "符合1项，2项待定"),
        ({"level": "技师", "apprentices": "2", "in_trade": "19"}, {"fame": False}, UNTOLD, "符合1项，1项待定"),
        (
            {"level": "技师", "apprentices": "2", "in_trade": "19", "pick_some": ["invention"]},
            {"fame": False, "invention": False},
            FAILS,
            "符合1项，规定4项中至少符合2项",
        ),
        (
            {"level": "高级工", "apprentices": "2", "in_trade": "20", "pick_some": ["invention"]},
            {"invention": True},
            HOLDS,
            "符合2项，规定4项中至少符合2项",
        ),
    ],
)
def test_so_many_of_several_whoever_says_that_they_hold(
    typed: dict[str, Any], judgements: dict[str, bool], expected: Verdict, said: str
) -> None:
    told = found(TWO_OF_FOUR, **typed, judgements=judgements)["some"]

    assert told.verdict == expected
    assert said in told.detail


def test_every_finding_of_a_tree_names_its_own_clause() -> None:
    tree = group(
        "tree", "any", group("twig", "all", SKILLED | {"clause": "三（二）1甲"}, clause="三（二）1"), clause="三（二）"
    )

    assert [told.source for told in found(tree).walk()] == ["依据三（二）", "依据三（二）1", "依据三（二）1甲"]


def test_a_tree_that_should_hold_needs_a_reason_and_no_more() -> None:
    rule = BARRED_BOTH | {"strength": "should"}

    assert found(rule, manager="是", apprentices="0").overall == Overall.MAY_PASS_WITH_REASON
