"""May this person do it now, and if not, why?"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from applications.days import deadline_words
from applications.models import PHOTO, SEALED_FORM, SIGNED_CONSENT, Application, Confirmation, Material, Return
from applications.states import EDITABLE, HANDED_IN, LIVE, State
from campaigns.models import Campaign
from campaigns.policies import takes_individuals
from campaigns.presentation import nominating
from campaigns.rules.schema import Channel, InternalNotice, NominationStage, QualificationStage
from campaigns.states import CampaignState
from unions.models import Member, Union, Unit
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
    return Return.objects.select_related("unit").filter(application=application, answered_at__isnull=True).first()


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


ASKED_AT_MOST: Final = 2
"""Messages to one person for one nomination: the invitation, and once more."""


def can_resend_invitation(actor: Member, application: Application, *, at: datetime) -> Decision:
    """Whoever named somebody asks them once more, while the answer is still out."""
    if not _belongs(actor, application) or application.nominated_by_id != actor.pk:
        return denied("只有推荐人可以重新发送邀请")
    waiting = _still_open_to_nominee(application, at)
    if not waiting:
        return waiting
    if application.invitations.count() >= ASKED_AT_MOST:
        return denied("邀请只能重新发送一次；请用其他办法联系对方")
    return ALLOWED


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
    window = _window(application.campaign, at)
    if window and application.answer_by is not None and at > application.answer_by:
        return denied(
            f"答复期限（{deadline_words(application.answer_by)}）已过，该推荐已经逾期；仍愿意参加的，可以本人申报"
        )
    return window


# --- filling in ------------------------------------------------------------------------------------------------------


def can_save_draft(actor: Member, application: Application, *, at: datetime) -> Decision:
    if not is_editor(actor, application):
        return denied("只有填写人可以修改这份申报")
    if application.state == State.LAPSED and (late := open_return(application)) is not None:
        return denied(too_late(application, late))
    if application.state not in EDITABLE:
        return denied(f"申报{application.get_state_display()}，不能修改")
    if application.person.key_id is None or application.anonymised_at is not None:
        return denied("个人信息已按规定删除，不能再修改")
    if application.state == State.DRAFT:
        return _window(application.campaign, at)
    returned = open_return(application)
    if returned is None:
        return denied("申报没有待补正的项目，不能修改")
    return ALLOWED if at <= returned.deadline else denied(too_late(application, returned))


def too_late(application: Application, returned: Return) -> str:
    """Since when, and whom to ask: the unit that sent it back, or the office."""
    union = application.union
    if returned.unit is not None:
        whom = returned.unit.name
    else:
        phone = f"（电话 {union.contact_phone}）" if union.contact_phone else ""
        whom = f"{union.office_name or f'{union.name}认定办公室'}{phone}"
    until = deadline_words(returned.deadline)
    return f"补正期限已过：应在{until}前重新提交，从那以后不能再修改。如有特殊情况，请与{whom}联系"


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
    if slot == SIGNED_CONSENT:
        return can_ask_confirmation(actor, application, at=at)
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


# --- filled in for somebody else -------------------------------------------------------------------------------------


def needs_confirmation(application: Application) -> bool:
    """Whether somebody else fills it in, so that the person has to say that it is right (个人信息保护法 第十四条)."""
    return application.applicant_id is None and not _waits_for_nominee(application)


def can_ask_confirmation(actor: Member, application: Application, *, at: datetime) -> Decision:
    """Whoever fills it in asks the person, until the unit has spoken."""
    if not needs_confirmation(application):
        return denied("这份申报由本人填写，不需要另行确认")
    if not is_editor(actor, application):
        return denied("只有填写人可以请本人确认")
    if application.person.key_id is None:
        return denied("个人信息已按规定删除，不能再办理")
    if application.state == State.AWAITING_UNIT:
        return _window(application.campaign, at)
    return can_save_draft(actor, application, at=at)


CODE_ATTEMPTS: Final = 5


def can_answer_confirmation(actor: Member, confirmation: Confirmation, *, at: datetime) -> Decision:
    """Whoever holds the link, signed in or not: it went to the person's own phone or address."""
    application = confirmation.application
    if not _belongs(actor, application):
        return denied("确认链接不属于本工会")
    if confirmation.confirmed_at is not None:
        return denied("您已经确认过，不用再确认")
    if confirmation.refused_at is not None:
        return denied("您已经说明内容不对；填写人改好以后，会再发一条消息给您")
    if confirmation.expires_at is None or at > confirmation.expires_at:
        return denied("链接已经失效，请让填写人重新发送")
    if confirmation.attempts >= CODE_ATTEMPTS:
        return denied("验证码输错次数太多，请让填写人重新发送")
    if application.state not in {*EDITABLE, State.AWAITING_UNIT}:
        return denied("这份申报已经办理，不用再确认")
    return ALLOWED


