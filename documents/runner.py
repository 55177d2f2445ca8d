"""How a job is run: one delivery at a time, as often as it takes, to its end or to words that explain why not."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from documents import jobs, services
from unions.permits import Refused

log = structlog.get_logger(__name__)

SOMETHING_WENT_WRONG = "生成时出现意外错误，已停止；已生成的不会丢失。请重做；仍不成功时，请把本页地址发给平台管理员。"


@contextmanager
def only_here(job_id: uuid.UUID) -> Iterator[bool]:
    """Whether this process alone works on the job. The lock is the session's: it falls with a killed worker."""
    key = int.from_bytes(job_id.bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def run(job_id: uuid.UUID, *, at_clock: jobs.Clock) -> None:
    """Work on a job of the union in scope. Safe to call twice, at once, or after any interruption."""
    with only_here(job_id) as mine:
        if not mine:
            return
        job = services.start_attempt(job_id, at=at_clock())
        if job is None:
            return
        try:
            jobs.kind_of(job.kind).make(job, at_clock=at_clock)
        except Refused as refusal:
            services.fail_job(job_id, reason=str(refusal), at=at_clock())
        except SoftTimeLimitExceeded:
            # more work than one delivery may take: what is made is kept, the next delivery goes on
            services.requeue_job(job_id, at=at_clock())
        except Exception:
            log.exception("job_failed", job=str(job_id), kind=job.kind)
            services.fail_job(job_id, reason=SOMETHING_WENT_WRONG, at=at_clock())
        else:
            services.finish_job(job_id, at=at_clock())
