"""May this person do it to an objection now, and if not, why?"""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Stage
from campaigns.states import CampaignState, StageState
from publicity import selectors_objections as casework
from publicity.models import Objection
from publicity.models_objections import Suspension
from publicity.policies import can_read_casework
from publicity.states import ANSWERED, WAITING
from review.policies import is_own
from unions.models import Member
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_run_office
from unions.states import Role


def _owed(actor: Member, objection: Objection) -> Decision:
    """Of the office, not about itself, and an answer is owed."""
    decision = can_run_office(actor, objection.union)
    if not decision:
        return decision
    if objection.application is not None and is_own(actor, objection.application):
        return denied("异议涉及本人申报，应当回避，请由其他工作人员核查答复")
    if objection.state not in WAITING:
        return denied("该异议已答复，结论不能更改")
    return ALLOWED


def can_read_case(actor: Member, objection: Objection) -> Decision:
    """Not whoever it is about, whatever desk they sit at."""
    decision = can_read_casework(actor, objection.union)
    if decision and objection.application is not None and is_own(actor, objection.application):
        return denied("异议涉及本人申报，应当回避，不能查看")
    return decision


def can_assign_objection(actor: Member, objection: Objection, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    return _owed(actor, objection)


def can_look_into(officer: Member, objection: Objection, *, at: datetime) -> Decision:
    """Whether somebody may be given the case: at work in the office, and a stranger to the person. Judged again at every step."""
    if officer.union_id != objection.union_id or officer.role != Role.OFFICE:
        return denied("承办人应当是本会认定办公室的成员")
    if not officer.active or (officer.until is not None and officer.until <= at):
        return denied(f"{officer}已停用，请另选承办人")
    against = casework.why_not(objection, [officer]).get(officer.pk)
    return denied(f"{officer}不能承办：{against}") if against else ALLOWED


def can_record_finding(actor: Member, objection: Objection, *, at: datetime) -> Decision:
    """Only whoever was given the case, for as long as nothing speaks against them."""
    decision = _owed(actor, objection)
    if not decision:
        return decision
    if objection.assignee_id is None:
        return denied("请先确定承办人，承办人核查后答复")
    if objection.assignee_id != actor.pk:
        return denied(f"该异议由{objection.assignee}承办，请由承办人核查答复，或改派承办人")
    return can_look_into(actor, objection, at=at)


def can_answer_objection(actor: Member, objection: Objection, *, at: datetime) -> Decision:
    return can_record_finding(actor, objection, at=at)


def can_appeal(objection: Objection, *, at: datetime) -> Decision:
    """Whoever holds receipt and code, once, until the day that the answer named."""
    if objection.state not in ANSWERED:
        return denied("办公室答复以后才能申请复核")
    if objection.round > 1:
        return denied("该异议已经复核，复核的答复是最后答复")
    if objection.appeal_until is None:
        return denied("本次公示的规则没有复核")
    if objection.appeal_until < timezone.localdate(at):
        return denied(f"申请复核的期限已于{objection.appeal_until:%Y年%-m月%-d日}届满")
    return ALLOWED


def can_suspend(actor: Member, objection: Objection, *, at: datetime) -> Decision:
    """Somebody an unsettled objection names is held back, so that the others need not wait."""
    decision = can_run_office(actor, objection.union)
    if not decision:
        return decision
    if objection.application is None:
        return denied("该异议没有指明人选，没有可以暂缓的人")
    if is_own(actor, objection.application):
        return denied("异议涉及本人申报，应当回避，请由其他工作人员办理")
    stage = objection.notice.stage
    if stage.state != StageState.OPEN or stage.campaign.state != CampaignState.PUBLISHED:
        return denied(f"“{stage.label}”已结束，不能再暂缓")
    if objection.state not in WAITING and not can_appeal(objection, at=at):
        return denied("该异议已办结，不需要暂缓")
    last = casework.last_suspension(objection.notice, objection.application)
    if last is not None and last.suspended:
        return denied(f"{objection.application.name}已经暂缓")
    return ALLOWED


def can_release(actor: Member, suspension: Suspension, *, at: datetime) -> Decision:
    """At any time while the notice runs; after it only once every objection about the person is settled and nothing is too late."""
    decision = can_run_office(actor, suspension.union)
    if not decision:
        return decision
    if is_own(actor, suspension.application):
        return denied("涉及本人申报，应当回避，请由其他工作人员办理")
    last = casework.last_suspension(suspension.notice, suspension.application)
    if last is None or not last.suspended:
        return denied(f"{suspension.application.name}没有暂缓")
    stage = suspension.notice.stage
    if stage.campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{CampaignState(stage.campaign.state).label}，不能再变动")
    if stage.state == StageState.OPEN:
        return ALLOWED
    if casework.unsettled(stage, at=at).filter(application=suspension.application).exists():
        return denied("该人选的异议还没有办结（包括可以申请复核的期限），办结后才能解除暂缓")
    later = Stage.objects.filter(campaign=stage.campaign_id, position__gt=stage.position)
    if later.filter(Q(state=StageState.CLOSED) | Q(panel__closed_at__isnull=False)).exists():
        return denied("后续环节已经评审完毕，该人选不能再进入；请由领导小组研究决定")
    return ALLOWED
