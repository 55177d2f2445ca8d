"""Conferring titles from what was decided, certificates for them, and their end."""

from collections import Counter
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign
from documents.models import Job
from documents.services import queue_job
from documents.states import UNFINISHED
from publicity import notify, policies, selectors
from publicity.codes import new_code
from publicity.models import Award, Certificate, Revocation
from publicity.models_signing import Reprint
from publicity.policies_ledger import can_reprint_certificate
from publicity.services import ledger
from publicity.states import CERTIFICATES, REPRINT
from review.places import departed
from review.selectors import past, title_counts
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused

CODE_LENGTH: Final = 12


def _lock(campaign: Campaign) -> Campaign:
    """The union before the campaign: certificates are numbered, and a programme's places counted, across its campaigns."""
    union = Union.objects.select_for_update(no_key=True).get(pk=campaign.union_id)
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    campaign.union = union
    return campaign


@transaction.atomic
def confer_awards(campaign: Campaign, *, actor: Member, at: datetime) -> list[Award]:
    """Confer what the rules give to those who passed the closed stages. Done again, it confers what is new, or nothing."""
    campaign = _lock(campaign)
    policies.can_confer_awards(actor, campaign, at=at).require()
    waiting = selectors.stages_before_conferring(campaign)
    due = selectors.awards_due(campaign)
    if not due and waiting:
        raise Refused(f"“{waiting[0].label}”{waiting[0].get_state_display()}，结束后才能授予")
    _require_places(campaign)
    conferred = [
        Award.objects.create(
            union=campaign.union,
            campaign=campaign,
            application_id=outcome.application_id,
            outcome=outcome,
            award=rule.id,
            label=rule.label,
            conferred_on=timezone.localdate(at),
            at=at,
            by=actor,
        )
        for rule, outcome in due
    ]
    if conferred:
        owed = ledger.entitle(conferred, actor=actor, at=at)
        audit.record(
            "awards.conferred",
            campaign,
            actor=actor,
            at=at,
            after={"awards": [[award.award, award.application_id] for award in conferred]},
            rows=[*conferred, *owed],
        )
        notify.conferred(campaign, conferred, at=at)
    return conferred


def _require_places(campaign: Campaign) -> None:
    """The resolution kept to the places; the title is not given to more, whatever happened to outcomes since.

    Floors and shares were kept when the approval closed. A place lost since then is filled or left empty by resolution, and
    what it leaves behind does not keep the others from their title.
    """
    keys = {rule.to.stage for rule in campaign.rules.awards if rule.kind == "title"}
    titled = {row.application_id for stage in campaign.stages.filter(key__in=keys) for row in past(stage)}
    broken = departed(title_counts(campaign, titled), "must", whole=False)
    if broken:
        raise Refused(f"不能授予：{'；'.join(one.words for one in broken)}。请先由领导小组更正决议")


@transaction.atomic
def queue_certificates(campaign: Campaign, *, actor: Member, at: datetime) -> Job:
    """Number the certificates that are due and have a worker make them. A second click finds the first one's job."""
    campaign = _lock(campaign)
    policies.can_queue_certificates(actor, campaign, at=at).require()
    running = selectors.certificate_job(campaign)
    if running is not None and running.state in UNFINISHED:
        return running
    numbered = _number(campaign, at)
    due = Certificate.objects.filter(campaign=campaign, file__isnull=True).count()
    if not due:
        raise Refused("证书已全部生成，可以直接下载")
    job = queue_job(
        campaign.union,
        kind=CERTIFICATES,
        label=f"{campaign.title}证书",
        params={"campaign": campaign.pk},
        total=due,
        actor=actor,
        at=at,
    )
    audit.record(
        "certificates.queued",
        campaign,
        actor=actor,
        at=at,
        after={"numbered": [certificate.number for certificate in numbered], "due": due},
        rows=numbered,
    )
    return job


