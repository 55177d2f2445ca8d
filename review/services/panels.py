"""The panel (评审团队): who sits, who keeps out of which case, what they saw and how they scored it."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from applications.models import Application, Recommendation
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage, ScoreCriterion, SiteVisitStage
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from documents.models import StoredFile
from review import policies, selectors
from review.conflicts import Judge, Party, conflict
from review.models import Expert, Panel, PanelSeat, Recusal, Resolution, Score, SiteVisit
from review.services.rankings import archive_ranking, method_of
from review.services.resolutions import Minutes, record_panel_approval
from review.services.stages import CONFIRMING, lock_stage
from review.states import RecusalSource, Seat
from unions import audit
from unions.models import Member, Unit
from unions.permits import Refused
from unions.services import system_member
from unions.states import Role

PLACES: Final = 2
"""Decimal places a score may have."""
LIVE_SEATS: Final = (Seat.INVITED, Seat.ACCEPTED)


# --- the pool ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def enrol_expert(
    member: Member,
    *,
    field: str,
    employer: str,
    actor: Member,
    at: datetime,
    title: str = "",
    unit: Unit | None = None,
    credit_code: str = "",
) -> Expert:
    """Enter a member into the union's pool (评委专家库), or bring their entry up to date."""
    policies.can_enrol_expert(actor, member.union, at=at).require()
    if member.role != Role.EXPERT or not member.active:
        raise Refused("请先邀请该成员担任评审专家")
    if unit is not None and unit.union_id != member.union_id:
        raise Refused("请选择本工会的单位")
    values = {
        "field": field.strip(),
        "employer": employer.strip(),
        "title": title.strip(),
        "unit": unit,
        "credit_code": credit_code.strip().upper(),
        "active": True,
    }
    if not values["field"]:
        raise Refused("请填写专业领域")
    existing = Expert.objects.select_for_update(no_key=True).filter(member=member).first()
    before = _expert_values(existing) if existing else None
    expert, _ = Expert.objects.update_or_create(
        member=member, defaults=values, create_defaults=values | {"union": member.union}
    )
    audit.record("expert.enrolled", expert, actor=actor, at=at, before=before, after=_expert_values(expert))
    return expert


def _expert_values(expert: Expert) -> dict[str, object]:
    return {
        "field": expert.field,
        "employer": expert.employer,
        "title": expert.title,
        "unit": expert.unit_id,
        "credit_code": expert.credit_code,
        "active": expert.active,
    }


@transaction.atomic
def retire_expert(expert: Expert, *, reason: str, actor: Member, at: datetime) -> Expert:
    """Take an expert out of the pool; seats already taken are given up one by one."""
    expert = Expert.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=expert.pk)
    policies.can_enrol_expert(actor, expert.union, at=at).require()
    if not reason.strip():
        raise Refused("请填写退出专家库的理由")
    expert.active = False
    expert.save(update_fields=["active"])
    audit.record("expert.retired", expert, actor=actor, at=at, after={"active": False}, reason=reason.strip())
    return expert


# --- the panel --------------------------------------------------------------------------------------------------------


def rule_of(stage: Stage) -> ExpertReviewStage:
    """The rule of an expert review; the policies let no other kind in."""
    rule = stage_rule(stage)
    assert isinstance(rule, ExpertReviewStage)
    return rule


def needs_approval(rule: ExpertReviewStage) -> bool:
    return rule.panel.approved_by in CONFIRMING


@transaction.atomic
def form_panel(stage: Stage, *, experts: Sequence[Expert], actor: Member, at: datetime) -> Panel:
    """Name the panel of a stage from the pool. Invitations count once the approving body, if any, has seen the names."""
    stage = lock_stage(stage)
    policies.can_form_panel(actor, stage, at=at).require()
    rule = rule_of(stage)
    if Panel.objects.filter(stage=stage).exists():
        raise Refused("评审团队已经组成，如需变动请增补或退出个别专家")
    if not experts:
        raise Refused("请至少选择一名专家")
    _require_size(rule, len(experts))
    panel = Panel.objects.create(
        union=stage.union, stage=stage, created_at=at, approved_at=None if needs_approval(rule) else at
    )
    for expert in experts:
        _seat(panel, expert, at)
    audit.record(
        "panel.formed",
        panel,
        actor=actor,
        at=at,
        after={"stage": stage.pk, "experts": sorted(expert.pk for expert in experts)},
    )
    return panel


