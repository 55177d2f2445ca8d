"""Every write about unions, units and members."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from unions import audit, policies, vault
from unions.models import RESERVED_SLUGS, Consent, Invitation, Member, PersonalKey, Union, Unit, User
from unions.permits import Refused
from unions.states import INVITABLE, Role

INVITATION_LIFE = timedelta(days=14)

ROLE_PERMISSIONS: Mapping[Role, tuple[str, ...]] = {
    Role.OFFICE: ("run_office",),
    Role.LEADER: ("lead",),
    Role.SUPERVISOR: ("supervise",),
    Role.ADMIN: ("administer",),
    Role.EXPERT: ("review_as_expert",),
}
"""What a role's group may do to its union. Units, panels and campaigns are granted object by object."""


def role_group(union: Union, role: Role) -> Group:
    return Group.objects.get_or_create(name=f"{union.slug}:{role}")[0]


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
    if operator is not None and not operator.is_staff:
        raise Refused("只有平台管理员可以开通工会")
    if slug in RESERVED_SLUGS:
        raise Refused(f"地址标识“{slug}”为系统保留，请另选")
    if Union.objects.filter(slug=slug).exists():
        raise Refused(f"地址标识“{slug}”已被使用，请另选")
    union = Union.objects.create(slug=slug, name=name, short_name=short_name, created_at=at)
    for role, permissions in ROLE_PERMISSIONS.items():
        for permission in permissions:
            assign_perm(permission, role_group(union, role), union)
    system = Member.objects.create(union=union, role=Role.SYSTEM, created_at=at)
    public = Member.objects.create(union=union, role=Role.PUBLIC, created_at=at)
    actor = system
    if operator is not None:
        actor = Member.objects.create(union=union, user=operator, role=Role.OPERATOR, created_at=at)
    audit.record("union.founded", union, actor=actor, at=at, after={"slug": slug, "name": name})
    return Founded(union, system, public)


def system_member(union: Union) -> Member:
    """Whoever acts when time runs out."""
    return Member.objects.get(union=union, role=Role.SYSTEM)


def public_member(union: Union) -> Member:
    """Whoever acts without signing in."""
    return Member.objects.get(union=union, role=Role.PUBLIC)


def _grant(member: Member) -> None:
    if member.user is not None:
        role = Role(member.role)
        member.user.groups.add(role_group(member.union, role))
        if role == Role.UNIT_OFFICER and member.unit is not None:
            assign_perm("represent", member.user, member.unit)


def _revoke(member: Member) -> None:
    if member.user is not None:
        member.user.groups.remove(role_group(member.union, Role(member.role)))
        if member.unit is not None:
            remove_perm("represent", member.user, member.unit)


@transaction.atomic
def join_as_applicant(union: Union, user: User, *, at: datetime) -> Member:
    """Anyone may become an applicant of a union; whoever is a member already stays what they are."""
    member = Member.objects.filter(union=union, user=user).first()
    if member is None:
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
    if actor.union_id != union.pk or actor.role not in {Role.OPERATOR, Role.SYSTEM}:
        raise Refused("只有平台管理员可以指定首位工会管理员")
    Union.objects.select_for_update().get(pk=union.pk)
    if Member.objects.filter(union=union, role=Role.ADMIN, active=True).exists():
        raise Refused("该工会已有管理员，请由其邀请其他成员")
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
    member.save()
    _grant(member)
    audit.record(
        "member.appointed", member, actor=actor, at=at, before=before, after={"role": role, "unit": member.unit_id}
    )
    return member


@transaction.atomic
def deactivate_member(member: Member, *, actor: Member, at: datetime, reason: str) -> Member:
    member = Member.objects.select_for_update().get(pk=member.pk)
    policies.can_change_member(actor, member).require()
    if not reason.strip():
        raise Refused("请填写停用的理由")
    member.active = False
    member.save(update_fields=["active"])
    _revoke(member)
    audit.record("member.deactivated", member, actor=actor, at=at, after={"active": False}, reason=reason)
    return member


