"""The pool beside enrolling: how to reach an expert, when they cannot come, and what they promise before they see a case."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from review import policies, terms
from review.models import Expert, PanelSeat
from review.models_pool import ExpertAbsence, ExpertContact, ExpertTerms, TermsAcceptance
from unions import audit, phones, vault
from unions.models import Member, PersonalKey, Union
from unions.permits import Refused

MAX_ADDRESS: Final = 120


# --- how to reach them ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contact:
    phone: str = ""
    address: str = ""


def contact_of(expert: Expert) -> Contact:
    """Opened; for the conflict check and for who was let to read it. What is sealed no more is empty."""
    return opened(ExpertContact.objects.filter(expert=expert).select_related("key").first())


def opened(row: ExpertContact | None) -> Contact:
    if row is None:
        return Contact()
    try:
        return Contact(**json.loads(vault.unseal(row.key, row.sealed)))
    except vault.Unreadable:
        return Contact()


def _lock(expert: Expert) -> Expert:
    rows = Expert.objects.select_for_update(no_key=True, of=("self",)).select_related("union", "member__user")
    return rows.get(pk=expert.pk)


@transaction.atomic
def keep_contact(expert: Expert, contact: Contact, *, actor: Member, at: datetime) -> ExpertContact:
    """Seal phone and address under a key of the expert's own. The same again changes nothing."""
    expert = _lock(expert)
    policies.can_enrol_expert(actor, expert.union, at=at).require()
    contact = Contact(phones.normalise(contact.phone), contact.address.strip())
    if contact.phone and not phones.is_phone(contact.phone):
        raise Refused("联系电话不像电话号码：手机 11 位，座机请写区号")
    if len(contact.address) > MAX_ADDRESS:
        raise Refused(f"联系地址至多 {MAX_ADDRESS} 字")
    row = ExpertContact.objects.filter(expert=expert).select_related("key").first()
    if row is not None and opened(row) == contact:
        return row
    row = row or ExpertContact(union=expert.union, expert=expert)
    key = row.key or vault.new_key(expert.union, at=at)
    text = json.dumps(asdict(contact), ensure_ascii=False)
    row.key, row.sealed = key, vault.seal(key, text)
    row.masked = phones.masked(contact.phone) if contact.phone else ""
    row.phone_index = vault.blind_index(expert.union, contact.phone) if contact.phone else ""
    row.save()
    audit.record("expert.contact_kept", expert, actor=actor, at=at, after={"contact": vault.digest(key, text)})
    return row


def forget_contact(expert: Expert) -> None:
    """Who left the pool is called no more; for the verb that retires, which locks, permits and records."""
    rows = ExpertContact.objects.filter(expert=expert)
    keys = list(rows.values_list("key", flat=True))
    rows.delete()
    PersonalKey.objects.filter(pk__in=keys).delete()


@transaction.atomic
def reveal_contact(expert: Expert, *, actor: Member, at: datetime) -> Contact:
    """Phone and address in full, for the office that has to call; that it was read is on record."""
    policies.can_enrol_expert(actor, expert.union, at=at).require()
    audit.record("expert.contact_revealed", expert, actor=actor, at=at)
    return contact_of(expert)


# --- when they cannot come --------------------------------------------------------------------------------------------


@transaction.atomic
def add_absence(expert: Expert, *, starts_on: date, ends_on: date, actor: Member, at: datetime) -> ExpertAbsence:
    """The expert, or the office for them, says when they cannot come."""
    expert = _lock(expert)
    policies.can_plan_absence(actor, expert, at=at).require()
    if ends_on < starts_on:
        raise Refused("止日早于起日，请改正")
    row, created = ExpertAbsence.objects.get_or_create(
        expert=expert, starts_on=starts_on, ends_on=ends_on, defaults={"union": expert.union, "at": at, "by": actor}
    )
    if created:
        days = {"from": starts_on.isoformat(), "to": ends_on.isoformat()}
        audit.record("expert.absence_added", expert, actor=actor, at=at, after=days)
    return row


@transaction.atomic
def drop_absence(expert: Expert, absence: int, *, actor: Member, at: datetime) -> None:
    expert = _lock(expert)
    policies.can_plan_absence(actor, expert, at=at).require()
    row = expert.absences.filter(pk=absence).first()
    if row is None:
        return  # dropped in another window
    days = {"from": row.starts_on.isoformat(), "to": row.ends_on.isoformat()}
    row.delete()
    audit.record("expert.absence_dropped", expert, actor=actor, at=at, before=days)


# --- what they promise ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    version: int
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def terms_of(union: Union) -> Terms:
    """The promise that holds: the union's own, else that of the product."""
    row = ExpertTerms.objects.filter(union=union).order_by("version").last()
    return Terms(row.version, row.text) if row else Terms(0, terms.TEXT)


@transaction.atomic
def word_terms(union: Union, *, text: str, actor: Member, at: datetime) -> Terms:
    """Word the promise anew. Whoever accepted an earlier version for a panel need not do so again for that one."""
    union = Union.objects.select_for_update(no_key=True).get(pk=union.pk)
    policies.can_enrol_expert(actor, union, at=at).require()
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Refused("请填写承诺内容")
    before = terms_of(union)
    if before.text == words:
        return before
    row = ExpertTerms.objects.create(union=union, version=before.version + 1, text=words, at=at, by=actor)
    now = Terms(row.version, row.text)
    audit.record("expert.terms_worded", row, actor=actor, at=at, after={"version": now.version, "sha256": now.sha256})
    return now


def accepted_terms(expert: Expert, *, read: str | None, at: datetime) -> TermsAcceptance:
    """The row that says that this expert accepted the text that holds; the verb that calls it locks, permits and records."""
    now = terms_of(expert.union)
    if read is not None and read != now.sha256:
        raise Refused("承诺的内容刚有变动，请重新阅读后再接受")
    row, _ = TermsAcceptance.objects.get_or_create(
        expert=expert,
        text_sha256=now.sha256,
        defaults={"union_id": expert.union_id, "version": now.version, "text": now.text, "at": at},
    )
    return row


@transaction.atomic
def accept_terms(seat: PanelSeat, *, read: str, actor: Member, at: datetime) -> PanelSeat:
    """Who sits already and has not promised yet, as from before there was a promise, does so before seeing a case."""
    seat = (
        PanelSeat.objects.select_for_update(no_key=True, of=("self",))
        .select_related("panel", "expert__union", "expert__member__user")
        .get(pk=seat.pk)
    )
    policies.can_accept_terms(actor, seat).require()
    if seat.terms_id is None:
        seat.terms = accepted_terms(seat.expert, read=read, at=at)
        seat.save(update_fields=["terms"])
        after = {"version": seat.terms.version, "sha256": seat.terms.text_sha256}
        audit.record("seat.terms_accepted", seat, actor=actor, at=at, after=after, rows=[seat.terms])
    return seat