def _require_size(rule: ExpertReviewStage, size: int) -> None:
    wanted = rule.panel.size
    if wanted is None:
        return
    reserves = rule.panel.reserves
    if not wanted <= size <= wanted + reserves:
        more = f"，另可备选 {reserves} 人" if reserves else ""
        raise Refused(f"评审团队应为 {wanted} 人{more}，现选了 {size} 人")


def _seat(panel: Panel, expert: Expert, at: datetime) -> PanelSeat:
    if expert.union_id != panel.union_id or not expert.active:
        raise Refused(f"{expert}不在本工会的专家库中")
    if panel.seats.filter(expert=expert).exists():
        raise Refused(f"{expert}已在评审团队名单中")
    return PanelSeat.objects.create(
        union_id=panel.union_id, panel=panel, expert=expert, approved_at=panel.approved_at and at
    )


@transaction.atomic
def approve_panel(panel: Panel, *, minutes: Minutes, actor: Member, at: datetime) -> Resolution:
    """The approving body agrees to the names; invitations count from now on."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel.pk)
    policies.can_pass_resolution(actor, stage.campaign, at=at).require()
    waiting = list(panel.seats.filter(approved_at__isnull=True, state__in=LIVE_SEATS).order_by("expert_id"))
    if not waiting:
        raise Refused("没有待审核的评审专家")
    resolution = record_panel_approval(
        stage, experts=[seat.expert_id for seat in waiting], minutes=minutes, actor=actor, at=at
    )
    panel.seats.filter(pk__in=[seat.pk for seat in waiting]).update(approved_at=at)
    if panel.approved_at is None:
        panel.approved_at = at
        panel.save(update_fields=["approved_at"])
    audit.record(
        "panel.approved",
        panel,
        actor=actor,
        at=at,
        after={"resolution": resolution.pk, "experts": [seat.expert_id for seat in waiting]},
    )
    return resolution


@transaction.atomic
def add_seat(panel: Panel, *, expert: Expert, reason: str, actor: Member, at: datetime) -> PanelSeat:
    """Add an expert later, say why; a body that approves panels must see this name too."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel.pk)
    panel.stage = stage
    policies.can_change_panel(actor, panel, at=at).require()
    if not reason.strip():
        raise Refused("请填写增补专家的理由")
    seat = _seat(panel, expert, at)
    if needs_approval(rule_of(stage)):
        seat.approved_at = None
        seat.save(update_fields=["approved_at"])
    audit.record("panel.seat_added", seat, actor=actor, at=at, after={"expert": expert.pk}, reason=reason.strip())
    return seat


def lock_seat(seat: PanelSeat) -> PanelSeat:
    """Lock campaign and stage before the seat, as everywhere."""
    stage = lock_stage(Stage.objects.get(panel__seats=seat))
    locked = (
        PanelSeat.objects.select_for_update(no_key=True, of=("self",))
        .select_related("panel", "expert__member__user")
        .get(pk=seat.pk)
    )
    locked.panel.stage = stage
    return locked


@transaction.atomic
def accept_seat(seat: PanelSeat, *, actor: Member, at: datetime) -> PanelSeat:
    """The expert comes; conflicts that the system finds are recused at once."""
    seat = lock_seat(seat)
    policies.can_answer_invitation(actor, seat, Seat.ACCEPTED, at=at).require()
    seat.state, seat.answered_at = Seat.ACCEPTED, at
    seat.save(update_fields=["state", "answered_at"])
    assign_perm("sit", seat.expert.member.user, seat.panel)
    found = _recuse_found(seat, at) if seat.panel.stage.state == StageState.OPEN else []
    audit.record(
        "seat.accepted",
        seat,
        actor=actor,
        at=at,
        before={"state": Seat.INVITED},
        after={"state": Seat.ACCEPTED, "recused": found},
    )
    return seat


@transaction.atomic
def decline_seat(seat: PanelSeat, *, actor: Member, at: datetime, reason: str = "") -> PanelSeat:
    seat = lock_seat(seat)
    policies.can_answer_invitation(actor, seat, Seat.DECLINED, at=at).require()
    seat.state, seat.answered_at = Seat.DECLINED, at
    seat.save(update_fields=["state", "answered_at"])
    audit.record(
        "seat.declined",
        seat,
        actor=actor,
        at=at,
        before={"state": Seat.INVITED},
        after={"state": Seat.DECLINED},
        reason=reason.strip(),
    )
    return seat


