"""What a person may ask about their own data, and who answers."""

from applications.models import Application, ErasureRequest, Person
from applications.states import ErasureState, State
from unions.models import Member
from unions.permits import ALLOWED, Decision, denied
from unions.policies import can_run_office
from unions.states import Role


def can_expire(actor: Member, application: Application) -> Decision:
    if actor.union_id == application.union_id and actor.role == Role.SYSTEM:
        return ALLOWED
    return denied("保存期满由系统办理")


def can_erase_own(actor: Member, application: Application) -> Decision:
    """What was never handed to anybody or was taken back. Anything else is the union's file, and goes by request."""
    if not actor.active or application.applicant_id != actor.pk:
        return denied("只能删除本人的申报")
    if application.anonymised_at is not None:
        return denied("这份申报的个人信息已经删除")
    if application.state not in {State.DRAFT, State.WITHDRAWN, State.LAPSED}:
        return denied(f"申报{application.get_state_display()}，请先撤回，或提出删除请求")
    return ALLOWED


def can_request_erasure(actor: Member, person: Person | None) -> Decision:
    if person is None or person.anonymised_at is not None:
        return denied("本工会没有保存您的申报信息")
    if not actor.active or actor.user_id is None or person.user_id != actor.user_id:
        return denied("只能请求删除本人的信息")
    if ErasureRequest.objects.filter(person=person, state=ErasureState.OPEN).exists():
        return denied("您的删除请求正在处理，不必重复提出")
    return ALLOWED


def can_take_back_erasure(actor: Member, asked: ErasureRequest) -> Decision:
    if asked.by_id != actor.pk:
        return denied("只有本人可以撤回删除请求")
    return ALLOWED if asked.state == ErasureState.OPEN else denied(f"这项请求{asked.get_state_display()}")


def can_decide_erasure(actor: Member, asked: ErasureRequest) -> Decision:
    office = can_run_office(actor, asked.union)
    if not office:
        return office
    if asked.state != ErasureState.OPEN:
        return denied(f"这项请求{asked.get_state_display()}，不能再处理")
    if asked.person.user_id is not None and asked.person.user_id == actor.user_id:
        return denied("这是您本人的请求，请由其他工作人员处理")
    return ALLOWED
