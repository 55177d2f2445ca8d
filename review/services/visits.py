"""Visits to the workplace (现场考察): who goes in which batch, and the record of each visit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage, SiteVisitStage
from campaigns.selectors import stage_rule
from documents.models import StoredFile
from review import policies, selectors
from review.models import Recusal, SiteVisit, VisitBatch, VisitPhoto
from review.services.stages import lock_stage
from unions import audit
from unions.models import Member
from unions.permits import Refused

_HUNDREDTH: Final = Decimal("0.01")


@transaction.atomic
def arrange_batches(stage: Stage, *, batches: Mapping[int, int], actor: Member, at: datetime) -> dict[int, int]:
    """Say which batch cases are visited in (application id → batch); who was visited already stays where they were."""
    stage = lock_stage(stage)
    policies.can_arrange_batches(actor, stage, at=at).require()
    rule = stage_rule(stage)
    if not isinstance(rule, SiteVisitStage) or not rule.batches:
        raise Refused(f"规则没有规定“{stage.label}”分批进行")
    if any(not 1 <= batch <= rule.batches for batch in batches.values()):
        raise Refused(f"批次应在 1 到 {rule.batches} 之间")
    if set(batches) - set(selectors.entrants(stage).values_list("pk", flat=True)):
        raise Refused(f"有人选不在“{stage.label}”的名单中，请刷新页面")
    before, seen = selectors.batches_of(stage), selectors.visited(stage)
    changed = {case: batch for case, batch in batches.items() if before.get(case) != batch}
    if moved := selectors.names_of(set(changed) & set(seen)):
        raise Refused(f"已经考察过，不能再改批次：{'、'.join(moved.values())}")
    for case, batch in sorted(changed.items()):
        VisitBatch.objects.update_or_create(
            stage=stage, application_id=case, defaults={"batch": batch, "union_id": stage.union_id}
        )
    audit.record(
        "visit.batches_arranged",
        stage,
        actor=actor,
        at=at,
        before={"batches": sorted([case, before[case]] for case in changed if case in before)},
        after={"batches": sorted([case, batch] for case, batch in changed.items())},
    )
    return selectors.batches_of(stage)


@transaction.atomic
def record_visit(
    stage: Stage,
    application: Application,
    *,
    visited_on: date,
    place: str,
    team: Sequence[str],
    finding: str,
    actor: Member,
    at: datetime,
    checklist: Mapping[str, str] | None = None,
    photos: Sequence[StoredFile] = (),
    points: Decimal | None = None,
) -> SiteVisit:
    """Record a visit to the workplace (现场考察). A later record of the same case supersedes.

    `points`: what the team gives, where the rule wants a score; it moves no rank, later bodies read it.
    """
    stage = lock_stage(stage)
    policies.can_record_visit(actor, stage, at=at).require()
    rule = stage_rule(stage)
    if not (isinstance(rule, SiteVisitStage) or (isinstance(rule, ExpertReviewStage) and rule.site_visit)):
        raise Refused(f"“{stage.label}”不需要现场考察")
    if not selectors.entrants(stage).filter(pk=application.pk).exists():
        raise Refused(f"{application.name}不在“{stage.label}”的人选中")
    if Recusal.objects.filter(seat__expert__member=actor, seat__panel__stage=stage, application=application).exists():
        raise Refused("您对此申报应当回避，不能参加考察")
    if visited_on > timezone.localdate(at):
        raise Refused("考察日期不能晚于今天")
    members = [name.strip() for name in team if name.strip()]
    if not place.strip() or not finding.strip() or not members:
        raise Refused("请填写考察地点、考察人员和考察情况")
    checked = _checked(rule, members, checklist or {}, photos)
    points = _checked_points(rule, points)
    batch = selectors.batches_of(stage).get(application.pk)
    if batch is None and isinstance(rule, SiteVisitStage) and rule.batches:
        raise Refused(f"规定分批考察，请先安排{application.name}的批次")
    revision = SiteVisit.objects.filter(stage=stage, application=application).count()
    visit = SiteVisit.objects.create(
        union_id=stage.union_id,
        stage=stage,
        application=application,
        visited_on=visited_on,
        place=place.strip(),
        team="、".join(members),
        finding=finding.strip(),
        checklist=checked,
        points=points,
        batch=batch,
        revision=revision,
        at=at,
        by=actor,
    )
    pictures = VisitPhoto.objects.bulk_create(
        VisitPhoto(union_id=stage.union_id, visit=visit, file=photo, number=n) for n, photo in enumerate(photos)
    )
    audit.record(
        "visit.recorded",
        visit,
        actor=actor,
        at=at,
        after={
            "stage": stage.pk,
            "application": application.pk,
            "visited_on": visited_on.isoformat(),
            "batch": batch,
            "photos": len(photos),
            **({"points": str(points)} if points is not None else {}),
        },
        rows=pictures,
    )
    return visit


def _checked_points(rule: SiteVisitStage | ExpertReviewStage, points: Decimal | None) -> Decimal | None:
    """A score exactly where the rule wants one, within its scale; written as the database gives it back."""
    score = rule.score if isinstance(rule, SiteVisitStage) else None
    if score is None:
        if points is not None:
            raise Refused("本环节没有规定考察评分")
        return None
    if points is None:
        raise Refused(f"请填写“{score.label}”")
    if not 0 <= points <= score.max:
        raise Refused(f"“{score.label}”应在 0 到 {score.max} 之间")
    return points.quantize(_HUNDREDTH)


def _checked(
    rule: SiteVisitStage | ExpertReviewStage,
    members: Sequence[str],
    checklist: Mapping[str, str],
    photos: Sequence[StoredFile],
) -> dict[str, str]:
    """What the rule of a visit stage asks of the record; a visit by an expert panel asks for nothing more."""
    if not isinstance(rule, SiteVisitStage):
        if checklist:
            raise Refused("本环节没有规定考察要点")
        return {}
    if len(members) < rule.team_min or (rule.team_max is not None and len(members) > rule.team_max):
        most = f"、至多 {rule.team_max} 人" if rule.team_max else ""
        raise Refused(f"考察人员应至少 {rule.team_min} 人{most}，现有 {len(members)} 人")
    labels = {item.id: item.label for item in rule.checklist}
    if set(checklist) - set(labels):
        raise Refused("考察要点与规则不符")
    empty = [label for id_, label in labels.items() if not checklist.get(id_, "").strip()]
    if empty:
        raise Refused(f"请填写考察要点：{'、'.join(empty)}")
    if len(photos) < rule.photos:
        raise Refused(f"规定考察照片至少 {rule.photos} 张，现有 {len(photos)} 张")
    return {id_: checklist[id_].strip() for id_ in labels}