@transaction.atomic
def remove_seat(seat: PanelSeat, *, reason: str, actor: Member, at: datetime) -> PanelSeat:
    """An expert leaves; scores already given no longer count, and stay on record."""
    seat = lock_seat(seat)
    policies.can_remove_seat(actor, seat, at=at).require()
    if not reason.strip():
        raise Refused("请填写专家退出的理由")
    before = seat.state
    seat.state = Seat.REMOVED
    seat.save(update_fields=["state"])
    remove_perm("sit", seat.expert.member.user, seat.panel)
    audit.record(
        "seat.removed",
        seat,
        actor=actor,
        at=at,
        before={"state": before},
        after={"state": Seat.REMOVED},
        reason=reason.strip(),
    )
    return seat


# --- recusal ----------------------------------------------------------------------------------------------------------


def _judge(expert: Expert) -> Judge:
    user = expert.member.user
    return Judge(
        member=expert.member_id,
        user=expert.member.user_id,
        name=user.name if user else "",
        employer=expert.employer,
        unit=expert.unit_id,
        credit_code=expert.credit_code,
    )


def _parties(applications: QuerySet[Application]) -> list[tuple[Application, Party]]:
    words = Prefetch("recommendations", Recommendation.objects.select_related("unit"))
    rows = applications.select_related("person", "unit").prefetch_related(words)
    return [(application, _party(application)) for application in rows]


def _party(application: Application) -> Party:
    recommendations = list(application.recommendations.all())
    units = [word.unit for word in recommendations]
    if application.unit is not None:
        units.append(application.unit)
    return Party(
        applicant=application.applicant_id,
        user=application.person.user_id,
        name=application.name,
        employer=application.employer,
        recommenders=frozenset({application.filled_by_id, *(word.by_id for word in recommendations)}),
        units=frozenset(unit.pk for unit in units),
        unit_names=tuple(unit.name for unit in units),
        credit_codes=frozenset(unit.credit_code.upper() for unit in units if unit.credit_code),
    )


def found_conflicts(seat: PanelSeat, applications: QuerySet[Application]) -> dict[int, str]:
    """Application id → reason, for those the expert must not meet; two queries."""
    judge = _judge(seat.expert)
    reasons = {application.pk: conflict(judge, party) for application, party in _parties(applications)}
    return {application: reason for application, reason in reasons.items() if reason}


def _recuse_found(seat: PanelSeat, at: datetime) -> list[int]:
    """Add what the system finds, in the system's name."""
    known = set(seat.recusals.values_list("application_id", flat=True))
    found = found_conflicts(seat, selectors.entrants(seat.panel.stage))
    new = {application: reason for application, reason in found.items() if application not in known}
    _add_recusals(seat, new, RecusalSource.FOUND, system_member(seat.panel.stage.union), at)
    return sorted(new)


def _add_recusals(seat: PanelSeat, reasons: Mapping[int, str], source: RecusalSource, by: Member, at: datetime) -> None:
    Recusal.objects.bulk_create(
        Recusal(
            union_id=seat.union_id,
            seat=seat,
            application_id=application,
            source=source,
            reason=reason,
            at=at,
            by=by,
        )
        for application, reason in sorted(reasons.items())
    )


def recuse_found_in_panel(panel: Panel, at: datetime) -> dict[int, list[int]]:
    """Seat id → cases newly recused, for everybody who has accepted; at the opening of the stage."""
    return {seat.pk: found for seat in selectors.sitting(panel) if (found := _recuse_found(seat, at))}


@transaction.atomic
def declare_conflicts(
    seat: PanelSeat, *, applications: Sequence[Application], reasons: Sequence[str], actor: Member, at: datetime
) -> list[Recusal]:
    """The expert's own declaration, also that there is none (an empty list). More may be declared until scoring ends."""
    seat = lock_seat(seat)
    policies.can_declare_conflicts(actor, seat, at=at).require()
    if len(applications) != len(reasons) or not all(reason.strip() for reason in reasons):
        raise Refused("请为每一项回避填写理由")
    _require_cases(seat, applications)
    known = set(seat.recusals.values_list("application_id", flat=True))
    declared = {
        application.pk: reason.strip()
        for application, reason in zip(applications, reasons, strict=True)
        if application.pk not in known
    }
    _add_recusals(seat, declared, RecusalSource.DECLARED, actor, at)
    found = _recuse_found(seat, at)
    if seat.declared_at is None:
        seat.declared_at = at
        seat.save(update_fields=["declared_at"])
    audit.record(
        "seat.conflicts_declared",
        seat,
        actor=actor,
        at=at,
        after={"declared": sorted(declared), "found": found},
    )
    return list(seat.recusals.order_by("pk"))


