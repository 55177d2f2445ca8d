"""False material (弄虚作假): looked into at any stage, decided with a reason; the place it leaves is filled by resolution."""

from datetime import datetime

from django.db import transaction

from applications.models import Application
from campaigns.models import Campaign, Stage
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from review import notify, policies, selectors
from review.models import Investigation, Outcome, Panel, Resolution
from review.services.outcomes import write_outcome
from review.services.resolutions import Minutes, record_resolution, require_refill, said_of
from review.services.stages import CONFIRMING, lock_places
from review.states import Case, Resolved, Subject, Verdict
from unions import audit
from unions.models import Member
from unions.permits import Refused


def _lock(application: Application) -> Application:
    Campaign.objects.select_for_update(no_key=True).get(pk=application.campaign_id)
    return (
        Application.objects.select_for_update(no_key=True, of=("self",))
        .select_related("campaign", "person", "union")
        .get(pk=application.pk)
    )


@transaction.atomic
def open_investigation(application: Application, *, allegation: str, actor: Member, at: datetime) -> Investigation:
    """Begin to look into an application's material; nobody is judged by that."""
    application = _lock(application)
    policies.can_open_investigation(actor, application, at=at).require()
    if not allegation.strip():
        raise Refused("请写明反映的问题")
    if application.investigations.filter(state=Case.OPEN).exists():
        raise Refused("该申报正在核查，请在原核查中补充")
    if application.outcomes.filter(stage__isnull=True).exists():
        raise Refused("该申报已取消资格")
    investigation = Investigation.objects.create(
        union=application.union,
        application=application,
        allegation=allegation.strip(),
        opened_at=at,
        opened_by=actor,
    )
    audit.record(
        "investigation.opened",
        investigation,
        actor=actor,
        at=at,
        after={"application": application.pk, "state": Case.OPEN},
        reason=allegation.strip(),
    )
    return investigation


@transaction.atomic
def decide_investigation(
    investigation: Investigation, *, upheld: bool, finding: str, actor: Member, at: datetime, public_note: str = ""
) -> Investigation:
    """End it. Upheld means disqualification, wherever the application stands, with a note that the public reads."""
    application = _lock(investigation.application)
    investigation = Investigation.objects.select_for_update(no_key=True, of=("self",)).get(pk=investigation.pk)
    investigation.application = application
    policies.can_decide_investigation(actor, investigation, at=at).require()
    if not finding.strip():
        raise Refused("请写明核查结论和依据")
    if upheld and not public_note.strip():
        raise Refused("请填写对外公开的说明")
    investigation.state = Case.UPHELD if upheld else Case.DISMISSED
    investigation.finding, investigation.public_note = finding.strip(), public_note.strip() if upheld else ""
    investigation.decided_at, investigation.decided_by = at, actor
    investigation.save(update_fields=["state", "finding", "public_note", "decided_at", "decided_by"])
    outcome = None
    if upheld:
        outcome = Outcome.objects.create(
            union_id=application.union_id,
            campaign_id=application.campaign_id,
            application=application,
            verdict=Verdict.DISQUALIFIED,
            reason=finding.strip(),
            submission=application.submissions.order_by("version").last(),
            at=at,
            by=actor,
        )
    audit.record(
        "investigation.decided",
        investigation,
        actor=actor,
        at=at,
        before={"state": Case.OPEN},
        after={"state": investigation.state, "outcome": outcome.pk if outcome else None},
        reason=finding.strip(),
        rows=[outcome] if outcome else [],
    )
    notify.investigated(investigation, at=at)
    return investigation


def _lock_place(investigation: Investigation, actor: Member, at: datetime) -> tuple[Investigation, Stage]:
    """Lock the union's places and find the place that the disqualification left, if it left one."""
    found = Stage.objects.filter(campaign=investigation.application.campaign_id).first()
    assert found is not None
    lock_places(found)
    investigation = (
        Investigation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("application__campaign", "application__union")
        .get(pk=investigation.pk)
    )
    policies.can_fill_place(actor, investigation, at=at).require()
    stage = selectors.place_stage(investigation.application)
    if stage is None or stage.campaign.stages.filter(position__gt=stage.position, state=StageState.CLOSED).exists():
        raise Refused("被取消资格的申报没有占用名额，不需递补")
    return investigation, stage


