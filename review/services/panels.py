"""The panel (评审团队): who sits, who keeps out of which case, what they saw and how they scored it."""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from applications.models import Application
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage, ScoreCriterion
from campaigns.states import StageState
from review import bands, notify, policies, selectors, selectors_scoring
from review.models import Expert, Panel, PanelSeat, Recusal, Resolution, Score
from review.models_scoring import SheetDraft
from review.services import ballots, scoring
from review.services.allotments import pledge_allotment
from review.services.pool import accepted_terms, forget_contact
from review.services.rankings import archive_ranking, method_of
from review.services.resolutions import Minutes, record_panel_approval
from review.services.seating import (
    Found,
    add_recusals,
    bench_of,
    listed,
    lock_seat,
    needs_approval,
    not_ready,
    recuse_found,
    require_before,
    require_cases,
    require_mine,
    require_not_voted,
    rule_of,
)
from review.services.stages import lock_stage
from review.states import RecusalSource, Seat
from unions import audit
from unions.models import Member, Unit
from unions.permits import Refused
from unions.states import Role

_BETWEEN: Final = re.compile(r"[、，,;；\n]+")
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
    in_draws: bool = True,
    kind: str = "",
) -> Expert:
    """Enter a member into the union's pool (评委专家库), or bring their entry up to date.

    `field` may name several, with “、” between. `in_draws` is false for people who sit on panels without being drawn, as the rules name them (`besides`).
    """
    policies.can_enrol_expert(actor, member.union, at=at).require()
    if member.role != Role.EXPERT or not member.active:
        raise Refused("请先邀请该成员担任评审专家")
    if unit is not None and unit.union_id != member.union_id:
        raise Refused("请选择本工会的单位")
    values = {
        "field": "、".join(fields_of(field)),
        "kind": kind.strip(),
        "employer": employer.strip(),
        "title": title.strip(),
        "unit": unit,
        "credit_code": credit_code.strip().upper(),
        "active": True,
        "in_draws": in_draws,
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


def fields_of(text: str) -> list[str]:
    """The fields somebody wrote in one line, each once."""
    return list(dict.fromkeys(part for one in _BETWEEN.split(text) if (part := one.strip())))


def _expert_values(expert: Expert) -> dict[str, object]:
    return {
        "field": expert.field,
        "kind": expert.kind,
        "employer": expert.employer,
        "title": expert.title,
        "unit": expert.unit_id,
        "credit_code": expert.credit_code,
        "active": expert.active,
        "in_draws": expert.in_draws,
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
    forget_contact(expert)
    audit.record("expert.retired", expert, actor=actor, at=at, after={"active": False}, reason=reason.strip())
    return expert


# --- the panel --------------------------------------------------------------------------------------------------------


@transaction.atomic
def form_panel(stage: Stage, *, experts: Sequence[Expert], actor: Member, at: datetime) -> Panel:
    """Name the panel of a stage from the pool. Invitations count once the approving body, if any, has seen the names."""
    stage = lock_stage(stage)
    policies.can_form_panel(actor, stage, at=at).require()
    rule = rule_of(stage)
    if rule.panel.draw:
        raise Refused("规则规定评审团队从专家库抽取产生，请办理抽取")
    if not experts:
        raise Refused("请至少选择一名专家")
    if not Panel.objects.filter(stage=stage).exists():
        _require_size(rule, len(experts))
    panel = seat_panel(stage, experts, at=at)
    audit.record(
        "panel.formed",
        panel,
        actor=actor,
        at=at,
        after={"stage": stage.pk, "experts": sorted(expert.pk for expert in experts)},
        rows=panel.allotment_pledges.all(),
    )
    notify.seats_approved(stage, panel, at=at)
    return panel


def seat_panel(stage: Stage, experts: Sequence[Expert], *, at: datetime) -> Panel:
    """The panel with a seat for each; for the verbs that name or draw it, which lock, permit and record."""
    if Panel.objects.filter(stage=stage).exists():
        raise Refused("评审团队已经组成，如需变动请增补或退出个别专家")
    approved_at = None if needs_approval(rule_of(stage)) else at
    panel = Panel.objects.create(union=stage.union, stage=stage, created_at=at, approved_at=approved_at)
    for expert in experts:
        _seat(panel, expert, at)
    if policies.in_parts(stage):
        pledge_allotment(panel, at=at)
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
        rows=[resolution],
    )
    notify.seats_approved(stage, panel, at=at)
    return resolution


@transaction.atomic
def add_seat(panel: Panel, *, expert: Expert, reason: str, actor: Member, at: datetime) -> PanelSeat:
    """Add an expert later, say why; a body that approves panels must see this name too.

    To a drawn panel only people whom the rules want on it besides the pool are added by name.
    """
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel.pk)
    panel.stage = stage
    policies.can_change_panel(actor, panel, at=at).require()
    if not reason.strip():
        raise Refused("请填写增补专家的理由")
    _require_not_drawn(panel, expert)
    seat = seat_expert(panel, expert, at=at)
    audit.record("panel.seat_added", seat, actor=actor, at=at, after={"expert": expert.pk}, reason=reason.strip())
    notify.seats_approved(stage, panel, at=at)
    return seat


