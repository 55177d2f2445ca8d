import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection, transaction

from documents import jobs, policies, selectors, services
from documents.models import Job, JobOutput, StoredFile
from documents.states import JOB_TRANSITIONS, JobState
from tests.documents.conftest import Workshop
from tests.factories import NOON, MemberFactory
from unions import tenancy
from unions.models import AuditEntry, Member, Union
from unions.permits import Refused
from unions.states import Role

SECOND = timedelta(seconds=1)
MakeMember = Callable[..., Member]
Queue = Callable[..., Job]


def _stored_paths() -> set[str]:
    """Every private file of the test's folder."""

    def walk(folder: str) -> set[str]:
        folders, files = default_storage.listdir(folder)
        return {f"{folder}/{name}" for name in files}.union(*(walk(f"{folder}/{name}") for name in folders))

    try:
        return walk(".")
    except FileNotFoundError:
        return set()


def test_a_stored_file_keeps_its_bytes_its_digest_and_an_address_without_its_name(union: Union) -> None:
    stored = services.store_file(union, b"abc", name="身份证.pdf", content_type="application/pdf", at=NOON)

    assert stored.file.open("rb").read() == b"abc"
    assert stored.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (stored.size, stored.name) == (3, "身份证.pdf")
    assert stored.file.name == f"{union.pk}/{stored.pk.hex[:2]}/{stored.pk.hex}"
    assert str(stored) == "身份证.pdf"


def test_an_open_file_is_stored_whole_wherever_it_was_read_to(union: Union) -> None:
    source = BytesIO(b"abcdef")
    source.read(3)

    stored = services.store_file(union, File(source, "x"), name="x", content_type="text/plain", at=NOON)

    assert stored.file.open("rb").read() == b"abcdef"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\照片\\我.jpg", "我.jpg"),
        ("../../etc/passwd", "passwd"),
        ('坏"名<字>\r\n.pdf', "坏名字.pdf"),
        ("", "文件"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_a_file_name_loses_what_a_header_or_a_path_could_stumble_over(given: str, kept: str) -> None:
    assert services.plain_name(given) == kept


def test_a_file_whose_row_cannot_be_written_leaves_no_bytes(union: Union, other_union: Union) -> None:
    before = _stored_paths()

    with pytest.raises(DatabaseError), transaction.atomic():
        services.store_file(other_union, b"abc", name="x", content_type="text/plain", at=NOON)

    assert _stored_paths() == before


@pytest.mark.django_db(transaction=True)
def test_a_discarded_file_goes_with_its_bytes(union: Union) -> None:
    stored = services.store_file(union, b"abc", name="x", content_type="text/plain", at=NOON)
    path = str(stored.file.name)

    services.discard_file(stored)

    assert not StoredFile.objects.exists()
    assert not default_storage.exists(path)


def test_queueing_needs_a_kind_that_somebody_makes(union: Union, member: MakeMember) -> None:
    with pytest.raises(jobs.UnknownKindError):
        services.queue_job(union, kind="nobody", label="x", params={}, total=1, actor=member(Role.OFFICE), at=NOON)


def test_a_kind_has_one_handler(workshop: Workshop) -> None:
    jobs.handler("test.letters")(jobs.kind_of("test.letters").make)

    with pytest.raises(ValueError, match="handler already"):
        jobs.handler("test.letters")(lambda job, *, at_clock: None)


def test_a_job_of_another_union_is_refused(union: Union, other_union: Union, workshop: Workshop) -> None:
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)

    with pytest.raises(Refused, match="本工会"):
        services.queue_job(union, kind="test.letters", label="x", params={}, total=1, actor=stranger, at=NOON)


def test_queueing_is_recorded_and_sent_once_committed(
    member: MakeMember, queue: Queue, django_capture_on_commit_callbacks: Any
) -> None:
    office = member(Role.OFFICE)

    with django_capture_on_commit_callbacks() as callbacks:
        job = queue(office, "a", "b")

    assert len(callbacks) == 1
    assert (job.state, job.total, str(job)) == (JobState.QUEUED, 2, "生成信函")
    assert AuditEntry.objects.filter(action="job.queued", object_id=str(job.pk), actor=office).count() == 1


