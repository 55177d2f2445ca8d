"""Drawing a panel from the pool (抽取): first the list is fixed and a seed committed to, then the draw follows from both."""

import secrets
from datetime import datetime

from django.db import transaction

from campaigns.models import Stage
from review import draw, notify, policies, selectors
from review.models import DrawPledge, Expert, Panel, PanelDraw, PanelSeat
from review.services.panels import LIVE_SEATS, seat_expert, seat_panel
from review.services.seating import rule_of
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member, Union
from unions.permits import Refused


def pool_of(union: Union) -> list[int]:
    """Who may be drawn, by the number that stays with them."""
    return list(
        Expert.objects.filter(union=union, active=True, in_draws=True).order_by("pk").values_list("pk", flat=True)
    )


def pledge_of(stage: Stage) -> DrawPledge | None:
    return DrawPledge.objects.filter(stage=stage).order_by("revision").last()


def outdated(pledge: DrawPledge) -> bool:
    """Whether the pool is no longer the one that was fixed."""
    fixed: list[int] = pledge.candidates
    return pool_of(pledge.union) != fixed


@transaction.atomic
def pledge_draw(stage: Stage, *, actor: Member, at: datetime, size: int | None = None) -> DrawPledge:
    """Fix the list and commit to a seed nobody has seen. Once: a second time only where the pool has changed since, so that
    nobody draws until they like it.
    """
    stage = lock_stage(stage)
    policies.can_form_panel(actor, stage, at=at).require()
    panel = rule_of(stage).panel
    if not panel.draw:
        raise Refused("规则没有规定抽取评审专家，请直接组成评审团队")
    _require_no_panel(stage)
    members = panel.size or size
    if members is None or members < 1:
        raise Refused("规则没有限定人数，请填写抽取几人")
    before = pledge_of(stage)
    if before is not None and not outdated(before):
        raise Refused("名单已经固定，请抽取")
    candidates = pool_of(stage.union)
    wanted = members + panel.reserves
    if len(candidates) < wanted:
        raise Refused(f"专家库中可抽取的有 {len(candidates)} 人，不足 {wanted} 人，请先补充专家库")
    seed, key = secrets.token_hex(32), vault.new_key(stage.union, at=at)
    pledge = DrawPledge.objects.create(
        union_id=stage.union_id,
        stage=stage,
        candidates=candidates,
        listed=draw.list_sha256(candidates),
        commitment=draw.commitment(seed),
        sealed_seed=vault.seal(key, seed),
        key=key,
        members=members,
        reserves=panel.reserves,
        revision=before.revision + 1 if before else 0,
        at=at,
        by=actor,
    )
    audit.record(
        "draw.pledged",
        pledge,
        actor=actor,
        at=at,
        after={
            "stage": stage.pk,
            "candidates": candidates,
            "listed": pledge.listed,
            "commitment": pledge.commitment,
            "members": members,
            "reserves": panel.reserves,
        },
    )
    return pledge


def _require_no_panel(stage: Stage) -> None:
    if Panel.objects.filter(stage=stage).exists():
        raise Refused("评审团队已经抽取产生，缺额请按抽取顺序递补")


@transaction.atomic
def draw_panel(stage: Stage, *, actor: Member, at: datetime) -> PanelDraw:
    """Open the seed and draw: the first on the list are the members, the next the reserves, then everybody else in order."""
    stage = lock_stage(stage)
    policies.can_form_panel(actor, stage, at=at).require()
    _require_no_panel(stage)
    pledge = pledge_of(stage)
    if pledge is None:
        raise Refused("请先固定名单、公布种子承诺，再抽取")
    if outdated(pledge):
        raise Refused("专家库在固定名单后有变动，请重新固定名单")
    seed = vault.unseal(pledge.key, pledge.sealed_seed)
    result = draw.drawn(seed, pledge.candidates)
    by_id = Expert.objects.in_bulk(result)
    panel = seat_panel(stage, [by_id[id_] for id_ in result[: pledge.members]], at=at)
    drawn = PanelDraw.objects.create(
        union_id=stage.union_id, pledge=pledge, panel=panel, seed=seed, result=list(result), at=at, by=actor
    )
    audit.record(
        "panel.drawn",
        drawn,
        actor=actor,
        at=at,
        after={"stage": stage.pk, "panel": panel.pk, "seed": seed, "result": list(result)},
    )
    notify.seats_approved(stage, panel, at=at)
    return drawn


def replayed(drawn: PanelDraw) -> list[str]:
    """What does not agree when the draw is done again from its record; nothing where everything does."""
    pledge = drawn.pledge
    return draw.replay(
        candidates=pledge.candidates,
        listed=pledge.listed,
        committed=pledge.commitment,
        seed=drawn.seed,
        result=drawn.result,
    )


def next_in_order(drawn: PanelDraw) -> Expert | None:
    """Whom the drawn order calls up next: the first who has no seat yet and is still in the pool."""
    seated = set(drawn.panel.seats.values_list("expert_id", flat=True))
    waiting = [id_ for id_ in drawn.result if id_ not in seated]
    there = Expert.objects.filter(pk__in=waiting, active=True).select_related("member__user").in_bulk()
    return next((there[id_] for id_ in waiting if id_ in there), None)


def has_more(drawn: PanelDraw) -> bool:
    """Whether somebody could still be called up."""
    return next_in_order(drawn) is not None


def vacancies(drawn: PanelDraw) -> int:
    """Places of drawn members that nobody holds, since somebody declined or left."""
    live = drawn.panel.seats.filter(state__in=LIVE_SEATS, expert__in=drawn.pledge.candidates).count()
    return drawn.pledge.members - live


@transaction.atomic
def call_next(panel: Panel, *, reason: str, actor: Member, at: datetime) -> PanelSeat:
    """Somebody declined or left: the next in drawn order takes the place (递补)."""
    stage = lock_stage(panel.stage)
    panel = Panel.objects.select_for_update(no_key=True).get(pk=panel.pk)
    panel.stage = stage
    policies.can_change_panel(actor, panel, at=at).require()
    drawn = selectors.draw_of(panel)
    if drawn is None:
        raise Refused("评审团队不是抽取产生的，请增补专家")
    if not reason.strip():
        raise Refused("请填写递补的理由")
    if vacancies(drawn) < 1:
        raise Refused("抽取产生的成员没有缺额，不需递补")
    expert = next_in_order(drawn)
    if expert is None:
        raise Refused("抽取名单中已没有可以递补的专家")
    seat = seat_expert(panel, expert, at=at)
    audit.record("panel.called_up", seat, actor=actor, at=at, after={"expert": expert.pk}, reason=reason.strip())
    notify.seats_approved(stage, panel, at=at)
    return seat
