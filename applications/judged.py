"""What officers judged so far, for the reads of this app that need it: `review`, which holds it, registers at start-up."""

from collections.abc import Callable, Mapping

from applications.models import Application
from campaigns.rules.facts import WaiverState
from campaigns.rules.schema import RuleSet, walk

Source = Callable[[Application], tuple[Mapping[str, bool], Mapping[str, WaiverState]]]

_sources: dict[Source, None] = {}


def register(source: Source) -> None:
    _sources[source] = None


def judged(application: Application) -> tuple[dict[str, bool], dict[str, WaiverState]]:
    """Rule id → holds, and waiver id → what became of it."""
    rules: dict[str, bool] = {}
    waivers: dict[str, WaiverState] = {}
    for source in _sources:
        said, waived = source(application)
        rules |= said
        waivers |= waived
    return rules, waivers


def judged_later(rules: RuleSet) -> frozenset[str]:
    """Rules that the panel or the leading group judges, so that the office neither can nor must."""
    return frozenset(
        rule.id for rule in walk(rules.rules) if getattr(rule, "judged_by", None) in {"panel", "leading_group"}
    )