def _require_cases(seat: PanelSeat, applications: Iterable[Application]) -> None:
    cases = set(selectors.entrants(seat.panel.stage).values_list("pk", flat=True))
    for application in applications:
        if application.pk not in cases:
            raise Refused(f"{application.name}不在“{seat.panel.stage.label}”的人选中")


@transaction.atomic
def recuse(seat: PanelSeat, application: Application, *, reason: str, actor: Member, at: datetime) -> Recusal:
    """The office finds a conflict: a score already given no longer counts."""
    seat = lock_seat(seat)
    policies.can_recuse(actor, seat, at=at).require()
    if not reason.strip():
        raise Refused("请填写回避的理由")
    _require_cases(seat, [application])
    if seat.recusals.filter(application=application).exists():
        raise Refused("该专家对此申报已经回避")
    _add_recusals(seat, {application.pk: reason.strip()}, RecusalSource.OFFICE, actor, at)
    recusal = seat.recusals.get(application=application)
    audit.record(
        "seat.recused",
        recusal,
        actor=actor,
        at=at,
        after={"seat": seat.pk, "application": application.pk},
        reason=reason.strip(),
    )
    return recusal


# --- visits and scores ------------------------------------------------------------------------------------------------


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
    photo: StoredFile | None = None,
) -> SiteVisit:
    """Record a visit to the workplace (现场考察). A later record of the same case supersedes."""
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
    checked = _checked(rule, members, checklist or {}, photo)
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
        photo=photo,
        revision=revision,
        at=at,
        by=actor,
    )
    audit.record(
        "visit.recorded",
        visit,
        actor=actor,
        at=at,
        after={"stage": stage.pk, "application": application.pk, "visited_on": visited_on.isoformat()},
    )
    return visit