# --- one person, one application -------------------------------------------------------------------------------------

TWINNED: Final = "同一证件号码另有一份已递交的申报，请先在“重复申报”中核对合并"


def can_be_decided(application: Application) -> Decision:
    """Whether anything may be decided about it: of one person's two applications not before the office chose one."""
    if Application.objects.twins_of(application).filter(state__in=sorted(HANDED_IN)).exists():
        return denied(TWINNED)
    return ALLOWED


def can_merge(actor: Member, kept: Application, ended: Iterable[Application], *, at: datetime) -> Decision:  # noqa: ARG001
    """The office, on live applications of one person in a running campaign, and not on its own."""
    office = can_run_office(actor, kept.union)
    if not office:
        return office
    if kept.campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动{kept.campaign.get_state_display()}，不能合并申报")
    rows = list(ended)
    everyone = [kept, *rows]
    if any(actor.pk == row.applicant_id for row in everyone):
        return denied("与本人有关的申报应当回避，请由其他工作人员办理")
    if not kept.id_index or any(
        row.state not in LIVE or row.campaign_id != kept.campaign_id or row.id_index != kept.id_index
        for row in everyone
    ):
        return denied("这些申报已经变动，不再是同一证件号码的两份申报；请刷新后核对")
    if not rows or kept.pk in {row.pk for row in rows}:
        return denied("请选择保留哪一份，并入哪一份")
    if kept.state not in HANDED_IN and any(row.state in HANDED_IN for row in rows):
        return denied("填写中的一份还没有递交，不能代替已经递交的；请保留已经递交的")
    return ALLOWED


def can_choose_source(actor: Member, application: Application, *, at: datetime) -> Decision:  # noqa: ARG001
    office = can_run_office(actor, application.union)
    if not office:
        return office
    if application.campaign.state != CampaignState.PUBLISHED or application.state not in HANDED_IN:
        return denied("申报没有递交，或者活动已经结束，不能改按别的来源计")
    if actor.pk == application.applicant_id:
        return denied("与本人有关的申报应当回避，请由其他工作人员办理")
    return can_be_decided(application)


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


# --- the unit's desk -------------------------------------------------------------------------------------------------


def can_order_people(actor: Member, campaign: Campaign, unit: Unit, *, at: datetime) -> Decision:
    """The unit says in which order it would have its people chosen, while it may still recommend."""
    own = _for_unit(actor, campaign, unit)
    return own and _window(campaign, at)


def can_set_phrases(actor: Member, unit: Unit) -> Decision:
    return can_represent(actor, unit) if actor.union_id == unit.union_id else denied("只能设置本单位的常用语")


def can_import_people(actor: Member, campaign: Campaign, unit: Unit, *, at: datetime) -> Decision:
    """A sheet makes drafts as a nomination does; which channels are open is judged row by row."""
    own = _for_unit(actor, campaign, unit)
    return own and _window(campaign, at)


def can_scan_forms(actor: Member, campaign: Campaign, unit: Unit) -> Decision:
    """Sealed forms come in as long as the campaign runs, after the deadline as well, as one by one they do."""
    own = _for_unit(actor, campaign, unit)
    if own and campaign.state != CampaignState.PUBLISHED:
        return denied(f"活动“{campaign.title}”{campaign.get_state_display()}，现在不收盖章扫描件")
    return own


def can_print_forms(actor: Member, campaign: Campaign, unit: Unit) -> Decision:
    """The unit seals its people's forms, which show everything whole."""
    return _for_unit(actor, campaign, unit)


def can_forget_uploads(actor: Member, union: Union) -> Decision:
    if actor.union_id == union.pk and actor.role == Role.SYSTEM:
        return ALLOWED
    return denied("过期的上传文件由系统删除")


def _for_unit(actor: Member, campaign: Campaign, unit: Unit) -> Decision:
    if actor.union_id != campaign.union_id or unit.union_id != campaign.union_id:
        return denied("只能办理本工会的活动")
    return can_represent(actor, unit)


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
    return slot in {PHOTO, SEALED_FORM, SIGNED_CONSENT, *(material.id for material in rules.materials)}


def can_inbox(actor: Member) -> Decision:
    """Office, leading group and supervisor read what was filed."""
    if actor.active and actor.role in {Role.OFFICE, Role.LEADER, Role.SUPERVISOR}:
        return ALLOWED
    return denied("申报受理由认定办公室办理")
