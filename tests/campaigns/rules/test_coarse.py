"""Facts as coarse as the rules need them: the same findings follow, and little about a person does."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from applications import answers as form
from campaigns.rules import loader
from campaigns.rules.coarse import SOMETHING_ELSE, chained, coarse, heard, told
from campaigns.rules.engine import compile_rules
from campaigns.rules.facts import Claim, Facts, Op, Result, TitleHeld, WaiverState
from campaigns.rules.schema import Comparison, Lookback, RuleSet
from publicity.rehearsal import people

REFERENCE = date(2018, 12, 31)


def again(rules: RuleSet, facts: Facts, reference: date = REFERENCE) -> Facts:
    """Through the file and back."""
    row = json.loads(json.dumps(told(coarse(rules, facts, reference=reference))))
    accepted = {key: state for key, state in facts.waivers.items() if state is not WaiverState.CLAIMED}
    return heard(row, judgements=facts.judgements, waivers=accepted)


@pytest.mark.parametrize("code", loader.builtin_codes())
def test_everybodys_findings_follow_from_the_coarse_facts_too(code: str) -> None:
    rules = loader.load_builtin(code)
    evaluate, reference = compile_rules(rules), rules.reference
    invented = people.invent(rules, count=12, seed=3)

    for one in invented:
        answers = {
            field.id: form.normalise(field, one.answers[field.id])
            for field in rules.fields()
            if field.id in one.answers
        }
        facts = Facts(
            values=form.facts(rules, answers, today=date.max),
            claims=form.claims(rules, answers, slots=frozenset()),
            scope=form.scope_of(rules, answers),
        )
        found, from_file = (
            evaluate(facts, reference=reference),
            evaluate(again(rules, facts, reference), reference=reference),
        )
        assert from_file.verdicts == found.verdicts
        assert from_file.overall == found.overall


def test_a_birth_date_becomes_an_age_and_nothing_says_the_day() -> None:
    rules = loader.load_builtin("hangzhou-2016")
    facts = Facts(values={"birth_date": date(1970, 5, 6), "gender": "男", "ethnicity": "汉族"})

    kept = coarse(rules, facts, reference=REFERENCE)

    assert "birth_date" not in kept.values
    assert set(kept.values) <= {"age", "gender"}
    assert not {value for value in kept.values.values() if isinstance(value, date)}


def asking(*tests: Comparison) -> RuleSet:
    """A rule set that asks these things of whoever is chosen."""
    rules = loader.load_builtin("linan-2018")
    bounds = [
        {"id": f"bound_{n}", "label": "结构", "text": "结构", "strength": "should", "at_least": 1, "setting": True}
        for n in range(len(tests))
    ]
    data = loader.to_frozen(rules)
    data["composition"] = [
        {**bound, "where": test.model_dump(mode="json", by_alias=True, exclude_defaults=True)}
        for bound, test in zip(bounds, tests, strict=True)
    ]
    for key in ("criteria", "groups"):
        data[key] = [rule for rule in data.get(key, []) if rule.get("how") == "judged"]
    return RuleSet.model_validate_json(json.dumps(data))


def test_of_choices_and_lists_only_what_the_rules_name_is_kept() -> None:
    rules = asking(
        Comparison(fact="gender", op=Op.ONE_OF, values=("女",)),
        Comparison(fact="occupations", op=Op.INCLUDES_ANY, values=("焊工",)),
    )
    facts = Facts(values={"gender": "男", "occupations": frozenset({"焊工", "钳工"})})

    kept = coarse(rules, facts, reference=REFERENCE)

    assert kept.values == {"gender": SOMETHING_ELSE, "occupations": frozenset({"焊工"})}
    assert again(rules, replace(facts, values={"gender": "女"})).values == {"gender": "女"}


def test_dates_of_results_and_titles_are_kept_only_where_a_rule_looks_back() -> None:
    past, ahead = date(2015, 1, 1), date(2030, 1, 1)
    facts = Facts(
        values={
            "competition_results": (Result("省级", 1, past), Result("市级", 2), Result("国家级", 1, ahead)),
            "prior_titles": (TitleHeld("某某工匠", past), TitleHeld("别的称号", ahead)),
        }
    )
    plain = asking(
        Comparison(fact="competition_results", op=Op.REACHES, ranks=({"level": "市级"},)),  # type: ignore[arg-type]
        Comparison(fact="prior_titles", op=Op.HELD, values=("某某工匠",)),
    )
    back = asking(
        Comparison(fact="competition_results", op=Op.REACHES, ranks=({"level": "市级"},), within=Lookback(years=5)),  # type: ignore[arg-type]
        Comparison(fact="prior_titles", op=Op.HELD, values=("某某工匠",), within=Lookback(years=5)),
    )

    assert again(plain, facts).values == {
        "competition_results": (Result("省级", 1), Result("市级", 2)),
        "prior_titles": (TitleHeld("某某工匠"),),
    }
    assert again(back, facts).values == {
        "competition_results": facts.values["competition_results"],
        "prior_titles": (TitleHeld("某某工匠", past), TitleHeld(SOMETHING_ELSE, ahead)),
    }


def test_years_and_dates_come_back_as_they_were() -> None:
    rules = asking(
        Comparison(fact="years_in_trade", op=Op.AT_LEAST, value=10),
        Comparison(fact="local_since", op=Op.NOT_AFTER, on=date(2017, 1, 1)),
        Comparison(fact="union_member", op=Op.IS, value=True),
        Comparison(fact="skill_level", op=Op.AT_LEAST, value="技师"),
    )
    facts = Facts(
        values={
            "trade_since": date(2000, 6, 1),
            "local_since": date(2016, 6, 1),
            "union_member": True,
            "skill_level": "高级技师",
        },
        claims={"x": Claim(evidence=True)},
        waivers={"w": WaiverState.CLAIMED, "v": WaiverState.REFUSED},
        judgements={"r": False},
        scope=frozenset({"a"}),
    )

    back = again(rules, facts)

    assert back.values == {
        "years_in_trade": Decimal(18),
        "local_since": date(2016, 6, 1),
        "union_member": True,
        "skill_level": "高级技师",
    }
    assert (back.claims, back.waivers, back.judgements, back.scope) == (
        facts.claims,
        facts.waivers,
        facts.judgements,
        facts.scope,
    )


def test_the_facts_of_a_tie_break_chain_are_kept_though_no_rule_asks_about_them() -> None:
    rules = loader.load_builtin("linan-2018")
    stage = next(stage for stage in rules.stages if stage.kind == "expert_review")
    chain = stage.model_copy(update={"tie_break": ("fact:apprentices", "fact:age", "people")})
    with_chain = rules.model_copy(
        update={"stages": tuple(chain if one is stage else one for one in rules.stages), "criteria": (), "groups": ()}
    )

    assert chained(with_chain) == {"apprentices", "age"}
    kept = coarse(with_chain, Facts(values={"apprentices": Decimal(7)}), reference=REFERENCE)
    assert kept.values == {"apprentices": Decimal(7)}
