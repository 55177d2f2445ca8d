"""What the bodies decided, as it stands in their boxes on the printed form."""

from collections.abc import Iterator
from typing import Final

from django.utils import timezone

from applications.models import Application
from applications.papers import form_papers
from campaigns.rules import schema
from campaigns.rules.wording import chinese_date
from campaigns.states import StageState
from documents.paper.forms import Opinion
from review.models import Outcome
from review.states import PASSING, Verdict

SPEAKING: Final = frozenset({"qualification", "site_visit", "expert_review", "committee", "final_approval"})
"""Kinds of stage in which a body has a say about a person; a notice or a vote of the public is nobody's opinion."""


def stage_opinions(application: Application) -> dict[str, Opinion]:
    """Box → opinion, from the standing outcomes of closed stages; one query.

    A box that says after which stage it exists gets that stage's; any other the last word of the body it is named for.
    """
    rules = application.campaign.rules
    outcomes = {
        row.stage.key: row
        for row in Outcome.objects.standing()
        .filter(application=application, stage__state=StageState.CLOSED)
        .select_related("stage")
        if row.stage is not None
    }
    found = {}
    for key, stage in _boxes(rules, frozenset(outcomes)):
        outcome = outcomes[stage.id]
        # no name: whoever signs for the body signs by hand
        found[key] = Opinion(text=_words(rules, stage, outcome), date=chinese_date(timezone.localdate(outcome.at)))
    return found


def _boxes(rules: schema.RuleSet, decided: frozenset[str]) -> Iterator[tuple[str, schema.Stage]]:
    stages = {stage.id: stage for stage in rules.stages if stage.id in decided}
    last = {stage.by: stage for stage in stages.values() if stage.kind in SPEAKING}
    for paper in form_papers(rules):
        for cell in (cell for page in paper.pages for row in page.rows for cell in row if cell.opinion):
            stage = stages.get(cell.after) if cell.after else last.get(cell.opinion)  # type: ignore[call-overload]
            if stage is not None:
                yield str(cell.opinion), stage


def _words(rules: schema.RuleSet, stage: schema.Stage, outcome: Outcome) -> str:
    if outcome.verdict not in PASSING:
        said = Verdict(outcome.verdict).label
    elif stage.kind == "final_approval":
        said = f"同意授予{rules.name}称号"
    else:
        said = "同意"
    return f"经{stage.label}，{said}。\n{outcome.reason.rstrip('。')}。"
