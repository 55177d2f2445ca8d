"""May this person do it now, and if not, why?"""

from datetime import datetime

from applications.days import deadline_words
from applications.models import PHOTO, SEALED_FORM, Application, Material, Return
from applications.states import EDITABLE, LIVE, State
from campaigns.models import Campaign
from campaigns.policies import takes_individuals
from campaigns.presentation import nominating
from campaigns.rules.schema import Channel, InternalNotice, NominationStage, QualificationStage
from campaigns.states import CampaignState
from unions.models import Member, Unit
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_represent, can_run_office
from unions.states import Role


def needs_unit(channel: Channel) -> bool:
    """Whether a recommending body screens and endorses before the office sees the application."""
    return channel.kind in {"unit", "society", "enterprise"} or bool(channel.files_through)


def channel_of(application: Application) -> Channel:
    return application.campaign.rules.channel(application.channel)


def notices_first(application: Application) -> tuple[InternalNotice, ...]:
    """The notice inside the own unit that precedes a nomination: as its channel says, and as the stage of nominating does."""
    if application.unit_id is None:
        return ()
    stages = (stage for stage in application.campaign.rules.stages if isinstance(stage, NominationStage))
    asked = (channel_of(application).first, *(stage.first for stage in stages))
    return tuple(dict.fromkeys(one for one in asked if one is not None))


def unit_slots(application: Application) -> frozenset[str]:
    """Papers the recommending body hands in, not the person: the consent of its authority, the notice inside the unit."""
    consent = channel_of(application).consent
    firsts = (slot for first in notices_first(application) for slot in first.evidence)
    return frozenset((*(consent.evidence if consent else ()), *firsts))


def open_return(application: Application) -> Return | None:
    return Return.objects.filter(application=application, answered_at__isnull=True).first()


def _window(campaign: Campaign, at: datetime) -> Decision:
    if campaign.is_open(at):
        return ALLOWED
    if campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动“{campaign.title}”{campaign.get_state_display()}，现在不受理申报")

    opens, closes = deadline_words(campaign.opens_at), deadline_words(campaign.closes_at)
    return denied(f"不在申报期内：申报时间为 {opens}至 {closes}")


def _source(channel: Channel) -> str:
    return f"（依据{channel.clause}）" if channel.clause else ""


def _belongs(actor: Member, application: Application) -> bool:
    return actor.active and actor.union_id == application.union_id


def is_editor(actor: Member, application: Application) -> bool:
    """Whoever fills it in: the applicant; without one the nominating unit's officers, or whoever nominated."""
    if not _belongs(actor, application):
        return False
    if application.applicant_id is not None:
        return application.applicant_id == actor.pk
    if application.unit is not None:
        return bool(can_represent(actor, application.unit))
    return application.filled_by_id == actor.pk and not _waits_for_nominee(application)


def speaks_for_unit(actor: Member, application: Application) -> bool:
    unit = application.unit
    return unit is not None and _belongs(actor, application) and bool(can_represent(actor, unit))


def may_print_whole(actor: Member, application: Application) -> bool:
    """Whose print shows ID number and phone whole: who fills the form in, and the unit that seals it."""
    return is_editor(actor, application) or speaks_for_unit(actor, application)


def _waits_for_nominee(application: Application) -> bool:
    return bool(application.claim_digest)


# --- starting --------------------------------------------------------------------------------------------------------


def can_choose_unit(campaign: Campaign, channel: Channel, unit: Unit | None) -> Decision:
    """A unit of one of the kinds the channel names, where it names any."""
    if not needs_unit(channel):
        return denied(f"“{channel.label}”直接向认定办公室申报，不经推荐单位") if unit is not None else ALLOWED
    if unit is None:
        return denied(f"“{channel.label}”须经推荐单位审核，请选择推荐单位")
    if unit.union_id != campaign.union_id or not unit.active:
        return denied("没有这个推荐单位，请重新选择")
    if channel.files_through and unit.kind not in channel.files_through:
        kinds = {kind.id: kind.label for kind in campaign.rules.unit_kinds}
        wanted = "、".join(kinds[kind] for kind in channel.files_through)
        return denied(f"“{channel.label}”由{wanted}审核申报{_source(channel)}，{unit.name}不在其中")
    return ALLOWED


def can_start(actor: Member, campaign: Campaign, *, channel: Channel, unit: Unit | None, at: datetime) -> Decision:
    """A person starts their own application."""
    if actor.union_id != campaign.union_id or not actor.active or actor.user_id is None:
        return denied("请先登录并加入本工会")
    if channel.kind == "anyone":
        return denied("他人推荐由推荐人提名，请从“推荐他人”进入")
    if not takes_individuals(campaign.rules):
        return denied(
            f"本次活动不接受个人申报，由{nominating(campaign.rules)}推荐{_source(channel)}，请与所在单位工会联系"
        )
    return _window(campaign, at) and can_choose_unit(campaign, channel, unit)


