"""People's files (一人一档): one at once, many by a worker; each time on record, since it carries all that is known of a person."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from applications.models import Application
from campaigns.models import Campaign
from documents.models import Job
from documents.services import queue_job
from documents.states import UNFINISHED
from publicity import policies
from publicity.dossiers import dossier
from publicity.states import DOSSIERS
from unions import audit
from unions.models import Member
from unions.permits import Refused


@transaction.atomic
def print_dossier(application: Application, *, actor: Member, at: datetime) -> bytes:
    """The file of one person. Raises `MissingGlyph` and `PaperError`; then nothing is on record."""
    policies.can_print_dossier(actor, application).require()
    content = dossier(application, reader=actor, at=at)
    audit.record("dossier.printed", application, actor=actor, at=at)
    return content


@transaction.atomic
def queue_dossiers(campaign: Campaign, *, actor: Member, at: datetime) -> Job:
    """Have a worker bind the files of everybody who handed in. A second click finds the first one's job."""
    campaign = Campaign.objects.select_for_update().select_related("union").get(pk=campaign.pk)
    policies.can_print_dossiers(actor, campaign).require()
    running = Job.objects.filter(
        union=campaign.union,
        kind=DOSSIERS,
        params__campaign=campaign.pk,
        requested_by=actor,
        state__in=UNFINISHED,
    ).first()
    if running is not None:
        return running
    people = due(campaign, actor)
    if not people:
        raise Refused("还没有人提交申报，没有可以装订的档案")
    job = queue_job(
        campaign.union,
        kind=DOSSIERS,
        label=f"{campaign.title}一人一档",
        params={"campaign": campaign.pk},
        total=len(people),
        actor=actor,
        at=at,
    )
    audit.record("dossiers.queued", campaign, actor=actor, at=at, after={"people": len(people)})
    return job


def due(campaign: Campaign, actor: Member) -> Sequence[Application]:
    """Everybody who handed in and is not the actor, by number."""
    rows = Application.objects.filter(campaign=campaign, number__gt="").select_related(
        "person__key", "campaign", "unit", "union"
    )
    return [row for row in rows.order_by("number", "pk") if policies.can_print_dossier(actor, row)]


@transaction.atomic
def note_fetched(job: Job, *, actor: Member, at: datetime) -> None:
    campaign = Campaign.objects.for_union(job.union).get(pk=job.params["campaign"])
    policies.can_print_dossiers(actor, campaign).require()
    audit.record("dossiers.downloaded", campaign, actor=actor, at=at, after={"job": str(job.pk)})