def seat_expert(panel: Panel, expert: Expert, *, at: datetime) -> PanelSeat:
    """One seat more, which the approving body has not seen; for the verbs that add or call up."""
    seat = _seat(panel, expert, at)
    if needs_approval(rule_of(panel.stage)):
        seat.approved_at = None
        seat.save(update_fields=["approved_at"])
    return seat


def _require_not_drawn(panel: Panel, expert: Expert) -> None:
    rule, drawn = rule_of(panel.stage), selectors.draw_of(panel)
    if drawn is None:
        return
    if expert.in_draws or expert.pk in drawn.pledge.candidates:
        raise Refused("抽取产生的评审团队，缺额须按抽取顺序递补，不能另行指定")
    if not rule.panel.besides:
        raise Refused("规则没有规定抽取之外的人员参加评审")


@transaction.atomic
def accept_seat(seat: PanelSeat, *, actor: Member, at: datetime, terms: str | None = None) -> PanelSeat:
    """The expert comes and promises what experts promise; conflicts that the system finds are recused at once.

    `terms` is the digest of the text that was read, where a page showed one; who comes accepts the one that holds.
    """
    seat = lock_seat(seat)
    policies.can_answer_invitation(actor, seat, Seat.ACCEPTED, at=at).require()
    seat.state, seat.answered_at = Seat.ACCEPTED, at
    seat.terms = accepted_terms(seat.expert, read=terms, at=at)
    seat.save(update_fields=["state", "answered_at", "terms"])
    assign_perm("sit", seat.expert.member.user, seat.panel)
    found = recuse_found(seat, at) if seat.panel.stage.state == StageState.OPEN else Found([], [])
    audit.record(
        "seat.accepted",
        seat,
        actor=actor,
        at=at,
        before={"state": Seat.INVITED},
        after={"state": Seat.ACCEPTED, "recused": found.cases, "terms": seat.terms.text_sha256},
        rows=[seat.terms, *found.rows],
    )
    notify.seat_answered(seat, at=at)
    return seat


@transaction.atomic
def decline_seat(seat: PanelSeat, *, actor: Member, at: datetime, reason: str = "") -> PanelSeat:
    seat = lock_seat(seat)
    policies.can_answer_invitation(actor, seat, Seat.DECLINED, at=at).require()
    seat.state, seat.answered_at, seat.left_because = Seat.DECLINED, at, reason.strip()
    seat.save(update_fields=["state", "answered_at", "left_because"])
    audit.record(
        "seat.declined",
        seat,
        actor=actor,
        at=at,
        before={"state": Seat.INVITED},
        after={"state": Seat.DECLINED},
        reason=reason.strip(),
    )
    notify.seat_answered(seat, at=at)
    return seat


@transaction.atomic
def remove_seat(seat: PanelSeat, *, reason: str, actor: Member, at: datetime) -> PanelSeat:
    """An expert leaves; scores already given no longer count, and stay on record."""
    seat = lock_seat(seat)
    policies.can_remove_seat(actor, seat, at=at).require()
    if not reason.strip():
        raise Refused("请填写专家退出的理由")
    before = seat.state
    seat.state, seat.left_because = Seat.REMOVED, reason.strip()
    seat.save(update_fields=["state", "left_because"])
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
    notify.seat_removed(seat, at=at)
    return seat


