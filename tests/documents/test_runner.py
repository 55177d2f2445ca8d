"""Running a job: twice, broken half way, two at once, and what beat finds afterwards."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from documents import runner, selectors, services, tasks
from documents.models import Job, JobOutput
from documents.states import JobState
from tests.documents.conftest import Workshop
from tests.factories import NOON, MemberFactory, UnionFactory
from unions import audit, tenancy
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

MakeMember = Callable[..., Member]
Queue = Callable[..., Job]


def _clock() -> datetime:
    return NOON


@pytest.fixture
def job(member: MakeMember, queue: Queue) -> Job:
    return queue(member(Role.OFFICE), "a", "b", "c")


def test_a_job_is_run_to_its_end(union: Union, job: Job, workshop: Workshop) -> None:
    tasks.run_job(union.pk, str(job.pk))

    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
    assert job.finished_at is not None
    assert selectors.keys_done(job) == {"a", "b", "c"}
    assert [made.file.name for made in selectors.outputs_of(job)] == ["a.txt", "b.txt", "c.txt"]
    assert audit.verify(union).verified


def test_a_second_delivery_of_a_finished_job_does_nothing(job: Job, workshop: Workshop) -> None:
    runner.run(job.pk, at_clock=_clock)
    runner.run(job.pk, at_clock=_clock)

    assert workshop.made == ["a", "b", "c"]


def test_after_a_crash_in_the_middle_only_what_is_missing_is_made(job: Job, workshop: Workshop) -> None:
    workshop.break_at, workshop.error = "c", KeyboardInterrupt()  # what no handler catches, as a killed worker
    with pytest.raises(KeyboardInterrupt):
        runner.run(job.pk, at_clock=_clock)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.RUNNING, 2)

    workshop.break_at = ""
    runner.run(job.pk, at_clock=_clock)

    job.refresh_from_db()
    assert workshop.made == ["a", "b", "c"]
    assert (job.state, job.done, job.done_before) == (JobState.DONE, 3, 2)


def test_an_unexpected_error_stops_the_job_with_words_and_keeps_what_was_made(job: Job, workshop: Workshop) -> None:
    workshop.break_at = "b"

    runner.run(job.pk, at_clock=_clock)

    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.FAILED, 1)
    assert job.error == runner.SOMETHING_WENT_WRONG
    assert "broken on purpose" not in job.error


def test_a_refusal_of_the_handler_is_what_the_person_reads(job: Job, workshop: Workshop) -> None:
    workshop.break_at, workshop.error = "a", Refused("“𠮷”字没有可用的字体")

    runner.run(job.pk, at_clock=_clock)

    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "“𠮷”字没有可用的字体")


def test_a_job_longer_than_one_delivery_goes_on_in_the_next(
    job: Job, workshop: Workshop, django_capture_on_commit_callbacks: Any
) -> None:
    workshop.break_at, workshop.error = "c", SoftTimeLimitExceeded()

    with django_capture_on_commit_callbacks() as callbacks:
        runner.run(job.pk, at_clock=_clock)

    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.QUEUED, 2)
    assert len(callbacks) == 1


def test_a_job_that_dies_each_time_before_it_makes_anything_is_given_up(job: Job, workshop: Workshop) -> None:
    for _ in range(services.MAX_ATTEMPTS):
        services.start_attempt(job.pk, at=NOON)

    runner.run(job.pk, at_clock=_clock)

    job.refresh_from_db()
    assert (job.state, workshop.made) == (JobState.FAILED, [])
    assert "连续 3 次未能完成" in job.error


def test_each_output_starts_the_count_of_attempts_anew(job: Job, workshop: Workshop) -> None:
    for key in "abc":
        services.start_attempt(job.pk, at=NOON)
        services.start_attempt(job.pk, at=NOON)
        services.add_output(job, key, content=b"x", name=key, content_type="text/plain", at=NOON)

    job.refresh_from_db()
    assert (job.attempts, job.state) == (1, JobState.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_once_make_everything_once(workshop: Workshop) -> None:
    union = UnionFactory()
    with tenancy.scope(union.pk):
        office = MemberFactory(union=union, role=Role.OFFICE)
        job = services.queue_job(
            union, kind="test.letters", label="信", params={"keys": ["a", "b"]}, total=2, actor=office, at=NOON
        )
    inside, go_on = threading.Event(), threading.Event()
    make = workshop.make

    def slow(job: Job, *, at_clock: Any) -> None:
        inside.set()
        assert go_on.wait(20)
        make(job, at_clock=at_clock)

    workshop.make = slow  # type: ignore[method-assign]
    from documents import jobs

    jobs._kinds["test.letters"] = jobs.Kind("test.letters", slow)

    def deliver() -> None:
        try:
            tasks.run_job(union.pk, str(job.pk))
        finally:
            connection.close()

    first = threading.Thread(target=deliver)
    first.start()
    assert inside.wait(20)
    tasks.run_job(union.pk, str(job.pk))  # returns at once: the first holds the job
    go_on.set()
    first.join(20)

    with tenancy.scope(union.pk):
        job.refresh_from_db()
        assert (job.state, job.attempts, workshop.made) == (JobState.DONE, 1, ["a", "b"])
        assert JobOutput.objects.filter(job=job).count() == 2


def test_the_lock_of_a_job_falls_when_its_run_ends(job: Job, workshop: Workshop) -> None:
    workshop.break_at = "a"
    runner.run(job.pk, at_clock=_clock)

    with runner.only_here(job.pk) as mine:
        assert mine


STALE = NOON + timedelta(seconds=121)


def test_beat_finds_what_a_dead_worker_left_and_sends_it_once(
    union: Union, job: Job, workshop: Workshop, django_capture_on_commit_callbacks: Any
) -> None:
    services.start_attempt(job.pk, at=NOON)

    with django_capture_on_commit_callbacks() as callbacks:
        assert services.requeue_stale_job(job.pk, at=STALE)
        assert not services.requeue_stale_job(job.pk, at=STALE)

    assert len(callbacks) == 1
    assert AuditEntry.objects.filter(action="job.requeued").count() == 1


@pytest.mark.parametrize(
    ("state", "silent_for", "stale"),
    [
        (JobState.QUEUED, 60, False),
        (JobState.QUEUED, 61, True),
        (JobState.RUNNING, 120, False),
        (JobState.RUNNING, 121, True),
        (JobState.DONE, 9999, False),
        (JobState.FAILED, 9999, False),
    ],
)
def test_what_counts_as_stale(job: Job, state: JobState, silent_for: int, stale: bool) -> None:
    Job.objects.filter(pk=job.pk).update(state=state)

    found = selectors.stale_jobs(at=NOON + timedelta(seconds=silent_for))

    assert found.filter(pk=job.pk).exists() is stale


@pytest.mark.django_db(transaction=True)
def test_the_sweep_looks_into_every_union(workshop: Workshop) -> None:
    found = []
    for _ in range(2):
        union = UnionFactory()
        with tenancy.scope(union.pk):
            office = MemberFactory(union=union, role=Role.OFFICE)
            found.append(
                services.queue_job(
                    union, kind="test.letters", label="信", params={"keys": []}, total=0, actor=office, at=NOON
                )
            )

    tasks.sweep_stale_jobs()

    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        assert AuditEntry.objects.filter(action="job.requeued").count() == 2
        assert set(AuditEntry.objects.filter(action="job.requeued").values_list("object_id", flat=True)) == {
            str(job.pk) for job in found
        }
