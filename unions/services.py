"""Every write about unions, units and members."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from guardian.models import GroupObjectPermission, UserObjectPermission
from guardian.shortcuts import assign_perm

from unions import audit, notify, policies, vault
from unions.models import RESERVED_SLUGS, Consent, Invitation, Mailbox, Member, PersonalKey, Union, Unit, UnitKind, User
from unions.permits import Refused
from unions.states import INVITABLE, Role

INVITATION_LIFE = timedelta(days=14)
OPERATOR_READING_TIME = timedelta(hours=1)

ROLE_PERMISSIONS: Mapping[Role, tuple[str, ...]] = {
    Role.OFFICE: ("run_office",),
    Role.LEADER: ("lead",),
    Role.SUPERVISOR: ("supervise",),
    Role.ADMIN: ("administer",),
    Role.EXPERT: ("review_as_expert",),
}
"""What a role's group may do to its union. Units, panels and campaigns are granted object by object."""


def _group_name(union: Union, role: Role) -> str:
    return f"union {union.pk} {role}"


def role_group(union: Union, role: Role) -> Group:
    return Group.objects.get_or_create(name=_group_name(union, role))[0]


@dataclass(frozen=True, slots=True)
class Founded:
    """A new union with its two members without a user."""

    union: Union
    system: Member
    public: Member


@transaction.atomic
def found_union(*, slug: str, name: str, short_name: str, at: datetime, operator: User | None = None) -> Founded:
    """Create a tenant with its role groups and system members; the operator's own membership sees no applications.

    The caller works `tenancy.everywhere(OPERATOR)`: the union's scope cannot exist before the union does.
    """
    if operator is not None:
        policies.can_operate(operator).require()
    if slug in RESERVED_SLUGS:
        raise Refused(f"地址标识“{slug}”为系统保留，请另选")
    if Union.objects.filter(slug=slug).exists():
        raise Refused(f"地址标识“{slug}”已被使用，请另选")
    union = Union.objects.create(slug=slug, name=name, short_name=short_name, created_at=at)
    _grant_roles(union)
    system = Member.objects.create(union=union, role=Role.SYSTEM, created_at=at)
    public = Member.objects.create(union=union, role=Role.PUBLIC, created_at=at)
    actor = system
    if operator is not None:
        actor = Member.objects.create(union=union, user=operator, role=Role.OPERATOR, created_at=at)
    audit.record("union.founded", union, actor=actor, at=at, after={"slug": slug, "name": name})
    return Founded(union, system, public)


def _grant_roles(union: Union) -> None:
    """The groups of a union with their rights, in three statements: guardian's own verb takes five for each."""
    groups = Group.objects.bulk_create(Group(name=_group_name(union, role)) for role in ROLE_PERMISSIONS)
    kind = ContentType.objects.get_for_model(Union)
    known = {right.codename: right for right in Permission.objects.filter(content_type=kind)}
    GroupObjectPermission.objects.bulk_create(
        GroupObjectPermission(group=group, permission=known[right], content_type=kind, object_pk=str(union.pk))
        for group, rights in zip(groups, ROLE_PERMISSIONS.values(), strict=True)
        for right in rights
    )


def system_member(union: Union) -> Member:
    """Whoever acts when time runs out."""
    return Member.objects.get(union=union, role=Role.SYSTEM)


def public_member(union: Union) -> Member:
    """Whoever acts without signing in."""
    return Member.objects.get(union=union, role=Role.PUBLIC)


def _lock(union: Union) -> Union:
    """Serialise changes of a union's roles; rows that merely refer to the union are not held up."""
    return Union.objects.select_for_update(no_key=True).get(pk=union.pk)


def _grant(member: Member) -> None:
    assert member.user is not None
    member.user.groups.add(role_group(member.union, Role(member.role)))
    if member.unit is not None:
        assign_perm("represent", member.user, member.unit)


def _revoke(member: Member) -> None:
    """Take away what the role gave, and every object permission the user held in this union.

    A right on a unit, panel or campaign that stayed behind would come back to life with the next appointment.
    """
    assert member.user is not None
    member.user.groups.remove(role_group(member.union, Role(member.role)))
    held = UserObjectPermission.objects.filter(user=member.user).select_related("content_type")
    for kind in {permission.content_type for permission in held}:
        model = kind.model_class()
        if model is None or not hasattr(model, "union_id"):
            continue
        ids = [permission.object_pk for permission in held if permission.content_type == kind]
        here = model._default_manager.filter(union=member.union, pk__in=ids).values_list("pk", flat=True)
        held.filter(content_type=kind, object_pk__in=[str(pk) for pk in here]).delete()


