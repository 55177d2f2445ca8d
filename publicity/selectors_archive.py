"""What the page of a campaign's archive shows: what was made and when, and what is still sealed."""

from campaigns.models import Campaign
from documents.models import Job, JobOutput
from publicity.states import ARCHIVE, DOSSIERS
from unions.archive.tables import tables


def archives(campaign: Campaign) -> list[JobOutput]:
    """The archives made so far that can still be fetched, the newest first."""
    rows = JobOutput.objects.filter(job__kind=ARCHIVE, job__params__campaign=campaign.pk, union=campaign.union_id)
    return list(rows.select_related("file", "job__requested_by__user").order_by("-file__created_at", "-pk")[:10])


def newest_job(campaign: Campaign, kind: str) -> Job | None:
    rows = Job.objects.filter(union=campaign.union_id, kind=kind, params__campaign=campaign.pk)
    return rows.order_by("-created_at").first()


def archive_job(campaign: Campaign) -> Job | None:
    return newest_job(campaign, ARCHIVE)


def dossier_job(campaign: Campaign) -> Job | None:
    return newest_job(campaign, DOSSIERS)


def still_sealed(campaign: Campaign) -> list[str]:
    """What an archive made now would leave out."""
    return sorted(filter(None, (table.left_out(campaign.pk) for table in tables())))
