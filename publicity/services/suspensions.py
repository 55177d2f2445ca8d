"""Holding somebody on a notice back (暂缓) while an objection is looked into, so that the others need not wait."""

from datetime import datetime

from django.db import transaction

from applications.models import Application
from campaigns.models import Stage
from campaigns.states import StageState
from publicity import notify, policies_objections
from publicity import selectors_objections as casework
from publicity.models import Notice, Objection
from publicity.models_objections import Suspension
from publicity.verdicts import verdict_of
from review.models import Outcome
from review.selectors import current_outcome
from review.services.outcomes import write_outcome
from review.services.stages import lock_stage
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def suspend_candidate(objection: Objection, *, reason: str, actor: Member, at: datetime) -> Suspension:
    """Whom the objection names does not pass with the others; they can come after them."""
    stage = lock_stage(objection.notice.stage)
    objection = Objection.objects.select_related("notice", "application__person", "union").get(pk=objection.pk)
    objection.notice.stage = stage
    policies_objections.can_suspend(actor, objection, at=at).require()
    assert objection.application is not None
    return _write(objection.notice, objection.application, suspended=True, reason=reason, actor=actor, at=at)


@transaction.atomic
def release_candidate(suspension: Suspension, *, reason: str, actor: Member, at: datetime) -> Suspension:
    """Let them go on. Once the notice has closed without them they get its outcome now, by what came of the objections."""
    stage = lock_stage(suspension.notice.stage)
    suspension = Suspension.objects.select_related("notice", "application__person", "union").get(pk=suspension.pk)
    suspension.notice.stage = stage
    policies_objections.can_release(actor, suspension, at=at).require()
    application = suspension.application
    late = _late_outcome(stage, application, actor, at) if stage.state == StageState.CLOSED else None
    row = _write(suspension.notice, application, suspended=False, reason=reason, actor=actor, at=at, outcome=late)
    if late is not None:
        notify.candidate_released(late, at=at)
    return row


def _late_outcome(stage: Stage, application: Application, actor: Member, at: datetime) -> Outcome | None:
    held = current_outcome(application, stage)
    if held is None:  # they left before the stage closed
        return None
    verdict, reason = verdict_of(casework.deciding(stage).get(application.pk))
    return write_outcome(
        stage, application, verdict=verdict, reason=f"解除暂缓：{reason}", supersedes=held, actor=actor, at=at
    )


def _write(
    notice: Notice,
    application: Application,
    *,
    suspended: bool,
    reason: str,
    actor: Member,
    at: datetime,
    outcome: Outcome | None = None,
) -> Suspension:
    if not reason.strip():
        raise Refused(f"请写明{'' if suspended else '解除'}暂缓的理由")
    row = Suspension.objects.create(
        union=notice.union,
        notice=notice,
        application=application,
        suspended=suspended,
        reason=reason.strip(),
        at=at,
        by=actor,
    )
    audit.record(
        "candidate.suspended" if suspended else "candidate.released",
        row,
        actor=actor,
        at=at,
        after={
            "notice": notice.pk,
            "application": application.pk,
            "suspended": suspended,
            **({"outcome": outcome.pk, "verdict": outcome.verdict} if outcome else {}),
        },
        reason=reason.strip(),
        rows=[outcome] if outcome else [],
    )
    return row
