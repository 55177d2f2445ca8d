"""Opening and closing stages: one engine for every kind, order and repetition a rule set may write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import models, transaction
from django.utils import timezone

from applications.models import Application
from applications.states import State
from campaigns.models import Campaign, Stage, UnitQuota
from campaigns.rules.schema import NominationStage, Strength
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from review import notify, policies, selectors
from review.models import Outcome, Panel
from review.places import Count, departed
from review.stages import stage_kinds
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused

CONFIRMING: Final = frozenset({"leading_group", "host", "organisers", "government"})
"""Bodies whose confirmation or approval is a recorded resolution; the office's own word needs none."""


def lock_stage(stage: Stage) -> Stage:
    """Lock the campaign, then the stage: the first two of the order every service of this app keeps."""
    campaign = (
        Campaign.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=stage.campaign_id)
    )
    locked = Stage.objects.select_for_update(no_key=True, of=("self",)).get(pk=stage.pk)
    locked.campaign, locked.union = campaign, campaign.union
    return locked


def lock_places(stage: Stage) -> Stage:
    """The same for a verb that gives places of the title, with the union's row before the campaign's.

    The places of a programme are counted over the union's campaigns: whoever gives one waits here for everybody else who
    does. `confer_awards` takes the same two rows in the same order.
    """
    Union.objects.select_for_update(no_key=True).get(pk=stage.union_id)
    return lock_stage(stage)


@transaction.atomic
def open_stage(stage: Stage, *, actor: Member, at: datetime) -> Stage:
    """Begin a stage: every stage before it is closed, and its kind can do all that its rule asks."""
    stage = lock_stage(stage)
    policies.can_open_stage(actor, stage, at=at).require()
    stage.state, stage.opened_at = StageState.OPEN, at
    stage.save(update_fields=["state", "opened_at"])
    stage_kinds[stage.kind].on_open(stage, actor=actor, at=at)
    audit.record(
        "stage.opened",
        stage,
        actor=actor,
        at=at,
        before={"state": StageState.WAITING},
        after={"state": StageState.OPEN, "entrants": selectors.entrants(stage).count()},
    )
    notify.stage_opened(stage, at=at)
    return stage


@dataclass(slots=True)
class Obstacles:
    """What stands against closing: `must` cannot be passed by, `should` can with a written reason."""

    must: list[str] = field(default_factory=list)
    should: list[str] = field(default_factory=list)


def list_missing(stage: Stage, *, at: datetime) -> list[str]:
    """What is missing before the list of those who pass is made; its confirmation comes after that."""
    return [
        *_intake_missing(stage, at),
        *_twins_missing(stage),
        *_suspended_missing(stage),
        *stage_kinds[stage.kind].missing(stage, at=at),
        *_unit_quotas_departed(stage, "must"),
    ]


def obstacles_to_closing(stage: Stage, *, at: datetime) -> Obstacles:
    """Everything missing, for the page; reads only. Places are counted on those who would pass if the stage closed now."""
    missing = list_missing(stage, at=at)
    found = _obstacles(stage, missing)
    if not missing:
        _count(stage, selectors.foreseen_counts(stage), found)
    return found


def _obstacles(stage: Stage, missing: Sequence[str]) -> Obstacles:
    found = Obstacles(must=list(missing), should=_unit_quotas_departed(stage, "should"))
    if not found.must:
        found.must += _confirmation_missing(stage, selectors.proposed_passers(stage))
    return found


def _intake_missing(stage: Stage, at: datetime) -> list[str]:
    """The first stage takes everybody who files, so it cannot close while somebody still may."""
    if selectors.previous_key(stage) is not None:
        return []
    missing = []
    if at <= stage.campaign.closes_at:
        until = timezone.localtime(stage.campaign.closes_at)
        missing.append(f"申报到{until:%Y年%-m月%-d日%H:%M}截止，截止后才能结束本环节")
    applications = stage.campaign.applications
    awaiting = applications.filter(state=State.AWAITING_UNIT).count()
    if awaiting:
        missing.append(f"还有 {awaiting} 份申报待推荐单位审核（逾期的请先作逾期处理）")
    returned = applications.filter(state=State.RETURNED).count()
    if returned:
        missing.append(f"还有 {returned} 份申报退回补正中（逾期的请先作逾期处理）")
    return missing


def _twins_missing(stage: Stage) -> list[str]:
    """Nobody goes on twice: of one person's applications the office chooses one first, whatever the stage decides."""
    n = Application.objects.twinned().filter(pk__in=selectors.entrants(stage).values("pk")).count()
    return [f"还有 {n} 份申报与另一份使用同一证件号码，请先在“重复申报”中核对合并"] if n else []


