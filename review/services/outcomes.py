"""What a stage decides about one application: rows that are only added, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from applications.models import Application, Return
from applications.services import return_application
from campaigns.models import Stage
from campaigns.rules.engine import Findings, Overall
from campaigns.rules.engine import Verdict as Found
from campaigns.rules.schema import QualificationStage
from campaigns.selectors import stage_rule
from review import policies, selectors
from review.models import Outcome, Resolution
from review.services.stages import lock_stage
from review.states import PASSING, Verdict
from unions import audit
from unions.models import Member
from unions.permits import Refused

BY_OFFICE: Final = frozenset({Verdict.PASSED, Verdict.PASSED_WITH_REASON, Verdict.REJECTED})
ORDINARY: Final = "符合规定条件"


def write_outcome(
    stage: Stage,
    application: Application,
    *,
    verdict: Verdict,
    reason: str,
    actor: Member,
    at: datetime,
    rank: int | None = None,
    category: str = "",
    tier: str = "",
    resolution: Resolution | None = None,
    supersedes: Outcome | None = None,
) -> Outcome:
    """Add the row; for stage kinds at their close and for the verbs of this package, which lock, permit and record."""
    return Outcome.objects.create(
        union_id=stage.union_id,
        campaign_id=stage.campaign_id,
        stage=stage,
        application=application,
        verdict=verdict,
        reason=reason,
        rank=rank,
        category=category,
        tier=tier,
        submission=application.submissions.order_by("version").last(),
        resolution=resolution,
        supersedes=supersedes,
        revision=supersedes.revision + 1 if supersedes else 0,
        at=at,
        by=actor,
    )


def _lock_application(application: Application) -> Application:
    return (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("person", "campaign")
        .get(pk=application.pk)
    )


def _require_entrant(stage: Stage, application: Application) -> None:
    if not selectors.entrants(stage).filter(pk=application.pk).exists():
        raise Refused(f"{application.name}不在“{stage.label}”的人选中")


@transaction.atomic
def decide(
    stage: Stage, application: Application, *, verdict: Verdict, reason: str = "", actor: Member, at: datetime
) -> Outcome:
    """The office's word on one case. In a qualification review the findings say what it may be."""
    stage = lock_stage(stage)
    application = _lock_application(application)
    policies.can_conclude(actor, stage, application, at=at).require()
    _require_entrant(stage, application)
    if selectors.current_outcome(application, stage) is not None:
        raise Refused(f"{application.name}在“{stage.label}”已有结论，如需改变请用更正")
    reason = _judged_reason(stage, application, verdict, reason)
    outcome = write_outcome(stage, application, verdict=verdict, reason=reason, actor=actor, at=at)
    audit.record(
        "outcome.decided",
        outcome,
        actor=actor,
        at=at,
        after={"stage": stage.pk, "application": application.pk, "verdict": verdict},
        reason=reason,
    )
    return outcome


@transaction.atomic
def correct_outcome(outcome: Outcome, *, verdict: Verdict, reason: str, actor: Member, at: datetime) -> Outcome:
    """Put a new outcome in the place of one given by mistake, while its stage is open. The old row stays, superseded."""
    if outcome.stage is not None:
        lock_stage(outcome.stage)
    outcome = Outcome.objects.select_related("stage__campaign", "stage__union").get(pk=outcome.pk)
    application = _lock_application(outcome.application)
    policies.can_correct_outcome(actor, outcome, at=at).require()
    assert outcome.stage is not None
    if hasattr(outcome, "superseded_by"):
        raise Refused("该结论已被更正，请刷新后办理最新的结论")
    if not reason.strip():
        raise Refused("请填写更正的理由")
    reason = _judged_reason(outcome.stage, application, verdict, reason)
    corrected = write_outcome(
        outcome.stage, application, verdict=verdict, reason=reason, actor=actor, at=at, supersedes=outcome
    )
    audit.record(
        "outcome.corrected",
        corrected,
        actor=actor,
        at=at,
        before={"outcome": outcome.pk, "verdict": outcome.verdict},
        after={"stage": outcome.stage_id, "application": application.pk, "verdict": verdict},
        reason=reason,
    )
    return corrected


