"""Natural persons behind applications: found again by their identity number, never readable by it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction

from applications import identity, policies, sealing
from applications.answers import Answers
from applications.models import Application, Person, Reveal
from applications.states import LIVE
from campaigns.models import Campaign
from unions import audit, vault
from unions.models import Member, Union
from unions.permits import Refused

ID_LOCKS = 0x6A79
"""The space of the advisory locks over identity numbers."""


def new_person(union: Union, *, name: str, at: datetime, member: Member | None = None) -> Person:
    """A person nobody knows yet, with a key of their own."""
    key = vault.new_key(union, at=at)
    return Person.objects.create(union=union, user=member.user if member else None, key=key, name=name, created_at=at)


def person_of(member: Member, *, at: datetime) -> Person:
    """The person behind a sign-in; the member's row is the lock, so that two clicks start one application."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    found = Person.objects.select_related("key").filter(union=member.union, user=member.user).first()
    if found is not None and found.key_id is not None:
        return found
    if found is not None:
        raise Refused("您的个人信息已按规定删除，请与认定办公室联系")
    return new_person(member.union, name=member.user.name if member.user else "", at=at, member=member)


def apart_from_live(person: Person, campaign: Campaign, *, at: datetime) -> Person:
    """The person, or a record apart while another application of theirs is live in the campaign.

    The identity number brings the two together again, and the office decides.
    """
    if Application.objects.filter(campaign=campaign, person=person, state__in=LIVE).exists():
        return new_person(campaign.union, name=person.name, at=at)
    return person


def identify(application: Application, known: identity.Identity | None, *, opened: Answers, at: datetime) -> None:
    """Tie a draft to the bearer of the number typed into it.

    Somebody already known to the union keeps their record, and the draft moves to it, sealed anew under that person's
    key. Typing a number proves nothing, so a sign-in is never tied to a record in this way. While another application of
    the same person is live in the campaign the draft stays where it is, found again by its `id_index`.
    """
    index = vault.blind_index(application.union, known.number) if known else ""
    if application.id_index != index:
        application.id_index = index
        application.save(update_fields=["id_index"])
    if known is None or application.person.id_index == index:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [ID_LOCKS, index])
    person = application.person
    holder = Person.objects.filter(union=application.union, id_index=index).first()
    if holder is not None and _move(application, holder, opened):
        return
    free = "" if holder is not None else index
    if not person.id_index or not _is_relied_on(person, application):
        _write(person, known, free)
    else:
        fresh = new_person(application.union, name=application.name, at=at)
        _write(fresh, known, free)
        _move(application, fresh, opened)


def settle(kept: Application, ended: Iterable[Application]) -> None:
    """The application that goes on gets the union's record of the person, as far as what was handed in lets it.

    Frozen copies stay under the key they were sealed with, so the record may have to come to the application instead. Where
    that record bears other applications it stays, and the number is found by the application alone.
    """
    person = kept.person
    holder = Person.objects.select_for_update().filter(union=kept.union, id_index=kept.id_index).first()
    if holder is None or holder.pk == person.pk:
        return
    opened = sealing.open_answers(person.key, kept.answers)
    if _move(kept, holder, opened):
        return
    gone = [row.pk for row in ended]
    if not Application.objects.filter(person=holder).exclude(pk__in=gone).exists():
        holder.id_index, person.id_index = "", kept.id_index
        holder.save(update_fields=["id_index"])
        person.save(update_fields=["id_index"])


def _is_relied_on(person: Person, application: Application) -> bool:
    return Application.objects.filter(person=person).exclude(pk=application.pk).exists()


def _write(person: Person, known: identity.Identity, index: str) -> None:
    assert person.key is not None
    person.id_sealed = vault.seal(person.key, known.number)
    person.id_masked = identity.masked(known.number)
    person.id_index = index
    person.save(update_fields=["id_sealed", "id_masked", "id_index"])


def _move(application: Application, person: Person, opened: Answers) -> bool:
    """Not once something was handed in: its frozen copies are sealed under the first key."""
    live = Application.objects.filter(campaign=application.campaign, person=person, state__in=LIVE)
    if person.key is None or application.submissions.exists() or live.exclude(pk=application.pk).exists():
        return False
    application.person = person
    application.answers = sealing.seal_answers(application.campaign.rules, person.key, opened)
    application.save(update_fields=["person", "answers"])
    return True


@transaction.atomic
def reveal_id_number(application: Application, *, reason: str, actor: Member, at: datetime) -> str:
    """The whole number, once somebody who may see it has said why; the reason stays on record."""
    application = Application.objects.select_related("person__key", "union").get(pk=application.pk)
    policies.can_reveal_id_number(actor, application).require()
    if not reason.strip():
        raise Refused("请填写查看完整证件号码的理由，理由会记入审计记录")
    person = application.person
    if not person.id_sealed:
        raise Refused("申报人尚未填写有效的证件号码")
    try:
        number = vault.unseal(person.key, person.id_sealed)
    except vault.Unreadable as gone:
        raise Refused(str(gone)) from None
    reveal = Reveal.objects.create(
        union=application.union, application=application, reason=reason.strip(), at=at, by=actor
    )
    audit.record("application.id_revealed", application, actor=actor, at=at, reason=reason.strip(), rows=[reveal])
    return number
