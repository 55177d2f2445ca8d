"""What the engine finds: inclusive bounds, strengths and waivers kept, nested groups, and no surprise from better facts."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules.engine import Findings, Overall, Verdict, compile_rules, evaluate, met
from campaigns.rules.facts import (
    AREA_LEVELS,
    REGISTRY,
    SKILL_LEVELS,
    UNKNOWN,
    Claim,
    Facts,
    Result,
    TitleHeld,
    WaiverState,
)
from tests.campaigns.rules.sample import LINAN, computed, declared, group, judged, wide, with_rules

DAY = date(2019, 1, 15)
WITH_PROOF = Claim(evidence=True)


def found(rule: dict[str, Any], facts: Facts, *, on: date = DAY) -> Findings:
    if "needs" in rule:
        return evaluate(with_rules(groups=(rule,)), facts, reference=on)
    return evaluate(with_rules(criteria=(rule,)), facts, reference=on)


def verdict(rule: dict[str, Any], facts: Facts, *, on: date = DAY) -> Verdict:
    return found(rule, facts, on=on).verdicts[rule["id"]]


# --- comparisons -----------------------------------------------------------------------------------------------------

COMPARISONS = [
    # fact, op, threshold, what just holds, what just fails
    ("union_member", "is", {"value": True}, True, False),
    ("disciplined", "is", {"value": False}, False, True),
    ("years_in_trade", "at_least", {"value": 10}, 10, 9),
    ("age", "at_most", {"value": 60}, 60, 61),
    ("age", "at_least", {"value": 18}, 18, 17),
    ("invention_patents", "at_least", {"value": 3}, 3, 2),
    ("skill_level", "at_least", {"value": "高级工"}, "高级工", "中级工"),
    ("skill_level", "at_most", {"value": "技师"}, "技师", "高级技师"),
    ("post_since", "not_before", {"on": "2015-03-01"}, date(2015, 3, 1), date(2015, 2, 28)),
    ("post_since", "not_after", {"on": "2015-03-01"}, date(2015, 3, 1), date(2015, 3, 2)),
    ("post_since", "years_ago_at_least", {"value": 3}, date(2016, 1, 15), date(2016, 1, 16)),
    ("post_since", "years_ago_at_most", {"value": 3}, date(2016, 1, 15), date(2016, 1, 14)),
    ("employer_kind", "one_of", {"values": ["企业"]}, "企业", "机关"),
    ("employer_kind", "one_of", {"values": ["企业", "合作社"]}, "合作社", "机关"),
    ("employer_kind", "none_of", {"values": ["机关"]}, "企业", "机关"),
    ("occupations", "includes_any", {"values": ["焊工"]}, frozenset({"焊工"}), frozenset({"教师"})),
    ("occupations", "includes_any", {"values": ["焊工", "钳工"]}, frozenset({"钳工"}), frozenset()),
    ("occupations", "includes_all", {"values": ["焊工", "钳工"]}, frozenset({"焊工", "钳工"}), frozenset({"焊工"})),
    ("occupations", "includes_none", {"values": ["教师"]}, frozenset({"焊工"}), frozenset({"教师", "焊工"})),
    ("prior_titles", "held", {"values": ["劳模"]}, (TitleHeld("劳模"),), (TitleHeld("先进"),)),
    ("prior_titles", "held", {}, (TitleHeld("劳模"),), ()),
    ("prior_titles", "not_held", {"values": ["劳模"]}, (), (TitleHeld("劳模"),)),
    (
        "prior_titles",
        "not_held",
        {"values": ["劳模"], "within": {"years": 3}},
        (TitleHeld("劳模", date(2016, 1, 14)),),
        (TitleHeld("劳模", date(2016, 1, 15)),),
    ),
    (
        "competition_results",
        "reaches",
        {"ranks": [{"level": "国家级", "best": 3}, {"level": "省级", "best": 1}]},
        (Result("国家级", 3),),
        (Result("国家级", 4), Result("省级", 2), Result("市级", 1)),
    ),
    (
        "competition_results",
        "reaches",
        {"ranks": [{"level": "省级", "best": 1}]},
        (Result("世界级", 1),),
        (Result("省级"),),
    ),
    (
        "competition_results",
        "reaches",
        {"ranks": [{"level": "省级", "exact_level": True}]},
        (Result("省级"),),
        (Result("国家级", 1),),
    ),
    (
        "honours",
        "reaches",
        {"ranks": [{"level": "市级"}], "count": 2, "within": {"years": 3}},
        (Result("市级", on=date(2016, 1, 15)), Result("省级", on=DAY)),
        (Result("市级", on=date(2016, 1, 14)), Result("省级", on=DAY), Result("省级", on=DAY + timedelta(days=1))),
    ),
]


@pytest.mark.parametrize(("fact", "op", "threshold", "holds", "_fails"), COMPARISONS)
def test_a_bound_includes_the_number_itself(
    fact: str, op: str, threshold: dict[str, Any], holds: Any, _fails: Any
) -> None:
    assert verdict(computed("rule", fact, op, **threshold), Facts({fact: holds})) == Verdict.HOLDS


@pytest.mark.parametrize(("fact", "op", "threshold", "_holds", "fails"), COMPARISONS)
def test_just_past_the_bound_fails_with_figures_and_clause(
    fact: str, op: str, threshold: dict[str, Any], _holds: Any, fails: Any
) -> None:
    finding = found(computed("rule", fact, op, **threshold), Facts({fact: fails}))["rule"]

    assert finding.verdict == Verdict.FAILS
    assert "规定" in finding.detail
    assert finding.message.endswith("（依据一）")


@pytest.mark.parametrize(("fact", "op", "threshold", "_holds", "_fails"), COMPARISONS)
def test_an_unknown_fact_is_neither(fact: str, op: str, threshold: dict[str, Any], _holds: Any, _fails: Any) -> None:
    finding = found(computed("rule", fact, op, **threshold), Facts())["rule"]

    assert finding.verdict == Verdict.CANNOT_TELL
    assert finding.detail.startswith(f"尚未填写{REGISTRY[fact].label}")


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        (
            computed("rule", "age", "at_most", value=60),
            {"birth_date": date(1957, 6, 1)},
            "截至2019年1月15日61周岁，规定60周岁以下",
        ),
        (
            computed("rule", "years_in_trade", "at_least", value=10),
            {"years_in_trade": 8},
            "截至2019年1月15日从事本专业技能工作年限8年，规定不少于10年",
        ),
        (
            computed("rule", "post_since", "years_ago_at_least", value=5),
            {"post_since": date(2016, 3, 1)},
            "从事现岗位工作时间为2016年3月1日，截至2019年1月15日满2年，规定已满5年",
        ),
        (
            computed("rule", "honours", "reaches", ranks=[{"level": "市级"}], count=2, within={"years": 3}),
            {"honours": (Result("市级", 2, date(2018, 5, 1)), Result("省级"))},
            "所获荣誉：市级第2名（2018年5月1日）、省级获奖，2016年1月15日以来计算，规定近3年内市级以上获奖2次以上",
        ),
        (
            computed("rule", "prior_titles", "held"),
            {"prior_titles": ()},
            "已获称号：无，规定已获称号",
        ),
    ],
)
def test_a_finding_gives_the_figures(rule: dict[str, Any], facts: dict[str, Any], said: str) -> None:
    assert found(rule, Facts(facts))["rule"].detail == said


def test_an_undated_result_cannot_settle_a_look_back_window() -> None:
    rule = computed("rule", "honours", "reaches", ranks=[{"level": "市级"}], within={"years": 3})

    assert verdict(rule, Facts({"honours": (Result("市级"),)})) == Verdict.CANNOT_TELL


def test_an_undated_title_cannot_settle_a_cooling_off() -> None:
    rule = computed("rule", "prior_titles", "not_held", values=["劳模"], within={"years": 3})

    assert verdict(rule, Facts({"prior_titles": (TitleHeld("劳模"),)})) == Verdict.CANNOT_TELL


def test_years_stated_go_before_years_counted_from_a_date() -> None:
    rule = computed("rule", "years_in_trade", "at_least", value=10)

    assert verdict(rule, Facts({"years_in_trade": 10, "trade_since": date(2018, 1, 1)})) == Verdict.HOLDS


def test_a_condition_that_nobody_may_meet_does_not_read_as_a_demand() -> None:
    rule = group("rule", "none", computed("sub", "disciplined", "is", value=True))

    assert found(rule, Facts({"disciplined": False}))["sub"].detail == "受过处分处罚：否，所列情形为“是”"


# --- the reference date ----------------------------------------------------------------------------------------------


def test_age_is_counted_on_the_reference_date() -> None:
    rule = computed("rule", "age", "at_most", value=60)
    born = Facts({"birth_date": date(1958, 1, 15)})

    assert verdict(rule, born, on=date(2019, 1, 14)) == Verdict.HOLDS
    assert verdict(rule, born, on=date(2019, 1, 15)) == Verdict.FAILS


def test_born_on_29_february_one_is_61_on_the_28th_of_a_common_year() -> None:
    rule = computed("rule", "age", "at_most", value=60)
    born = Facts({"birth_date": date(1960, 2, 29)})

    assert verdict(rule, born, on=date(2021, 2, 27)) == Verdict.HOLDS
    assert verdict(rule, born, on=date(2021, 2, 28)) == Verdict.FAILS


# --- strengths and judgements ----------------------------------------------------------------------------------------


def test_a_should_that_fails_needs_a_reason() -> None:
    rule = computed("rule", "union_member", "is", value=True, strength="should")

    assert verdict(rule, Facts({"union_member": False})) == Verdict.NEEDS_REASON
    assert found(rule, Facts({"union_member": False})).overall == Overall.MAY_PASS_WITH_REASON


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [({}, Verdict.NEEDS_JUDGEMENT), ({"rule": True}, Verdict.HOLDS), ({"rule": False}, Verdict.FAILS)],
)
def test_character_is_judged_by_people(judgement: dict[str, bool], expected: Verdict) -> None:
    assert verdict(judged("rule"), Facts(judgements=judgement)) == expected


@pytest.mark.parametrize(
    ("years", "judgement", "expected"),
    [
        (10, True, Verdict.HOLDS),
        (10, False, Verdict.FAILS),
        (9, True, Verdict.FAILS),
        (9, False, Verdict.FAILS),
        (UNKNOWN, True, Verdict.HOLDS),
        (UNKNOWN, False, Verdict.FAILS),
    ],
)
def test_a_judgement_settles_or_lowers_a_figure_but_never_lifts_it(
    years: Any, judgement: bool, expected: Verdict
) -> None:
    rule = computed("rule", "years_in_trade", "at_least", value=10)
    finding = found(rule, Facts({"years_in_trade": years}, judgements={"rule": judgement}))["rule"]

    assert finding.verdict == expected
    assert finding.detail.endswith("审核认定符合" if judgement else "审核认定不符合")


def test_a_judgement_of_another_rule_changes_nothing() -> None:
    rule = computed("rule", "years_in_trade", "at_least", value=10)

    assert verdict(rule, Facts({"years_in_trade": 10}, judgements={"other": False})) == Verdict.HOLDS


@pytest.mark.parametrize(
    ("facts", "expected", "said"),
    [
        (Facts(), Verdict.CANNOT_TELL, "尚未申报此项"),
        (Facts(claims={"rule": Claim()}), Verdict.CANNOT_TELL, "尚未附证明材料"),
        (Facts(claims={"rule": WITH_PROOF}), Verdict.NEEDS_JUDGEMENT, "待审核"),
        (Facts(claims={"rule": WITH_PROOF}, judgements={"rule": True}), Verdict.HOLDS, "审核认定符合"),
        (Facts(claims={"rule": WITH_PROOF}, judgements={"rule": False}), Verdict.FAILS, "审核认定不符合"),
    ],
)
def test_a_declared_condition_waits_for_proof_and_then_for_judgement(
    facts: Facts, expected: Verdict, said: str
) -> None:
    finding = found(declared("rule", strength="must"), facts)["rule"]

    assert finding.verdict == expected
    assert said in finding.detail


# --- waivers ---------------------------------------------------------------------------------------------------------

OLD = {"birth_date": date(1950, 1, 1)}
WAIVABLE = computed(
    "rule",
    "age",
    "at_most",
    value=60,
    waived_by=[{"id": "gift", "text": "有突出贡献的可不受年龄限制", "clause": "三（二）"}],
)


@pytest.mark.parametrize(
    ("state", "expected", "said"),
    [
        (None, Verdict.FAILS, "；三（二）：有突出贡献的可不受年龄限制"),
        (WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED, "申请豁免"),
        (WaiverState.ACCEPTED, Verdict.WAIVED, "准予豁免"),
        (WaiverState.REFUSED, Verdict.FAILS, "未获认可"),
    ],
)
def test_a_waiver_is_claimed_then_accepted_or_refused_with_its_clause(
    state: WaiverState | None, expected: Verdict, said: str
) -> None:
    facts = Facts(OLD, waivers={"gift": state} if state else {})
    finding = found(WAIVABLE, facts)["rule"]

    assert finding.verdict == expected
    assert said in finding.detail
    assert "三（二）" in finding.detail
    assert [waiver.state for waiver in finding.waivers] == [state]


def test_a_refused_waiver_of_a_should_still_needs_a_reason() -> None:
    facts = Facts(OLD, waivers={"gift": WaiverState.REFUSED})

    assert verdict({**WAIVABLE, "strength": "should"}, facts) == Verdict.NEEDS_REASON


def test_who_needs_no_waiver_is_told_of_none() -> None:
    finding = found(WAIVABLE, Facts({"birth_date": date(1990, 1, 1)}, waivers={"gift": WaiverState.ACCEPTED}))["rule"]

    assert finding.verdict == Verdict.HOLDS
    assert "豁免" not in finding.detail


def test_a_waiver_that_the_office_set_says_so() -> None:
    rule = {**WAIVABLE, "waived_by": [{"id": "gift", "text": "另有规定", "setting": True}]}

    assert "本办公室自定：另有规定" in found(rule, Facts(OLD))["rule"].detail


BY_RANK = computed(
    "rule",
    "years_in_trade",
    "at_least",
    value=10,
    waived_by=[{"id": "by_rank", "text": "不受工作年限的限制", "condition": "champion", "clause": "三4"}],
)
CHAMPION = computed("champion", "competition_results", "reaches", ranks=[{"level": "国家级", "best": 3}])


@pytest.mark.parametrize(
    ("results", "state", "expected"),
    [
        ((Result("国家级", 1),), None, Verdict.WAIVER_CLAIMED),
        ((Result("国家级", 1),), WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED),
        ((Result("国家级", 1),), WaiverState.ACCEPTED, Verdict.WAIVED),
        ((Result("国家级", 1),), WaiverState.REFUSED, Verdict.FAILS),
        ((Result("国家级", 4),), WaiverState.ACCEPTED, Verdict.FAILS),
        (UNKNOWN, None, Verdict.FAILS),
        (UNKNOWN, WaiverState.CLAIMED, Verdict.WAIVER_CLAIMED),
        (UNKNOWN, WaiverState.ACCEPTED, Verdict.WAIVER_CLAIMED),
    ],
)
def test_a_waiver_by_a_condition_is_claimed_by_itself_and_granted_by_an_officer(
    results: Any, state: WaiverState | None, expected: Verdict
) -> None:
    facts = Facts({"years_in_trade": 4, "competition_results": results}, waivers={"by_rank": state} if state else {})
    findings = evaluate(
        with_rules(criteria=(BY_RANK,), groups=(group("any", "any", CHAMPION, declared("other")),)),
        facts,
        reference=DAY,
    )

    assert findings["rule"].verdict == expected


# --- groups ----------------------------------------------------------------------------------------------------------

FAIL, OPEN, HOLD = Verdict.FAILS, Verdict.NEEDS_JUDGEMENT, Verdict.HOLDS
STATES = {FAIL: False, OPEN: None, HOLD: True}


def judged_members(verdicts: list[Verdict]) -> tuple[tuple[dict[str, Any], ...], Facts]:
    """Members with these verdicts, and the judgements that give them."""
    members = tuple(judged(f"m{at}") for at in range(len(verdicts)))
    known = {f"m{at}": STATES[item] for at, item in enumerate(verdicts)}
    return members, Facts(judgements={key: value for key, value in known.items() if value is not None})


lists_of_verdicts = st.lists(st.sampled_from([FAIL, OPEN, HOLD]), min_size=1, max_size=5)


@given(lists_of_verdicts)
def test_all_of_is_its_worst_member(verdicts: list[Verdict]) -> None:
    members, facts = judged_members(verdicts)
    expected = FAIL if FAIL in verdicts else OPEN if OPEN in verdicts else HOLD

    assert verdict(group("g", "all", *members), facts) == expected


@given(lists_of_verdicts)
def test_any_of_is_its_best_member(verdicts: list[Verdict]) -> None:
    members, facts = judged_members(verdicts)
    expected = HOLD if HOLD in verdicts else OPEN if OPEN in verdicts else FAIL

    assert verdict(group("g", "any", *members), facts) == expected


@given(lists_of_verdicts)
def test_none_of_holds_when_every_member_fails(verdicts: list[Verdict]) -> None:
    members, facts = judged_members(verdicts)
    expected = FAIL if HOLD in verdicts else OPEN if OPEN in verdicts else HOLD

    assert verdict(group("g", "none", *members), facts) == expected


@given(lists_of_verdicts, st.integers(1, 5))
def test_at_least_counts_its_members(verdicts: list[Verdict], count: int) -> None:
    count = min(count, len(verdicts))
    members, facts = judged_members(verdicts)
    holding = verdicts.count(HOLD)
    expected = HOLD if holding >= count else OPEN if holding + verdicts.count(OPEN) >= count else FAIL

    assert verdict(group("g", "at_least", *members, count=count), facts) == expected


@given(st.lists(lists_of_verdicts, min_size=1, max_size=3))
def test_groups_nest(nested: list[list[Verdict]]) -> None:
    flat = [item for items in nested for item in items]
    names = iter(range(len(flat)))
    inner = [group(f"g{at}", "all", *(judged(f"m{next(names)}") for _ in items)) for at, items in enumerate(nested)]
    known = {f"m{at}": STATES[item] for at, item in enumerate(flat)}
    facts = Facts(judgements={key: value for key, value in known.items() if value is not None})
    worst = [FAIL if FAIL in items else OPEN if OPEN in items else HOLD for items in nested]
    expected = HOLD if HOLD in worst else OPEN if OPEN in worst else FAIL

    assert verdict(group("g", "any", *inner), facts) == expected


def test_a_should_group_that_fails_needs_a_reason() -> None:
    rule = group("g", "all", judged("m"), strength="should")

    assert verdict(rule, Facts(judgements={"m": False})) == Verdict.NEEDS_REASON


def test_none_of_takes_the_bare_truth_of_a_should_member() -> None:
    rule = group("g", "none", computed("m", "disciplined", "is", value=True, strength="should"))

    assert verdict(rule, Facts({"disciplined": False})) == Verdict.HOLDS
    assert verdict(rule, Facts({"disciplined": True})) == Verdict.FAILS


ONE_OF_TWO = group("g", "any", declared("a"), declared("b"))
ONE_OF_MIXED = group("g", "any", declared("a"), CHAMPION)


def test_one_of_several_is_open_until_something_is_claimed() -> None:
    finding = found(ONE_OF_TWO, Facts())["g"]

    assert finding.verdict == Verdict.CANNOT_TELL
    assert finding.detail == "符合0项，2项待定，规定2项中至少符合1项"


@pytest.mark.parametrize("rule", [ONE_OF_TWO, group("g", "any", declared("a"), judged("c")), ONE_OF_MIXED])
def test_a_claim_that_is_accepted_settles_one_of_several(rule: dict[str, Any]) -> None:
    facts = Facts(claims={"a": WITH_PROOF}, judgements={"a": True})

    assert verdict(rule, facts) == Verdict.HOLDS


def test_once_one_is_claimed_the_others_are_not_relied_on() -> None:
    facts = Facts(claims={"a": WITH_PROOF}, judgements={"a": False})
    findings = found(ONE_OF_TWO, facts)

    assert findings["g"].verdict == Verdict.FAILS
    assert findings["b"].detail == "未申报此项"
    assert findings.overall == Overall.MUST_NOT_PASS


def test_a_refused_claim_leaves_a_computed_way_open() -> None:
    claimed: dict[str, Any] = {"claims": {"a": WITH_PROOF}, "judgements": {"a": False}}

    assert verdict(ONE_OF_MIXED, Facts(**claimed)) == Verdict.CANNOT_TELL
    assert verdict(ONE_OF_MIXED, Facts({"competition_results": ()}, **claimed)) == Verdict.FAILS
    assert verdict(ONE_OF_MIXED, Facts({"competition_results": (Result("国家级", 1),)}, **claimed)) == Verdict.HOLDS


def test_a_nested_group_that_was_not_claimed_is_not_relied_on() -> None:
    rule = group("g", "any", declared("a"), group("h", "all", declared("b"), declared("c")))
    facts = Facts(claims={"a": WITH_PROOF}, judgements={"a": False})

    assert verdict(rule, facts) == Verdict.FAILS


def test_two_of_three_stay_open_while_only_one_is_claimed() -> None:
    rule = group("g", "at_least", declared("a"), declared("b"), declared("c"), count=2)
    one = Facts(claims={"a": WITH_PROOF}, judgements={"a": True})

    assert verdict(rule, one) == Verdict.CANNOT_TELL
    assert found(rule, one)["g"].detail == "符合1项，2项待定，规定3项中至少符合2项"


# --- conditions that exclude -----------------------------------------------------------------------------------------

BARRED = group("g", "none", declared("a"), declared("b"))
OWNED: dict[str, Any] = {"claims": {"a": Claim()}}


def test_whoever_claims_no_condition_that_excludes_is_not_excluded() -> None:
    findings = found(BARRED, Facts())

    assert findings.overall == Overall.MAY_PASS
    assert findings["g"].detail == "有0项，规定2项均不得有"
    assert findings["a"].detail == "未申报此项"


def test_whoever_owns_up_to_one_waits_for_an_officer_without_proving_it() -> None:
    finding = found(BARRED, Facts(**OWNED))

    assert finding["g"].verdict == Verdict.NEEDS_JUDGEMENT
    assert finding["a"].detail == "a：已申报，待审核"


@pytest.mark.parametrize("claims", [{}, OWNED, {"claims": {"a": WITH_PROOF}}])
@pytest.mark.parametrize(("judgement", "expected"), [(True, Verdict.FAILS), (False, Verdict.HOLDS)])
def test_an_officer_s_word_on_one_that_excludes_counts_claimed_or_not(
    claims: dict[str, Any], judgement: bool, expected: Verdict
) -> None:
    assert verdict(BARRED, Facts(**claims, judgements={"a": judgement})) == expected


def test_a_should_not_that_is_owned_up_to_is_open_and_then_needs_a_reason() -> None:
    rule = group("g", "none", declared("a"), strength="should")

    assert verdict(rule, Facts()) == Verdict.HOLDS
    assert verdict(rule, Facts(**OWNED)) == Verdict.NEEDS_JUDGEMENT
    assert verdict(rule, Facts(**OWNED, judgements={"a": True})) == Verdict.NEEDS_REASON


@pytest.mark.parametrize("needs", ["any", "all", "at_least"])
def test_a_group_inside_none_of_is_excluding_all_the_way_down(needs: str) -> None:
    more = {"count": 2} if needs == "at_least" else {}
    rule = group("g", "none", group("h", needs, declared("a"), declared("b"), **more))
    both: dict[str, Any] = {"claims": {"a": Claim(), "b": Claim()}}

    assert verdict(rule, Facts()) == Verdict.HOLDS
    assert verdict(rule, Facts(**both)) == Verdict.NEEDS_JUDGEMENT
    assert verdict(rule, Facts(**both, judgements={"a": True, "b": False})) == (FAIL if needs == "any" else HOLD)
    assert verdict(rule, Facts(judgements={"a": True, "b": True})) == FAIL


DISCIPLINED = group("g", "none", computed("m", "disciplined", "is", value=True))


@pytest.mark.parametrize(
    ("stated", "judged_as", "counts_as", "word"),
    [
        (False, None, Verdict.HOLDS, "没有此情形"),
        (True, None, Verdict.FAILS, "有此情形"),
        (False, True, Verdict.FAILS, "有此情形"),
        (True, False, Verdict.FAILS, "有此情形"),
        (None, None, Verdict.CANNOT_TELL, ""),
        (None, False, Verdict.HOLDS, "没有此情形"),
        (None, True, Verdict.FAILS, "有此情形"),
    ],
)
def test_what_nobody_may_meet_is_shown_as_it_counts_for_the_person(
    stated: bool | None, judged_as: bool | None, counts_as: Verdict, word: str
) -> None:
    values = {} if stated is None else {"disciplined": stated}
    judgements = {} if judged_as is None else {"m": judged_as}
    findings = found(DISCIPLINED, Facts(values=values, judgements=judgements))

    assert (findings["m"].counts_as, findings["m"].word) == (counts_as, word)
    assert findings["g"].verdict is counts_as
    assert (findings["g"].counts_as, findings["g"].word) == (counts_as, "")


def test_a_figure_inside_a_group_inside_none_of_does_not_read_as_a_demand() -> None:
    rule = group("g", "none", group("h", "all", computed("sub", "age", "at_least", value=50)))

    assert found(rule, Facts({"age": 40}))["sub"].detail == "截至2019年1月15日40周岁，所列情形50周岁以上"


def test_none_of_inside_none_of_asks_again() -> None:
    rule = group("g", "none", group("h", "none", declared("a")))

    assert verdict(rule, Facts()) == Verdict.CANNOT_TELL
    assert verdict(rule, Facts(claims={"a": WITH_PROOF}, judgements={"a": True})) == Verdict.HOLDS
    assert verdict(rule, Facts(judgements={"a": False})) == Verdict.FAILS


def test_to_own_up_to_something_is_not_to_rely_on_it() -> None:
    """One way in is to be free of something: whoever is not may still come in by a way not claimed yet."""
    rule = group("g", "any", group("clean", "none", declared("a")), declared("b"))

    assert verdict(rule, Facts()) == Verdict.HOLDS
    assert verdict(rule, Facts(**OWNED, judgements={"a": True})) == Verdict.CANNOT_TELL


@pytest.mark.parametrize("rule", [ONE_OF_TWO, group("g", "any", declared("a"), declared("b"), judged("c"))])
@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(judgements={"a": True, "c": False}), HOLD),
        (Facts(judgements={"a": False, "c": False}), Verdict.CANNOT_TELL),
        (Facts(judgements={"a": False, "b": False, "c": False}), FAIL),
        (Facts(claims={"a": WITH_PROOF}, judgements={"a": False, "b": True, "c": False}), HOLD),
        (Facts(claims={"a": WITH_PROOF}, judgements={"a": False, "c": False}), FAIL),
    ],
)
def test_an_officer_s_word_counts_on_a_condition_that_was_not_claimed(
    rule: dict[str, Any], facts: Facts, expected: Verdict
) -> None:
    assert verdict(rule, facts) == expected


def test_an_officer_s_word_on_what_was_not_claimed_is_said() -> None:
    assert found(ONE_OF_TWO, Facts(judgements={"a": True}))["a"].detail == "a：审核认定符合"


def test_a_group_says_how_many_hold() -> None:
    assert (
        found(group("g", "all", judged("m")), Facts(judgements={"m": True}))["g"].detail == "符合1项，规定1项全部符合"
    )
    barred = found(group("g", "none", judged("m")), Facts(judgements={"m": True}))
    assert barred["g"].detail == "有1项，规定1项均不得有"
    assert barred["m"].detail.endswith("：审核认定有此情形")
    assert found(group("g", "none", judged("m")), Facts(judgements={"m": False}))["m"].detail.endswith("没有此情形")


# --- the whole -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([HOLD, HOLD], Overall.MAY_PASS),
        ([HOLD, OPEN], Overall.NEEDS_JUDGEMENT),
        ([FAIL, OPEN], Overall.MUST_NOT_PASS),
    ],
)
def test_the_overall_finding_is_the_worst(verdicts: list[Verdict], expected: Overall) -> None:
    members, facts = judged_members(verdicts)

    assert evaluate(with_rules(criteria=members), facts, reference=DAY).overall == expected


def test_without_rules_anybody_may_pass() -> None:
    assert evaluate(with_rules(), Facts(), reference=DAY).overall == Overall.MAY_PASS


def test_what_is_unknown_leaves_the_whole_incomplete() -> None:
    assert evaluate(LINAN, Facts(), reference=DAY).overall == Overall.INCOMPLETE


def test_a_waived_rule_may_pass() -> None:
    assert found(WAIVABLE, Facts(OLD, waivers={"gift": WaiverState.ACCEPTED})).overall == Overall.MAY_PASS


def test_a_claimed_waiver_waits_for_judgement() -> None:
    assert found(WAIVABLE, Facts(OLD, waivers={"gift": WaiverState.CLAIMED})).overall == Overall.NEEDS_JUDGEMENT


def test_a_rule_for_one_category_passes_the_others_by() -> None:
    evaluator = compile_rules(wide())
    outside = evaluator(Facts(), reference=DAY)
    inside = evaluator(Facts(scope=frozenset({"made"})), reference=DAY)

    assert len(inside) == len(outside) + 1
    assert "joined" in inside.verdicts
    assert "joined" not in outside.verdicts


def test_findings_are_found_by_rule_and_kept_as_plain_data() -> None:
    findings = found(ONE_OF_TWO, Facts())

    assert [finding.rule_id for finding in findings.walk()] == ["g", "a", "b"]
    assert [finding.rule_id for finding in findings] == ["g"]
    assert findings.as_list()[0]["children"][1]["verdict"] == "cannot_tell"
    assert findings.with_verdict(Verdict.CANNOT_TELL) == findings.items
    with pytest.raises(KeyError):
        findings["nothing"]


def test_the_office_s_own_rule_never_shows_a_clause() -> None:
    rule = computed("rule", "union_member", "is", value=True)
    del rule["clause"]
    finding = found({**rule, "setting": True}, Facts({"union_member": True}))["rule"]

    assert finding.message.endswith("（本办公室自定）")


def test_every_verdict_and_outcome_has_its_word() -> None:
    assert [item.label for item in Verdict] == [
        "不符合",
        "信息不足",
        "待审核判断",
        "申请豁免待核",
        "需说明理由",
        "依条款豁免",
        "符合",
    ]
    assert Overall.MAY_PASS_WITH_REASON.label == "说明理由后可以通过"


@pytest.mark.parametrize(("gender", "expected"), [("女", True), ("男", False), (UNKNOWN, None)])
def test_a_comparison_alone_tells_who_counts_for_a_composition(gender: Any, expected: bool | None) -> None:
    women = wide().composition[0].where

    assert met(women, Facts({"gender": gender}), reference=DAY) is expected


# --- better facts ----------------------------------------------------------------------------------------------------

levels = st.sampled_from(SKILL_LEVELS)
results = st.lists(
    st.builds(
        Result,
        st.sampled_from(AREA_LEVELS),
        st.none() | st.integers(1, 10),
        st.none() | st.dates(date(2010, 1, 1), DAY),
    ),
    max_size=3,
).map(tuple)
judgements = st.none() | st.booleans()


@st.composite
def people(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "nationality_chinese": draw(st.booleans()),
        "union_member": draw(st.booleans()),
        "front_line": draw(st.booleans()),
        "birth_date": draw(st.dates(date(1930, 1, 1), date(2000, 12, 31))),
        "years_working_local": draw(st.integers(0, 40)),
        "years_in_trade": draw(st.integers(0, 40)),
        "skill_level": draw(levels),
        "competition_results": draw(results),
        "apprentices": draw(st.integers(0, 10)),
    }


@st.composite
def improvements(draw: st.DrawFn, facts: dict[str, Any]) -> dict[str, Any]:
    """The same person with every fact as good or better."""
    level = SKILL_LEVELS.index(facts["skill_level"])
    return {
        **{key: facts[key] or draw(st.booleans()) for key in ("nationality_chinese", "union_member", "front_line")},
        "birth_date": facts["birth_date"] + timedelta(days=draw(st.integers(0, 5000))),
        **{
            key: facts[key] + draw(st.integers(0, 10))
            for key in ("years_working_local", "years_in_trade", "apprentices")
        },
        "skill_level": SKILL_LEVELS[draw(st.integers(level, len(SKILL_LEVELS) - 1))],
        "competition_results": facts["competition_results"] + draw(results),
    }


STRENGTHS = st.sampled_from(["must", "should"])
ORDINARY = (
    computed("age", "age", "at_most", value=60, waived_by=[{"id": "gift", "text": "突出贡献", "clause": "三"}]),
    computed("local", "years_working_local", "at_least", value=3),
    computed(
        "trade",
        "years_in_trade",
        "at_least",
        value=10,
        waived_by=[{"id": "by_rank", "text": "不受限制", "condition": "champion", "clause": "三4"}],
    ),
    computed("member", "union_member", "is", value=True),
    computed("level", "skill_level", "at_least", value="高级工"),
    computed("taught", "apprentices", "at_least", value=3),
    computed("line", "front_line", "is", value=True),
)


def _groups(draw: st.DrawFn, leaves: list[dict[str, Any]], depth: int) -> dict[str, Any]:
    """A random tree over the leaves, without none-of: there a better fact may rightly do harm."""
    needs = draw(st.sampled_from(["all", "any", "at_least"]))
    if depth and len(leaves) > 1:
        cut = draw(st.integers(1, len(leaves) - 1))
        members = [_groups(draw, leaves[:cut], depth - 1), _groups(draw, leaves[cut:], depth - 1)]
    else:
        members = leaves
    more = {"count": draw(st.integers(1, len(members)))} if needs == "at_least" else {}
    name = f"group_{depth}_{members[0]['id']}"
    return group(name, needs, *members, strength=draw(STRENGTHS), **more)


@given(st.data())
def test_a_stronger_fact_never_worsens_a_finding(data: st.DataObject) -> None:
    facts = data.draw(people())
    better = data.draw(improvements(facts))
    leaves = [{**rule, "strength": data.draw(STRENGTHS)} for rule in (*ORDINARY, CHAMPION)]
    tree = data.draw(st.composite(lambda draw: _groups(draw, leaves, draw(st.integers(0, 3))))())
    waivers = data.draw(st.dictionaries(st.sampled_from(["gift", "by_rank"]), st.sampled_from(WaiverState)))
    evaluator = compile_rules(with_rules(groups=(tree,)))

    before = evaluator(Facts(facts, waivers=waivers), reference=DAY)
    after = evaluator(Facts(better, waivers=waivers), reference=DAY)

    for old, new in zip(before.walk(), after.walk(), strict=True):
        assert new.standing >= old.standing, (old, new)


@given(
    people(),
    st.dictionaries(st.sampled_from([c.id for c in LINAN.groups[0].conditions]), st.builds(Claim, st.booleans())),
)
def test_the_same_facts_give_the_same_findings(facts: dict[str, Any], claims: dict[str, Claim]) -> None:
    facts.pop("competition_results")
    person = Facts(facts, claims=claims)

    assert evaluate(LINAN, person, reference=DAY).items == evaluate(LINAN, person, reference=DAY).items


@given(people())
def test_a_claim_or_an_accepting_judgement_never_worsens_a_finding(facts: dict[str, Any]) -> None:
    base = evaluate(LINAN, Facts(facts), reference=DAY)["achievement"].verdict
    claimed = evaluate(LINAN, Facts(facts, claims={"teaching": WITH_PROOF}), reference=DAY)["achievement"].verdict
    accepted = evaluate(
        LINAN, Facts(facts, claims={"teaching": WITH_PROOF}, judgements={"teaching": True}), reference=DAY
    )["achievement"].verdict

    assert (base, claimed, accepted) == (Verdict.CANNOT_TELL, Verdict.NEEDS_JUDGEMENT, Verdict.HOLDS)
