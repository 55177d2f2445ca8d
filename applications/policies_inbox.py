"""Who of the office works on what, and who reads notes."""

from datetime import datetime

from applications.models import Application
from applications.models_inbox import SavedFilter
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_run_office
from unions.states import Role

NOTE_READERS = frozenset({Role.OFFICE, Role.LEADER, Role.SUPERVISOR})


def conflict_of(officer: Member, application: Application) -> str:
    """Why a colleague must keep out of a case (回避), as far as the system knows; nothing where it knows of no reason.

    Needs the application's person and the officer's user.
    """
    if officer.pk == application.applicant_id or (
        officer.user_id is not None and officer.user_id == application.person.user_id
    ):
        return "是本人的申报"
    if officer.pk in {application.nominated_by_id, application.filled_by_id}:
        return "是该申报的填报人或提名人"
    if officer.unit_id is not None and officer.unit_id == application.unit_id:
        return "所属单位是该申报的推荐单位"
    if officer.user is not None and officer.user.name and officer.user.name == application.name:
        return "与申报人同名，无法排除为同一人"
    return ""


def can_assign(actor: Member, union: Union) -> Decision:
    return can_run_office(actor, union)


def can_take(officer: Member, application: Application, *, at: datetime) -> Decision:
    """Whether a colleague may be given a case: of the office, at work, and without a known conflict."""
    name = officer.display_name
    at_work = officer.active and (officer.until is None or officer.until > at)
    if officer.union_id != application.union_id or officer.role != Role.OFFICE or not at_work:
        return denied(f"{name}不是认定办公室的在岗工作人员，请另选一位")
    if not application.number:
        return denied(f"{application.name}的申报尚未提交到认定办公室")
    if why := conflict_of(officer, application):
        return denied(f"{name}{why}，应当回避，请把{application.name}分给其他同事")
    return ALLOWED


def can_note(actor: Member, application: Application) -> Decision:
    if not actor.active or actor.union_id != application.union_id:
        return denied("不是本工会的申报")
    if actor.role not in {Role.OFFICE, Role.LEADER}:
        return denied("内部备注由认定办公室和领导小组填写")
    if not application.number:
        return denied("申报提交后才能添加备注")
    if application.person.key_id is None or application.anonymised_at is not None:
        return denied("个人信息已按规定删除，不能再添加备注")
    return ALLOWED


def can_read_notes(actor: Member, application: Application) -> Decision:
    """Those who decide and those who supervise; never whom it is about, nor a unit or an expert."""
    if actor.active and actor.union_id == application.union_id and actor.role in NOTE_READERS:
        return ALLOWED
    return denied("内部备注不对外显示")


def can_save_filter(actor: Member, union: Union) -> Decision:
    if actor.active and actor.union_id == union.pk and actor.role in NOTE_READERS:
        return ALLOWED
    return denied("常用筛选由使用申报受理的人员保存")


def can_remove_filter(actor: Member, saved: SavedFilter) -> Decision:
    if not actor.active or saved.owner_id != actor.pk:
        return denied("只能删除自己保存的筛选，同事的请其本人删除")
    return ALLOWED