@transaction.atomic
def register_operator(union: Union, user: User, *, at: datetime) -> Member:
    """The operator's own membership, the actor of platform work in this union. It sees no applications.

    Permission to read that ran out is taken back here, as in the request, where it no longer counts.
    """
    policies.can_operate(user).require()
    _lock(union)
    member = Member.objects.select_for_update().filter(union=union, user=user).first()
    if member is not None and member.until is not None and member.until <= at:
        _revoke(member)
        member.role, member.until = Role.OPERATOR, None
        member.save(update_fields=["role", "until"])
        audit.record("operator.reading_ended", member, actor=member, at=at, after={"role": Role.OPERATOR})
    if member is None:
        member = Member.objects.create(union=union, user=user, role=Role.OPERATOR, created_at=at)
        audit.record("operator.registered", member, actor=member, at=at, after={"role": Role.OPERATOR})
    return member


@transaction.atomic
def grant_operator_reading(union: Union, user: User, *, reason: str, at: datetime) -> Member:
    """Let an operator read as a supervisor does, for one hour and for a reason that the union's own log keeps."""
    policies.can_operate(user).require()
    if not reason.strip():
        raise Refused("请填写查看该工会数据的理由；理由会写入该工会的审计记录")
    member = register_operator(union, user, at=at)
    if member.role != Role.OPERATOR and member.until is None:
        raise Refused(f"您在该工会已有“{member.get_role_display()}”角色，不需要另行申请")
    before = {"role": member.role, "until": member.until}
    _revoke(member)
    member.role, member.until = Role.SUPERVISOR, at + OPERATOR_READING_TIME
    member.save(update_fields=["role", "until"])
    _grant(member)
    audit.record(
        "operator.admitted",
        member,
        actor=member,
        at=at,
        before=before,
        after={"role": member.role, "until": member.until},
        reason=reason,
    )
    return member


@transaction.atomic
def join_as_applicant(union: Union, user: User, *, at: datetime) -> Member:
    """Anyone may become an applicant of a union; whoever is a member already stays what they are."""
    member, created = Member.objects.get_or_create(
        union=union, user=user, defaults={"role": Role.APPLICANT, "created_at": at}
    )
    if created:
        audit.record("member.joined", member, actor=member, at=at, after={"role": Role.APPLICANT})
    return member


@transaction.atomic
def appoint_member(
    union: Union, user: User, role: Role, *, actor: Member, at: datetime, unit: Unit | None = None
) -> Member:
    """Give a user a role. A unit officer needs a unit; an applicant is promoted in place."""
    policies.can_administer(actor, union).require()
    return _appoint(union, user, role, actor=actor, at=at, unit=unit)


@transaction.atomic
def appoint_first_administrator(union: Union, user: User, *, actor: Member, at: datetime) -> Member:
    """The one appointment that no administrator of the union can make: by its operator or the system, once."""
    _lock(union)
    policies.can_appoint_first_administrator(actor, union).require()
    return _appoint(union, user, Role.ADMIN, actor=actor, at=at, unit=None)


def _appoint(union: Union, user: User, role: Role, *, actor: Member, at: datetime, unit: Unit | None) -> Member:
    if role not in INVITABLE:
        raise Refused("该角色不能指派")
    if role == Role.UNIT_OFFICER and (unit is None or unit.union_id != union.pk):
        raise Refused("请选择经办人所属的推荐单位")
    member = Member.objects.select_for_update().filter(union=union, user=user).first()
    before = None
    if member is None:
        member = Member(union=union, user=user, created_at=at)
    else:
        before = {"role": member.role, "unit": member.unit_id, "active": member.active}
        _revoke(member)
    member.role, member.unit, member.active = role, unit if role == Role.UNIT_OFFICER else None, True
    member.until = None
    member.save()
    _grant(member)
    audit.record(
        "member.appointed",
        member,
        actor=actor,
        at=at,
        before=before,
        after={"role": role, "unit": member.unit_id, "active": True},
    )
    return member


