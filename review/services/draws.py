"""Drawing a panel from the pool (抽取): first the list is fixed and a seed committed to, then the draw follows from both."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from campaigns.models import Stage
from review import draw, notify, policies, selectors
from review.models import DrawPledge, Expert, Panel, PanelDraw, PanelSeat
from review.models_pool import ExpertAbsence
from review.services.panels import LIVE_SEATS, seat_expert, seat_panel
from review.services.seating import rule_of
from review.services.stages import lock_stage
from unions import audit, vault
from unions.models import Member
from unions.permits import Refused

MOST: Final = 200
"""Characters of a public value or of its name."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A public value that will be known `at` and that nobody chooses, such as the numbers of a lottery draw."""

    what: str
    at: datetime


def window_of(stage: Stage, at: datetime) -> tuple[date, date]:
    """The days a panel is needed on: those planned for the stage, else today."""
    today = timezone.localdate(at)
    return stage.planned_from or today, stage.planned_to or stage.planned_from or today


def pool_of(stage: Stage, at: datetime) -> list[draw.Candidate]:
    """Who may be drawn for a stage: of the pool, in draws, and not away while it is planned. By their number."""
    first, last = window_of(stage, at)
    away = ExpertAbsence.objects.filter(expert=OuterRef("pk"), starts_on__lte=last, ends_on__gte=first)
    rows = Expert.objects.filter(union=stage.union_id, active=True, in_draws=True).exclude(Exists(away))
    return [draw.Candidate(row.pk, tuple(sorted(row.fields)), row.kind, row.employer) for row in rows.order_by("pk")]


def away_from(stage: Stage, at: datetime) -> int:
    """How many of the pool are left out because they cannot come."""
    in_pool = Expert.objects.filter(union=stage.union_id, active=True, in_draws=True).count()
    return in_pool - len(pool_of(stage, at))


def conditions_of(stage: Stage) -> draw.Conditions:
    """What the rules say a drawn panel must look like."""
    panel = rule_of(stage).panel
    shares = tuple(
        draw.Share("field" if one.field else "kind", one.field or one.kind or "", one.at_least or 0, one.at_most)
        for one in panel.shares
    )
    return draw.Conditions(shares, panel.per_employer)


def pledge_of(stage: Stage) -> DrawPledge | None:
    return DrawPledge.objects.filter(stage=stage).order_by("revision").last()


def outdated(pledge: DrawPledge, *, at: datetime) -> bool:
    """Whether the pool, or what is known of its people, is no longer what was fixed."""
    fixed: list[dict[str, Any]] = pledge.facts
    return [one.plain for one in pool_of(pledge.stage, at)] != fixed


