"""What every verb of a panel stands on: the rule, the seat and its locks, who keeps out of which case, what is not ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet

from applications.models import Application, Recommendation
from campaigns.models import Stage
from campaigns.rules.schema import ExpertReviewStage
from campaigns.selectors import stage_rule
from review import selectors
from review.conflicts import Judge, Party, conflict
from review.models import Expert, Panel, PanelSeat, Recusal
from review.services.stages import CONFIRMING, lock_stage
from review.states import RecusalSource
from unions.models import Member
from unions.services import system_member


def rule_of(stage: Stage) -> ExpertReviewStage:
    """The rule of an expert review; the policies let no other kind in."""
    rule = stage_rule(stage)
    assert isinstance(rule, ExpertReviewStage)
    return rule


def needs_approval(rule: ExpertReviewStage) -> bool:
    return rule.panel.approved_by in CONFIRMING


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


def parties(applications: QuerySet[Application]) -> list[tuple[Application, Party]]:
    """What is known of each case; two queries."""
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
    reasons = {application.pk: conflict(judge, party) for application, party in parties(applications)}
    return {application: reason for application, reason in reasons.items() if reason}


def recuse_found(seat: PanelSeat, at: datetime) -> list[int]:
    """Add what the system finds, in the system's name."""
    known = set(seat.recusals.values_list("application_id", flat=True))
    found = found_conflicts(seat, selectors.entrants(seat.panel.stage))
    new = {application: reason for application, reason in found.items() if application not in known}
    add_recusals(seat, new, RecusalSource.FOUND, system_member(seat.panel.stage.union), at)
    return sorted(new)


def add_recusals(seat: PanelSeat, reasons: Mapping[int, str], source: RecusalSource, by: Member, at: datetime) -> None:
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
    return {seat.pk: found for seat in selectors.sitting(panel) if (found := recuse_found(seat, at))}


# --- before the work of a panel may end ---------------------------------------------------------------------------------


def listed(what: str, names: Sequence[str]) -> list[str]:
    """One sentence for many names, at most ten of them."""
    if not names:
        return []
    shown = "、".join(names[:10])
    return [f"{what}：{shown}{f'等 {len(names)} 人' if len(names) > 10 else ''}"]


@dataclass(frozen=True, slots=True)
class Bench:
    """A panel at work, read once: who sits, what is before them, and who keeps out of what."""

    panel: Panel
    rule: ExpertReviewStage
    seats: Sequence[PanelSeat]
    cases: Sequence[Application]
    recused: frozenset[tuple[int, int]]

    def judges(self, case: int) -> list[PanelSeat]:
        """Those who may judge a case."""
        return [seat for seat in self.seats if (seat.pk, case) not in self.recused]


def bench_of(stage: Stage, panel: Panel) -> Bench:
    """Three queries."""
    return Bench(
        panel,
        rule_of(stage),
        list(selectors.sitting(panel)),
        list(selectors.entrants(stage)),
        frozenset(selectors.recusals_of(panel)),
    )


def not_ready(bench: Bench, *, needed: int) -> list[str]:
    """What a panel lacks before it can judge at all: seats, declarations, visits, enough experts for every case."""
    rule, missing = bench.rule, []
    sitting = len(bench.seats)
    drawn = selectors.draw_of(bench.panel) if rule.panel.draw else None
    if drawn is not None:
        sitting = sum(seat.expert_id in drawn.pledge.candidates for seat in bench.seats)
    wanted = drawn.pledge.members if drawn is not None else rule.panel.size
    if wanted is not None and sitting < wanted:
        missing.append(f"评审团队应有 {wanted} 人，已接受邀请的 {sitting} 人")
    if not bench.seats:
        missing.append("还没有专家接受邀请")
    undeclared = [str(seat.expert) for seat in bench.seats if seat.declared_at is None]
    if undeclared:
        missing.append(f"尚未作回避申报：{'、'.join(undeclared)}")
    if rule.site_visit:
        seen = selectors.visited(bench.panel.stage)
        missing += listed("尚无现场考察记录", [case.name for case in bench.cases if case.pk not in seen])
    judges = [(case, len(bench.judges(case.pk))) for case in bench.cases]
    thin = [f"{case.name}（{n} 人）" for case, n in judges if n < needed]
    return [*missing, *listed(f"回避后评委不足 {needed} 人，请增补专家", thin)]