@transaction.atomic
def deactivate_member(member: Member, *, actor: Member, at: datetime, reason: str) -> Member:
    """Take a member's rights away; the row stays, because the log names it.

    Two administrators who deactivate each other at the same time: the union's lock lets one of them win, and the other
    is asked anew, so that an administrator is always left.
    """
    _lock(member.union)
    member = Member.objects.select_for_update().get(pk=member.pk)
    actor = Member.objects.get(pk=actor.pk)
    policies.can_deactivate_member(actor, member).require()
    if not reason.strip():
        raise Refused("请填写停用的理由")
    member.active = False
    member.save(update_fields=["active"])
    _revoke(member)
    audit.record(
        "member.deactivated",
        member,
        actor=actor,
        at=at,
        before={"active": True},
        after={"active": False},
        reason=reason,
    )
    return member


GONE: Final = "已注销"


@transaction.atomic
def detach_member(member: Member, *, actor: Member, at: datetime) -> Member:
    """Part an applicant's membership from its sign-in: what was done stays whose it was, and nobody can tell who that is.

    The row must have a user (rows that are only ever added refer to the member), so it gets one of its own that nobody can
    sign in with. Messages to them cannot be read any more. The person may join again as somebody new. The caller has judged that nothing is left to do.
    """
    member = Member.objects.select_for_update(of=("self",)).select_related("user", "unit").get(pk=member.pk)
    if member.role != Role.APPLICANT:
        raise Refused("工作人员的账号由工会管理员停用")
    _revoke(member)
    PersonalKey.objects.filter(pk__in=Mailbox.objects.filter(member=member).values("key")).delete()
    member.user = User.objects.create_user(name=GONE, is_active=False)
    member.active = False
    member.save(update_fields=["user", "active"])
    audit.record("member.detached", member, actor=actor, at=at)
    return member


@transaction.atomic
def invite_member(
    union: Union, *, contact: str, name: str, role: Role, actor: Member, at: datetime, unit: Unit | None = None
) -> tuple[Invitation, str]:
    """Return the invitation and its token; only the token's digest is kept."""
    policies.can_administer(actor, union).require()
    return _invite(union, contact=contact, name=name, role=role, actor=actor, at=at, unit=unit)


@transaction.atomic
def invite_first_administrator(
    union: Union, *, contact: str, name: str, actor: Member, at: datetime
) -> tuple[Invitation, str]:
    """How a new union gets going: the operator invites one administrator, who invites everybody else."""
    _lock(union)
    policies.can_appoint_first_administrator(actor, union).require()
    return _invite(union, contact=contact, name=name, role=Role.ADMIN, actor=actor, at=at, unit=None)


def _invite(
    union: Union, *, contact: str, name: str, role: Role, actor: Member, at: datetime, unit: Unit | None
) -> tuple[Invitation, str]:
    if role not in INVITABLE:
        raise Refused("该角色不能邀请")
    if role == Role.UNIT_OFFICER and (unit is None or unit.union_id != union.pk):
        raise Refused("请选择经办人所属的推荐单位")
    token = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        union=union,
        contact=contact,
        name=name,
        role=role,
        unit=unit if role == Role.UNIT_OFFICER else None,
        token_digest=token_digest(token),
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITATION_LIFE,
    )
    audit.record("member.invited", invitation, actor=actor, at=at, after={"role": role, "unit": invitation.unit_id})
    notify.invited(invitation, token, at=at)
    return invitation, token


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User, *, at: datetime) -> Member:
    """The bearer of the link becomes the member; of two who click at once, the second finds it used."""
    _lock(invitation.union)
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("invited_by").get(pk=invitation.pk)
    policies.can_accept_invitation(invitation, user, at=at).require()
    member = _appoint(
        invitation.union, user, Role(invitation.role), actor=invitation.invited_by, at=at, unit=invitation.unit
    )
    invitation.accepted_at, invitation.accepted_by = at, member
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record("member.invitation_accepted", invitation, actor=member, at=at, after={"member": member.pk})
    notify.invitation_settled(invitation, at=at)
    return member