@transaction.atomic
def pledge_draw(
    stage: Stage, *, announced: Announced, actor: Member, at: datetime, size: int | None = None
) -> DrawPledge:
    """Fix the list, commit to a seed nobody has seen, and name the public value that will enter it.

    Once: a second time only where the pool has changed since, so that nobody draws until they like it.
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
    if before is not None and not outdated(before, at=at):
        raise Refused("名单已经固定，请抽取")
    what = panel.public_part or announced.what.strip()
    if not what or len(what) > MOST:
        raise Refused(f"请写明并入种子的公开数值，如某期彩票的开奖号码，至多 {MOST} 字")
    if announced.at <= at:
        raise Refused("公开数值须在固定名单之后才公布，请填写将来的公布时间")
    candidates, conditions = pool_of(stage, at), conditions_of(stage)
    wanted = members + panel.reserves
    if len(candidates) < wanted:
        raise Refused(f"专家库中可抽取的有 {len(candidates)} 人，不足 {wanted} 人，请先补充专家库")
    if conditions and not draw.completable([], candidates, members, conditions):
        raise Refused(
            f"专家库中抽不出符合构成要求的 {members} 人（{'；'.join(conditions.words)}），请先补充专家库或改正专家的领域、类别"
        )
    seed, key = secrets.token_hex(32), vault.new_key(stage.union, at=at)
    pledge = DrawPledge.objects.create(
        union_id=stage.union_id,
        stage=stage,
        candidates=[one.id for one in candidates],
        facts=[one.plain for one in candidates],
        conditions=conditions.plain,
        announced=what,
        announced_for=announced.at,
        listed=draw.pledged_sha256(candidates, conditions, members=members, reserves=panel.reserves, announced=what),
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
            "candidates": pledge.candidates,
            "announced": what,
            "announced_for": announced.at.isoformat(),
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
def draw_panel(stage: Stage, *, public: str, source: str, actor: Member, at: datetime) -> PanelDraw:
    """Open the seed, join it with the public value and draw: first the members, the next the reserves, then everybody else.

    `public` is the value as it was published, `source` where anybody can read it.
    """
    stage = lock_stage(stage)
    policies.can_form_panel(actor, stage, at=at).require()
    _require_no_panel(stage)
    pledge = pledge_of(stage)
    if pledge is None:
        raise Refused("请先固定名单、公布种子承诺，再抽取")
    if outdated(pledge, at=at):
        raise Refused("专家库在固定名单后有变动，请重新固定名单")
    assert pledge.announced_for is not None  # a list from before there was one has no facts, and so is outdated
    if at < pledge.announced_for:
        raise Refused(
            f"“{pledge.announced}”要到 {timezone.localtime(pledge.announced_for):%Y年%-m月%-d日 %H:%M} 才公布，公布后再抽取"
        )
    value = draw.plain_value(public)
    if not value or len(value) > MOST:
        raise Refused(f"请填写“{pledge.announced}”公布的数值，至多 {MOST} 字")
    if not source.strip():
        raise Refused("请填写公开数值的出处，如公布的网址，供任何人核对")
    seed = vault.unseal(pledge.key, pledge.sealed_seed)
    result = draw.panel_first(
        draw.joined(seed, value), facts_of(pledge), pledge.members, draw.Conditions.read(pledge.conditions)
    )
    by_id = Expert.objects.in_bulk(result)
    panel = seat_panel(stage, [by_id[id_] for id_ in result[: pledge.members]], at=at)
    drawn = PanelDraw.objects.create(
        union_id=stage.union_id,
        pledge=pledge,
        panel=panel,
        seed=seed,
        public=value,
        source=source.strip()[:300],
        result=list(result),
        at=at,
        by=actor,
    )
    audit.record(
        "panel.drawn",
        drawn,
        actor=actor,
        at=at,
        after={
            "stage": stage.pk,
            "panel": panel.pk,
            "seed": seed,
            "public": value,
            "source": drawn.source,
            "result": list(result),
        },
        rows=panel.allotment_pledges.all(),
    )
    notify.seats_approved(stage, panel, at=at)
    return drawn


def replayed(drawn: PanelDraw) -> list[str]:
    """What does not agree when the draw is done again from its record; nothing where everything does."""
    return draw.differences(record_of(drawn))


def facts_of(pledge: DrawPledge) -> list[draw.Candidate]:
    """The people of the frozen list; of a list from before there were facts, their numbers."""
    return list(draw.candidates_of(pledge.facts or [{"id": id_} for id_ in pledge.candidates]))


def record_of(drawn: PanelDraw) -> dict[str, Any]:
    """The draw as anybody can do it again, with no more about the people than their name and what the draw looked at.

    Names are for reading: the digest covers numbers, fields, kinds and employers.
    """
    pledge = drawn.pledge
    people = Expert.objects.filter(pk__in=pledge.candidates).select_related("member__user")
    names = {row.pk: str(row) for row in people}
    stage = pledge.stage
    return {
        "record": draw.RECORD,
        "version": 1,
        "campaign": stage.campaign.title,
        "rules_sha256": stage.campaign.rules_sha256,
        "stage": stage.label,
        "pledged_at": pledge.at.isoformat(),
        "revision": pledge.revision,
        "candidates": [{**one.plain, "name": names.get(one.id, "")} for one in facts_of(pledge)],
        "conditions": pledge.conditions,
        "members": pledge.members,
        "reserves": pledge.reserves,
        "announced": pledge.announced,
        "announced_for": pledge.announced_for.isoformat() if pledge.announced_for else "",
        "listed": pledge.listed,
        "commitment": pledge.commitment,
        "drawn_at": drawn.at.isoformat(),
        "seed": drawn.seed,
        "public": drawn.public,
        "source": drawn.source,
        "result": drawn.result,
    }


def next_in_order(drawn: PanelDraw) -> Expert | None:
    """Whom the drawn order calls up next: the first who has no seat yet, is still in the pool, and with whom the panel can be
    one that meets the conditions.
    """
    facts = {one.id: one for one in facts_of(drawn.pledge)}
    seats = dict(drawn.panel.seats.values_list("expert_id", "state"))
    waiting = [id_ for id_ in drawn.result if id_ not in seats]
    there = Expert.objects.filter(pk__in=waiting, active=True).select_related("member__user").in_bulk()
    sitting = [facts[id_] for id_, state in seats.items() if id_ in facts and state in LIVE_SEATS]
    found = draw.next_fitting(
        sitting,
        [facts[id_] for id_ in waiting if id_ in there],
        drawn.pledge.members,
        draw.Conditions.read(drawn.pledge.conditions),
    )
    return there[found.id] if found else None


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
        raise Refused("抽取名单中已没有符合构成要求、可以递补的专家")
    seat = seat_expert(panel, expert, at=at)
    audit.record("panel.called_up", seat, actor=actor, at=at, after={"expert": expert.pk}, reason=reason.strip())
    notify.seats_approved(stage, panel, at=at)
    return seat