def test_an_output_is_made_once_per_key_and_recorded_by_its_digest(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a")
    details: dict[str, Any] = {"name": "a.pdf", "content_type": "application/pdf", "at": NOON}
    paths = _stored_paths()

    first = services.add_output(job, "a", content=b"first", **details)
    second = services.add_output(job, "a", content=b"second", **details)

    assert first == second
    assert second.file.file.open("rb").read() == b"first"
    assert len(_stored_paths() - paths) == 1
    entry = AuditEntry.objects.get(action="job.output_added")
    assert entry.after == {"key": "a", "sha256": first.file.sha256}


@pytest.mark.django_db(transaction=True)
def test_two_at_once_for_a_key_make_one_file(union: Union, member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a")
    details: dict[str, Any] = {"name": "a.pdf", "content_type": "application/pdf", "at": NOON}
    paths = _stored_paths()
    made: list[JobOutput] = []

    def other() -> None:
        with tenancy.scope(union.pk):
            made.append(services.add_output(job, "a", content=b"second", **details))
        connection.close()

    thread = threading.Thread(target=other)
    with transaction.atomic():
        made.append(services.add_output(job, "a", content=b"first", **details))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()  # waits for the job's row
    thread.join(20)

    assert made[0] == made[1]
    assert made[1].file.file.open("rb").read() == b"first"
    assert len(_stored_paths() - paths) == 1
    assert StoredFile.objects.count() == 1


def test_bytes_of_a_killed_attempt_are_replaced_by_the_next(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a")
    details: dict[str, Any] = {"name": "a.pdf", "content_type": "application/pdf", "at": NOON}
    paths = _stored_paths()
    leftover = StoredFile(id=uuid.uuid5(job.pk, "a"), union=job.union)
    leftover.file.save("", ContentFile(b"half"), save=False)

    made = services.add_output(job, "a", content=b"whole", **details)

    assert _stored_paths() - paths == {f"./{leftover.file.name}"}
    assert made.file.file.open("rb").read() == b"whole"


def test_an_output_that_breaks_half_way_leaves_no_bytes(
    member: MakeMember, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queue(member(Role.OFFICE), "a")
    paths = _stored_paths()
    monkeypatch.setattr(JobOutput.objects, "create", lambda **_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        services.add_output(job, "a", content=b"x", name="a", content_type="text/plain", at=NOON)

    assert _stored_paths() == paths
    assert not JobOutput.objects.exists()


def test_an_output_that_cannot_even_be_stored_raises(
    member: MakeMember, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = queue(member(Role.OFFICE), "a")

    def full(*_: Any, **__: Any) -> StoredFile:
        raise OSError("disk full")

    monkeypatch.setattr(services, "store_file", full)

    with pytest.raises(OSError, match="disk full"):
        services.add_output(job, "a", content=b"x", name="a", content_type="text/plain", at=NOON)


def test_a_beat_moves_the_bar_of_a_running_job_only(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a", "b")

    services.beat(job, at=NOON + SECOND, done=1)
    job.refresh_from_db()
    assert job.done == 0

    services.start_attempt(job.pk, at=NOON)
    services.beat(job, at=NOON + SECOND, done=1, total=5)
    services.beat(job, at=NOON + SECOND)
    job.refresh_from_db()
    assert (job.done, job.total, job.heartbeat_at) == (1, 5, NOON + SECOND)


def test_a_job_is_done_only_when_every_output_exists(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a", "b")
    services.start_attempt(job.pk, at=NOON)
    services.add_output(job, "a", content=b"x", name="a", content_type="text/plain", at=NOON)

    job = services.finish_job(job.pk, at=NOON)

    assert job.state == JobState.FAILED
    assert "应生成 2 份，实际生成 1 份" in job.error
    assert AuditEntry.objects.filter(action="job.failed", reason=job.error).count() == 1


def test_a_stopped_job_is_started_again_by_whoever_asked_for_it(
    member: MakeMember, queue: Queue, django_capture_on_commit_callbacks: Any
) -> None:
    office = member(Role.OFFICE)
    job = queue(office, "a")
    services.fail_job(job.pk, reason="坏了", at=NOON)

    with django_capture_on_commit_callbacks() as callbacks:
        job = services.retry_job(job, actor=office, at=NOON + SECOND)

    assert (job.state, job.error, job.attempts, job.finished_at) == (JobState.QUEUED, "", 0, None)
    assert len(callbacks) == 1
    assert AuditEntry.objects.filter(action="job.retried").count() == 1


def test_a_job_that_did_not_stop_is_not_started_again(member: MakeMember, queue: Queue) -> None:
    office = member(Role.OFFICE)

    with pytest.raises(Refused, match="只有未完成的任务可以重做"):
        services.retry_job(queue(office, "a"), actor=office, at=NOON)


def test_nobody_starts_a_job_of_somebody_else_again(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), "a")
    services.fail_job(job.pk, reason="坏了", at=NOON)

    with pytest.raises(Refused, match="本人提交"):
        services.retry_job(job, actor=member(Role.OFFICE), at=NOON)


@pytest.mark.parametrize("state", JobState)
def test_every_state_has_its_transitions(state: JobState) -> None:
    assert JOB_TRANSITIONS[state] <= frozenset(JobState)


@pytest.mark.parametrize("state", [state for state in JobState if JobState.DONE not in JOB_TRANSITIONS[state]])
def test_only_a_running_job_becomes_done(state: JobState, member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), total=0)
    Job.objects.filter(pk=job.pk).update(state=state)

    with pytest.raises(Refused, match="不能改为已完成"):
        services.finish_job(job.pk, at=NOON)


def test_time_left_is_told_at_the_pace_of_this_attempt(member: MakeMember, queue: Queue) -> None:
    job = queue(member(Role.OFFICE), *"abcdefghij")
    running = {"state": JobState.RUNNING, "started_at": NOON, "total": 1000, "done_before": 10}

    def left(done: int, seconds: int, **more: Any) -> str:
        for name, value in {**running, "done": done, **more}.items():
            setattr(job, name, value)
        return selectors.time_left(job, at=NOON + timedelta(seconds=seconds))

    assert left(10, 60) == ""
    assert left(20, 10) == "约 17 分钟"
    assert left(990, 98) == "不到 1 分钟"
    assert left(11, 60) == "约 16 小时"
    assert left(1000, 60) == ""
    assert left(20, 10, state=JobState.QUEUED) == ""
    assert left(20, 10, started_at=None) == ""


def test_a_member_of_another_union_and_one_who_left_read_no_job(
    union: Union, other_union: Union, member: MakeMember, queue: Queue, workshop: Workshop
) -> None:
    office = member(Role.OFFICE)
    job = queue(office, "a")
    with tenancy.scope(other_union.pk):
        stranger = MemberFactory(union=other_union, role=Role.OFFICE)

    assert policies.can_read_job(office, job)
    assert not policies.can_read_job(stranger, job)
    office.active = False
    assert not policies.can_read_job(office, job)


def test_the_app_of_a_kind_may_let_others_read_and_an_unknown_kind_lets_nobody(
    member: MakeMember, queue: Queue, workshop: Workshop
) -> None:
    job, colleague = queue(member(Role.OFFICE), "a"), member(Role.OFFICE)
    assert not policies.can_read_job(colleague, job)

    workshop.may_read = lambda reader, _job: reader.role == Role.OFFICE
    assert policies.can_read_job(colleague, job)

    job.kind = "gone"
    assert not policies.can_read_job(colleague, job)