# --- recusal ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare_conflicts(
    seat: PanelSeat, *, applications: Sequence[Application], reasons: Sequence[str], actor: Member, at: datetime
) -> list[Recusal]:
    """The expert's own declaration, also that there is none (an empty list). More may be declared until scoring ends."""
    seat = lock_seat(seat)
    policies.can_declare_conflicts(actor, seat, at=at).require()
    if len(applications) != len(reasons) or not all(reason.strip() for reason in reasons):
        raise Refused("请为每一项回避填写理由")
    require_before(seat, applications)
    known = set(seat.recusals.values_list("application_id", flat=True))
    declared = {
        application.pk: reason.strip()
        for application, reason in zip(applications, reasons, strict=True)
        if application.pk not in known
    }
    rows = add_recusals(seat, declared, RecusalSource.DECLARED, actor, at)
    found = recuse_found(seat, at)
    if declared or found.cases:
        require_not_voted(seat)
    if seat.declared_at is None:
        seat.declared_at = at
        seat.save(update_fields=["declared_at"])
    audit.record(
        "seat.conflicts_declared",
        seat,
        actor=actor,
        at=at,
        after={"declared": sorted(declared), "found": found.cases},
        rows=[*rows, *found.rows],
    )
    return list(seat.recusals.order_by("pk"))


@transaction.atomic
def recuse(seat: PanelSeat, application: Application, *, reason: str, actor: Member, at: datetime) -> Recusal:
    """The office finds a conflict: a score already given no longer counts."""
    seat = lock_seat(seat)
    policies.can_recuse(actor, seat, at=at).require()
    if not reason.strip():
        raise Refused("请填写回避的理由")
    require_cases(seat, [application])
    if seat.recusals.filter(application=application).exists():
        raise Refused("该专家对此申报已经回避")
    require_not_voted(seat)
    (recusal,) = add_recusals(seat, {application.pk: reason.strip()}, RecusalSource.OFFICE, actor, at)
    audit.record(
        "seat.recused",
        recusal,
        actor=actor,
        at=at,
        after={"seat": seat.pk, "application": application.pk},
        reason=reason.strip(),
    )
    return recusal


# --- scores -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def score_case(
    seat: PanelSeat,
    application: Application,
    *,
    points: Mapping[str, str | int | Decimal],
    comment: str = "",
    actor: Member,
    at: datetime,
    seen: int | None = None,
) -> Score:
    """Score one case on every criterion. A later sheet of the same expert supersedes; none is edited.

    `seen`: how many sheets on it the page knew of. Sealed: the audit log holds a commitment until scoring ends.
    """
    seat, rule = begin_sheet(seat, application, method="score", actor=actor, at=at, seen=seen)
    exact = {criterion.id: exact_points(criterion, points.get(criterion.id)) for criterion in rule.criteria}
    if set(points) - set(exact):
        raise Refused("评分项目与规则不符，请刷新后重填")
    outside = bands.outside(rule, {id_: Decimal(text) for id_, text in exact.items()})
    if outside and not comment.strip():
        raise Refused(bands.words(outside))
    score = write_sheet(seat, application, points=exact, grade="", comment=comment, at=at)
    audit.record("case.scored", score, actor=actor, at=at, after=sheet_entry(score))
    return score


def begin_sheet(
    seat: PanelSeat, application: Application, *, method: str, actor: Member, at: datetime, seen: int | None = None
) -> tuple[PanelSeat, ExpertReviewStage]:
    """Lock, permit, and see that this expert may judge this case by this method now."""
    seat = lock_seat(seat)
    stage = seat.panel.stage
    policies.can_score_case(actor, seat, at=at).require()
    rule, work = rule_of(stage), policies.work_of(stage)
    if rule.method != method:
        raise Refused(f"“{stage.label}”由专家{work}，请刷新页面后办理")
    require_mine(seat, application)
    if rule.site_visit and application.pk not in selectors.visited(stage):
        raise Refused(f"{application.name}还没有现场考察记录，考察后才能{work}")
    require_seen(seat, application, seen)
    return seat, rule


