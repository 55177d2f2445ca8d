"""What a person asks about their own data (个人信息保护法 第四十四至五十条): a correction, a copy, deletion."""

from datetime import datetime

from django.db import transaction

from applications import keeping, policies_rights, selectors
from applications.models import Application, ErasureRequest, Person
from applications.services.intake import locked
from applications.services.retention import anonymise, forget, hold_person
from applications.states import LIVE, PERSONAL_DATA, ErasureState
from campaigns.states import CampaignState
from documents.models import Job
from documents.services import queue_job
from documents.states import UNFINISHED
from unions import audit, vault
from unions.models import Member, User
from unions.permits import Refused


@transaction.atomic
def correct_name(member: Member, *, name: str, actor: Member, at: datetime) -> Person | None:
    """The name of the sign-in and of the person behind it. What was handed in stays as it was: that is mended by return."""
    name = name.strip()
    if actor.pk != member.pk or member.user_id is None:
        raise Refused("只能更正本人的姓名")
    if not name:
        raise Refused("请填写姓名")
    user = User.objects.select_for_update().get(pk=member.user_id)
    if user.name == name:
        return selectors.person_of(member)
    user.name = name
    user.save(update_fields=["name"])
    person = selectors.person_of(member)
    told = {}
    if person is not None and person.key is not None:
        person.name = name
        person.save(update_fields=["name"])
        told = {"name": vault.digest(person.key, name)}
    audit.record("member.name_corrected", member, actor=actor, at=at, after=told)
    return person


@transaction.atomic
def queue_export(member: Member, *, actor: Member, at: datetime) -> Job:
    """Have a copy made of everything kept about this member; while one is being made, that one."""
    if actor.pk != member.pk or not actor.active:
        raise Refused("只能导出本人的信息")
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    running = Job.objects.filter(requested_by=member, kind=PERSONAL_DATA, state__in=sorted(s.value for s in UNFINISHED))
    found = running.first()
    if found is not None:
        return found
    params = {"member": member.pk}
    return queue_job(member.union, kind=PERSONAL_DATA, label="我的个人信息", params=params, total=1, actor=actor, at=at)


@transaction.atomic
def request_erasure(member: Member, *, words: str = "", actor: Member, at: datetime) -> ErasureRequest:
    person = selectors.person_of(member) if actor.pk == member.pk else None
    if person is not None:
        person = Person.objects.select_for_update(no_key=True, of=("self",)).select_related("key").get(pk=person.pk)
    policies_rights.can_request_erasure(actor, person).require()
    assert person is not None
    assert person.key is not None
    asked = ErasureRequest.objects.create(
        union=member.union,
        person=person,
        words_sealed=vault.seal(person.key, words.strip()) if words.strip() else "",
        at=at,
        by=actor,
    )
    audit.record("erasure.requested", asked, actor=actor, at=at, after={"person": person.pk})
    return asked


def _locked(asked: ErasureRequest) -> ErasureRequest:
    rows = ErasureRequest.objects.select_for_update(of=("self",)).select_related("person__key", "union")
    return rows.get(pk=asked.pk)


@transaction.atomic
def take_back_erasure(asked: ErasureRequest, *, actor: Member, at: datetime) -> ErasureRequest:
    asked = _locked(asked)
    policies_rights.can_take_back_erasure(actor, asked).require()
    asked.state, asked.decided_at, asked.decided_by = ErasureState.TAKEN_BACK, at, actor
    asked.save(update_fields=["state", "decided_at", "decided_by"])
    audit.record("erasure.taken_back", asked, actor=actor, at=at)
    return asked


@transaction.atomic
def decide_erasure(
    asked: ErasureRequest, *, grant: bool, reason: str, basis: str, actor: Member, at: datetime
) -> ErasureRequest:
    """The office's answer, with its reason and the law's ground. Granted, everything goes at once but the public record."""
    rows = Application.objects.filter(person=asked.person_id, anonymised_at__isnull=True).order_by("pk")
    applications = [locked(row) for row in rows]
    person = hold_person(asked.person_id)
    asked = _locked(asked)
    policies_rights.can_decide_erasure(actor, asked).require()
    if not reason.strip() or not basis.strip():
        raise Refused("请写明处理理由和法律依据，本人会看到")
    if grant:
        _require_free(applications)
    asked.state = ErasureState.GRANTED if grant else ErasureState.REFUSED
    asked.reason, asked.basis, asked.decided_at, asked.decided_by = reason.strip(), basis.strip(), at, actor
    asked.save(update_fields=["state", "reason", "basis", "decided_at", "decided_by"])
    audit.record(
        "erasure.granted" if grant else "erasure.refused",
        asked,
        actor=actor,
        at=at,
        after={"basis": asked.basis, "applications": [row.pk for row in applications]},
        reason=asked.reason,
    )
    if grant:
        for application in applications:
            anonymise(application, actor=actor, at=at, why=asked.reason)
        if not applications:
            forget(person, actor=actor, at=at)
    return asked


def _require_free(applications: list[Application]) -> None:
    """Nobody vanishes from a campaign under way: they withdraw first, so that the stages know."""
    for row in applications:
        if row.state in LIVE and row.campaign.state == CampaignState.PUBLISHED:
            raise Refused(f"“{row.campaign.title}”的申报还在进行中，请先由本人撤回，再同意删除")
    for words in keeping.held([row.pk for row in applications]).values():
        raise Refused(f"现在还不能删除：{words}")