def _checked(
    rule: SiteVisitStage | ExpertReviewStage,
    members: Sequence[str],
    checklist: Mapping[str, str],
    photo: StoredFile | None,
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
    if rule.photos and photo is None:
        raise Refused("请上传考察照片")
    return {id_: checklist[id_].strip() for id_ in labels}


@transaction.atomic
def score_case(
    seat: PanelSeat,
    application: Application,
    *,
    points: Mapping[str, str | int | Decimal],
    actor: Member,
    at: datetime,
    comment: str = "",
) -> Score:
    """Score one case on every criterion. A later sheet of the same expert supersedes; none is edited.

    Sealed: the audit log holds a commitment until scoring ends. The conflict check runs again here, because an employer may
    have become known since the seat was taken.
    """
    seat = lock_seat(seat)
    policies.can_score_case(actor, seat, at=at).require()
    _require_cases(seat, [application])
    if seat.recusals.filter(application=application).exists():
        raise Refused("您对此申报应当回避，不能评分")
    reason = found_conflicts(seat, Application.objects.filter(pk=application.pk)).get(application.pk)
    if reason:
        raise Refused(f"您对此申报应当回避，不能评分：{reason}")
    rule = rule_of(seat.panel.stage)
    if rule.site_visit and application.pk not in selectors.visited(seat.panel.stage):
        raise Refused(f"{application.name}还没有现场考察记录，考察后才能评分")
    exact = {criterion.id: exact_points(criterion, points.get(criterion.id)) for criterion in rule.criteria}
    if set(points) - set(exact):
        raise Refused("评分项目与规则不符，请刷新后重填")
    version = seat.scores.filter(application=application).count()
    nonce = secrets.token_hex(16)
    score = Score.objects.create(
        union_id=seat.union_id,
        seat=seat,
        application=application,
        version=version,
        points=exact,
        comment=comment.strip(),
        nonce=nonce,
        commitment=audit.commitment(committed(seat.pk, application.pk, version, exact, comment.strip()), nonce),
        at=at,
    )
    audit.record(
        "case.scored",
        score,
        actor=actor,
        at=at,
        after={"seat": seat.pk, "application": application.pk, "version": version, "commitment": score.commitment},
    )
    return score


def committed(seat: int, application: int, version: int, points: Mapping[str, str], comment: str) -> dict[str, object]:
    """The value that a score's commitment covers."""
    return {"seat": seat, "application": application, "version": version, "points": dict(points), "comment": comment}


def commitment_holds(score: Score) -> bool:
    """Whether a score is the one that the log committed to when it was given."""
    value = committed(score.seat_id, score.application_id, score.version, score.points, score.comment)
    return audit.commitment(value, score.nonce) == score.commitment


def exact_points(criterion: ScoreCriterion, given: str | int | Decimal | None) -> str:
    """Points as exact decimal text, from nought to the criterion's full mark."""
    text = "" if given is None else str(given).strip()
    if not text:
        raise Refused(f"请填写“{criterion.label}”的分数")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refused(f"“{criterion.label}”的分数“{text}”不是数字") from None
    if not value.is_finite() or not 0 <= value <= criterion.max:
        raise Refused(f"“{criterion.label}”的分数应在 0 到 {criterion.max} 之间")
    rounded = value.quantize(Decimal(1).scaleb(-PLACES))
    if rounded != value:
        raise Refused(f"“{criterion.label}”的分数最多 {PLACES} 位小数")
    return f"{rounded.normalize():f}" if rounded else "0"


# --- the end of scoring -----------------------------------------------------------------------------------------------


def panel_missing(stage: Stage) -> list[str]:
    """What stands against ending the scoring: seats, declarations, visits, sheets. A constant number of queries."""
    panel = selectors.panel_of(stage)
    if panel is None:
        return ["评审团队尚未组成"]
    rule = rule_of(stage)
    seats = list(selectors.sitting(panel))
    missing = []
    if rule.panel.size is not None and len(seats) < rule.panel.size:
        missing.append(f"评审团队应有 {rule.panel.size} 人，已接受邀请的 {len(seats)} 人")
    if not seats:
        missing.append("还没有专家接受邀请")
    undeclared = [str(seat.expert) for seat in seats if seat.declared_at is None]
    if undeclared:
        missing.append(f"尚未作回避申报：{'、'.join(undeclared)}")
    cases = list(selectors.entrants(stage))
    if rule.site_visit:
        seen = selectors.visited(stage)
        missing += _listed("尚无现场考察记录", [case.name for case in cases if case.pk not in seen])
    recused = selectors.recusals_of(panel)
    scores = selectors.latest_scores(panel)
    needed = method_of(rule).needed
    unscored, thin = [], []
    for case in cases:
        judges = [seat for seat in seats if (seat.pk, case.pk) not in recused]
        absent = [str(seat.expert) for seat in judges if (seat.pk, case.pk) not in scores]
        if absent:
            unscored.append(f"{case.name}（{'、'.join(absent)}）")
        if len(judges) < needed:
            thin.append(f"{case.name}（{len(judges)} 人）")
    missing += _listed("尚未评分", unscored)
    missing += _listed(f"回避后评委不足 {needed} 人，请增补专家", thin)
    return missing


def _listed(what: str, names: Sequence[str]) -> list[str]:
    """One sentence for many names, at most ten of them."""
    if not names:
        return []
    shown = "、".join(names[:10])
    return [f"{what}：{shown}{f'等 {len(names)} 人' if len(names) > 10 else ''}"]


@transaction.atomic
def close_panel(panel: Panel, *, actor: Member, at: datetime) -> Panel:
    """End the scoring: every sheet is there, the commitments open, the ranking is computed and archived."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=panel.pk)
    panel.stage = stage
    policies.can_close_panel(actor, panel, at=at).require()
    missing = panel_missing(stage)
    if missing:
        raise Refused(f"评分还不能结束：{'；'.join(missing)}")
    panel.closed_at = at
    panel.save(update_fields=["closed_at"])
    archived = archive_ranking(stage, panel, at=at)
    opened = Score.objects.filter(seat__panel=panel).order_by("pk").values_list("pk", "nonce")
    audit.record(
        "panel.closed",
        panel,
        actor=actor,
        at=at,
        after={"ranking_sha256": archived.sha256, "nonces": [list(pair) for pair in opened]},
    )
    return panel
