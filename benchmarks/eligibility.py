"""The rule engine against the same rules written by hand: what rules as data cost."""

import gc
import time
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any, Final

from benchmarks import Measured, figure
from campaigns.rules.engine import Verdict, compile_rules
from campaigns.rules.facts import Claim, Facts, WaiverState
from campaigns.rules.loader import builtin_codes, load_builtin
from campaigns.rules.schema import RuleSet

PEOPLE: Final = 10_000
ROUNDS: Final = 7
RULES: Final = (
    "nationality",
    "union_member",
    "character",
    "mastery",
    "age",
    "years_local",
    "years_in_trade",
    "front_line",
    "achievement",
)
"""The rules written by hand below, in the order of the notice they come from."""
CONDITIONS: Final = ("unique_skill", "local_craft", "innovation", "competition", "teaching")


def _same_rules() -> RuleSet:
    """The rule set that holds exactly the rules written by hand; code names no city."""
    rule_sets = (load_builtin(code) for code in builtin_codes())
    return next(rules for rules in rule_sets if tuple(rule.id for rule in rules.rules) == RULES)


def _people() -> list[Facts]:
    """Invented people around every bound, in every state of claim, proof, judgement and waiver."""
    dice = Random(20181203)
    people = []
    for _ in range(PEOPLE):
        claims = {key: Claim(evidence=dice.random() < 0.8) for key in dice.sample(CONDITIONS, dice.randint(0, 2))}
        judged = ["character", "mastery", *claims]
        people.append(
            Facts(
                {
                    "nationality_chinese": dice.random() < 0.98,
                    "union_member": dice.random() < 0.9,
                    "birth_date": date(dice.randint(1950, 1995), dice.randint(1, 12), dice.randint(1, 28)),
                    "years_working_local": dice.randint(0, 30),
                    "years_in_trade": dice.randint(5, 40),
                    "front_line": dice.random() < 0.95,
                },
                claims=claims,
                waivers={"outstanding": dice.choice(list(WaiverState))} if dice.random() < 0.1 else {},
                judgements={key: dice.random() < 0.9 for key in judged if dice.random() < 0.7},
            )
        )
    return people


def _by_hand(person: Facts, on: date) -> list[Verdict]:  # noqa: C901 - nobody splits rules written by hand
    """The rules of the same notice as somebody would write them without an engine."""
    values: Any = person.values
    judgements = person.judgements

    def overruled(rule: str, holds: bool) -> bool:
        return holds and judgements.get(rule, True)

    def judged(rule: str) -> Verdict:
        found = judgements.get(rule)
        if found is None:
            return Verdict.NEEDS_JUDGEMENT
        return Verdict.HOLDS if found else Verdict.FAILS

    def must(rule: str, holds: bool) -> Verdict:
        return Verdict.HOLDS if overruled(rule, holds) else Verdict.FAILS

    def should(rule: str, holds: bool) -> Verdict:
        return Verdict.HOLDS if overruled(rule, holds) else Verdict.NEEDS_REASON

    born = values["birth_date"]
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    old = should("age", age <= 60)
    if old is not Verdict.HOLDS:
        waiver = person.waivers.get("outstanding")
        if waiver is WaiverState.CLAIMED:
            old = Verdict.WAIVER_CLAIMED
        elif waiver is WaiverState.ACCEPTED:
            old = Verdict.WAIVED

    one_of = Verdict.FAILS if person.claims else Verdict.CANNOT_TELL
    for condition, claim in person.claims.items():
        found = judgements.get(condition)
        if found:
            one_of = Verdict.HOLDS
            break
        if found is None and claim.evidence:
            one_of = Verdict.NEEDS_JUDGEMENT
        elif found is None and one_of is Verdict.FAILS:
            one_of = Verdict.CANNOT_TELL

    return [
        must("nationality", values["nationality_chinese"] is True),
        should("union_member", values["union_member"] is True),
        judged("character"),
        judged("mastery"),
        old,
        must("years_local", values["years_working_local"] >= 3),
        should("years_in_trade", values["years_in_trade"] >= 10),
        must("front_line", values["front_line"] is True),
        one_of,
    ]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@figure("eligibility.vs_plain_python", better="lower", target=5)
def eligibility() -> Measured:
    """Findings for 10,000 people, overall verdict included, against the hand-written rules giving the same verdicts."""
    rules = _same_rules()
    day = rules.reference
    people = _people()
    evaluator = compile_rules(rules)
    by_hand = [_by_hand(person, day) for person in people]
    by_engine = [list(evaluator(person, reference=day).verdicts.values()) for person in people]
    if by_hand != by_engine:
        raise AssertionError("the hand-written rules and the engine disagree, so the ratio would compare nothing")

    engine, hand = [], []
    gc.disable()
    try:
        for _ in range(ROUNDS):
            hand.append(_seconds(lambda: [_by_hand(person, day) for person in people]))
            engine.append(_seconds(lambda: [evaluator(person, reference=day).overall for person in people]))
    finally:
        gc.enable()
    return Measured(
        min(engine) / min(hand),
        {
            "people": PEOPLE,
            "rules": len(by_hand[0]),
            "engine_us_per_person": round(min(engine) / PEOPLE * 1e6, 2),
            "by_hand_us_per_person": round(min(hand) / PEOPLE * 1e6, 2),
            "verdicts": "equal",
        },
    )
