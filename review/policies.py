"""May this person do it now, and if not, why?"""

from datetime import datetime

from applications.models import Application
from applications.policies import can_be_decided
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.selectors import stage_rule
from campaigns.states import STAGE_TRANSITIONS, CampaignState, StageState
from review.models import BallotRound, Expert, Investigation, Outcome, Panel, PanelSeat
from review.stages import stage_kinds
from review.states import CASE_TRANSITIONS, SEAT_TRANSITIONS, WORK, Case, Seat
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_administer, can_lead, can_run_office
from unions.states import Role

DECIDED_ONE_BY_ONE = frozenset({"qualification", "site_visit"})
"""Kinds in which an officer decides on each case."""
RESOLVED = frozenset({"committee", "final_approval"})
"""Kinds in which the leading group decides by resolution."""


def is_own(actor: Member, application: Application) -> bool:
    """Whether the application is about the actor, who must then keep out of it (回避)."""
    return actor.pk == application.applicant_id or (
        actor.user_id is not None and application.person.user_id == actor.user_id
    )


def work_of(stage: Stage) -> str:
    """What the panel of a stage does, in one word: 评分, 投票 or 评议."""
    return WORK[getattr(stage_rule(stage), "method", "score")]


def in_parts(stage: Stage) -> bool:
    """Whether every case is judged by some of the panel only."""
    return getattr(stage_rule(stage), "scores_per_case", None) is not None


def _running(campaign: Campaign) -> Decision:
    if campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{CampaignState(campaign.state).label}，评审环节不能变动")
    return ALLOWED


def _open(stage: Stage) -> Decision:
    decision = _running(stage.campaign)
    if decision and stage.state != StageState.OPEN:
        return denied(f"“{stage.label}”{StageState(stage.state).label}，环节进行中才能办理")
    return decision


def can_open_stage(actor: Member, stage: Stage, *, at: datetime) -> Decision:
    """Every stage written before must be closed: nothing is skipped, whatever `after` says about who comes in."""
    decision = can_run_office(actor, stage.union)
    if not decision:
        return decision
    if not (running := _running(stage.campaign)):
        return running
    if StageState.OPEN not in STAGE_TRANSITIONS[StageState(stage.state)]:
        return denied(f"“{stage.label}”{StageState(stage.state).label}，不能再次开始")
    if at < stage.campaign.opens_at:
        return denied("申报尚未开始，环节不能开始")
    before = Stage.objects.filter(campaign=stage.campaign_id, position__lt=stage.position)
    waiting = before.exclude(state=StageState.CLOSED).order_by("position").first()
    if waiting is not None:
        return denied(f"“{waiting.label}”尚未结束，请先结束该环节")
    if stage.kind not in stage_kinds:
        return denied(f"“{stage.label}”属于系统尚不支持的环节类型（{stage.kind}），不能开始")
    return ALLOWED


