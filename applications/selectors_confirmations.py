"""What somebody else filled in for a person, and what that person says of it. Never writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from applications import answers as form
from applications import identity, policies, selectors
from applications.answers import Answers
from applications.models import SEALED_FORM, SIGNED_CONSENT, Application, Confirmation, Material
from applications.sealing import plain_json
from applications.states import ConfirmedBy
from campaigns.rules.schema import EmailField, PhoneField
from unions import phones, vault
from unions.models import Member

_MOBILE_DIGITS: Final = 11


def content_digest(
    application: Application, *, answers: Answers | None = None, materials: Iterable[Material] | None = None
) -> str:
    """The digest of exactly what the person is shown: the answers, and the papers of theirs that are attached."""
    assert application.person.key is not None
    shown = selectors.answers_of(application) if answers is None else answers
    files = selectors.current_materials(application) if materials is None else materials
    apart = {SEALED_FORM, SIGNED_CONSENT, *policies.unit_slots(application)}
    papers = sorted((file.slot, file.file.sha256) for file in files if file.slot not in apart)
    return vault.digest(application.person.key, plain_json({"answers": dict(shown), "papers": papers}))


def standing(application: Application) -> Confirmation | None:
    """The person's word on what stands on the form now; a change since has made an earlier one void."""
    if application.person.key_id is None:
        return None
    rows = Confirmation.objects.filter(application=application, confirmed_at__isnull=False)
    signed = rows.exclude(material__removed_at__isnull=False).select_related("by__user", "material__file")
    return signed.filter(digest=content_digest(application)).last()


def confirmation_gap(application: Application) -> str:
    """Why it cannot go on without the person's word; empty where the person fills it in, or has confirmed it."""
    if not policies.needs_confirmation(application) or standing(application) is not None:
        return ""
    return (
        f"表由{application.filled_by}代填，须经{application.name}本人确认：请发送验证码给本人，或者上传本人签字的确认书"
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """Where the person can be asked: a field of the form, and what it holds, cut."""

    field: str
    label: str
    value: str
    masked: str


def contacts(application: Application, member: Member) -> list[Contact]:
    """Mobile numbers and addresses on the form, without those of whoever fills it in."""
    answers = selectors.answers_of(application)
    own = {member.user.phone, member.user.email} if member.user else set()
    found = []
    for field in application.campaign.rules.fields():
        value = answers.get(field.id, "")
        if not isinstance(field, PhoneField | EmailField) or not isinstance(value, str) or not value:
            continue
        contact = _reachable(field, value)
        if contact and contact not in own:
            masked = (
                identity.masked_phone(phones.shown(contact))
                if isinstance(field, PhoneField)
                else form.display_masked(field, value, application.campaign.rules)
            )
            found.append(Contact(field.id, field.label, contact, masked))
    return found


def _reachable(field: PhoneField | EmailField, value: str) -> str:
    """A landline gets no short message."""
    if isinstance(field, EmailField):
        return value.lower() if "@" in value else ""
    number = phones.normalise(value)
    return number if phones.is_phone(number) and len(phones.shown(number)) == _MOBILE_DIGITS else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How far the person's word is: `confirmed` on what stands now, `asked` and not answered, `refused` with a remark."""

    needed: bool
    typed_by: Member
    confirmed: Confirmation | None = None
    asked: Confirmation | None = None
    refused: Confirmation | None = None
    remark: str = ""
    changed_since: Confirmation | None = None
    """An earlier word that a later change has made void."""


def entry_of(application: Application) -> Entry:
    """What page and record say of an application that somebody else filled in."""
    needed = policies.needs_confirmation(application)
    if not needed or application.person.key_id is None:
        return Entry(needed, application.filled_by)
    rows = list(Confirmation.objects.filter(application=application).select_related("by__user", "material__file"))
    confirmed = standing(application)
    if confirmed is not None:
        return Entry(needed, application.filled_by, confirmed=confirmed)
    last = rows[-1] if rows else None
    digest = content_digest(application)
    return Entry(
        needed,
        application.filled_by,
        asked=last
        if last and last.method == ConfirmedBy.CODE and not _answered(last) and last.digest == digest
        else None,
        refused=last if last and last.refused_at else None,
        remark=remark_of(last) if last and last.refused_at else "",
        changed_since=next((row for row in reversed(rows) if row.confirmed_at), None),
    )


def _answered(row: Confirmation) -> bool:
    return row.confirmed_at is not None or row.refused_at is not None


def remark_of(row: Confirmation) -> str:
    """What the person wrote, as long as it is kept."""
    try:
        return vault.unseal(row.application.open_key, row.remark_sealed) if row.remark_sealed else ""
    except vault.Unreadable:
        return ""


def said_by_person(application: Application) -> list[Confirmation]:
    """Every word of the person on what was filled in for them, for the record."""
    rows = Confirmation.objects.filter(application=application, confirmed_at__isnull=False)
    return list(rows.select_related("by__user", "by__unit", "submission"))
