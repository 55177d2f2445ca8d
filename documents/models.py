"""Paper in the database: stored files and the jobs that make them. Knows the union of a file, nothing else."""

import uuid
from datetime import datetime
from typing import Self

from django.db import models

from documents.states import JobState
from unions.models import Member, Union, UnionScoped


def private_path(stored: "StoredFile", _filename: str) -> str:
    """An address nobody can guess, without the uploader's file name."""
    return f"{stored.union_id}/{stored.pk.hex[:2]}/{stored.pk.hex}"


class StoredFile(UnionScoped):
    """A private file. It is served only by views of the app that owns it, after a permission check, as an attachment.

    One that was erased keeps its row, which others refer to: size and digest, no bytes and no name. `expires_at` is when a file
    made for somebody to fetch lapses.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField(upload_to=private_path, max_length=200)
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField("可下载至", null=True)
    erased_at = models.DateTimeField("已删除", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False, erased_at__isnull=True),
                name="stored_file_lapsing",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_gone(self, at: datetime) -> bool:
        """Whether there is nothing to fetch any more: erased, or lapsed and about to be."""
        return self.erased_at is not None or (self.expires_at is not None and at >= self.expires_at)


class JobQuerySet(models.QuerySet["Job"]):
    def for_union(self, union: Union) -> Self:
        return self.filter(union=union)

    def visible_to(self, member: Member) -> Self:
        """Whoever asked for it."""
        return self.filter(union_id=member.union_id, requested_by=member)


class Job(UnionScoped):
    """Work a worker does for somebody: the row outlives every worker, and beat re-queues what went stale.

    `params` holds ids only. `total`/`done` count outputs. `attempts` counts starts since the last output, and `done_before`
    what existed when the present attempt started, so that its pace can be told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    label = models.CharField("名称", max_length=120)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    done_before = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_stale")]

    def __str__(self) -> str:
        return self.label


class JobOutput(UnionScoped):
    """One file of a job under the key of the thing it is about: made once, however often the job is run."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="outputs")
    key = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = verbose_name_plural = "任务产出"
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="job_output_once")]
