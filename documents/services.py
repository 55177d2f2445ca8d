"""Every write about files and jobs."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePath
from typing import Any

from celery import current_app
from django.core.files.base import ContentFile, File
from django.db import transaction

from documents import jobs, policies, selectors
from documents.models import Job, JobOutput, StoredFile, private_path
from documents.states import JOB_TRANSITIONS, JobState
from unions import audit
from unions.models import Member, Union
from unions.permits import Refused
from unions.services import system_member

MAX_ATTEMPTS = 3
"""Starts without a single new output before a job is given up: what kills its worker each time must not go on forever."""
NAME_LENGTH = 200


def store_file(
    union: Union,
    content: bytes | File[bytes],
    *,
    name: str,
    content_type: str,
    at: datetime,
    pk: uuid.UUID | None = None,
    expires_at: datetime | None = None,
) -> StoredFile:
    """Keep a private file under an address nobody can guess. The caller has judged who may and what it is, and records it.

    If the row cannot be written, the bytes go again; call `discard_file` when a later step of the caller fails. With `pk`
    the caller alone may store under this id: bytes of an earlier attempt that died before its row was written are replaced.
    """
    file = ContentFile(content) if isinstance(content, bytes) else content
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
        size += len(chunk)
    file.seek(0)
    stored = StoredFile(
        id=pk or uuid.uuid4(),
        union=union,
        name=plain_name(name),
        content_type=content_type,
        size=size,
        sha256=digest.hexdigest(),
        created_at=at,
        expires_at=expires_at,
    )
    if pk is not None:
        stored.file.storage.delete(private_path(stored, ""))
    stored.file.save("", file, save=False)
    try:
        stored.save(force_insert=True)
    except BaseException:
        stored.file.delete(save=False)
        raise
    return stored


def plain_name(name: str) -> str:
    """The last part of a path, without what a header or a file system could stumble over, at most 200 characters."""
    words = "".join(
        c for c in PurePath(name.replace("\\", "/")).name if c.isprintable() and c not in '/:*?"<>|'
    ).strip()
    words = words or "文件"
    stem, suffix = PurePath(words).stem, PurePath(words).suffix
    return words if len(words) <= NAME_LENGTH else stem[: NAME_LENGTH - len(suffix)] + suffix


def discard_file(stored: StoredFile) -> None:
    """Remove a file that nothing refers to: the row now, the bytes once the transaction is through."""
    storage, path = stored.file.storage, str(stored.file.name)
    stored.delete()
    transaction.on_commit(lambda: storage.delete(path))


ERASED_NAME = "已删除的文件"


def erase_file(stored: StoredFile, *, at: datetime) -> None:
    """Remove the bytes of a file for good, once the transaction is through; its row stays for what refers to it.

    The caller has judged that it may go, and records why. Done again it does nothing.
    """
    if stored.erased_at is not None:
        return
    storage, path = stored.file.storage, str(stored.file.name)
    stored.file, stored.name, stored.erased_at = "", ERASED_NAME, at
    stored.save(update_fields=["file", "name", "erased_at"])
    transaction.on_commit(lambda: storage.delete(path))


@transaction.atomic
def erase_lapsed_file(file_id: uuid.UUID, *, at: datetime) -> bool:
    """Remove what somebody had made for fetching and did not fetch in time; False when it is gone or not yet due."""
    stored = StoredFile.objects.select_for_update().get(pk=file_id)
    if stored.erased_at is not None or not stored.is_gone(at):
        return False
    erase_file(stored, at=at)
    audit.record("file.lapsed", stored, actor=system_member(stored.union), at=at)
    return True


@transaction.atomic
def queue_job(
    union: Union, *, kind: str, label: str, params: Mapping[str, Any], total: int, actor: Member, at: datetime
) -> Job:
    """Have a worker do `kind`. `params` hold ids only: they are read again when the work is done, with the rights of then.

    The message goes out after commit; if it is lost, beat finds the row and sends another.
    """
    jobs.kind_of(kind)
    policies.can_queue_job(actor, union).require()
    job = Job.objects.create(
        union=union, kind=kind, label=label, params=dict(params), total=total, requested_by=actor, created_at=at
    )
    _send(job)
    audit.record("job.queued", job, actor=actor, at=at, after={"kind": kind, "total": total, "params": dict(params)})
    return job


def _send(job: Job) -> None:
    arguments = [job.union_id, str(job.pk)]
    transaction.on_commit(lambda: current_app.send_task("documents.tasks.run_job", arguments))


def _move(job: Job, state: JobState) -> None:
    if state not in JOB_TRANSITIONS[JobState(job.state)]:
        raise Refused(f"任务“{job.label}”{job.get_state_display()}，不能改为{state.label}")
    job.state = state


def _locked(job_id: uuid.UUID) -> Job:
    return Job.objects.select_for_update().get(pk=job_id)


@transaction.atomic
def start_attempt(job_id: uuid.UUID, *, at: datetime) -> Job | None:
    """Mark a job as being worked on; None when there is nothing left to do or it was given up.

    A job of which each attempt dies before it makes anything (its input exhausts the memory, say) is given up, with words
    for the person who waits.
    """
    job = _locked(job_id)
    if job.state not in {JobState.QUEUED, JobState.RUNNING}:
        return None
    if job.attempts >= MAX_ATTEMPTS:
        _fail(job, f"连续 {MAX_ATTEMPTS} 次未能完成，已停止。请重做；仍不成功时，请把本页地址发给平台管理员。", at=at)
        return None
    _move(job, JobState.RUNNING)
    job.attempts += 1
    job.started_at = job.heartbeat_at = at
    job.done = job.done_before = job.outputs.count()
    job.save(update_fields=["state", "attempts", "started_at", "heartbeat_at", "done", "done_before"])
    return job


def add_output(
    job: Job,
    key: str,
    *,
    content: bytes | File[bytes],
    name: str,
    content_type: str,
    at: datetime,
    expires_at: datetime | None = None,
) -> JobOutput:
    """Keep one file of a job, exactly once per key: whoever comes second gets the first one's.

    The job's row is locked before bytes are written, and the file's id follows from job and key: what a worker wrote that
    was killed before its commit lies where the next attempt writes, so that nothing is left over. The chain holds the
    file's SHA-256, so that a paper can be proved to be the one the job made.
    """
    stored: StoredFile | None = None
    try:
        with transaction.atomic():
            locked = _locked(job.pk)
            existing = JobOutput.objects.filter(job=job, key=key).select_related("file").first()
            if existing is not None:
                return existing
            stored = store_file(
                job.union,
                content,
                name=name,
                content_type=content_type,
                at=at,
                pk=uuid.uuid5(job.pk, key),
                expires_at=expires_at,
            )
            output = JobOutput.objects.create(union=job.union, job=job, key=key, file=stored)
            locked.done = locked.outputs.count()
            # made something: the next start is the first of a new count
            locked.attempts, locked.heartbeat_at = min(locked.attempts, 1), at
            locked.save(update_fields=["done", "attempts", "heartbeat_at"])
            audit.record(
                "job.output_added", job, actor=job.requested_by, at=at, after={"key": key, "sha256": stored.sha256}
            )
    except BaseException:
        if stored is not None:
            stored.file.storage.delete(str(stored.file.name))
        raise
    job.done, job.attempts, job.heartbeat_at = locked.done, locked.attempts, at
    return output


def beat(job: Job, *, at: datetime, done: int | None = None, total: int | None = None) -> None:
    """Give a sign of life, for handlers that work long between outputs or learn the number of outputs on the way.

    `done` moves the bar for steps that are no outputs; the end counts outputs whatever the bar said.
    """
    job.heartbeat_at = at
    job.done = job.done if done is None else done
    job.total = job.total if total is None else total
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
        heartbeat_at=job.heartbeat_at, done=job.done, total=job.total
    )


@transaction.atomic
def finish_job(job_id: uuid.UUID, *, at: datetime) -> Job:
    """Close a job whose handler came to its end: done only if every output exists."""
    job = _locked(job_id)
    job.done = job.outputs.count()
    if job.done < job.total:
        return _fail(job, f"应生成 {job.total} 份，实际生成 {job.done} 份。请重做，已生成的不会重复。", at=at)
    _move(job, JobState.DONE)
    job.total, job.error, job.finished_at, job.heartbeat_at = job.done, "", at, at
    job.save(update_fields=["state", "done", "total", "error", "finished_at", "heartbeat_at"])
    audit.record("job.finished", job, actor=system_member(job.union), at=at, after={"outputs": job.done})
    return job


@transaction.atomic
def fail_job(job_id: uuid.UUID, *, reason: str, at: datetime) -> Job:
    """Stop a job with words for the person who waits for it; what it made stays."""
    return _fail(_locked(job_id), reason, at=at)


def _fail(job: Job, reason: str, *, at: datetime) -> Job:
    _move(job, JobState.FAILED)
    job.error, job.finished_at, job.done = reason, at, job.outputs.count()
    job.save(update_fields=["state", "error", "finished_at", "done"])
    audit.record("job.failed", job, actor=system_member(job.union), at=at, after={"outputs": job.done}, reason=reason)
    return job


@transaction.atomic
def requeue_job(job_id: uuid.UUID, *, at: datetime) -> Job:
    """Put an interrupted job back in the queue and send its message again."""
    job = _locked(job_id)
    _move(job, JobState.QUEUED)
    job.heartbeat_at = at
    job.save(update_fields=["state", "heartbeat_at"])
    _send(job)
    return job


@transaction.atomic
def requeue_stale_job(job_id: uuid.UUID, *, at: datetime) -> bool:
    """Send a job's message again if it is still stale now that its row is held; False when somebody was faster.

    Its state stays: a worker that lives after all finds its job as it left it, and the lock per job turns the new
    delivery away.
    """
    job = _locked(job_id)
    if not selectors.stale_jobs(at=at).filter(pk=job.pk).exists():
        return False
    job.heartbeat_at = at
    job.save(update_fields=["heartbeat_at"])
    _send(job)
    audit.record("job.requeued", job, actor=system_member(job.union), at=at, reason="没有工作进程的动静")
    return True


@transaction.atomic
def retry_job(job: Job, *, actor: Member, at: datetime) -> Job:
    """Let a person start a stopped job again; outputs that exist are kept."""
    job = _locked(job.pk)
    policies.can_retry_job(actor, job).require()
    _move(job, JobState.QUEUED)
    job.error, job.attempts, job.finished_at, job.heartbeat_at = "", 0, None, at
    job.save(update_fields=["state", "error", "attempts", "finished_at", "heartbeat_at"])
    _send(job)
    audit.record("job.retried", job, actor=actor, at=at)
    return job