def _number(campaign: Campaign, at: datetime) -> list[Certificate]:
    """Number the awards that stand, have a certificate and no number yet, in the order they were conferred.

    Each pattern counts from one; a number that another campaign of the union already gave is passed over.
    """
    patterns = {rule.id: rule.certificate.number for rule in campaign.rules.awards if rule.certificate is not None}
    own = Certificate.objects.filter(campaign=campaign)
    given = Counter(patterns.get(award, "") for award in own.values_list("award__award", flat=True))
    taken = set(Certificate.objects.for_union(campaign.union).values_list("number", flat=True))
    sequence = own.count()
    numbered = []
    waiting = selectors.standing_awards().filter(campaign=campaign, award__in=patterns, certificate__isnull=True)
    for award in waiting.order_by("pk"):
        pattern = patterns[award.award]
        number = ""
        while not number or number in taken:
            given[pattern] += 1
            number = pattern.format(year=award.conferred_on.year, n=given[pattern], code=campaign.rules.code)
        taken.add(number)
        sequence += 1
        certificate = Certificate.objects.create(
            union=campaign.union,
            award=award,
            campaign=campaign,
            number=number,
            code=new_code(CODE_LENGTH),
            sequence=sequence,
            issued_at=at,
        )
        numbered.append(certificate)
    return numbered


@transaction.atomic
def revoke_certificate(certificate: Certificate, *, reason: str, actor: Member, at: datetime) -> Revocation:
    """End a certificate. Verification shows it at once, with the reason."""
    _lock(certificate.campaign)
    certificate = (
        Certificate.objects.select_for_update(no_key=True, of=("self",)).select_related("union").get(pk=certificate.pk)
    )
    policies.can_revoke_certificate(actor, certificate, at=at).require()
    if not reason.strip():
        raise Refused("请写明撤销原因，它会在核验页面公开显示")
    revocation = end_certificate(certificate, reason=reason.strip(), actor=actor, at=at)
    audit.record("certificate.revoked", certificate, actor=actor, at=at, reason=reason.strip(), rows=[revocation])
    notify.certificate_revoked(certificate, at=at)
    return revocation


def end_certificate(certificate: Certificate, *, reason: str, actor: Member, at: datetime) -> Revocation:
    """The row alone; the verb that calls it locks, judges and records."""
    return Revocation.objects.create(
        union_id=certificate.union_id, certificate=certificate, reason=reason, at=at, by=actor
    )


@transaction.atomic
def reprint_certificate(certificate: Certificate, *, reason: str, actor: Member, at: datetime) -> Reprint:
    """Print it again under its number: the sheets before are void from now on, and say so when their code is looked up.

    While the new sheet is being made a further click finds it, and has a worker try again where the first one gave up.
    """
    _lock(certificate.campaign)
    certificate = (
        Certificate.objects.select_for_update(no_key=True, of=("self",))
        .select_related("union", "campaign", "award__application__person")
        .get(pk=certificate.pk)
    )
    can_reprint_certificate(actor, certificate, at=at).require()
    waiting = certificate.reprints.filter(file__isnull=True).last()
    if waiting is not None:
        _queue_reprint(waiting, certificate, actor=actor, at=at)
        return waiting
    if not reason.strip():
        raise Refused("请写明重印原因，例如遗失、污损或姓名有误")
    reprint = Reprint.objects.create(
        union=certificate.union,
        certificate=certificate,
        print_number=certificate.reprints.count() + 2,
        code=new_code(CODE_LENGTH),
        reason=reason.strip(),
        at=at,
        by=actor,
    )
    _queue_reprint(reprint, certificate, actor=actor, at=at)
    audit.record(
        "certificate.reprinted",
        certificate,
        actor=actor,
        at=at,
        after={"print_number": reprint.print_number},
        reason=reason.strip(),
        rows=[reprint],
    )
    return reprint


def _queue_reprint(reprint: Reprint, certificate: Certificate, *, actor: Member, at: datetime) -> None:
    running = Job.objects.filter(
        union_id=reprint.union_id, kind=REPRINT, params__reprint=reprint.pk, state__in=UNFINISHED
    )
    if not running.exists():
        queue_job(
            certificate.union,
            kind=REPRINT,
            label=f"证书重印 {certificate.number}",
            params={"campaign": certificate.campaign_id, "reprint": reprint.pk},
            total=1,
            actor=actor,
            at=at,
        )
