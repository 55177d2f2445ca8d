"""May this person do it now, and if not, why?"""

from datetime import datetime

from unions.models import Invitation, Member, Union, Unit
from unions.permits import ALLOWED, Decision, denied
from unions.states import Role


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


def can_change_member(actor: Member, member: Member) -> Decision:
    decision = can_administer(actor, member.union)
    if not decision:
        return decision
    if member.role in {Role.SYSTEM, Role.PUBLIC, Role.OPERATOR}:
        return denied("系统账号不能调整")
    if member.pk == actor.pk:
        return denied("不能调整本人的角色，请由另一位管理员操作")
    return ALLOWED


def can_accept_invitation(invitation: Invitation, *, at: datetime) -> Decision:
    if invitation.revoked_at:
        return denied("邀请已被撤销，请联系工会管理员重新邀请")
    if invitation.accepted_at:
        return denied("邀请已使用")
    if at > invitation.expires_at:
        return denied("邀请已过期，请联系工会管理员重新邀请")
    return ALLOWED
