"""States of a job. A leaf: imports nothing of ours."""

from collections.abc import Mapping
from typing import Final

from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"


JOB_TRANSITIONS: Final[Mapping[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, JobState.RUNNING, JobState.DONE, JobState.FAILED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset({JobState.QUEUED}),
}
"""RUNNING → RUNNING: a worker died and another takes over; FAILED → QUEUED: a person asks again."""

UNFINISHED: Final = frozenset({JobState.QUEUED, JobState.RUNNING})
