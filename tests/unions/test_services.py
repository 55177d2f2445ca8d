"""Every write about unions, units and members: who may, what follows, what the log says."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group
from django.db import connections
from guardian.shortcuts import assign_perm
from pytest_django import Settings

from tests import factories
from unions import audit, policies, services, tenancy, vault
from unions.models import AuditEntry, Consent, Invitation, Member, PersonalKey, Union, Unit, UnitKind, User
from unions.permits import Refused
from unions.services import UnitRow
from unions.states import INVITABLE, STAFF, Role

NOON = factories.NOON
Make = Callable[..., Member]


def last_entry(union: Union) -> AuditEntry:
    return AuditEntry.objects.filter(union=union).latest("seq")


@pytest.fixture
def operator(db: None) -> User:
    return factories.UserFactory(operator=True)


# --- founding and the platform --------------------------------------------------------------------------------------


def found(**details: Any) -> Union:
    with tenancy.everywhere(tenancy.GlobalRoute.OPERATOR):
        return services.found_union(
            **{"slug": "xin", "name": "新区总工会", "short_name": "新区", "at": NOON, **details}
        ).union


def test_a_founded_union_has_system_public_and_its_operator(operator: User) -> None:
    union = found(operator=operator)

    with tenancy.scope(union.pk):
        assert services.system_member(union).user is None
        assert services.public_member(union).role == Role.PUBLIC
        entry = last_entry(union)
        assert (entry.action, entry.actor.user) == ("union.founded", operator)


def test_whoever_is_no_operator_founds_nothing(db: None) -> None:
    with pytest.raises(Refused, match="平台管理员"):
        found(operator=factories.UserFactory())
    assert not Union.objects.exists()


@pytest.mark.parametrize("slug", ["admin", "accounts", "shili"])
def test_reserved_and_taken_addresses_are_refused(union: Union, slug: str) -> None:
    with pytest.raises(Refused, match=slug):
        found(slug=slug)


def test_an_operator_registers_once(union: Union, operator: User) -> None:
    first = services.register_operator(union, operator, at=NOON)
    again = services.register_operator(union, operator, at=NOON)

    assert first == again
    assert first.role == Role.OPERATOR
    assert AuditEntry.objects.filter(action="operator.registered").count() == 1


def test_an_operator_reads_for_a_reason_and_an_hour(union: Union, operator: User) -> None:
    member = services.grant_operator_reading(union, operator, reason="用户来电，核对公示", at=NOON)

    assert (member.role, member.until) == (Role.SUPERVISOR, NOON + timedelta(hours=1))
    assert policies.can_read_audit(Member.objects.get(pk=member.pk), union)
    assert last_entry(union).reason == "用户来电，核对公示"
    assert Member.objects.at_work(NOON + timedelta(minutes=59)).filter(pk=member.pk).exists()
    assert not Member.objects.at_work(NOON + timedelta(minutes=60)).filter(pk=member.pk).exists()


def test_reading_that_ran_out_is_taken_back(union: Union, operator: User) -> None:
    services.grant_operator_reading(union, operator, reason="核对", at=NOON)

    member = services.register_operator(union, operator, at=NOON + timedelta(hours=1))

    assert (member.role, member.until) == (Role.OPERATOR, None)
    assert not policies.can_read_audit(Member.objects.get(pk=member.pk), union)


def test_reading_can_be_prolonged_with_another_reason(union: Union, operator: User) -> None:
    services.grant_operator_reading(union, operator, reason="核对", at=NOON)
    later = NOON + timedelta(minutes=30)

    member = services.grant_operator_reading(union, operator, reason="仍在核对", at=later)

    assert member.until == later + timedelta(hours=1)


def test_an_operator_without_a_reason_reads_nothing(union: Union, operator: User) -> None:
    with pytest.raises(Refused, match="理由"):
        services.grant_operator_reading(union, operator, reason=" ", at=NOON)
    assert not Member.objects.filter(user=operator).exists()


def test_an_operator_who_works_in_the_union_needs_no_permission_to_read(
    union: Union, member: Make, operator: User
) -> None:
    member(Role.OFFICE, user=operator)

    with pytest.raises(Refused, match="认定办公室"):
        services.grant_operator_reading(union, operator, reason="核对", at=NOON)


def test_the_platform_sets_domain_and_closes_a_union(union: Union, member: Make) -> None:
    actor = member(Role.OPERATOR)

    changed = services.configure_union(union, domain="gj.example.cn", active=False, reason="搬家", actor=actor, at=NOON)

    assert (changed.domain, changed.active) == ("gj.example.cn", False)
    entry = last_entry(union)
    assert (entry.before, entry.after) == (
        {"domain": None, "active": True},
        {"domain": "gj.example.cn", "active": False},
    )


def test_settings_that_stay_the_same_leave_no_entry(union: Union, member: Make) -> None:
    actor = member(Role.OPERATOR)
    before = AuditEntry.objects.count()

    services.configure_union(union, domain="", active=True, reason="看看", actor=actor, at=NOON)

    assert AuditEntry.objects.count() == before


def test_a_domain_belongs_to_one_union(union: Union, other_union: Union, member: Make) -> None:
    Union.objects.filter(pk=other_union.pk).update(domain="gj.example.cn")

    with pytest.raises(Refused, match="已被其他工会使用"):
        services.configure_union(
            union, domain="gj.example.cn", active=True, reason="搬家", actor=member(Role.OPERATOR), at=NOON
        )


def test_settings_need_a_reason_and_an_operator(union: Union, member: Make) -> None:
    with pytest.raises(Refused, match="理由"):
        services.configure_union(union, domain="", active=False, reason="", actor=member(Role.OPERATOR), at=NOON)
    for actor in (member(Role.ADMIN), services.system_member(union)):
        with pytest.raises(Refused, match="平台管理员"):
            services.configure_union(union, domain="", active=False, reason="x", actor=actor, at=NOON)


# --- joining and roles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted({*STAFF, Role.APPLICANT}))
def test_every_role_can_be_given(union: Union, member: Make, role: Role) -> None:
    assert member(role).role == role
    assert audit.verify(union).verified


def test_joining_twice_is_joining_once(union: Union) -> None:
    user = factories.UserFactory()

    assert services.join_as_applicant(union, user, at=NOON) == services.join_as_applicant(union, user, at=NOON)
    assert AuditEntry.objects.filter(action="member.joined").count() == 1


def test_an_applicant_is_promoted_in_place(union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    applicant = member(Role.APPLICANT)
    assert applicant.user is not None

    expert = services.appoint_member(union, applicant.user, Role.EXPERT, actor=admin, at=NOON)

    assert expert.pk == applicant.pk
    assert last_entry(union).before == {"role": "applicant", "unit": None, "active": True}


@pytest.mark.parametrize("role", sorted(set(Role) - INVITABLE))
def test_system_roles_and_applicants_are_not_appointed(union: Union, member: Make, role: Role) -> None:
    with pytest.raises(Refused, match="不能指派"):
        services.appoint_member(union, factories.UserFactory(), role, actor=member(Role.ADMIN), at=NOON)


def test_an_officer_needs_a_unit_of_the_same_union(union: Union, other_union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    with tenancy.scope(other_union.pk):
        elsewhere = factories.UnitFactory(union=other_union)

    for unit in (None, elsewhere):
        with pytest.raises(Refused, match="推荐单位"):
            services.appoint_member(union, factories.UserFactory(), Role.UNIT_OFFICER, actor=admin, at=NOON, unit=unit)


@pytest.mark.parametrize("role", sorted({*STAFF, Role.APPLICANT} - {Role.ADMIN}))
def test_only_an_administrator_appoints(union: Union, member: Make, role: Role) -> None:
    with pytest.raises(Refused, match="管理员"):
        services.appoint_member(union, factories.UserFactory(), Role.EXPERT, actor=member(role), at=NOON)


def test_an_officer_represents_the_own_unit_only(union: Union, member: Make) -> None:
    mine, other = factories.UnitFactory(union=union), factories.UnitFactory(union=union)
    officer = member(Role.UNIT_OFFICER, unit=mine)

    assert policies.can_represent(officer, mine)
    assert not policies.can_represent(officer, other)


def test_an_officer_of_another_union_represents_nothing_here(union: Union, other_union: Union, member: Make) -> None:
    unit = factories.UnitFactory(union=union)
    with tenancy.scope(other_union.pk):
        stranger = factories.MemberFactory(union=other_union, role=Role.UNIT_OFFICER)
    assert stranger.user is not None
    assign_perm("represent", stranger.user, unit)  # even a wrongly given permission opens nothing

    assert not policies.can_represent(stranger, unit)


def test_an_officer_of_a_closed_unit_represents_it_no_more(union: Union, member: Make) -> None:
    officer = member(Role.UNIT_OFFICER)
    assert officer.unit is not None
    unit = services.set_unit_active(officer.unit, False, actor=member(Role.ADMIN), at=NOON, reason="合并")

    assert not policies.can_represent(officer, unit)


@pytest.mark.parametrize(
    ("role", "policy"),
    [
        (Role.ADMIN, policies.can_administer),
        (Role.OFFICE, policies.can_run_office),
        (Role.LEADER, policies.can_lead),
    ],
)
def test_a_role_holds_in_its_own_union_and_for_its_own_work(
    union: Union, other_union: Union, member: Make, role: Role, policy: Callable[[Member, Union], Any]
) -> None:
    holder = member(role)

    assert policy(holder, union)
    assert not policy(holder, other_union)
    for other in sorted({*STAFF, Role.APPLICANT} - {role}):
        assert not policy(member(other), union), other


def test_groups_are_of_one_union(union: Union, other_union: Union, member: Make) -> None:
    office = member(Role.OFFICE)
    assert office.user is not None

    assert list(office.user.groups.all()) == [services.role_group(union, Role.OFFICE)]
    assert services.role_group(union, Role.OFFICE) != services.role_group(other_union, Role.OFFICE)
    assert Group.objects.filter(name__startswith=f"union {union.pk} ").count() >= 5


def test_a_superuser_gets_no_permission_from_being_one(union: Union, member: Make) -> None:
    office = member(Role.OFFICE)
    assert office.user is not None
    office.user.is_superuser = True

    assert not policies.can_run_office(office, union)
    assert not policies.can_administer(office, union)


def test_a_user_who_is_switched_off_may_nothing(union: Union, member: Make) -> None:
    office = member(Role.OFFICE)
    assert office.user is not None
    office.user.is_active = False

    assert not policies.can_run_office(office, union)


# --- the first administrator ----------------------------------------------------------------------------------------


def test_there_is_one_first_administrator(union: Union, member: Make) -> None:
    system = services.system_member(union)
    services.appoint_first_administrator(union, factories.UserFactory(), actor=system, at=NOON)

    with pytest.raises(Refused, match="已有管理员"):
        services.appoint_first_administrator(union, factories.UserFactory(), actor=system, at=NOON)


def test_the_operator_invites_the_first_administrator(union: Union, member: Make) -> None:
    actor = member(Role.OPERATOR)

    invitation, _ = services.invite_first_administrator(union, contact="a@example.com", name="甲", actor=actor, at=NOON)
    admin = services.accept_invitation(invitation, factories.UserFactory(), at=NOON)

    assert policies.can_administer(admin, union)
    with pytest.raises(Refused, match="已有管理员"):
        services.invite_first_administrator(union, contact="b@example.com", name="乙", actor=actor, at=NOON)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.APPLICANT])
def test_nobody_else_names_the_first_administrator(union: Union, member: Make, role: Role) -> None:
    actor = member(role)

    with pytest.raises(Refused, match="平台管理员"):
        services.appoint_first_administrator(union, factories.UserFactory(), actor=actor, at=NOON)


# --- deactivating ---------------------------------------------------------------------------------------------------


def test_deactivating_takes_every_right_away_and_keeps_the_row(union: Union, member: Make) -> None:
    admin, officer = member(Role.ADMIN), member(Role.UNIT_OFFICER)
    assert officer.unit is not None
    assert officer.user is not None

    services.deactivate_member(officer, actor=admin, at=NOON, reason="离职")

    gone = Member.objects.get(pk=officer.pk)
    assert not gone.active
    assert not policies.can_represent(gone, officer.unit)
    assert not officer.user.groups.exists()
    assert last_entry(union).reason == "离职"


def test_rights_on_units_do_not_come_back_with_another_role(union: Union, member: Make) -> None:
    admin, officer = member(Role.ADMIN), member(Role.UNIT_OFFICER)
    assert officer.unit is not None
    assert officer.user is not None
    services.deactivate_member(officer, actor=admin, at=NOON, reason="离职")

    expert = services.appoint_member(union, officer.user, Role.EXPERT, actor=admin, at=NOON)

    assert not policies.can_represent(expert, officer.unit)


def test_rights_in_another_union_stay(union: Union, other_union: Union, member: Make) -> None:
    user = factories.UserFactory()
    with tenancy.scope(other_union.pk):
        elsewhere = factories.MemberFactory(union=other_union, role=Role.UNIT_OFFICER, user=user)
    here = member(Role.UNIT_OFFICER, user=user)
    assign_perm("unions.view_user", user)  # a permission without an object, and one on a row without a union
    assign_perm("view_user", user, user)

    services.deactivate_member(here, actor=member(Role.ADMIN), at=NOON, reason="离职")

    with tenancy.scope(other_union.pk):
        assert elsewhere.unit is not None
        assert policies.can_represent(Member.objects.get(pk=elsewhere.pk), elsewhere.unit)


@pytest.mark.parametrize("whom", ["system", "operator", "self", "inactive"])
def test_who_cannot_be_deactivated(union: Union, member: Make, whom: str) -> None:
    admin = member(Role.ADMIN)
    inactive = services.deactivate_member(member(Role.OFFICE), actor=admin, at=NOON, reason="离职")
    subject = {
        "system": services.system_member(union),
        "operator": member(Role.OPERATOR),
        "self": admin,
        "inactive": inactive,
    }[whom]

    with pytest.raises(Refused):
        services.deactivate_member(subject, actor=admin, at=NOON, reason="试试")


def test_deactivating_needs_a_reason_and_an_administrator(union: Union, member: Make) -> None:
    office, admin = member(Role.OFFICE), member(Role.ADMIN)

    with pytest.raises(Refused, match="理由"):
        services.deactivate_member(office, actor=admin, at=NOON, reason="")
    with pytest.raises(Refused, match="管理员"):
        services.deactivate_member(admin, actor=office, at=NOON, reason="x")


def _at_once(union: Union, *works: Callable[[], Any]) -> list[Any]:
    """Run the works in threads that start together; return results, or the refusals."""
    results: list[Any] = [None] * len(works)
    start = threading.Barrier(len(works))

    def run(number: int) -> None:
        try:
            with tenancy.scope(union.pk):
                start.wait()
                results[number] = works[number]()
        except Refused as refusal:
            results[number] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_deactivate_each_other_leave_one(union: Union, member: Make) -> None:
    first, second = member(Role.ADMIN), member(Role.ADMIN)

    results = _at_once(
        union,
        lambda: services.deactivate_member(second, actor=first, at=NOON, reason="争执"),
        lambda: services.deactivate_member(first, actor=second, at=NOON, reason="争执"),
    )

    assert sorted(type(result).__name__ for result in results) == ["Member", "Refused"]
    assert Member.objects.filter(union=union, role=Role.ADMIN, active=True).count() == 1


# --- invitations ----------------------------------------------------------------------------------------------------


def invite(union: Union, actor: Member, **details: Any) -> tuple[Invitation, str]:
    return services.invite_member(
        union,
        **{"contact": "x@example.com", "name": "陈一", "role": Role.OFFICE, "actor": actor, "at": NOON, **details},
    )


def test_an_invitation_keeps_only_the_digest_of_its_token(union: Union, member: Make) -> None:
    invitation, token = invite(union, member(Role.ADMIN))

    assert invitation.token_digest == services.token_digest(token)
    assert token not in str(Invitation.objects.filter(pk=invitation.pk).values())


def test_whoever_accepts_gets_the_role_from_whoever_invited(union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    unit = factories.UnitFactory(union=union)
    invitation, _ = invite(union, admin, role=Role.UNIT_OFFICER, unit=unit)

    officer = services.accept_invitation(invitation, factories.UserFactory(), at=NOON)

    assert policies.can_represent(officer, unit)
    entries = AuditEntry.objects.filter(union=union).order_by("-seq")[:2]
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("member.invitation_accepted", officer),
        ("member.appointed", admin),
    ]


def test_a_role_without_a_unit_is_invited_without_one(union: Union, member: Make) -> None:
    invitation, _ = invite(union, member(Role.ADMIN), unit=factories.UnitFactory(union=union))

    assert invitation.unit is None


@pytest.mark.parametrize("role", sorted(set(Role) - INVITABLE))
def test_other_roles_are_not_invited(union: Union, member: Make, role: Role) -> None:
    with pytest.raises(Refused, match="不能邀请"):
        invite(union, member(Role.ADMIN), role=role)


def test_an_officer_is_invited_for_a_unit(union: Union, member: Make) -> None:
    with pytest.raises(Refused, match="推荐单位"):
        invite(union, member(Role.ADMIN), role=Role.UNIT_OFFICER)


def test_an_invitation_is_used_once_and_in_time(union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    used, _ = invite(union, admin)
    services.accept_invitation(used, factories.UserFactory(), at=NOON)
    revoked, _ = invite(union, admin)
    services.revoke_invitation(revoked, actor=admin, at=NOON)
    late, _ = invite(union, admin)

    for invitation, at, match in (
        (used, NOON, "已使用"),
        (revoked, NOON, "已被撤销"),
        (late, late.expires_at + timedelta(seconds=1), "已过期"),
    ):
        with pytest.raises(Refused, match=match):
            services.accept_invitation(invitation, factories.UserFactory(), at=at)
    assert services.accept_invitation(late, factories.UserFactory(), at=late.expires_at).active


def test_an_invitation_of_somebody_who_was_deactivated_is_void(union: Union, member: Make) -> None:
    first, second = member(Role.ADMIN), member(Role.ADMIN)
    invitation, _ = invite(union, first)
    services.deactivate_member(first, actor=second, at=NOON, reason="离职")

    with pytest.raises(Refused, match="已停用"):
        services.accept_invitation(invitation, factories.UserFactory(), at=NOON)


def test_one_person_has_one_staff_role_at_a_time(union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    invitation, _ = invite(union, admin, role=Role.EXPERT)
    assert admin.user is not None

    with pytest.raises(Refused, match="一个角色"):
        services.accept_invitation(invitation, admin.user, at=NOON)
    applicant = member(Role.APPLICANT)
    assert applicant.user is not None
    assert services.accept_invitation(invitation, applicant.user, at=NOON).role == Role.EXPERT


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_one_invitation_at_once_one_becomes_the_member(union: Union, member: Make) -> None:
    invitation, _ = invite(union, member(Role.ADMIN))
    users = [factories.UserFactory(), factories.UserFactory()]

    results = _at_once(
        union, *(lambda user=user: services.accept_invitation(invitation, user, at=NOON) for user in users)
    )

    assert sorted(type(result).__name__ for result in results) == ["Member", "Refused"]
    assert Member.objects.filter(union=union, role=Role.OFFICE).count() == 1
    assert audit.verify(union).verified


def test_a_used_or_revoked_invitation_is_not_revoked_again(union: Union, member: Make) -> None:
    admin = member(Role.ADMIN)
    invitation, _ = invite(union, admin)
    services.revoke_invitation(invitation, actor=admin, at=NOON)

    with pytest.raises(Refused, match="已使用或已撤销"):
        services.revoke_invitation(invitation, actor=admin, at=NOON)


# --- consent --------------------------------------------------------------------------------------------------------


def test_consent_is_to_one_text_and_recorded_once(union: Union, member: Make) -> None:
    applicant = member()

    first = services.give_consent(applicant, text="第一版", at=NOON)
    again = services.give_consent(applicant, text="第一版", at=NOON)
    second = services.give_consent(applicant, text="第二版", at=NOON)

    assert first == again != second
    assert Consent.objects.filter(member=applicant).count() == 2
    assert AuditEntry.objects.filter(action="consent.given").count() == 2


# --- units ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def admin(union: Union, member: Make) -> Member:
    administrator = member(Role.ADMIN)
    services.define_unit_kinds(union, {"town": "镇街总工会", "firm": "企业"}, actor=administrator, at=NOON)
    return administrator


def test_kinds_are_added_once_and_keep_their_label(union: Union, admin: Member) -> None:
    added = services.define_unit_kinds(union, {"town": "别的", "society": "社团"}, actor=admin, at=NOON)

    assert [str(kind) for kind in added] == ["社团"]
    assert UnitKind.objects.get(code="town").label == "镇街总工会"
    assert services.define_unit_kinds(union, {"town": "镇街总工会"}, actor=admin, at=NOON) == []
    with pytest.raises(Refused, match="已存在"):
        services.define_unit_kinds(union, {"towns": "镇街总工会"}, actor=admin, at=NOON)


def test_office_and_system_bring_kinds_too_and_nobody_else(union: Union, admin: Member, member: Make) -> None:
    for actor, code in ((member(Role.OFFICE), "a"), (services.system_member(union), "b")):
        assert services.define_unit_kinds(union, {code: f"类别{code}"}, actor=actor, at=NOON)
    with pytest.raises(Refused, match="单位类别"):
        services.define_unit_kinds(union, {"c": "类别丙"}, actor=member(Role.EXPERT), at=NOON)


def test_units_are_created_changed_and_left_alone(union: Union, admin: Member) -> None:
    rows = [UnitRow("甲镇总工会", "town"), UnitRow("甲镇铁厂", "firm", "甲镇总工会")]

    assert services.import_units(union, rows, actor=admin, at=NOON) == (2, 0)
    entries = AuditEntry.objects.count()
    assert services.import_units(union, rows, actor=admin, at=NOON) == (0, 0)
    assert AuditEntry.objects.count() == entries
    assert services.import_units(union, [UnitRow("甲镇铁厂", "town")], actor=admin, at=NOON) == (0, 1)
    assert Unit.objects.get(name="甲镇铁厂").parent is None


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([UnitRow("乙厂", "firm", "没有的镇")], "上级单位“没有的镇”不存在"),
        ([UnitRow("乙厂", "firm"), UnitRow("乙厂", "firm")], "重复出现"),
        ([UnitRow("", "firm")], "缺少单位名称"),
        ([UnitRow("乙厂", "")], "缺少类别"),
        ([UnitRow("乙厂", "ship")], "类别“ship”不存在"),
        ([UnitRow("乙厂", "firm"), UnitRow("丙厂", "firm", "乙厂"), UnitRow("乙厂", "firm")], "重复出现"),
        ([UnitRow("乙厂", "firm", "乙厂")], "上级单位“乙厂”不存在"),
    ],
)
def test_one_wrong_row_imports_nothing(union: Union, admin: Member, rows: list[UnitRow], problem: str) -> None:
    with pytest.raises(Refused, match=problem):
        services.import_units(union, rows, actor=admin, at=NOON)

    assert not Unit.objects.filter(union=union).exists()


def test_a_unit_does_not_become_its_own_superior(union: Union, admin: Member) -> None:
    services.import_units(union, [UnitRow("甲", "town"), UnitRow("乙", "town", "甲")], actor=admin, at=NOON)

    with pytest.raises(Refused, match="不能成为自己的上级"):
        services.import_units(union, [UnitRow("甲", "town", "乙")], actor=admin, at=NOON)


def test_only_the_administrator_imports(union: Union, admin: Member, member: Make) -> None:
    with pytest.raises(Refused, match="管理员"):
        services.import_units(union, [UnitRow("甲", "town")], actor=member(Role.OFFICE), at=NOON)


def test_a_unit_is_closed_and_opened_with_a_reason(union: Union, admin: Member) -> None:
    unit = factories.UnitFactory(union=union)

    with pytest.raises(Refused, match="理由"):
        services.set_unit_active(unit, False, actor=admin, at=NOON, reason="")
    closed = services.set_unit_active(unit, False, actor=admin, at=NOON, reason="合并")
    with pytest.raises(Refused, match="已经是停用"):
        services.set_unit_active(unit, False, actor=admin, at=NOON, reason="合并")
    assert not closed.active
    opened = services.set_unit_active(unit, True, actor=admin, at=NOON, reason="恢复")
    assert opened.active
    with pytest.raises(Refused, match="已经是启用"):
        services.set_unit_active(unit, True, actor=admin, at=NOON, reason="恢复")
    assert last_entry(union).action == "unit.reopened"


# --- branding -------------------------------------------------------------------------------------------------------


def test_branding_is_changed_and_logged(union: Union, admin: Member) -> None:
    services.change_branding(union, values={"brand": "#0B5394", "short_name": "示区"}, actor=admin, at=NOON)

    union.refresh_from_db()
    assert (union.brand, union.short_name) == ("#0B5394", "示区")
    assert last_entry(union).before == {"brand": "#B4161B", "short_name": "示例"}


def test_a_pale_colour_and_other_fields_are_refused(union: Union, admin: Member) -> None:
    with pytest.raises(Refused, match="对比度"):
        services.change_branding(union, values={"brand": "#FFCC00"}, actor=admin, at=NOON)
    with pytest.raises(Refused, match="slug"):
        services.change_branding(union, values={"slug": "x"}, actor=admin, at=NOON)


@pytest.mark.parametrize(
    ("colour", "ratio"), [("#000000", 21.0), ("#FFFFFF", 1.0), ("#767676", 4.54), ("#B4161B", 6.8)]
)
def test_contrast_is_that_of_wcag(colour: str, ratio: float) -> None:
    assert services.contrast_with_white(colour) == pytest.approx(ratio, abs=0.05)


# --- keys -----------------------------------------------------------------------------------------------------------


def test_rotation_rewraps_keys_and_leaves_sealed_values(union: Union, settings: Settings) -> None:
    key = vault.new_key(union, at=NOON)
    sealed, digest = vault.seal(key, "330000199001011234"), vault.digest(key, "330000199001011234")
    old = settings.FIELD_KEYS[0]
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), old]

    assert services.rotate_keys(union, actor=services.system_member(union), at=NOON) == 1

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    fresh = PersonalKey.objects.get(pk=key.pk)
    assert vault.unseal(fresh, sealed) == "330000199001011234"
    assert vault.digest(fresh, "330000199001011234") == digest
    with pytest.raises(vault.Unreadable, match="FIELD_KEYS"):
        vault.unseal(key, sealed)


def test_nobody_rotates_keys_from_a_page(union: Union, admin: Member) -> None:
    with pytest.raises(Refused, match="运维"):
        services.rotate_keys(union, actor=admin, at=NOON)