def can_close_stage(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001 - one shape for every policy
    return can_run_office(actor, stage.union) and _open(stage)


def can_decide(actor: Member, stage: Stage, application: Application, *, at: datetime) -> Decision:  # noqa: ARG001
    """The office, on a case handed in and not its own."""
    decision = can_run_office(actor, stage.union) and _open(stage)
    if not decision:
        return decision
    if stage.kind not in DECIDED_ONE_BY_ONE:
        return denied(f"“{stage.label}”不由办公室逐人作出结论")
    if application.campaign_id != stage.campaign_id:
        return denied("该申报不属于本活动")
    if is_own(actor, application):
        return denied("与本人有关的申报应当回避，请由其他工作人员办理")
    if application.state != State.SUBMITTED:
        return denied(f"该申报{State(application.state).label}，提交后才能作出结论")
    return ALLOWED


def can_conclude(actor: Member, stage: Stage, application: Application, *, at: datetime) -> Decision:
    """The same for the last word: of one person's two applications nothing is decided before the office chose one."""
    return can_decide(actor, stage, application, at=at) and can_be_decided(application)


def can_correct_outcome(actor: Member, outcome: Outcome, *, at: datetime) -> Decision:
    if outcome.stage is None:
        return denied("取消资格的决定不能在此更正")
    return can_conclude(actor, outcome.stage, outcome.application, at=at)


def can_judge_rule(actor: Member, application: Application, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, application.union) and _running(application.campaign)
    if not decision:
        return decision
    if is_own(actor, application):
        return denied("与本人有关的申报应当回避，请由其他工作人员办理")
    if application.state != State.SUBMITTED:
        return denied(f"该申报{State(application.state).label}，提交后才能审核")
    return ALLOWED


def can_enrol_expert(actor: Member, union: Union, *, at: datetime) -> Decision:  # noqa: ARG001
    if can_administer(actor, union) or can_run_office(actor, union):
        return ALLOWED
    return denied("只有认定办公室和工会管理员可以维护专家库")


def can_plan_absence(actor: Member, expert: Expert, *, at: datetime) -> Decision:
    if actor.active and actor.pk == expert.member_id:
        return ALLOWED
    return can_enrol_expert(actor, expert.union, at=at)


def can_form_panel(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, stage.union) and _running(stage.campaign)
    if not decision:
        return decision
    if stage.kind != "expert_review":
        return denied(f"“{stage.label}”不是专家评审环节")
    if stage.state == StageState.CLOSED:
        return denied(f"“{stage.label}”已结束，评审团队不能变动")
    return ALLOWED


def can_change_panel(actor: Member, panel: Panel, *, at: datetime) -> Decision:
    decision = can_form_panel(actor, panel.stage, at=at)
    if decision and panel.closed_at is not None:
        return denied(f"{work_of(panel.stage)}已结束，评审团队不能变动")
    return decision


def can_answer_invitation(actor: Member, seat: PanelSeat, state: Seat, *, at: datetime) -> Decision:  # noqa: ARG001
    """The invited expert alone, and only once the body that approves panels has seen the name."""
    if actor.pk != seat.expert.member_id or not actor.active:
        return denied("只有受邀专家本人可以答复邀请")
    if state not in SEAT_TRANSITIONS[Seat(seat.state)]:
        return denied(f"该席位{Seat(seat.state).label}，不能再次答复")
    if seat.approved_at is None:
        return denied("评审团队尚未经审核同意，邀请尚未生效")
    if seat.panel.closed_at is not None:
        return denied(f"{work_of(seat.panel.stage)}已结束")
    return ALLOWED


def can_remove_seat(actor: Member, seat: PanelSeat, *, at: datetime) -> Decision:
    decision = can_change_panel(actor, seat.panel, at=at)
    if decision and Seat.REMOVED not in SEAT_TRANSITIONS[Seat(seat.state)]:
        return denied(f"该席位{Seat(seat.state).label}，不需退出")
    return decision


def can_sit(actor: Member, seat: PanelSeat) -> Decision:
    """Work on the panel: the expert of an accepted seat, while the stage runs and scoring has not ended."""
    if actor.pk != seat.expert.member_id or not actor.may("sit", seat.panel):
        return denied("只有本评审团队的专家可以进行此操作")
    if seat.state != Seat.ACCEPTED:
        return denied(f"该席位{Seat(seat.state).label}，接受邀请后才能参加评审")
    if not (running := _open(seat.panel.stage)):
        return running
    if seat.panel.closed_at is not None:
        return denied(f"{work_of(seat.panel.stage)}已结束，不能再更改")
    return ALLOWED


def can_accept_terms(actor: Member, seat: PanelSeat) -> Decision:
    if actor.pk != seat.expert.member_id or not actor.may("sit", seat.panel) or seat.state != Seat.ACCEPTED:
        return denied("只有本评审团队的专家可以进行此操作")
    return ALLOWED


def can_declare_conflicts(actor: Member, seat: PanelSeat, *, at: datetime) -> Decision:  # noqa: ARG001
    """Names are shown to nobody who has not promised to keep them, nor before cases are given out."""
    decision = can_sit(actor, seat)
    if decision and seat.terms_id is None:
        return denied("请先阅读并接受评审纪律和保密承诺")
    if decision and in_parts(seat.panel.stage) and not seat.allotted.exists():
        return denied("办公室还没有分配评审，分配后请申报回避")
    return decision


def can_recuse(actor: Member, seat: PanelSeat, *, at: datetime) -> Decision:
    return can_change_panel(actor, seat.panel, at=at)


def can_settle_likeness(actor: Member, seat: PanelSeat, *, at: datetime) -> Decision:
    return can_change_panel(actor, seat.panel, at=at)


def can_allot(actor: Member, panel: Panel, *, at: datetime) -> Decision:
    """Once everybody has answered and cases are there, as often as somebody drops out or keeps out."""
    decision = can_close_panel(actor, panel, at=at)
    if decision and not in_parts(panel.stage):
        return denied("规则规定全体专家评审每份申报，不需分配")
    return decision


def can_read_draw(actor: Member, union: Union) -> Decision:
    if actor.union_id == union.pk and actor.active and actor.role in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
        return ALLOWED
    return denied("只有认定办公室、领导小组和监督员可以下载抽取记录")


def can_score_case(actor: Member, seat: PanelSeat, *, at: datetime) -> Decision:  # noqa: ARG001
    """Conflicts are declared before the first score, also by who has none."""
    decision = can_sit(actor, seat)
    if decision and seat.terms_id is None:
        return denied("请先阅读并接受评审纪律和保密承诺")
    if decision and seat.declared_at is None:
        return denied(f"请先填写回避申报（没有需要回避的也请确认），再{work_of(seat.panel.stage)}")
    return decision


def can_record_visit(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    """The office, or an expert of the stage's panel who takes part in the visit."""
    if not (running := _open(stage)):
        return running
    if can_run_office(actor, stage.union):
        return ALLOWED
    panel = Panel.objects.filter(stage=stage).first()
    if panel is not None and actor.may("sit", panel):
        return ALLOWED
    return denied("只有认定办公室和本评审团队的专家可以记录现场考察")


def can_arrange_batches(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    return can_run_office(actor, stage.union) and _open(stage)


def can_close_panel(actor: Member, panel: Panel, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, panel.union) and _open(panel.stage)
    if decision and panel.closed_at is not None:
        return denied(f"{work_of(panel.stage)}已经结束")
    return decision


def can_read_scores(actor: Member, panel: Panel, *, at: datetime) -> Decision:  # noqa: ARG001
    """Nobody before scoring has ended, the supervisor included; afterwards those who decide or supervise."""
    if panel.closed_at is None:
        work = work_of(panel.stage)
        return denied(f"{work}封存中，{work}结束后统一公布")
    if actor.union_id != panel.union_id or actor.role not in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
        return denied(f"只有认定办公室、领导小组和监督员可以查看{work_of(panel.stage)}结果")
    return ALLOWED


def can_open_round(actor: Member, panel: Panel, *, at: datetime) -> Decision:
    decision = can_close_panel(actor, panel, at=at)
    if decision and getattr(stage_rule(panel.stage), "method", "") != "ballot":
        return denied(f"“{panel.stage.label}”不以投票方式评审")
    return decision


def can_cast_ballot(actor: Member, seat: PanelSeat, voting: BallotRound | None, *, at: datetime) -> Decision:
    """Once a round, by the expert of the seat; what was cast stays in the urn."""
    decision = can_score_case(actor, seat, at=at)
    if not decision:
        return decision
    if voting is None:
        return denied("投票还没有开始，开始后可以投票")
    if voting.roll.filter(seat=seat).exists():
        return denied(f"第 {voting.number} 轮您已投票，选票投出后不能更改")
    return ALLOWED


def can_read_tally(actor: Member, voting: BallotRound, *, at: datetime) -> Decision:  # noqa: ARG001
    """Nobody before the round is closed; afterwards those who decide or supervise."""
    if voting.closed_at is None:
        return denied("本轮投票尚未结束，结束后才能计票")
    if actor.union_id != voting.union_id or actor.role not in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
        return denied("只有认定办公室、领导小组和监督员可以查看计票结果")
    return ALLOWED


def can_verify_honour(actor: Member, application: Application, *, at: datetime) -> Decision:
    """The office, like any judgement, until a panel whose scores count honours has ended its work."""
    decision = can_judge_rule(actor, application, at=at)
    if not decision:
        return decision
    closed = Panel.objects.filter(stage__campaign=application.campaign_id, closed_at__isnull=False)
    for panel in closed.select_related("stage__campaign"):
        if getattr(stage_rule(panel.stage), "quantitative", None) is not None:
            return denied(f"“{panel.stage.label}”评分已结束，量化分已存档，不能再更改")
    return ALLOWED


def can_set_cut(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    decision = can_run_office(actor, stage.union) and _open(stage)
    if decision and stage.kind != "expert_review":
        return denied(f"“{stage.label}”没有排名，不需确定人数")
    return decision


def can_decide_tie(actor: Member, stage: Stage, *, at: datetime) -> Decision:  # noqa: ARG001
    """The leading group or the office, once the ranking is known."""
    if not (running := _open(stage)):
        return running
    if can_lead(actor, stage.union) or can_run_office(actor, stage.union):
        return ALLOWED
    return denied("只有领导小组和认定办公室可以裁定并列")


def can_pass_resolution(actor: Member, campaign: Campaign, *, at: datetime) -> Decision:  # noqa: ARG001
    return can_lead(actor, campaign.union) and _running(campaign)


def can_open_investigation(actor: Member, application: Application, *, at: datetime) -> Decision:  # noqa: ARG001
    """At any stage, and after the campaign has ended too: false material is found when it is found."""
    decision = can_run_office(actor, application.union)
    if not decision:
        return decision
    if not application.number:
        return denied("该申报尚未提交，无需核查")
    if is_own(actor, application):
        return denied("与本人有关的申报应当回避，请由其他工作人员办理")
    return ALLOWED


def can_decide_investigation(actor: Member, investigation: Investigation, *, at: datetime) -> Decision:
    decision = can_open_investigation(actor, investigation.application, at=at)
    if decision and not CASE_TRANSITIONS[Case(investigation.state)]:
        return denied("该核查已有结论，不能更改")
    return decision


def can_fill_place(actor: Member, investigation: Investigation, *, at: datetime) -> Decision:
    decision = can_pass_resolution(actor, investigation.application.campaign, at=at)
    if not decision:
        return decision
    if investigation.state != Case.UPHELD:
        return denied("核查未查实，没有空出名额")
    if investigation.resolution_id is not None:
        return denied("空出的名额已有决议")
    return ALLOWED
