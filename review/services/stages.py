"""Opening and closing stages: one engine for every kind, order and repetition a rule set may write."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.rules.schema import RuleSet
from campaigns.selectors import stage_rule
from campaigns.states import StageState
from review import policies, selectors
from review.models import Outcome
from review.stages import WantsReason, stage_kinds
from unions import audit
from unions.models import Member
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


def unsupported(rules: RuleSet) -> list[str]:
    """What a rule set says and the engine does not apply yet: refused openly, never ignored."""
    features = {
        "跨活动的总名额计划（programme）": rules.programme is not None,
        "按类别分配名额（categories）": bool(rules.categories),
        "分等次授予（tiers）": bool(rules.tiers),
        "入选结构要求（composition）": bool(rules.composition),
        "名额差额比例（quota.ratio）": rules.quota.ratio is not None,
        "环节差额比例（ratio）": any(stage.ratio is not None for stage in rules.stages),
        "限于部分类别的环节（only_for）": any(stage.only_for for stage in rules.stages),
    }
    return [words for words, used in features.items() if used]


@transaction.atomic
def open_stage(stage: Stage, *, actor: Member, at: datetime) -> Stage:
    """Begin a stage: every stage before it is closed, and the engine can do all that its rules ask."""
    stage = lock_stage(stage)
    policies.can_open_stage(actor, stage, at=at).require()
    lacking = unsupported(stage.campaign.rules)
    if lacking:
        raise Refused(f"规则中有系统尚不支持的内容：{'、'.join(lacking)}。为免错误执行，环节不能开始")
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
    return stage


@dataclass(slots=True)
class Obstacles:
    """What stands against closing: `must` cannot be passed by, `should` can with a written reason."""

    must: list[str] = field(default_factory=list)
    should: list[str] = field(default_factory=list)

    def add(self, strength: str, text: str) -> None:
        (self.must if strength == "must" else self.should).append(text)


def list_missing(stage: Stage, *, at: datetime) -> list[str]:
    """What is missing before the list of those who pass is made; its confirmation comes after that."""
    return [*_intake_missing(stage, at), *stage_kinds[stage.kind].missing(stage, at=at)]


def obstacles_to_closing(stage: Stage, *, at: datetime) -> Obstacles:
    """Everything missing, for the page and for `close_stage`; reads only."""
    kind = stage_kinds[stage.kind]
    found = Obstacles(must=list_missing(stage, at=at))
    if isinstance(kind, WantsReason):
        found.should += kind.wants_reason(stage)
    passers = selectors.proposed_passers(stage)
    if not found.must:
        found.must += _confirmation_missing(stage, passers)
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


def _bounds(stage: Stage, found: Obstacles) -> None:
    """Whether as many passed as the rule lets through, counted on the outcomes themselves."""
    passes = stage_rule(stage).passes
    if passes is None:
        return
    through = selectors.passed(stage).count()
    if passes.max is not None and through > passes.max:
        found.add(passes.strength, f"通过 {through} 人，规定至多 {passes.max} 人")
    if passes.min is not None and through < passes.min:
        found.add(passes.strength, f"通过 {through} 人，规定至少 {passes.min} 人")


@transaction.atomic
def close_stage(stage: Stage, *, actor: Member, at: datetime, reason: str = "") -> Stage:
    """End a stage: nothing is missing, everybody has an outcome, and a departed *should* has its reason.

    Refusals list all that is missing at once. `reason` is kept in the audit entry.
    """
    stage = lock_stage(stage)
    policies.can_close_stage(actor, stage, at=at).require()
    found = obstacles_to_closing(stage, at=at)
    if found.must:
        raise Refused(f"“{stage.label}”还不能结束：{'；'.join(found.must)}")
    stage_kinds[stage.kind].on_close(stage, actor=actor, at=at)
    left = selectors.undecided(stage).count()
    if left:
        found.must.append(f"还有 {left} 人没有结论")
    _bounds(stage, found)
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
    )
    return stage


def _verdicts(stage: Stage) -> list[list[object]]:
    rows = Outcome.objects.standing().filter(stage=stage).order_by("application_id")
    return [list(row) for row in rows.values_list("application_id", "verdict", "rank")]