def _suspended_missing(stage: Stage) -> list[str]:
    """Whoever was held back in the stage before stops nobody until this one ends, and can come into it till then.

    Not where a panel has ended its work: nobody can come in any more.
    """
    if Panel.objects.filter(stage=stage, closed_at__isnull=False).exists():
        return []
    held = selectors.suspended(stage.campaign).filter(stage__key=selectors.previous_key(stage))
    return [f"{row.application.name}在“{row.stage.label}”暂缓，请先办结并解除暂缓" for row in held if row.stage]


def _judges_unit_quotas(stage: Stage) -> bool:
    """Quotas of units are judged when the nominations end; without such a stage, when the one ends that takes all who filed."""
    rule = stage_rule(stage)
    if isinstance(rule, NominationStage):
        return rule.quotas
    nominations = any(isinstance(one, NominationStage) for one in stage.campaign.rules.stages)
    return not nominations and selectors.previous_key(stage) is None


def _unit_quotas_departed(stage: Stage, strength: Strength) -> list[str]:
    if not _judges_unit_quotas(stage):
        return []
    quotas = list(UnitQuota.objects.filter(campaign=stage.campaign, strength=strength).select_related("unit"))
    if not quotas:
        return []
    counts = dict(selectors.entrants(stage).order_by().values_list("unit").annotate(n=models.Count("pk")))
    departed_from = []
    for quota in quotas:
        n = counts.get(quota.unit_id, 0)
        clause = f"（{quota.clause}）" if quota.clause else ""
        if quota.at_most is not None and n > quota.at_most:
            departed_from.append(f"{quota.unit}推荐 {n} 人，规定至多 {quota.at_most} 人{clause}")
        if quota.at_least is not None and n < quota.at_least:
            departed_from.append(f"{quota.unit}推荐 {n} 人，规定至少 {quota.at_least} 人{clause}")
    return departed_from


def _confirmation_missing(stage: Stage, passers: frozenset[int]) -> list[str]:
    rule = stage_rule(stage)
    if rule.confirmed_by not in CONFIRMING:
        return []
    body = stage.campaign.rules.basis.name_of(rule.confirmed_by)
    resolution = selectors.confirmation(stage)
    if resolution is None:
        return [f"名单须经{body}确认，请先记录确认决议"]
    confirmed = {item["application"] for item in resolution.decisions if item["decision"] == "confirm"}
    if confirmed != passers:
        return [f"名单在{body}确认后有变化，请重新确认"]
    return []


def _count(stage: Stage, counts: Sequence[Count], found: Obstacles) -> None:
    """Whether the list keeps to every place, share and ratio of the rules.

    What a resolution exceeded it gave its reason for; nobody asks the office again.
    """
    found.must += [one.words for one in departed(counts, "must")]
    explained = stage.kind in policies.RESOLVED
    found.should += [one.words for one in departed(counts, "should") if not (one.lasting and explained)]


@transaction.atomic
def close_stage(stage: Stage, *, actor: Member, at: datetime, reason: str = "") -> Stage:
    """End a stage: nothing is missing, everybody has an outcome, and a departed *should* has its reason.

    Refusals list all that is missing at once. `reason` is kept in the audit entry.
    """
    stage = lock_stage(stage)
    policies.can_close_stage(actor, stage, at=at).require()
    found = _obstacles(stage, list_missing(stage, at=at))
    if found.must:
        raise Refused(f"“{stage.label}”还不能结束：{'；'.join(found.must)}")
    stage_kinds[stage.kind].on_close(stage, actor=actor, at=at)
    left = selectors.undecided(stage).count()
    if left:
        found.must.append(f"还有 {left} 人没有结论")
    _count(stage, selectors.counts(stage), found)
    if found.must:
        raise Refused(f"“{stage.label}”还不能结束：{'；'.join(found.must)}")
    if found.should and not reason.strip():
        raise Refused(f"“{stage.label}”须书面说明理由后才能结束：{'；'.join(found.should)}")
    stage.state, stage.closed_at = StageState.CLOSED, at
    stage.save(update_fields=["state", "closed_at"])
    audit.record(
        "stage.closed",
        stage,
        actor=actor,
        at=at,
        before={"state": StageState.OPEN},
        after={"state": StageState.CLOSED, "departed": found.should, "outcomes": _verdicts(stage)},
        reason=reason.strip(),
        rows=Outcome.objects.filter(stage=stage),
    )
    notify.stage_closed(stage, at=at)
    return stage


def _verdicts(stage: Stage) -> list[list[object]]:
    rows = Outcome.objects.standing().filter(stage=stage).order_by("application_id")
    return [list(row) for row in rows.values_list("application_id", "verdict", "rank")]
