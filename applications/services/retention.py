"""The end of personal data (个人信息保护法 第四十七条): when its time is over, when the person deletes it, when the office grants it.

Anonymising deletes the person's key, so that whatever is sealed under it (in frozen submissions and published notices too) reads as
erased, blanks what stands beside it in clear, and removes the files. A key that must live on for another application of the person
opens nothing of this one any more (`Application.open_key`). The audit chain holds ids and digests and is not touched;
the coarse facts that statistics count by stand in a row of their own since filing. Titles and certificates are public record: name, employer and title stay.
"""

from datetime import datetime
from typing import Final

from django.db import transaction

from applications import keeping, policies_rights, selectors_retention
from applications.models import Application, Material, Person, Recommendation, Return
from applications.sealing import ERASED
from applications.services.inbox import forget_search
from applications.services.intake import locked, move
from applications.states import LIVE, PERSONAL_DATA, State
from campaigns.models import Campaign
from documents.models import JobOutput
from documents.services import erase_file
from unions import audit
from unions import services as people
from unions.models import Member
from unions.permits import Refused
from unions.states import Role

NOBODY: Final = "已匿名"
"""What stands where a name stood."""


@transaction.atomic
def expire_application(application: Application, *, actor: Member, at: datetime) -> bool:
    """Anonymise an application whose time is over; False where it is not, or something holds it. Done again it does nothing."""
    application = locked(application)
    policies_rights.can_expire(actor, application).require()
    if not selectors_retention.due(application.campaign, at=at, among=[application.pk]):
        return False
    anonymise(application, actor=actor, at=at, why="保存期已满")
    return True


def expire_campaign(campaign: Campaign, *, actor: Member, at: datetime) -> int:
    """Each application in a transaction of its own: a worker that dies loses one, and the next day takes it up again."""
    rows = Application.objects.filter(pk__in=selectors_retention.due(campaign, at=at)).order_by("pk")
    return sum(expire_application(row, actor=actor, at=at) for row in rows)


@transaction.atomic
def erase_own(application: Application, *, actor: Member, at: datetime) -> Application:
    """A person deletes what never became an application, or what they withdrew: at once, and nobody is asked."""
    application = locked(application)
    policies_rights.can_erase_own(actor, application).require()
    if words := keeping.held([application.pk]).get(application.pk):
        raise Refused(f"现在还不能删除：{words}")
    if application.state in LIVE:
        move(application, State.WITHDRAWN)
        application.save(update_fields=["state"])
    anonymise(application, actor=actor, at=at, why="本人删除")
    return application


def anonymise(application: Application, *, actor: Member, at: datetime, why: str) -> None:
    """The application first, then its person once nothing readable of them is left. The caller holds the row and has judged."""
    if application.anonymised_at is not None:
        return
    person = hold_person(application.person_id)
    titled = application.pk in keeping.titled([application.pk])
    forget_search([application])
    for material in Material.objects.filter(application=application).select_related("file"):
        erase_file(material.file, at=at)
    Material.objects.current().filter(application=application).update(removed_at=at)
    Recommendation.objects.filter(application=application).update(opinion=ERASED, quota_reason="")
    Return.objects.filter(application=application).update(reason=ERASED, reasons={})
    keeping.erase_above(application, at=at)
    application.answers, application.touched, application.carried = {}, {}, []
    application.nomination_reason, application.claim_digest, application.id_index = "", "", ""
    if not titled:
        application.name, application.employer, application.trade = NOBODY, "", ""
    application.anonymised_at = at
    application.save()
    last = not person.applications.filter(anonymised_at__isnull=True).exists()
    audit.record(
        "application.anonymised",
        application,
        actor=actor,
        at=at,
        after={"titled": titled, "person": person.pk, "key_deleted": last},
        reason=why,
    )
    if last:
        forget(person, actor=actor, at=at)


def hold_person(person_id: int) -> Person:
    """Lock the sign-in and the person, as starting an application does; before anything is recorded."""
    person = Person.objects.get(pk=person_id)
    member = _sign_in(person)
    if member is not None:
        Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    return Person.objects.select_for_update(of=("self",)).select_related("key", "user").get(pk=person_id)


def _sign_in(person: Person) -> Member | None:
    if person.user_id is None:
        return None
    return Member.objects.filter(union=person.union_id, user=person.user_id, role=Role.APPLICANT).first()


def forget(person: Person, *, actor: Member, at: datetime) -> None:
    """Make somebody nobody: their sign-in may come back as somebody new. The caller holds the person, and nothing readable is left."""
    key, member = person.key, _sign_in(person)
    for output in JobOutput.objects.filter(job__kind=PERSONAL_DATA, job__requested_by=member).select_related("file"):
        erase_file(output.file, at=at)
    person.key, person.user, person.name, person.anonymised_at = None, None, NOBODY, at
    person.id_sealed = person.id_masked = person.id_index = ""
    person.save()
    if key is not None:
        key.delete()
    audit.record("person.anonymised", person, actor=actor, at=at)
    if member is not None and not _still_needed(member):
        people.detach_member(member, actor=actor, at=at)


def _still_needed(member: Member) -> bool:
    """Whether this sign-in still does something here: for somebody they named, say."""
    mine = Application.objects.filter(union=member.union_id, anonymised_at__isnull=True, state__in=LIVE)
    return (mine.filter(filled_by=member) | mine.filter(nominated_by=member)).exists()
