"""The pure count of places: what each bound of the rules finds about a list of people."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.rules import loader
from campaigns.rules.facts import Facts
from review import places
from review.places import Listed, Person
from tests.review.placecraft import MANAGERS, WOMEN, category, composition, notice, programme, tier
from tests.review.stagecraft import committee, final, qualification, rules_text

DAY = date(2026, 3, 20)


def rules_of(*parts, stages=None, quota=None):
    text = rules_text(*(stages or (qualification(), final())), quota=quota, more=notice(*parts))
    return loader.load(text, name="invented.toml")


def person(id_, *, sex=None, manager=None, category="", tier="", scope=()):
    values = {key: value for key, value in (("gender", sex), ("manager", manager)) if value is not None}
    return Person(id_, Facts(values=values, scope=frozenset(scope)), category, tier)


def people(n, start=1, **of):
    return [person(id_, **of) for id_ in range(start, start + n)]


def counted(rules, through, *, entered=None, key="final", **more):
    listed = Listed(through if entered is None else entered, through, **more)
    return {one.key: one for one in places.count(rules, rules.stage(key), listed, reference=DAY)}


# --- places ------------------------------------------------------------------------------------------------------------


def test_the_quota_says_what_is_used_and_left():
    found = counted(rules_of(quota={"places": 3}), people(2))["quota:most"]
    assert (found.used, found.limit, found.left, found.tone, found.holds) == (2, 3, 1, "ok", True)
    assert found.words == "示例工匠名额：通过 2 名，规定不超过 3 名（二）"


def test_a_full_quota_and_one_exceeded_look_different():
    rules = rules_of(quota={"places": 2})
    assert counted(rules, people(2))["quota:most"].tone == "full"
    over = counted(rules, people(3))["quota:most"]
    assert (over.tone, over.gap, over.left) == ("over", 1, -1)


def test_the_notices_own_words_are_used_where_the_rules_give_them():
    rules = rules_of(quota={"places": 2, "text": "每届不超过2名"})
    assert counted(rules, people(1))["quota:most"].asks == "每届不超过2名"


@pytest.mark.parametrize(
    ("quota", "entered", "through", "short"),
    [
        ({"rule": "at_most", "may_stay_unfilled": False}, 5, 1, None),
        ({"rule": "exactly", "may_stay_unfilled": True}, 5, 1, None),
        ({"rule": "exactly", "may_stay_unfilled": False}, 5, 1, 2),
        ({"rule": "exactly", "may_stay_unfilled": False}, 2, 2, 1),
        ({"rule": "top", "may_stay_unfilled": False}, 2, 2, 0),
        ({"rule": "top", "may_stay_unfilled": False}, 5, 2, 1),
    ],
)
def test_which_places_must_be_filled(quota, entered, through, short):
    rules = rules_of(quota={"places": 3, **quota})
    found = counted(rules, people(through), entered=people(entered)).get("quota:filled")
    assert (found and found.gap) == short


def test_where_nobody_came_nothing_is_departed_from():
    rules = rules_of(composition("women", WOMEN, at_least=1), quota={"rule": "exactly", "may_stay_unfilled": False})
    assert counted(rules, []) == {}


def test_a_programme_counts_what_other_campaigns_gave():
    rules = rules_of(programme(5), quota={"places": 3})
    assert counted(rules, people(2), elsewhere=3)["programme:most"].tone == "full"
    over = counted(rules, people(3), elsewhere=3)["programme:most"]
    assert over.words == (
        "三年计划：其他各次已通过 3 名，本次 3 名，超出 1 名，规定2025、2026、2027年合计不超过 5 名（一）"
    )
    assert (over.strength, over.lasting) == ("must", True)


def test_a_category_has_places_and_a_floor_of_its_own():
    rules = rules_of(category("made", places=2, at_least=1), category("served"), quota={"places": 5})
    found = counted(rules, people(3, category="made"))
    assert (found["category:made:most"].gap, found["category:made:least"].gap) == (1, 0)
    found = counted(rules, people(3, category="served"))
    assert (found["category:made:most"].gap, found["category:made:least"].gap) == (0, 1)
    assert "category:served:most" not in found


def test_a_category_of_the_first_so_many_is_filled_as_far_as_people_came():
    rules = rules_of(category("made", places=2, rule="top", may_stay_unfilled=False), quota={"places": 5})
    came = people(1, scope=["made"], category="made") + people(3, start=9, scope=["served"], category="served")
    assert counted(rules, came)["category:made:filled"].holds
    assert counted(rules, came[1:], entered=came)["category:made:filled"].gap == 1


def test_somebody_who_applied_for_several_counts_once_a_category_is_picked():
    rules = rules_of(category("made", places=1), category("served", places=1), quota={"places": 5})
    open_ = person(1, scope=["made", "served"])
    assert "category:open" in counted(rules, [open_])
    assert "category:open" not in counted(rules, [person(1, scope=["made", "served"], category="made")])


def test_where_all_places_belong_to_categories_nobody_stands_outside_them():
    rules = rules_of(category("made", places=1), category("served", places=1))
    assert counted(rules, [person(1)])["category:none:open"].gap == 1
    general = rules_of(category("made", places=1), quota={"places": 2})
    assert "category:none:open" not in counted(general, [person(1)])


def test_tiers_share_one_pool():
    rules = rules_of(tier("chief", places=1), tier("ordinary"), quota={"places": 3})
    found = counted(rules, [*people(2, tier="chief"), person(9, tier="ordinary")])
    assert found["tier:chief:most"].gap == 1
    assert found["quota:most"].tone == "full"
    assert "tier:open" not in found
    assert counted(rules, people(2))["tier:open"].gap == 2


def test_a_tier_of_an_exact_number_is_filled():
    rules = rules_of(tier("chief", places=2, rule="exactly"), tier("ordinary"), quota={"places": 3})
    assert counted(rules, people(1, tier="chief"))["tier:chief:filled"].gap == 1


def test_a_tier_that_should_be_kept_to_says_so():
    rules = rules_of(tier("chief", places=1, strength="should"), quota={"places": 3})
    found = counted(rules, people(2))
    assert {found["tier:chief:most"].strength, found["tier:open"].strength} == {"should"}


# --- composition -------------------------------------------------------------------------------------------------------


def test_per_cent_is_exact():
    rules = rules_of(composition("managers", MANAGERS, at_most_percent=15), quota={"places": 100})
    at_the_bound = [*people(3, manager=True), *people(17, start=10, manager=False)]
    assert counted(rules, at_the_bound)["composition:managers:most_percent"].holds
    above = counted(rules, at_the_bound[:-1])["composition:managers:most_percent"]
    assert above.gap == Fraction(3, 19) - Fraction(15, 100)
    assert above.said == "19 人中有 3 人，占 15.7%"
    assert not above.lasting


def test_a_share_is_never_rounded_up_to_the_bound():
    assert (places.percent(1, 3), places.percent(1, 5), places.percent(2, 3)) == ("33.3%", "20%", "66.6%")


@pytest.mark.parametrize(
    ("bounds", "key", "women", "men", "holds"),
    [
        ({"at_least": 2}, "least", 2, 8, True),
        ({"at_least": 2}, "least", 1, 8, False),
        ({"at_most": 2}, "most", 2, 8, True),
        ({"at_most": 2}, "most", 3, 8, False),
        ({"at_least_percent": 20}, "least_percent", 1, 4, True),
        ({"at_least_percent": 20}, "least_percent", 1, 5, False),
    ],
)
def test_floors_and_caps_in_heads_and_per_cent(bounds, key, women, men, holds):
    rules = rules_of(composition("women", WOMEN, **bounds), quota={"places": 100})
    listed = [*people(women, sex="女"), *people(men, start=50, sex="男")]
    assert counted(rules, listed)[f"composition:women:{key}"].holds is holds


def test_what_is_not_known_counts_for_no_floor_and_for_every_cap():
    rules = rules_of(
        composition("women", WOMEN, at_least=1), composition("managers", MANAGERS, at_most=0), quota={"places": 9}
    )
    found = counted(rules, people(1))
    assert not found["composition:women:least"].holds
    assert "另有 1 人没有填明，按不计入处理" in found["composition:women:least"].said
    assert not found["composition:managers:most"].holds
    assert "按计入处理" in found["composition:managers:most"].said


def test_there_is_no_share_of_nobody_but_a_floor_in_heads_stands():
    rules = rules_of(composition("women", WOMEN, at_least=1, at_least_percent=20), quota={"places": 9})
    found = counted(rules, [], entered=people(3))
    assert not found["composition:women:least"].holds
    assert found["composition:women:least_percent"].holds
    assert found["composition:women:least_percent"].said == "0 人中有 0 人"


def test_a_composition_is_counted_among_the_stage_it_names():
    rules = rules_of(composition("women", WOMEN, at_least=1, among="qualification"), quota={"places": 9})
    assert "composition:women:least" in counted(rules, people(1), key="qualification")
    assert "composition:women:least" not in counted(rules, people(1))


# --- ratio and how many pass ---------------------------------------------------------------------------------------------

RATIO = {"candidates": 6, "places": 5, "clause": "二"}
NOTICE = {
    "id": "notice",
    "kind": "public_notice",
    "label": "公示",
    "by": "office",
    "length": {"days": 5, "unit": "working"},
    "columns": ["name"],
    "setting": True,
}


def test_the_last_stage_that_chooses_makes_the_candidates():
    rules = rules_of(stages=(qualification(), committee(), NOTICE, final()), quota={"places": 5, "ratio": RATIO})
    assert places.candidates_stage(rules).id == "committee"
    assert counted(rules, people(6), key="committee")["quota:ratio"].holds
    short = counted(rules, people(5), key="committee")["quota:ratio"]
    assert short.words == ("候选人与名额之比：候选人 5 名，名额 5 名，规定不低于 6∶5（至少 6 名候选人）（二）")
    assert "quota:ratio" not in counted(rules, people(5), key="qualification")


def test_people_who_pass_by_the_stage_are_candidates_too():
    rules = rules_of(quota={"places": 5, "ratio": RATIO})
    found = counted(rules, people(4), key="qualification", apart=people(2, start=50))
    assert found["quota:ratio"].holds


def test_without_a_stage_before_it_the_final_approvals_own_people_are_the_candidates():
    rules = rules_of(stages=(final(),), quota={"places": 5, "ratio": RATIO})
    assert counted(rules, people(5), entered=people(6))["quota:ratio"].holds
    assert counted(rules, people(5))["quota:ratio"].gap == 1


def test_rules_without_a_final_approval_have_no_candidates_stage():
    rules = rules_of(stages=(qualification(),), quota={"ratio": RATIO})
    assert places.candidates_stage(rules) is None


def test_a_stages_own_ratio_is_against_the_places_of_those_it_is_for():
    parts = (category("made", places=2), category("served"), tier("chief"))
    own = {"ratio": {"candidates": 3, "places": 2, "strength": "should", "setting": True}}
    rules = rules_of(*parts, stages=(qualification(**own, only_for=["made"]), final()), quota={"places": 10})
    found = counted(rules, people(3), key="qualification")["ratio"]
    assert (found.holds, found.strength) == (True, "should")
    rules = rules_of(*parts, stages=(qualification(**own, only_for=["made", "served"]), final()), quota={"places": 10})
    assert counted(rules, people(3), key="qualification")["ratio"].gap == 12


def test_a_stage_lets_through_as_many_as_its_rule_says():
    rules = rules_of(stages=(qualification(passes={"min": 2, "max": 3, "setting": True}), final()))
    found = counted(rules, people(1), key="qualification")
    assert found["passes:least"].words == "通过 1 人，规定至少 2 人"
    assert (found["passes:least"].tone, found["passes:most"].holds) == ("short", True)
    assert counted(rules, people(4), key="qualification")["passes:most"].lasting


@pytest.mark.parametrize(("bounds", "keys"), [({"min": 1}, {"passes:least"}), ({"max": 1}, {"passes:most"})])
def test_a_bound_that_nobody_fixed_is_not_counted(bounds, keys):
    rules = rules_of(stages=(qualification(passes={**bounds, "setting": True}), final()))
    assert counted(rules, people(1), key="qualification").keys() == keys


# --- whatever is ticked ----------------------------------------------------------------------------------------------------

EVERYTHING = rules_of(
    programme(8),
    category("made", places=3),
    category("served", places=4, strength="should"),
    tier("chief", places=2),
    tier("ordinary", places=4),
    composition("managers", MANAGERS, at_most=2, at_most_percent=40),
    composition("women", WOMEN, at_least_percent=20),
    quota={"places": 6},
)
ANYBODY = st.builds(
    person,
    st.integers(1, 10**6),
    sex=st.sampled_from(["男", "女", None]),
    manager=st.sampled_from([True, False, None]),
    category=st.sampled_from(["made", "served", ""]),
    tier=st.sampled_from(["chief", "ordinary"]),
    scope=st.sampled_from([(), ("made",), ("made", "served")]),
)


@given(st.lists(ANYBODY, max_size=14, unique_by=lambda one: one.id), st.integers(0, 8))
def test_a_list_that_no_must_speaks_against_keeps_to_every_place(listed, elsewhere):
    entered = [*listed, person(0)]
    found = places.count(
        EVERYTHING, EVERYTHING.stage("final"), Listed(entered, listed, elsewhere=elsewhere), reference=DAY
    )
    if places.departed(found, "must"):
        return
    assert len(listed) <= 6
    assert len(listed) + elsewhere <= 8
    assert sum(one.category == "made" for one in listed) <= 3
    assert sum(one.tier == "chief" for one in listed) <= 2
    assert sum(one.tier == "ordinary" for one in listed) <= 4
    unsure = sum(one.facts.values.get("manager") is not False for one in listed)
    assert unsure <= 2
    assert unsure * 100 <= 40 * len(listed)
    assert sum(one.facts.values.get("gender") == "女" for one in listed) * 100 >= 20 * len(listed)


@given(st.lists(ANYBODY, max_size=14, unique_by=lambda one: one.id), ANYBODY)
def test_nobody_more_mends_what_lasts(listed, another):
    """A lasting departure stays with one person more, so refusing it at once refuses nothing that could have come right."""
    stage, entered = EVERYTHING.stage("final"), [*listed, another, person(0)]

    def lasting(through):
        found = places.count(EVERYTHING, stage, Listed(entered, through), reference=DAY)
        return {one.key: one.gap for one in found if one.lasting and not one.holds}

    before, after = lasting(listed), lasting([*listed, another])
    assert all(after.get(key, 0) >= gap for key, gap in before.items())


@given(st.lists(ANYBODY, max_size=8, unique_by=lambda one: one.id))
def test_the_order_of_people_changes_nothing(listed):
    stage = EVERYTHING.stage("final")
    found = places.count(EVERYTHING, stage, Listed(listed, listed), reference=DAY)
    assert found == places.count(EVERYTHING, stage, Listed(listed, listed[::-1]), reference=DAY)


@pytest.mark.parametrize(("places_", "candidates"), [(5, 6), (10, 12), (4, 5), (6, 8)])
def test_the_fewest_candidates_are_a_whole_number_that_keeps_the_ratio(places_, candidates):
    rules = rules_of(stages=(committee(), final()), quota={"places": places_, "ratio": RATIO})
    assert places.fewest_candidates(rules, rules.stage("committee")) == candidates
    assert places.fewest_candidates(rules, rules.stage("final")) == 0
    assert counted(rules, people(candidates), key="committee")["quota:ratio"].holds
    assert not counted(rules, people(candidates - 1), key="committee")["quota:ratio"].holds


def test_the_larger_of_two_ratios_wants_the_more_candidates():
    own = {"ratio": {"candidates": 3, "places": 2, "setting": True}}
    rules = rules_of(stages=(committee(**own), final()), quota={"places": 4, "ratio": RATIO})
    assert places.fewest_candidates(rules, rules.stage("committee")) == 6


def test_the_rules_speak_of_places_only_where_they_set_a_bound():
    stages = (qualification(), committee("plain"), committee(), final())
    rules = rules_of(stages=stages, quota={"ratio": RATIO})
    assert [places.counted_in(rules, stage) for stage in rules.stages] == [False, False, True, True]
    bounded = (qualification(passes={"min": 1, "setting": True}), committee("plain", ratio={**RATIO}), final())
    rules = rules_of(stages=bounded)
    assert all(places.counted_in(rules, stage) for stage in rules.stages)
    rules = rules_of(composition("women", WOMEN, at_least=1, among="qualification"))
    assert places.counted_in(rules, rules.stage("qualification"))