@transaction.atomic
def invite_member(
    union: Union, *, contact: str, name: str, role: Role, actor: Member, at: datetime, unit: Unit | None = None
) -> tuple[Invitation, str]:
    """Return the invitation and its token; only the token's digest is kept."""
    policies.can_administer(actor, union).require()
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
        unit=unit,
        token_digest=token_digest(token),
        invited_by=actor,
        created_at=at,
        expires_at=at + INVITATION_LIFE,
    )
    audit.record(
        "member.invited", invitation, actor=actor, at=at, after={"role": role, "unit": unit.pk if unit else None}
    )
    return invitation, token


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User, *, at: datetime) -> Member:
    """The bearer of the link becomes the member; a second click finds the first one's result refused."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation.pk)
    policies.can_accept_invitation(invitation, at=at).require()
    member = _appoint(
        invitation.union, user, Role(invitation.role), actor=invitation.invited_by, at=at, unit=invitation.unit
    )
    invitation.accepted_at, invitation.accepted_by = at, member
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record("member.invitation_accepted", invitation, actor=member, at=at, after={"member": member.pk})
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
    return invitation


@transaction.atomic
def give_consent(member: Member, *, text: str, at: datetime) -> Consent:
    """Record that this very text was accepted (个人信息保护法 第十四条)."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    existing = Consent.objects.filter(member=member, text_sha256=digest).first()
    if existing is not None:
        return existing
    consent = Consent.objects.create(union=member.union, member=member, text=text, text_sha256=digest, at=at)
    audit.record("consent.given", consent, actor=member, at=at, after={"text_sha256": digest})
    return consent


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One line of a units sheet: name, kind code, parent's name or "", credit code or ""."""

    name: str
    kind: str
    parent: str = ""
    credit_code: str = ""


@transaction.atomic
def import_units(union: Union, rows: Iterable[UnitRow], *, actor: Member, at: datetime) -> tuple[int, int]:
    """Create or update units by name; return (created, changed). A repeated import changes nothing."""
    policies.can_administer(actor, union).require()
    Union.objects.select_for_update().get(pk=union.pk)
    by_name = {unit.name: unit for unit in Unit.objects.for_union(union)}
    created, changed = [], []
    for row in rows:
        parent = by_name.get(row.parent)
        if row.parent and parent is None:
            raise Refused(f"“{row.name}”的上级“{row.parent}”不存在：请把上级排在前面")
        unit = by_name.get(row.name)
        if unit is None:
            unit = Unit.objects.create(
                union=union, name=row.name, kind=row.kind, parent=parent, credit_code=row.credit_code
            )
            by_name[row.name] = unit
            created.append(unit.pk)
        elif (unit.kind, unit.parent_id, unit.credit_code) != (
            row.kind,
            parent.pk if parent else None,
            row.credit_code,
        ):
            unit.kind, unit.parent, unit.credit_code = row.kind, parent, row.credit_code
            unit.save(update_fields=["kind", "parent", "credit_code"])
            changed.append(unit.pk)
    if created or changed:
        audit.record("unit.imported", union, actor=actor, at=at, after={"created": created, "changed": changed})
    return len(created), len(changed)


@transaction.atomic
def change_branding(
    union: Union, *, values: Mapping[str, str], actor: Member, at: datetime
) -> Union:
    """Change what the public sees of a union: names, colour, contacts. `values` is a subset of `BRANDING`."""
    union = Union.objects.select_for_update().get(pk=union.pk)
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


BRANDING = frozenset({"name", "short_name", "brand", "office_name", "contact_phone", "contact_address", "privacy_text"})
MIN_CONTRAST = 4.5


def contrast_with_white(colour: str) -> float:
    """WCAG 2.2 contrast ratio of `#RRGGBB` against white, 1–21."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def rotate_keys(union: Union, *, actor: Member, at: datetime) -> int:
    """Wrap every person's key anew under the first of FIELD_KEYS; return how many. Sealed values stay as they are."""
    with transaction.atomic():
        keys = list(PersonalKey.objects.select_for_update().filter(union=union))
        for key in keys:
            vault.rewrap(key)
        PersonalKey.objects.bulk_update(keys, ["wrapped"], batch_size=500)
        audit.record("keys.rotated", union, actor=actor, at=at, after={"keys": len(keys)})
    return len(keys)
