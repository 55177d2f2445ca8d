"""One person who meets every rule of a city's rule set, and ways to make them just miss one: what a city's tests need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.rules import loader
from campaigns.rules.checks import cells
from campaigns.rules.engine import Findings, Verdict, evaluate
from campaigns.rules.facts import Claim, Facts, WaiverState
from campaigns.rules.schema import Computed, Declared, FormPaper, Group, Judged, RuleSet, walk


@dataclass(frozen=True)
class Person:
    """Somebody who meets every rule of `code`: their facts, the conditions they declare, everything judged in their favour."""

    code: str
    good: Mapping[str, Any]
    claims: tuple[str, ...] = ()
    rules: RuleSet = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", loader.load_builtin(self.code))

    def find(
        self,
        values: Mapping[str, Any] | None = None,
        *,
        claims: Iterable[str] | None = None,
        judged: Mapping[str, bool] | None = None,
        waivers: Mapping[str, WaiverState] | None = None,
        scope: Iterable[str] = (),
    ) -> Findings:
        """What is found of the person with other `values`, `claims` or judgements; every claim has its evidence."""
        claimed = self.claims if claims is None else tuple(claims)
        favour = {rule.id: True for rule in walk(self.rules.rules) if isinstance(rule, Judged) or rule.id in claimed}
        facts = Facts(
            {**self.good, **(values or {})},
            claims={id_: Claim(evidence=True) for id_ in claimed},
            waivers=waivers or {},
            judgements={**favour, **(judged or {})},
            scope=frozenset(scope),
        )
        return evaluate(self.rules, facts, reference=self.rules.reference)


@dataclass(frozen=True)
class Bound:
    """A computed rule at its bound: the facts with which it still holds, those with which it just fails, and what is said."""

    rule: str
    holds: Mapping[str, Any]
    fails: Mapping[str, Any]
    verdict: Verdict
    message: str

    def check(self, person: Person, **more: Any) -> None:
        assert person.find(self.holds, **more)[self.rule].verdict == Verdict.HOLDS
        found = person.find(self.fails, **more)[self.rule]
        assert (found.verdict, found.message) == (self.verdict, self.message)


def ids(rules: RuleSet, *kinds: type) -> set[str]:
    """Every rule and condition of these kinds, wherever it stands: a city's test says that it left none out."""
    return {rule.id for rule in walk(rules.rules) if isinstance(rule, kinds or (Computed, Declared, Judged, Group))}


def captions(rules: RuleSet, paper: str = "form") -> list[str]:
    """What the printed form calls its boxes, in reading order."""
    found = rules.paper(paper)
    assert isinstance(found, FormPaper)
    return [cell.label for cell in cells(found) if cell.label]


def boxes(rules: RuleSet, paper: str = "form") -> list[str]:
    """What is filled in on the printed form, in reading order: ids of fields and opinions."""
    found = rules.paper(paper)
    assert isinstance(found, FormPaper)
    return [cell.field or cell.opinion or "" for cell in cells(found) if cell.field or cell.opinion]
