"""Invented people are what they claim to be: nobody's, valid, and each of them decided beforehand."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric

from applications import answers as form
from campaigns.rules import loader
from campaigns.rules.engine import Overall, Verdict
from campaigns.rules.schema import NationalIdField, RuleSet
from publicity.rehearsal import people
from publicity.rehearsal.people import Invented, invent
from tests.campaigns.rules.sample import computed, group, with_rules
from unions import phones

WIDE = Path(__file__).resolve().parents[2] / "campaigns" / "rules" / "wide.toml"
RULES = {
    **{code: loader.load_builtin(code) for code in loader.builtin_codes()},
    "wide": loader.load(WIDE.read_text(encoding="utf-8"), name="wide.toml"),
}

any_rules = pytest.mark.parametrize("code", RULES)  # by code: a failing example must stay readable
some = settings(max_examples=15, deadline=None)


def number_of(rules: RuleSet, person: Invented) -> str:
    item = next(item for item in rules.fields() if isinstance(item, NationalIdField))
    number = person.answers[item.id]
    assert isinstance(number, str)
    return number


@any_rules
@given(seed=st.integers(0, 10**6))
@some
def test_everybody_is_found_as_they_were_meant_to_be(code: str, seed: int) -> None:
    rules = RULES[code]
    for person in invent(rules, count=16, seed=seed):
        found = people.findings(rules, person.answers)
        good = {Overall.MAY_PASS}
        expected = {"must": {Overall.MUST_NOT_PASS}, "should": {Overall.MAY_PASS_WITH_REASON}}.get(
            person.strength, good
        )
        assert found.overall in (good if person.waiver else expected), (person, [f.message for f in found.walk()])


@any_rules
def test_whoever_fails_a_must_fails_that_rule_alone(code: str) -> None:
    rules = RULES[code]
    for person in invent(rules, count=48, seed=1):
        if person.strength == "must":
            failed = people.findings(rules, person.answers).with_verdict(Verdict.FAILS)
            assert [one.rule_id for one in failed] == [person.fails]


@any_rules
def test_some_fail_on_purpose(code: str) -> None:
    rules = RULES[code]
    strengths = [person.strength for person in invent(rules, count=24, seed=1)]

    assert strengths.count("must") == 2
    assert strengths.count("") >= 20


@any_rules
@given(seed=st.integers(0, 10**6))
@some
def test_the_form_takes_every_answer(code: str, seed: int) -> None:
    rules = RULES[code]
    for person in invent(rules, count=12, seed=seed):
        for item in rules.fields():
            if item.id in person.answers:
                assert not form.problem(item, person.answers[item.id], today=date.max), item.id


@any_rules
@given(seed=st.integers(0, 10**6))
@some
def test_identity_numbers_have_valid_check_digits(code: str, seed: int) -> None:
    rules = RULES[code]
    if not any(isinstance(item, NationalIdField) for item in rules.fields()):
        return
    for person in invent(rules, count=12, seed=seed):
        assert ric.is_valid(number_of(rules, person))


@given(n=st.integers(0, 9999))
def test_phones_lie_in_a_range_given_to_nobody(n: int) -> None:
    number = people.phone_number(n)

    assert phones.is_phone(number)
    assert number.startswith("1990000")


@any_rules
def test_the_same_seed_gives_the_same_people(code: str) -> None:
    rules = RULES[code]
    assert invent(rules, count=9, seed=7) == invent(rules, count=9, seed=7)


@any_rules
def test_people_counted_on_share_no_phone_with_those_before(code: str) -> None:
    rules = RULES[code]
    before, after = invent(rules, count=9, seed=7), invent(rules, count=9, seed=7, first=9)

    assert not {one.phone for one in before} & {one.phone for one in after}


@any_rules
def test_people_work_where_they_are_told_to(code: str) -> None:
    rules = RULES[code]
    one, other = invent(rules, count=2, seed=7, employers=["远方机械厂"])

    assert one.employer == "远方机械厂"
    assert rules.region in other.employer


@any_rules
def test_nobody_fails_when_nobody_is_to(code: str) -> None:
    rules = RULES[code]
    assert not any(person.fails for person in invent(rules, count=9, seed=7, failing=0))


def test_nobody_meets_what_a_group_within_none_of_asks_for_and_everybody_what_it_forbids_twice() -> None:
    manager, punished = computed("m", "manager", "is", value=True), computed("d", "disciplined", "is", value=True)
    skilled = computed("s", "skill_level", "at_least", value="技师")
    rules = with_rules(
        groups=(
            group("merits", "none", group("h", "all", manager, punished)),
            group("k", "none", group("l", "none", skilled)),
        )
    )

    for person in invent(rules, count=6, seed=1, failing=0):
        assert people.findings(rules, person.answers).overall == Overall.MAY_PASS, person.answers
