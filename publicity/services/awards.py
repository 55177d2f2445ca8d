"""Conferring titles from what was decided, certificates for them, and their end."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, Stage
from campaigns.rules.schema import Award as AwardRule
from campaigns.states import StageState
from documents.models import Job, JobState
from documents.services import queue_job
from publicity import policies
from publicity.codes import new_code
from publicity.models import Award, Certificate, Revocation
from publicity.states import CERTIFICATES
from review.selectors import passed
from unions import audit
from unions.models import Member
from unions.permits import Refused

CODE_LENGTH: Final = 12


@transaction.atomic
def confer_awards(campaign: Campaign, *, actor: Member, at: datetime) -> list[Award]:
    """Confer what the rules give to those who passed the closed stages. Doing it again confers nothing twice."""
    campaign = Campaign.objects.select_for_update().select_related("union").get(pk=campaign.pk)
    policies.can_confer_awards(actor, campaign, at=at).require()
    stages = {stage.key: stage for stage in campaign.stages.all()}
    held = set(Award.objects.filter(campaign=campaign).values_list("award", "application_id"))
    conferred: list[Award] = []
    for rule in sorted(campaign.rules.awards, key=lambda rule: rule.to.except_ is not None):
        stage = stages[rule.to.stage]
        if stage.state != StageState.CLOSED:
            continue
        excepted = {application for award, application in held if award == rule.to.except_}
        for outcome in passed(stage):
            if outcome.application_id in excepted or (rule.id, outcome.application_id) in held:
                continue
            conferred.append(
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
            )
            held.add((rule.id, outcome.application_id))
    if not conferred:
        raise Refused("没有可以授予的称号：请先关闭审定环节，或称号已全部授予")
    audit.record(
        "awards.conferred",
        campaign,
        actor=actor,
        at=at,
        after={"awards": [[award.award, award.application_id] for award in conferred]},
    )
    return conferred


@transaction.atomic
def queue_certificates(campaign: Campaign, *, actor: Member, at: datetime) -> Job:
    """Number the certificates that are due and have a worker make them. A second click finds the first one's job."""
    campaign = Campaign.objects.select_for_update().select_related("union").get(pk=campaign.pk)
    policies.can_queue_certificates(actor, campaign, at=at).require()
    running = Job.objects.filter(
        union=campaign.union,
        kind=CERTIFICATES,
        params__campaign=campaign.pk,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()
    if running is not None:
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
    audit.record("certificates.queued", campaign, actor=actor, at=at, after={"numbered": numbered, "due": due})
    return job


def _number(campaign: Campaign, at: datetime) -> list[str]:
    """Numbers for awards that have a certificate and none yet, in the order they were conferred."""
    rules = {rule.id: rule for rule in campaign.rules.awards if rule.certificate is not None}
    last = Certificate.objects.filter(campaign=campaign).order_by("-sequence").first()
    sequence = last.sequence if last else 0
    numbers = []
    waiting = Award.objects.filter(campaign=campaign, award__in=rules, certificate__isnull=True)
    for award in waiting.order_by("pk"):
        sequence += 1
        number = _pattern(rules[award.award]).format(year=award.conferred_on.year, n=sequence, code=campaign.rules.code)
        Certificate.objects.create(
            union=campaign.union,
            award=award,
            campaign=campaign,
            number=number,
            code=new_code(CODE_LENGTH),
            sequence=sequence,
            issued_at=at,
        )
        numbers.append(number)
    return numbers


def _pattern(rule: AwardRule) -> str:
    assert rule.certificate is not None
    return rule.certificate.number


@transaction.atomic
def revoke_certificate(certificate: Certificate, *, reason: str, actor: Member, at: datetime) -> Revocation:
    """End a certificate. Verification shows it at once, with the reason."""
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    policies.can_revoke_certificate(actor, certificate, at=at).require()
    if not reason.strip():
        raise Refused("请写明撤销原因，它会在核验页面公开显示")
    revocation = Revocation.objects.create(
        union=certificate.union, certificate=certificate, reason=reason.strip(), at=at, by=actor
    )
    audit.record("certificate.revoked", certificate, actor=actor, at=at, reason=reason)
    return revocation


def final_stage(campaign: Campaign) -> Stage:
    """The stage whose passers receive the title."""
    title = next(rule for rule in campaign.rules.awards if rule.kind == "title")
    return campaign.stages.get(key=title.to.stage)
