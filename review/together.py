"""What would become of several cases if they were passed together: read for all at once, before anybody confirms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from django.db.models import Count, Exists, OuterRef

from applications import selectors as intake
from applications.answers import Value
from applications.models import Application, Material, Submission
from applications.models_inbox import Assignment
from applications.policies import TWINNED
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.rules.engine import Findings
from campaigns.rules.schema import QualificationStage
from campaigns.selectors import stage_rule
from review import policies, selectors
from review.models import Judgement, Outcome
from review.services.outcomes import Known, scored_later, why_not
from review.states import Verdict
from unions.models import Member


class Effect(Enum):
    """What passing would do to a case."""

    PASSES = "直接通过"
    NEEDS_REASON = "说明理由后可以通过"
    REFUSED = "不能通过"
    DECIDED = "已有结论"


@dataclass(frozen=True, slots=True)
class Line:
    application: Application
    effect: Effect
    why: str = ""


def effects(stage: Stage, applications: Sequence[Application], *, actor: Member, at: datetime) -> list[Line]:
    """One line a case, in the order given; a constant number of queries. Needs each one's person with the key."""
    ids = [row.pk for row in applications]
    decided = {row.application_id: row for row in Outcome.objects.standing().filter(stage=stage, application__in=ids)}
    entered = set(selectors.entrants(stage).filter(pk__in=ids).values_list("pk", flat=True))
    twinned = set(Application.objects.filter(pk__in=ids).twinned().values_list("pk", flat=True))
    known = _known(stage, applications)
    lines = []
    for row in applications:
        row.campaign = stage.campaign
        if (outcome := decided.get(row.pk)) is not None:
            lines.append(Line(row, Effect.DECIDED, outcome.get_verdict_display()))
            continue
        barred = policies.can_decide(actor, stage, row, at=at).reason
        if not barred and row.pk not in entered:
            barred = f"不在“{stage.label}”的人选中"
        if not barred and row.pk in twinned:
            barred = TWINNED
        if barred:
            lines.append(Line(row, Effect.REFUSED, barred))
            continue
        lines.append(_line(stage, row, known[row.pk]))
    return lines


def _line(stage: Stage, application: Application, known: Known) -> Line:
    plain = why_not(stage, application, Verdict.PASSED, known)
    if not plain:
        return Line(application, Effect.PASSES)
    reasoned = why_not(stage, application, Verdict.PASSED_WITH_REASON, known)
    return Line(application, Effect.REFUSED, reasoned) if reasoned else Line(application, Effect.NEEDS_REASON, plain)


def _known(stage: Stage, applications: Sequence[Application]) -> dict[int, Known]:
    if isinstance(stage_rule(stage), QualificationStage):
        scored = scored_later(stage)
        found = _findings(stage.campaign, applications)
        return {row.pk: Known(found[row.pk], scored_later=scored) for row in applications}
    visited = selectors.visited(stage) if stage.kind == "site_visit" else {}
    return {row.pk: Known(visited=stage.kind != "site_visit" or row.pk in visited) for row in applications}


def _findings(campaign: Campaign, applications: Sequence[Application]) -> dict[int, Findings]:
    """The findings of `selectors.findings` for many, with what is judged later left open; three queries."""
    said: dict[int, dict[str, Judgement]] = {row.pk: {} for row in applications}
    for judgement in Judgement.objects.filter(application__in=applications).order_by("revision"):
        said[judgement.application_id][judgement.rule] = judgement
    slots: dict[int, set[str]] = {row.pk: set() for row in applications}
    for application, slot in (
        Material.objects.current().filter(application__in=applications).values_list("application_id", "slot")
    ):
        slots[application].add(slot)
    answers = _answers(applications)
    leaving = dict.fromkeys(selectors.judged_later(campaign), True)
    found = {}
    for row in applications:
        row.campaign = campaign
        judged, waivers = selectors.as_facts(campaign, said[row.pk])
        found[row.pk] = intake.findings_of(
            row,
            judgements=leaving | judged,
            waivers=waivers,
            answers=answers[row.pk],
            slots=frozenset(slots[row.pk]),
        )
    return found


def _answers(applications: Sequence[Application]) -> Mapping[int, Mapping[str, Value]]:
    newest = Submission.objects.filter(application__in=applications).order_by("application_id", "-version")
    people = {row.pk: row for row in applications}
    found: dict[int, Mapping[str, Value]] = {}
    for submission in newest.distinct("application_id"):
        submission.application = people[submission.application_id]
        found[submission.application_id] = intake.submitted_answers(submission)
    return {row.pk: found[row.pk] if row.pk in found else intake.answers_of(row) for row in applications}


# --- who is busy -------------------------------------------------------------------------------------------------------

WORKED_ON: Final = (State.SUBMITTED, State.RETURNED)


def loads(campaign: Campaign, stage: Stage | None) -> dict[int, int]:
    """Officer → cases of the campaign that still wait for a word of theirs; in an open stage those without an outcome."""
    rows = Assignment.objects.filter(campaign=campaign, application__state__in=WORKED_ON)
    if stage is not None:
        given = Outcome.objects.standing().filter(stage=stage, application=OuterRef("application"))
        rows = rows.exclude(Exists(given))
    return dict(rows.order_by().values_list("officer").annotate(n=Count("pk")))
