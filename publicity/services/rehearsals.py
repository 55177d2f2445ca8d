"""Rehearsing a campaign before it is published: by a worker, in a database of its own; the live data is not touched."""

from datetime import datetime
from typing import Final

from django.db import transaction

from campaigns.models import Campaign
from documents.models import Job
from documents.services import queue_job
from documents.states import JobState
from publicity import policies
from publicity.states import REHEARSAL
from unions import audit
from unions.models import Member

PEOPLE: Final = 24
"""How many invented people an officer's rehearsal has: enough for every fate, and done in a minute or two."""


@transaction.atomic
def queue_rehearsal(campaign: Campaign, *, actor: Member, at: datetime) -> Job:
    """Have a worker rehearse the campaign as it is drafted now. A second click finds the first one's job."""
    campaign = Campaign.objects.select_for_update().select_related("union").get(pk=campaign.pk)
    policies.can_rehearse(actor, campaign, at=at).require()
    running = Job.objects.filter(
        union=campaign.union,
        kind=REHEARSAL,
        params__campaign=campaign.pk,
        state__in=[JobState.QUEUED, JobState.RUNNING],
    ).first()
    if running is not None:
        return running
    job = queue_job(
        campaign.union,
        kind=REHEARSAL,
        label=f"{campaign.title}演练",
        params={"campaign": campaign.pk, "people": PEOPLE},
        total=1,
        actor=actor,
        at=at,
    )
    audit.record("campaign.rehearsed", campaign, actor=actor, at=at, after={"job": str(job.pk)})
    return job
