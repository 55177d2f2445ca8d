"""Celery entry points: they take ids and open the union's scope."""

import uuid

from celery import shared_task
from django.utils import timezone

from documents import runner, selectors, services
from unions import tenancy


@shared_task(name="documents.tasks.run_job")
def run_job(union_id: int, job_id: str) -> None:
    with tenancy.scope(union_id):
        runner.run(uuid.UUID(job_id), at_clock=timezone.now)


@shared_task(name="documents.tasks.sweep_stale_jobs")
def sweep_stale_jobs() -> None:
    """Send again what a dead worker or a lost message left behind; beat calls it every half minute."""
    at = timezone.now()
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        stale = list(selectors.stale_jobs(at=at).values_list("union_id", "pk"))
    for union_id, job_id in stale:
        with tenancy.scope(union_id):
            services.requeue_stale_job(job_id, at=at)


@shared_task(name="documents.tasks.sweep_lapsed_files")
def sweep_lapsed_files() -> None:
    """Remove what was made for fetching and has lapsed; beat calls it every hour."""
    at = timezone.now()
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        lapsed = list(selectors.lapsed_files(at=at).values_list("union_id", "pk"))
    for union_id, file_id in lapsed:
        with tenancy.scope(union_id):
            services.erase_lapsed_file(file_id, at=at)