def _resolve(
    investigation: Investigation,
    stage: Stage,
    *,
    decision: dict[str, object],
    minutes: Minutes,
    reason: str,
    actor: Member,
    at: datetime,
) -> Resolution:
    if not reason.strip():
        raise Refused("请写明理由")
    rule = stage_rule(stage)
    return record_resolution(
        stage,
        subject=Subject.REFILL,
        meeting=selectors.meeting_of(rule),
        body=rule.by if rule.by in CONFIRMING else "leading_group",
        minutes=minutes,
        decisions=[{"investigation": investigation.pk, **decision}],
        reason=reason,
        actor=actor,
        at=at,
    )


@transaction.atomic
def refill_place(
    investigation: Investigation,
    *,
    application: Application,
    minutes: Minutes,
    reason: str,
    actor: Member,
    at: datetime,
    category: str = "",
    tier: str = "",
) -> Resolution:
    """Give the empty place to somebody who was not selected in the same stage, before any later stage has closed.

    The category and tier are those of the lost title, unless the group says others.
    """
    investigation, stage = _lock_place(investigation, actor, at)
    outcome = selectors.next_in_line(stage).filter(application=application).first()
    if outcome is None:
        raise Refused(f"{application.name}不在“{stage.label}”可以递补的人选中")
    if policies.is_own(actor, outcome.application):
        raise Refused("决议涉及本人申报，应当回避，请由其他成员记录")
    if outcome.application.investigations.filter(state=Case.OPEN).exists():
        raise Refused(f"{application.name}正在核查，有结论后才能递补")
    if Panel.objects.filter(stage__campaign=stage.campaign_id, stage__state=StageState.OPEN, closed_at__isnull=False):
        raise Refused("后续环节的评审已经结束，不能再递补；可以决议名额空缺")
    given = require_refill(
        stage, outcome.application, investigation.application, reason=reason, category=category, tier=tier
    )
    resolution = _resolve(
        investigation,
        stage,
        decision={
            "application": application.pk,
            "decision": Resolved.CONFIRM,
            **said_of(given),
        },
        minutes=minutes,
        reason=reason,
        actor=actor,
        at=at,
    )
    moved_up = write_outcome(
        stage,
        outcome.application,
        verdict=Verdict.PASSED_WITH_REASON,
        reason=f"递补：{reason.strip()}",
        rank=outcome.rank,
        category=given.category,
        tier=given.tier,
        resolution=resolution,
        supersedes=outcome,
        actor=actor,
        at=at,
    )
    investigation.resolution, investigation.refilled_by = resolution, outcome.application
    investigation.save(update_fields=["resolution", "refilled_by"])
    audit.record(
        "place.refilled",
        investigation,
        actor=actor,
        at=at,
        before={"outcome": outcome.pk, "verdict": outcome.verdict},
        after={"resolution": resolution.pk, "application": application.pk, "outcome": moved_up.pk},
        reason=reason.strip(),
        rows=[resolution, moved_up],
    )
    notify.refilled(stage, outcome.application, at=at)
    return resolution


@transaction.atomic
def leave_empty(
    investigation: Investigation, *, minutes: Minutes, reason: str, actor: Member, at: datetime
) -> Resolution:
    """Resolve that the place stays empty (名额空缺)."""
    investigation, stage = _lock_place(investigation, actor, at)
    resolution = _resolve(
        investigation, stage, decision={"decision": "leave_empty"}, minutes=minutes, reason=reason, actor=actor, at=at
    )
    investigation.resolution = resolution
    investigation.save(update_fields=["resolution"])
    audit.record(
        "place.left_empty",
        investigation,
        actor=actor,
        at=at,
        after={"resolution": resolution.pk},
        reason=reason.strip(),
        rows=[resolution],
    )
    return resolution