def require_seen(seat: PanelSeat, application: Application, seen: int | None) -> None:
    """A page that does not know the newest sheet of its own expert, as after a double click, is told so once."""
    if seen is not None and seen != seat.scores.filter(application=application).count():
        raise Refused("这份评分在别的窗口已经交过新的。下面是您刚填的，核对后再次保存，就以这一次为准")


def write_sheet(
    seat: PanelSeat, application: Application, *, points: dict[str, str], grade: str, comment: str, at: datetime
) -> Score:
    """Add the sealed row with its commitment; the verbs that call it lock, permit and record."""
    nonce = secrets.token_hex(16)
    score = Score(
        union_id=seat.union_id,
        seat=seat,
        application=application,
        version=seat.scores.filter(application=application).count(),
        points=points,
        grade=grade,
        comment=comment.strip(),
        nonce=nonce,
        at=at,
    )
    score.commitment = audit.commitment(_sealed(score), nonce)
    score.save(force_insert=True)
    scoring.forget_drafts(seat.drafts.filter(application=application).select_related("key"))
    return score


def sheet_entry(score: Score) -> dict[str, object]:
    """What the log says of a sheet while it is sealed."""
    return {
        "seat": score.seat_id,
        "application": score.application_id,
        "version": score.version,
        "commitment": score.commitment,
    }


def committed(
    seat: int, application: int, version: int, points: Mapping[str, str], comment: str, grade: str = ""
) -> dict[str, object]:
    """The value that a sheet's commitment covers."""
    value = {"seat": seat, "application": application, "version": version, "points": dict(points), "comment": comment}
    return value | ({"grade": grade} if grade else {})


def _sealed(score: Score) -> dict[str, object]:
    return committed(score.seat_id, score.application_id, score.version, score.points, score.comment, score.grade)


def commitment_holds(score: Score) -> bool:
    """Whether a score is the one that the log committed to when it was given."""
    return audit.commitment(_sealed(score), score.nonce) == score.commitment


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
    """What stands against ending the panel's work: seats, declarations, visits, sheets or votes. A constant number of
    queries.
    """
    panel = selectors.panel_of(stage)
    if panel is None:
        return ["评审团队尚未组成"]
    panel.stage = stage
    bench = bench_of(stage, panel)
    if bench.rule.method == "ballot":
        return [*ballots.not_ready(bench), *ballots.unfinished(bench)]
    scores = selectors.latest_scores(panel)
    absent = [
        (case, [str(seat.expert) for seat in bench.judges(case.pk) if (seat.pk, case.pk) not in scores])
        for case in bench.cases
    ]
    needed = method_of(bench.rule).needed if bench.rule.method == "score" else 1
    without = [f"{case.name}（{'、'.join(names)}）" for case, names in absent if names]
    unverified = [case.name for case in selectors_scoring.unverified(stage, bench.cases)]
    return [
        *not_ready(bench, needed=needed),
        *listed("申报的荣誉等尚未核实，不能计量化分", unverified),
        *listed(f"尚未{policies.work_of(stage)}", without),
    ]


@transaction.atomic
def close_panel(panel: Panel, *, actor: Member, at: datetime) -> Panel:
    """End the scoring, voting or assessing: nothing is missing, commitments open, the ranking is computed and archived."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=panel.pk)
    panel.stage = stage
    policies.can_close_panel(actor, panel, at=at).require()
    missing = panel_missing(stage)
    if missing:
        raise Refused(f"{policies.work_of(stage)}还不能结束：{'；'.join(missing)}")
    panel.closed_at = at
    panel.save(update_fields=["closed_at"])
    scoring.forget_drafts(SheetDraft.objects.filter(seat__panel=panel).select_related("key"))
    counted = scoring.fix_counted(
        panel, list(selectors.entrants(stage).select_related("campaign", "person__key")), at=at
    )
    archived = archive_ranking(stage, panel, at=at)
    opened = Score.objects.filter(seat__panel=panel).order_by("pk").values_list("pk", "nonce")
    audit.record(
        "panel.closed",
        panel,
        actor=actor,
        at=at,
        after={"ranking_sha256": archived.sha256, "nonces": [list(pair) for pair in opened]},
        rows=[archived, *counted],
    )
    return panel