@dataclass(frozen=True, slots=True)
class Known:
    """What a stage asks about a case before it may pass; a page that looks at many cases reads it for all at once."""

    findings: Findings | None = None
    """In a qualification review, with what is judged later left open."""
    visited: bool = True
    scored_later: bool = False


def _known(stage: Stage, application: Application) -> Known:
    if isinstance(stage_rule(stage), QualificationStage):
        found = selectors.findings(application, leaving=selectors.judged_later(stage.campaign))
        return Known(found, scored_later=not application.employer.strip() and scored_later(stage))
    return Known(visited=stage.kind != "site_visit" or application.pk in selectors.visited(stage))


def _judged_reason(
    stage: Stage, application: Application, verdict: Verdict, reason: str, known: Known | None = None
) -> str:
    """The reason to keep, once the verdict is found to be one that the rules allow."""
    if verdict not in BY_OFFICE:
        raise Refused(f"办公室不能作出“{Verdict(verdict).label}”的结论")
    reason = reason.strip()
    if verdict not in PASSING:
        if not reason:
            raise Refused("请填写不予通过的理由")
        return reason
    known = known or _known(stage, application)
    if known.findings is not None:
        _require_qualified(verdict, known.findings)
        if not application.employer.strip() and known.scored_later:
            raise Refused("工作单位未填写，无法核对评审专家是否应当回避，请退回补正")
    elif not known.visited:
        raise Refused(f"{application.name}还没有考察记录，请先记录现场考察")
    if verdict == Verdict.PASSED_WITH_REASON and not reason:
        raise Refused("请书面说明通过的理由，理由将提交评审和审定时参考")
    return reason or ORDINARY


def _require_qualified(verdict: Verdict, found: Findings) -> None:
    """The gate of a qualification review: a failed *must* stops, an open question is settled first, a *should* is said."""
    match found.overall:
        case Overall.MUST_NOT_PASS:
            raise Refused(f"不得通过：{_said(found, Found.FAILS)}。只能不予通过或退回补正")
        case Overall.INCOMPLETE:
            raise Refused(f"信息不足：{_said(found, Found.CANNOT_TELL)}。请退回补正或不予通过")
        case Overall.NEEDS_JUDGEMENT:
            waiting = _said(found, Found.NEEDS_JUDGEMENT, Found.WAIVER_CLAIMED)
            raise Refused(f"请先作出审核判断：{waiting}")
        case Overall.MAY_PASS_WITH_REASON if verdict == Verdict.PASSED:
            raise Refused(f"须书面说明理由后才能通过：{_said(found, Found.NEEDS_REASON)}")
        case _:
            pass


def _said(found: Findings, *verdicts: Found) -> str:
    return "；".join(f"{item.label}：{item.message}" for item in found.with_verdict(*verdicts))


def scored_later(stage: Stage) -> bool:
    return stage.campaign.stages.filter(position__gt=stage.position, kind="expert_review").exists()


@transaction.atomic
def return_for_correction(
    stage: Stage,
    application: Application,
    *,
    reason: str,
    items: Sequence[str],
    deadline: datetime,
    actor: Member,
    at: datetime,
    reasons: Mapping[str, str] | None = None,
) -> Return:
    """Send a case back to be mended, within a qualification review; how often, the lower verb knows."""
    stage = lock_stage(stage)
    application = _lock_application(application)
    policies.can_decide(actor, stage, application, at=at).require()
    rule = stage_rule(stage)
    if not isinstance(rule, QualificationStage):
        raise Refused(f"“{stage.label}”不能退回补正")
    _require_entrant(stage, application)
    if selectors.current_outcome(application, stage) is not None:
        raise Refused(f"{application.name}在“{stage.label}”已有结论，不能退回")
    return return_application(
        application, reason=reason, reasons=reasons, items=items, deadline=deadline, actor=actor, at=at
    )


def why_not(stage: Stage, application: Application, verdict: Verdict, known: Known | None = None) -> str:
    """What the rules hold against a verdict as things stand, for the page that offers it; nothing where it may be given."""
    try:
        _judged_reason(stage, application, verdict, ORDINARY, known)
    except Refused as refusal:
        return str(refusal)
    return ""
