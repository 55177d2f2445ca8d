"""Whom the leading group of a rehearsal confirms: in the order of the list, as far as every place that must be kept allows."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product

from review.places import Count, departed
from review.scopes import Given
from review.selectors import Field

Chosen = dict[int, Given]


def choose(field: Field, order: Sequence[int]) -> Chosen:
    """Application id → category and tier. Everybody whom no place speaks against, then the fewest changes for the shares.

    Where the people invented cannot meet a share at all, the resolution is refused in the words of the rule, as it would be.
    """
    chosen: Chosen = {}
    for id_ in order:
        chosen.update(_added(field, chosen, id_))
    return _mended(field, chosen, order)


def _added(field: Field, chosen: Chosen, id_: int) -> Chosen:
    """The person with the first category and tier in which there is a place left; nothing where there is none."""
    for given in _ways(field, id_):
        if not _broken(field, {**chosen, id_: given}, lasting=True):
            return {id_: given}
    return {}


def _ways(field: Field, id_: int) -> Iterator[Given]:
    """Categories applied for; tiers applied for, the highest first, then those that have no conditions of their own."""
    rules, scope = field.stage.campaign.rules, field.people[id_].facts.scope
    tiers = [tier.id for tier in sorted(rules.tiers, key=lambda tier: tier.order)]
    asked = [tier for tier in tiers if tier in scope]
    bound = {part for rule in (*rules.rules, *rules.stages) for part in rule.only_for} if asked else set()
    others = [tier for tier in tiers if tier not in scope and tier not in bound]
    categories = [item.id for item in rules.categories if item.id in scope]
    for tier, category in product([*asked, *others] or [""], categories or [""]):
        yield Given(category, tier)


def reason_for(field: Field, id_: int, given: Given) -> str:
    """Why somebody gets another tier than the one they applied for; nothing where they do not."""
    scope = field.people[id_].facts.scope
    asked = scope & {tier.id for tier in field.stage.campaign.rules.tiers}
    return "按等次名额调整" if asked and given.tier not in asked else ""


def _broken(field: Field, chosen: Mapping[int, Given], *, lasting: bool = False) -> list[Count]:
    counts = field.counts(chosen, given=chosen)
    return [*departed(counts, "must", whole=not lasting), *departed(counts, "should", whole=False)]


def _gap(field: Field, chosen: Mapping[int, Given]) -> Fraction:
    return sum((one.gap for one in _broken(field, chosen)), Fraction(0))


def _mended(field: Field, chosen: Chosen, order: Sequence[int]) -> Chosen:
    """Leave out, or change for somebody left out, whoever brings the list nearest to its shares, until they hold."""
    gap = _gap(field, chosen)
    while gap:
        trials = list(_trials(field, chosen, order))
        best = min(trials, key=lambda trial: _gap(field, trial), default=chosen)
        nearer = _gap(field, best)
        if nearer >= gap:
            break
        chosen, gap = best, nearer
    return chosen


def _trials(field: Field, chosen: Chosen, order: Sequence[int]) -> Iterator[Chosen]:
    waiting = [id_ for id_ in order if id_ not in chosen]
    for out in reversed(list(chosen)):
        rest = {id_: given for id_, given in chosen.items() if id_ != out}
        yield rest
        for id_ in waiting:
            added = _added(field, rest, id_)
            if added:
                yield {**rest, **added}
