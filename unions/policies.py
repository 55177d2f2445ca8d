"""May this person do it now, and if not, why?"""

from datetime import datetime

from unions.models import Delivery, Invitation, Member, Union, Unit, User
from unions.outbox.states import FOR_A_PERSON
from unions.permits import ALLOWED, Decision, denied
from unions.states import STAFF, Role


def can_administer(actor: Member, union: Union) -> Decision:
    if actor.union_id != union.pk or not actor.may("administer", union):
        return denied("只有本工会的管理员可以进行此操作")
    return ALLOWED


def can_run_office(actor: Member, union: Union) -> Decision:
    """The office and, for set-up work, the administrator who appoints it."""
    if actor.union_id != union.pk or not actor.may("run_office", union):
        return denied("只有认定办公室可以进行此操作")
    return ALLOWED


def can_lead(actor: Member, union: Union) -> Decision:
    if actor.union_id != union.pk or not actor.may("lead", union):
        return denied("只有领导小组成员可以进行此操作")
    return ALLOWED


def can_represent(actor: Member, unit: Unit) -> Decision:
    if actor.union_id != unit.union_id or not unit.active or not actor.may("represent", unit):
        return denied(f"只有{unit.name}的经办人可以进行此操作")
    return ALLOWED


def can_read_audit(actor: Member, union: Union) -> Decision:
    if actor.union_id == union.pk and (actor.may("supervise", union) or actor.may("administer", union)):
        return ALLOWED
    return denied("只有监督员和工会管理员可以查看审计记录")


def can_deactivate_member(actor: Member, member: Member) -> Decision:
    decision = can_administer(actor, member.union)
    if not decision:
        return decision
    if member.role in {Role.SYSTEM, Role.PUBLIC, Role.OPERATOR}:
        return denied("系统账号不能停用")
    if member.pk == actor.pk:
        return denied("不能停用本人，请由另一位管理员操作")
    if not member.active:
        return denied("该成员已经停用")
    return ALLOWED


def can_appoint_first_administrator(actor: Member, union: Union) -> Decision:
    """The one appointment that no administrator of the union can make: by its operator or the system, once."""
    platform = actor.role == Role.SYSTEM or (actor.user is not None and can_operate(actor.user).allowed)
    if actor.union_id != union.pk or not actor.active or not platform:
        return denied("只有平台管理员可以指定首位工会管理员")
    if Member.objects.filter(union=union, role=Role.ADMIN, active=True).exists():
        return denied("该工会已有管理员，请由其邀请其他成员")
    return ALLOWED


def can_operate(user: User) -> Decision:
    """Platform work: opening unions, health. It shows nobody's application."""
    if not (user.is_active and user.is_staff):
        return denied("只有平台管理员可以进行此操作")
    return ALLOWED


def can_configure_union(actor: Member, union: Union) -> Decision:
    if actor.union_id != union.pk or not actor.active or actor.user is None:
        return denied("只有平台管理员可以进行此操作")
    return can_operate(actor.user)


def can_accept_invitation(invitation: Invitation, user: User, *, at: datetime) -> Decision:
    """Whoever holds the link, unless they have other work in this union: one person has one role at a time."""
    if invitation.revoked_at:
        return denied("邀请已被撤销，请联系工会管理员重新邀请")
    if invitation.accepted_at:
        return denied("邀请已使用，每个邀请只能用一次；如果不是您本人接受的，请联系工会管理员")
    if at > invitation.expires_at:
        return denied("邀请已过期，请联系工会管理员重新邀请")
    if not invitation.invited_by.active:
        return denied("发出邀请的管理员已停用，请联系工会管理员重新邀请")
    current = Member.objects.filter(union_id=invitation.union_id, user=user, active=True).first()
    if current is not None and current.role in STAFF:
        return denied(
            f"您已是本工会的{current.get_role_display()}，一人同时只有一个角色；要调整，请联系工会管理员先停用现有角色"
        )
    return ALLOWED


def can_tend_messages(actor: Member, union: Union) -> Decision:
    """See what could not be delivered and do something about it; which kinds each desk tends, `outbox.selectors` says."""
    if can_run_office(actor, union) or can_administer(actor, union):
        return ALLOWED
    return denied("只有认定办公室和工会管理员可以办理消息的发送")


def can_settle_delivery(actor: Member, delivery: Delivery, *, desk: str) -> Decision:
    """Only what waits for a person, and only whoever tends that kind of message."""
    decision = can_tend_messages(actor, delivery.union)
    if not decision:
        return decision
    if (desk == "admin") != (actor.role == Role.ADMIN):
        return denied("这条消息由另一个岗位办理")
    if delivery.state not in FOR_A_PERSON:
        return denied(f"这条消息{delivery.get_state_display()}，不需要人工办理")
    return ALLOWED


def can_send_again(actor: Member, delivery: Delivery, *, desk: str) -> Decision:
    """Never a message that a later decision has overtaken: two would contradict each other."""
    decision = can_settle_delivery(actor, delivery, desk=desk)
    if decision and delivery.message.superseded_at is not None:
        return denied("同一事项后来又有新的决定，这条消息不能再发；已经口头说明的，请记录“已另行告知”")
    return decision


def can_rotate_keys(actor: Member, union: Union) -> Decision:
    """Key rotation is a command of whoever runs the installation; it acts as the union's system member."""
    if actor.union_id != union.pk or actor.role != Role.SYSTEM:
        return denied("密钥轮换只能由运维命令执行")
    return ALLOWED