def can_nominate(actor: Member, campaign: Campaign, *, channel: Channel, unit: Unit | None, at: datetime) -> Decision:
    """A unit officer nominates for the own unit; anybody signed in, where the notice lets anyone name a craftsman."""
    if actor.union_id != campaign.union_id or not actor.active:
        return denied("只能在本工会内推荐")
    window = _window(campaign, at)
    if not window:
        return window
    if channel.kind == "anyone":
        return ALLOWED if actor.role == Role.APPLICANT else denied("工作人员不以个人名义推荐，请由单位推荐")
    if channel.kind == "self":
        return denied("个人自荐由本人申报")
    chosen = can_choose_unit(campaign, channel, unit)
    if not chosen or unit is None:
        return chosen
    return can_represent(actor, unit)


def can_accept_nomination(actor: Member, application: Application, *, at: datetime) -> Decision:
    if not _belongs(actor, application):
        return denied("推荐链接不属于本工会")
    if application.nominated_by_id == actor.pk:
        return denied("不能接受自己提出的推荐；本人申报请选“个人自荐”")
    return _still_open_to_nominee(application, at)


def can_decline_nomination(actor: Member, application: Application, *, at: datetime) -> Decision:
    """Whoever holds the link, signed in or not: nobody has to open an account in order to say no."""
    if not _belongs(actor, application):
        return denied("推荐链接不属于本工会")
    return _still_open_to_nominee(application, at)


def _still_open_to_nominee(application: Application, at: datetime) -> Decision:
    if application.state == State.LAPSED:
        return denied("申报期内没有答复，该推荐已经逾期")
    if not _waits_for_nominee(application) or application.state != State.DRAFT:
        return denied("该推荐已被接受、谢绝或撤回")
    return _window(application.campaign, at)


# --- filling in ------------------------------------------------------------------------------------------------------


def can_save_draft(actor: Member, application: Application, *, at: datetime) -> Decision:
    if not is_editor(actor, application):
        return denied("只有填写人可以修改这份申报")
    if application.state not in EDITABLE:
        return denied(f"申报{application.get_state_display()}，不能修改")
    if application.person.key_id is None:
        return denied("个人信息已按规定删除，不能再修改")
    if application.state == State.DRAFT:
        return _window(application.campaign, at)
    returned = open_return(application)
    if returned is None or at > returned.deadline:
        return denied("补正期限已过，不能再修改；如有特殊情况请与认定办公室联系")
    return ALLOWED


def changeable(application: Application) -> frozenset[str] | None:
    """While returned, only what was asked to be mended; None: everything."""
    if application.state != State.RETURNED:
        return None
    returned = open_return(application)
    return frozenset(returned.items) if returned else frozenset()


def may_change(application: Application, item: str) -> bool:
    only = changeable(application)
    return only is None or item in only


def can_attach(actor: Member, application: Application, slot: str, *, at: datetime) -> Decision:
    """Materials while the form is open; the unit's own papers until it endorses; the sealed scan once handed in."""
    if slot == SEALED_FORM:
        return _can_attach_scan(actor, application)
    if slot in unit_slots(application) and speaks_for_unit(actor, application):
        return _before_endorsing(application, at, otherwise="推荐材料在提出推荐意见之前上传")
    allowed = can_save_draft(actor, application, at=at)
    if allowed and not may_change(application, slot):
        return denied("这项材料不在退回补正的范围内，不能更换")
    return allowed


def _before_endorsing(application: Application, at: datetime, *, otherwise: str) -> Decision:
    if application.state in {State.DRAFT, State.AWAITING_UNIT}:
        return _window(application.campaign, at)
    return denied(otherwise)


def _can_attach_scan(actor: Member, application: Application) -> Decision:
    if not (is_editor(actor, application) or speaks_for_unit(actor, application)):
        return denied("盖章扫描件由申报人或推荐单位上传")
    if application.state not in {State.AWAITING_UNIT, State.SUBMITTED}:
        return denied("请先提交申报、打印申报表并盖章，再上传扫描件")
    return ALLOWED


def can_change_channel(
    actor: Member, application: Application, *, channel: Channel, unit: Unit | None, at: datetime
) -> Decision:
    allowed = can_save_draft(actor, application, at=at)
    if not allowed:
        return allowed
    if application.state != State.DRAFT or application.applicant_id is None:
        return denied("申报渠道在首次递交前由申报人本人更改")
    if channel.kind == "anyone":
        return denied("他人推荐由推荐人提名")
    return can_choose_unit(application.campaign, channel, unit)


