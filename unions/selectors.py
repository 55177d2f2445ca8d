"""Reads that need several models."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.db.models import Case, Count, Q, QuerySet, When

from unions import privacy, wording
from unions.models import AuditEntry, Consent, Member, Union, Unit, User
from unions.states import Role


def find_members(member: Member, *, q: str = "", role: str = "") -> QuerySet[Member]:
    """Members that `member` may see, by name, phone or address."""
    applicants_last = Case(When(role=Role.APPLICANT, then=1), default=0)
    found = (
        Member.objects.visible_to(member)
        .select_related("user", "unit")
        .order_by("-active", applicants_last, "role", "pk")
    )
    if q:
        found = found.filter(Q(user__name__icontains=q) | Q(user__phone__contains=q) | Q(user__email__icontains=q))
    if role:
        found = found.filter(role=role)
    return found


def role_counts(union: Union) -> list[tuple[Role, int]]:
    """How many members each role has or had, roles nobody has left out."""
    rows = Member.objects.for_union(union).people().values_list("role").annotate(Count("pk"))
    counts = dict(rows)
    return [(role, counts[role]) for role in Role if counts.get(role)]


def find_units(union: Union, *, q: str = "", kind: str = "") -> QuerySet[Unit]:
    found = (
        Unit.objects.for_union(union)
        .select_related("parent")
        .annotate(officers=Count("members", filter=Q(members__active=True)))
        .order_by("-active", "kind", "name")
    )
    if q:
        found = found.filter(Q(name__icontains=q) | Q(credit_code__icontains=q))
    if kind:
        found = found.filter(kind=kind)
    return found


@dataclass(frozen=True, slots=True)
class LogLine:
    """An audit entry in words."""

    entry: AuditEntry
    action: str
    object: str


def find_entries(
    member: Member, *, q: str = "", action: str = "", since: datetime | None = None, before: datetime | None = None
) -> QuerySet[AuditEntry]:
    """Entries of the log, newest first; `action` is a word people read, or the code."""
    found = AuditEntry.objects.visible_to(member).select_related("actor__user").order_by("-seq")
    if q:
        found = found.filter(actor__user__name__icontains=q)
    if action:
        found = found.filter(Q(action__in=wording.actions_like(action)) | Q(action__startswith=action))
    if since:
        found = found.filter(at__gte=since)
    if before:
        found = found.filter(at__lt=before)
    return found


def in_words(entries: Iterable[AuditEntry]) -> list[LogLine]:
    return [LogLine(entry, wording.action(entry.action), _object_word(entry)) for entry in entries]


def _object_word(entry: AuditEntry) -> str:
    try:
        label = str(apps.get_model(entry.object_type)._meta.verbose_name)
    except LookupError:  # the log outlives the model
        label = entry.object_type
    number = entry.object_id if len(entry.object_id) <= 12 else entry.object_id[:8]
    return f"{label} {number}"


def consent_of(member: Member) -> Consent | None:
    """The member's consent to the text as it stands now, or None: a changed text asks again."""
    return Consent.objects.filter(member=member, text_sha256=privacy.digest_of(member.union)).first()


def memberships(user: User, *, at: datetime) -> QuerySet[Member]:
    """The user's memberships in every union; the caller works `tenancy.everywhere(MEMBERSHIPS)`."""
    return (
        Member.objects.filter(user=user, union__active=True).at_work(at).select_related("union").order_by("union__name")
    )