@transaction.atomic
def revoke_invitation(invitation: Invitation, *, actor: Member, at: datetime) -> Invitation:
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    policies.can_administer(actor, invitation.union).require()
    if invitation.accepted_at or invitation.revoked_at:
        raise Refused("邀请已使用或已撤销")
    invitation.revoked_at = at
    invitation.save(update_fields=["revoked_at"])
    audit.record("member.invitation_revoked", invitation, actor=actor, at=at)
    notify.invitation_settled(invitation, at=at)
    return invitation


@transaction.atomic
def give_consent(member: Member, *, text: str, at: datetime) -> Consent:
    """Record that this very text was accepted (个人信息保护法 第十四条); accepting it again changes nothing."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    consent, created = Consent.objects.get_or_create(
        member=member, text_sha256=digest, defaults={"union": member.union, "text": text, "at": at}
    )
    if created:
        audit.record("consent.given", consent, actor=member, at=at, after={"text_sha256": digest})
    return consent


@transaction.atomic
def define_unit_kinds(union: Union, kinds: Mapping[str, str], *, actor: Member, at: datetime) -> list[UnitKind]:
    """Name the kinds of recommending bodies (code → label). A code that is known keeps the label it has.

    A rule set brings its kinds along when it is loaded; the union's administrator may add others.
    """
    if actor.role != Role.SYSTEM and not (
        policies.can_administer(actor, union) or policies.can_run_office(actor, union)
    ):
        raise Refused("只有工会管理员和认定办公室可以增加单位类别")
    _lock(union)
    known = {kind.code for kind in UnitKind.objects.for_union(union)}
    labels = {kind.label for kind in UnitKind.objects.for_union(union)}
    added = []
    for code, label in kinds.items():
        if code in known:
            continue
        if label in labels:
            raise Refused(f"单位类别“{label}”已存在")
        added.append(UnitKind.objects.create(union=union, code=code, label=label))
        labels.add(label)
    if added:
        audit.record(
            "unit.kinds_defined", union, actor=actor, at=at, after={"kinds": {kind.code: kind.label for kind in added}}
        )
    return added


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of a units sheet: name, kind code, parent's name or "", credit code or ""."""

    name: str
    kind: str
    parent: str = ""
    credit_code: str = ""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """What an import would do. `problems` maps the position of a row, from 0, to what is wrong with it."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    problems: Mapping[int, str]


def plan_units(union: Union, rows: Sequence[UnitRow]) -> UnitPlan:
    """Say what an import would do, and write nothing."""
    known = {unit.name: unit for unit in Unit.objects.for_union(union).select_related("parent")}
    kinds = {kind.code for kind in UnitKind.objects.for_union(union)}
    parents = {unit.name: unit.parent.name if unit.parent else "" for unit in known.values()}
    created, changed, same, problems = [], [], [], {}
    seen: set[str] = set()
    for position, row in enumerate(rows):
        if row.name in seen:
            problems[position] = f"“{row.name}”在表中重复出现"
        elif not row.name:
            problems[position] = "缺少单位名称"
        elif row.kind not in kinds:
            problems[position] = f"类别“{row.kind}”不存在" if row.kind else "缺少类别"
        elif row.parent and row.parent not in known and row.parent not in seen:
            problems[position] = f"上级单位“{row.parent}”不存在：请把上级排在前面"
        elif _would_circle(parents, row):
            problems[position] = f"“{row.name}”不能成为自己的上级"
        elif row.name not in known:
            created.append(row.name)
        elif _differs(known[row.name], row):
            changed.append(row.name)
        else:
            same.append(row.name)
        if position not in problems:
            parents[row.name] = row.parent
        seen.add(row.name)
    return UnitPlan(tuple(created), tuple(changed), tuple(same), problems)


def _would_circle(parents: Mapping[str, str], row: UnitRow) -> bool:
    above: str = row.parent
    while above:
        if above == row.name:
            return True
        above = parents.get(above, "")
    return False


def _differs(unit: Unit, row: UnitRow) -> bool:
    parent = unit.parent.name if unit.parent else ""
    return (unit.kind, parent, unit.credit_code) != (row.kind, row.parent, row.credit_code)


@transaction.atomic
def import_units(union: Union, rows: Iterable[UnitRow], *, actor: Member, at: datetime) -> tuple[int, int]:
    """Create or update units by name; return (created, changed). All rows or none; repeated, it changes nothing."""
    policies.can_administer(actor, union).require()
    _lock(union)
    rows = list(rows)
    plan = plan_units(union, rows)
    if plan.problems:
        position, problem = next(iter(plan.problems.items()))
        raise Refused(f"第 {position + 1} 行：{problem}。没有导入任何单位")
    units = {unit.name: unit for unit in Unit.objects.for_union(union)}
    touched = set(plan.created) | set(plan.changed)
    for row in rows:
        if row.name in touched:
            unit = units.get(row.name) or Unit(union=union, name=row.name)
            unit.kind, unit.parent, unit.credit_code = row.kind, units.get(row.parent), row.credit_code
            unit.save()
            units[row.name] = unit
    if touched:
        audit.record(
            "unit.imported",
            union,
            actor=actor,
            at=at,
            after={
                "created": [units[name].pk for name in plan.created],
                "changed": [units[name].pk for name in plan.changed],
            },
        )
    return len(plan.created), len(plan.changed)


@transaction.atomic
def set_unit_active(unit: Unit, active: bool, *, actor: Member, at: datetime, reason: str) -> Unit:
    """Close a unit to new recommendations, or open it again. What it recommended stays."""
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    policies.can_administer(actor, unit.union).require()
    if not reason.strip():
        raise Refused("请填写理由")
    if unit.active == active:
        raise Refused(f"{unit.name}已经是{'启用' if active else '停用'}状态")
    unit.active = active
    unit.save(update_fields=["active"])
    verb = "unit.reopened" if active else "unit.closed"
    audit.record(verb, unit, actor=actor, at=at, before={"active": not active}, after={"active": active}, reason=reason)
    return unit


@transaction.atomic
def change_branding(union: Union, *, values: Mapping[str, str], actor: Member, at: datetime) -> Union:
    """Change what the public sees of a union: names, colour, contacts. `values` is a subset of `BRANDING`."""
    union = _lock(union)
    policies.can_administer(actor, union).require()
    unknown = set(values) - BRANDING
    if unknown:
        raise Refused(f"不能在此修改：{'、'.join(sorted(unknown))}")
    brand = values.get("brand", union.brand)
    if contrast_with_white(brand) < MIN_CONTRAST:
        raise Refused(f"主题色 {brand} 与白色文字对比度不足 4.5:1，请选更深的颜色")
    before = {field: getattr(union, field) for field in values}
    for field, value in values.items():
        setattr(union, field, value)
    union.save(update_fields=list(values))
    audit.record("union.branded", union, actor=actor, at=at, before=before, after=values)
    return union


@transaction.atomic
def configure_union(union: Union, *, domain: str, active: bool, reason: str, actor: Member, at: datetime) -> Union:
    """What only the platform decides: the union's own domain, and whether its pages are open at all."""
    union = _lock(union)
    policies.can_configure_union(actor, union).require()
    if not reason.strip():
        raise Refused("请填写理由")
    if domain and Union.objects.filter(domain=domain).exclude(pk=union.pk).exists():
        raise Refused(f"域名 {domain} 已被其他工会使用")
    before = {"domain": union.domain, "active": union.active}
    union.domain, union.active = domain or None, active
    after = {"domain": union.domain, "active": union.active}
    if before != after:
        union.save(update_fields=["domain", "active"])
        audit.record("union.configured", union, actor=actor, at=at, before=before, after=after, reason=reason)
    return union


BRANDING = frozenset({"name", "short_name", "brand", "office_name", "contact_phone", "contact_address", "privacy_text"})
MIN_CONTRAST = 4.5


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2 contrast ratio of `#RRGGBB` against white, 1–21."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


@transaction.atomic
def rotate_keys(union: Union, *, actor: Member, at: datetime) -> int:
    """Wrap every person's key anew under the first of FIELD_KEYS; return how many. Sealed values stay as they are."""
    policies.can_rotate_keys(actor, union).require()
    keys = list(PersonalKey.objects.select_for_update().filter(union=union).order_by("pk"))
    for key in keys:
        vault.rewrap(key)
    PersonalKey.objects.bulk_update(keys, ["wrapped"], batch_size=500)
    audit.record("keys.rotated", union, actor=actor, at=at, after={"keys": len(keys)})
    return len(keys)