def can_submit(actor: Member, application: Application, *, at: datetime) -> Decision:
    """Whoever may still write in it may hand it in."""
    return can_save_draft(actor, application, at=at)


# --- recommending, returning, withdrawing ----------------------------------------------------------------------------


def can_endorse(actor: Member, application: Application, *, at: datetime) -> Decision:
    if application.unit is None:
        return denied("这份申报不经推荐单位")
    if not speaks_for_unit(actor, application):
        return denied(f"只有{application.unit.name}的经办人可以提出推荐意见")
    if application.state != State.AWAITING_UNIT:
        return denied(f"申报{application.get_state_display()}，现在不能提出推荐意见")
    return _window(application.campaign, at)


def can_record_internal_notice(actor: Member, application: Application, *, at: datetime) -> Decision:
    if not notices_first(application):
        return denied("规则没有要求推荐前在本单位公示")
    if not speaks_for_unit(actor, application):
        return denied("单位内公示由推荐单位经办人记录")
    return _before_endorsing(application, at, otherwise="单位内公示在提出推荐意见之前记录")


def can_return(actor: Member, application: Application, *, at: datetime) -> Decision:
    """The unit returns what it is screening; the office what was filed, as often as the rules allow."""
    if application.state == State.AWAITING_UNIT:
        if not speaks_for_unit(actor, application):
            return denied("申报正由推荐单位审核，由该单位经办人退回")
        return _window(application.campaign, at)
    office = can_run_office(actor, application.union)
    if not office:
        return office
    if application.state != State.SUBMITTED:
        return denied(f"申报{application.get_state_display()}，不能退回补正")
    if application.campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{application.campaign.get_state_display()}，不能退回补正")
    return _returns_left(application)


def _returns_left(application: Application) -> Decision:
    stages = application.campaign.rules.stages
    corrections = next((s.corrections for s in stages if isinstance(s, QualificationStage) and s.corrections), None)
    if corrections is None:
        return ALLOWED
    used = Return.objects.filter(application=application, unit__isnull=True).count()
    if used < corrections.times:
        return ALLOWED
    source = f"依据{corrections.clause}" if corrections.clause else "本办公室自定"
    return denied(f"补正至多 {corrections.times} 次（{source}），已退回 {used} 次，请直接作出审核结论")


def can_withdraw(actor: Member, application: Application, *, at: datetime) -> Decision:  # noqa: ARG001 - as all verbs
    nominator = _waits_for_nominee(application) and application.nominated_by_id == actor.pk
    if not (is_editor(actor, application) or (nominator and _belongs(actor, application))):
        return denied("只有申报人（或提名的推荐单位）可以撤回申报")
    if application.state not in LIVE:
        return denied(f"申报{application.get_state_display()}，不能撤回")
    if application.campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{application.campaign.get_state_display()}，不能撤回")
    return ALLOWED


def can_lapse_overdue(actor: Member, campaign: Campaign) -> Decision:
    if actor.union_id == campaign.union_id and (actor.role == Role.SYSTEM or can_run_office(actor, campaign.union)):
        return ALLOWED
    return denied("逾期由系统或认定办公室办理")


# --- reading ---------------------------------------------------------------------------------------------------------


def can_reveal_id_number(actor: Member, application: Application) -> Decision:
    """The office checks proofs against it, the recommending unit answers for its people; nobody else needs it whole."""
    if not _belongs(actor, application):
        return denied("不是本工会的申报")
    if can_run_office(actor, application.union) or speaks_for_unit(actor, application):
        return ALLOWED
    return denied("只有认定办公室和推荐单位经办人可以查看完整证件号码")


def can_read_material(actor: Member, material: Material) -> Decision:
    """Whoever may read the application; experts come through their panel, which checks recusal first."""
    if not actor.active or actor.role == Role.EXPERT:
        return denied("请从评审页面查看材料")
    if not Application.objects.visible_to(actor).filter(pk=material.application_id).exists():
        return denied("没有查看该材料的权限")
    return ALLOWED


def accepts_slot(application: Application, slot: str) -> bool:
    """A slot the rule set asks for, the photo or the sealed scan."""
    rules = application.campaign.rules
    return slot in {PHOTO, SEALED_FORM, *(material.id for material in rules.materials)}


def can_inbox(actor: Member) -> Decision:
    """Office, leading group and supervisor read what was filed."""
    if actor.active and actor.role in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
        return ALLOWED
    return denied("申报受理由认定办公室办理")
