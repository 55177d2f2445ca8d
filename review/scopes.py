"""Which categories and tiers somebody stands for: those they applied for, or those the title was approved in.

A category or tier that the leading group gave goes before what the person applied for, for every stage after that approval;
for the stages before it nothing changes in hindsight.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from applications import answers as form
from applications.answers import Answers
from applications.models import Submission
from applications.selectors import submitted_answers
from campaigns.models import Campaign
from campaigns.rules.facts import Facts
from campaigns.rules.schema import FinalApprovalStage, RuleSet
from campaigns.rules.schema import Stage as StageRule
from review.models import Outcome
from review.places import Person
from review.states import PASSING


@dataclass(frozen=True, slots=True)
class Given:
    """In which category and tier a title is given; "" where the rules divide it by none, or nothing was said yet."""

    category: str = ""
    tier: str = ""


def last_answers(ids: Iterable[int]) -> dict[int, Answers]:
    """Application id → what was handed in last; one query, however many."""
    rows = Submission.objects.filter(application__in=list(ids)).select_related("application__person__key")
    latest = rows.order_by("application_id", "-version").distinct("application_id")
    return {row.application_id: submitted_answers(row) for row in latest}


def scopes(campaign: Campaign, rule: StageRule | None, ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Application id → the categories and tiers somebody stands for when `rule` begins (None: once all is over)."""
    ids, rules = list(ids), campaign.rules
    answers = last_answers(ids)
    found = {id_: form.scope_of(rules, answers.get(id_, {})) for id_ in ids}
    for id_, given in approved(campaign, rule, ids).items():
        found[id_] = _narrowed(rules, found[id_], given)
    return found


def _narrowed(rules: RuleSet, scope: frozenset[str], given: Given) -> frozenset[str]:
    for kind, picked in ((rules.categories, given.category), (rules.tiers, given.tier)):
        if picked:
            scope = scope - {item.id for item in kind} | {picked}
    return scope


def approved(campaign: Campaign, rule: StageRule | None, ids: Iterable[int]) -> dict[int, Given]:
    """Application id → what the final approvals before `rule` gave; a later approval goes before an earlier one."""
    rules = campaign.rules
    keys = {stage.id for stage in rules.stages if isinstance(stage, FinalApprovalStage)}
    if rule is not None:
        keys &= {stage.id for stage in rules.stages[: rules.stages.index(rule)]}
    if not keys:
        return {}
    rows = Outcome.objects.standing().filter(
        campaign=campaign, stage__key__in=keys, verdict__in=PASSING, application__in=list(ids)
    )
    ordered = rows.order_by("stage__position").values_list("application_id", "category", "tier")
    return {id_: Given(category, tier) for id_, category, tier in ordered}


def settled(rules: RuleSet, scope: frozenset[str], given: Given) -> Given:
    """What was said, or else the only category and the only tier the person stands for."""
    return Given(
        given.category or _only(scope & {item.id for item in rules.categories}),
        given.tier or _only(scope & {item.id for item in rules.tiers}),
    )


def _only(ids: frozenset[str]) -> str:
    return next(iter(ids)) if len(ids) == 1 else ""


def people(campaign: Campaign, rule: StageRule | None, ids: Iterable[int]) -> dict[int, Person]:
    """Application id → the person as places count them, by what was handed in last; a constant number of queries."""
    ids, rules = list(ids), campaign.rules
    if not (rules.scopes or rules.composition):
        return {id_: Person(id_) for id_ in ids}
    answers = last_answers(ids)
    before = approved(campaign, rule, ids) if rules.scopes else {}
    found = {}
    for id_ in ids:
        own = answers.get(id_, {})
        scope = _narrowed(rules, form.scope_of(rules, own), before.get(id_, Given()))
        said = settled(rules, scope, Given())
        facts = Facts(values=form.facts(rules, own, today=date.max), scope=scope)
        found[id_] = Person(id_, facts, said.category, said.tier)
    return found
