"""What jobs exist, what they have made and how long they still need. Never writes."""

from datetime import datetime, timedelta
from math import ceil

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from documents.models import Job, JobOutput, StoredFile
from documents.states import JobState

QUEUED_STALE_AFTER = timedelta(seconds=60)
"""A message may wait this long for a free worker before beat sends another; a second delivery does no harm."""
RUNNING_STALE_AFTER = timedelta(seconds=120)
"""Without a sign of life for this long a worker counts as dead; handlers give one with every output."""


def keys_done(job: Job) -> frozenset[str]:
    """Keys whose outputs exist: what a handler skips."""
    return frozenset(JobOutput.objects.filter(job=job).values_list("key", flat=True))


def outputs_of(job: Job) -> QuerySet[JobOutput]:
    return JobOutput.objects.filter(job=job).select_related("file").order_by("pk")


def stale_jobs(*, at: datetime) -> QuerySet[Job]:
    """Jobs that nobody seems to work on, oldest first. Reads every union in scope."""
    return (
        Job.objects.annotate(sign_of_life=Coalesce("heartbeat_at", "created_at"))
        .filter(
            Q(state=JobState.QUEUED, sign_of_life__lt=at - QUEUED_STALE_AFTER)
            | Q(state=JobState.RUNNING, sign_of_life__lt=at - RUNNING_STALE_AFTER)
        )
        .order_by("created_at")
    )


def lapsed_files(*, at: datetime) -> QuerySet[StoredFile]:
    """Files past their time of fetching that still hold bytes. Reads every union in scope."""
    return StoredFile.objects.filter(expires_at__lte=at, erased_at__isnull=True).order_by("expires_at")


def time_left(job: Job, *, at: datetime) -> str:
    """How long a running job still needs at the pace of this attempt, in words; empty while nobody can tell."""
    made = job.done - job.done_before
    if job.state != JobState.RUNNING or job.started_at is None or made <= 0 or job.done >= job.total:
        return ""
    seconds = (at - job.started_at).total_seconds() / made * (job.total - job.done)
    if seconds < 60:
        return "不到 1 分钟"
    minutes = ceil(seconds / 60)
    return f"约 {minutes} 分钟" if minutes < 90 else f"约 {round(minutes / 60)} 小时"
