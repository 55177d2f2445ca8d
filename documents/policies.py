"""May this person do it now, and if not, why?"""

from documents import jobs
from documents.models import Job
from documents.states import JobState
from unions.models import Member, Union
from unions.permits import ALLOWED, Decision, denied


def can_queue_job(actor: Member, union: Union) -> Decision:
    """Which verb may be done as a job is judged by the app whose verb it is; here only the union is."""
    return ALLOWED if actor.union_id == union.pk else denied("只能在本工会内提交任务")


def can_read_job(actor: Member, job: Job) -> Decision:
    """Whoever asked for it, and whom the app that owns the kind lets in. An unknown kind opens to nobody else."""
    if actor.union_id != job.union_id or not actor.active:
        return denied("只能查看本工会的任务")
    if actor.pk == job.requested_by_id:
        return ALLOWED
    try:
        may_read = jobs.kind_of(job.kind).may_read
    except jobs.UnknownKindError:
        may_read = None
    return ALLOWED if may_read is not None and may_read(actor, job) else denied("只能查看本人提交的任务")


def can_retry_job(actor: Member, job: Job) -> Decision:
    decision = can_read_job(actor, job)
    if not decision:
        return decision
    if job.state != JobState.FAILED:
        return denied("只有未完成的任务可以重做")
    return ALLOWED
