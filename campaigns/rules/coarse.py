"""Facts as coarse as a rule set needs them: enough to find the same again, too little to know a person by. Pure.

For the archive: an age instead of a birth date where only the age is asked, of a list of occupations only those the rules
name, of results no dates where no rule looks at them. `told` and `heard` are the way into JSON and back.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from campaigns.rules.facts import (
    REGISTRY,
    UNKNOWN,
    Claim,
    FactKind,
    Facts,
    FactValue,
    Result,
    TitleHeld,
    WaiverState,
    completed_years,
)
from campaigns.rules.schema import Comparison, Computed, ExpertReviewStage, RuleSet, walk

SOMETHING_ELSE: Final = "其他"


def tests(rules: RuleSet) -> Iterator[Comparison]:
    """Every comparison with a fact that the rules make."""
    yield from (rule for rule in walk(rules.rules) if isinstance(rule, Computed))
    yield from (rule.where for rule in rules.composition)


def chained(rules: RuleSet) -> frozenset[str]:
    """The facts by which rankings part equal cases."""
    chains = (stage.tie_break for stage in rules.stages if isinstance(stage, ExpertReviewStage))
    return frozenset(word.removeprefix("fact:") for chain in chains for word in chain if word.startswith("fact:"))


def coarse(rules: RuleSet, facts: Facts, *, reference: date) -> Facts:
    """The same findings, places and ranking follow from these facts, on the campaign's reference date."""
    asked: dict[str, list[Comparison]] = {key: [] for key in chained(rules)}
    for test in tests(rules):
        asked.setdefault(test.fact, []).append(test)
    values = {}
    for key, of_it in sorted(asked.items()):
        value = _coarser(key, _stated(key, facts, reference), of_it, reference)
        if value is not UNKNOWN:
            values[key] = value
    return Facts(values, facts.claims, facts.waivers, facts.judgements, facts.scope)


def _stated(key: str, facts: Facts, reference: date) -> FactValue:
    value, since = facts.values.get(key, UNKNOWN), REGISTRY[key].since
    if value is UNKNOWN and since is not None:
        start = facts.values.get(since, UNKNOWN)
        return completed_years(start, reference) if isinstance(start, date) else UNKNOWN
    return value


def _coarser(key: str, value: FactValue, asked: list[Comparison], reference: date) -> FactValue:
    named = {word for test in asked for word in test.values}
    dated = any(test.within for test in asked)
    match REGISTRY[key].kind, value:
        case FactKind.CHOICE, str():
            return value if value in named else SOMETHING_ELSE
        case FactKind.SET, frozenset():
            return value & named
        case FactKind.RESULTS, tuple() if not dated:
            # what lies ahead of the reference date counts for nothing, dated or not
            return tuple(Result(one.level, one.rank) for one in _past(value, reference))
        case FactKind.TITLES, tuple():
            titles: tuple[TitleHeld, ...] = value if dated else _past(value, reference)  # type: ignore[assignment]
            return tuple(
                TitleHeld(one.title if one.title in named else SOMETHING_ELSE, one.on if dated else None)
                for one in titles
            )
        case _:
            return value


def _past(items: tuple[Any, ...], reference: date) -> tuple[Any, ...]:
    return tuple(one for one in items if one.on is None or one.on <= reference)


# --- to JSON and back --------------------------------------------------------------------------------------------------


def told(facts: Facts) -> dict[str, Any]:
    """Everything but what officers judged, which stands in rows of its own."""
    return {
        "facts": {key: _told(value) for key, value in sorted(facts.values.items())},
        "claims": {key: claim.evidence for key, claim in sorted(facts.claims.items())},
        "waivers": sorted(key for key, state in facts.waivers.items() if state is WaiverState.CLAIMED),
        "scope": sorted(facts.scope),
    }


def _told(value: FactValue) -> Any:
    match value:
        case bool() | str():
            return value
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple():
            return [_item(one) for one in value]
        case _:
            return str(value)


def _item(one: Result | TitleHeld) -> list[Any]:
    on = one.on.isoformat() if one.on else None
    return [one.title, on] if isinstance(one, TitleHeld) else [one.level, one.rank, on]


def heard(row: Mapping[str, Any], *, judgements: Mapping[str, bool], waivers: Mapping[str, WaiverState]) -> Facts:
    """Facts as `told` wrote them, with what officers judged."""
    return Facts(
        values={key: _heard(key, value) for key, value in row["facts"].items()},
        claims={key: Claim(evidence) for key, evidence in row["claims"].items()},
        waivers={**dict.fromkeys(row["waivers"], WaiverState.CLAIMED), **waivers},
        judgements=dict(judgements),
        scope=frozenset(row["scope"]),
    )


def _heard(key: str, value: Any) -> FactValue:
    match REGISTRY[key].kind:
        case FactKind.YEARS | FactKind.NUMBER:
            return Decimal(value)
        case FactKind.DATE:
            return date.fromisoformat(value)
        case FactKind.SET:
            return frozenset(value)
        case FactKind.RESULTS:
            return tuple(Result(level, rank, _day(on)) for level, rank, on in value)
        case FactKind.TITLES:
            return tuple(TitleHeld(title, _day(on)) for title, on in value)
        case _:
            found: FactValue = value
            return found


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
