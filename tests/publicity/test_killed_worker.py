"""A worker killed with -9 in the middle of a batch: every certificate exists exactly once, and nothing else lies around."""

import io
import time
from collections.abc import Callable
from datetime import timedelta

import pikepdf
import pytest
from django.utils import timezone

from applications.models import Application, Person
from applications.states import State
from documents import tasks
from documents.models import Job, JobOutput, StoredFile
from documents.states import JobState
from publicity.models import Award, Certificate
from publicity.services.awards import queue_certificates
from review.models import Outcome
from review.states import Verdict
from tests.conftest import Worker
from tests.factories import UnionFactory, invented_name
from tests.publicity.scene import Scene, stored_paths
from unions import audit, tenancy, vault

PEOPLE = 60
SECONDS = 60


def _wait(for_what: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not for_what():
        assert time.monotonic() < deadline, f"waited {SECONDS} s in vain: {what}"
        time.sleep(0.02)


def _award(scene: Scene, people: int) -> None:
    """Titles for many people; the way there is tested elsewhere."""
    at, stage = scene.now(), scene.stage("final")
    for number in range(1, people + 1):
        person = Person.objects.create(
            union=scene.union, key=vault.new_key(scene.union, at=at), name=invented_name(number), created_at=at
        )
        application = Application.objects.create(
            union=scene.union,
            campaign=scene.campaign,
            person=person,
            filled_by=scene.office,
            channel="self",
            state=State.SUBMITTED,
            number=f"示{number:03}",
            name=invented_name(number),
            employer="示例机床厂",
            created_at=at,
            saved_at=at,
        )
        outcome = Outcome.objects.create(
            union=scene.union,
            campaign=scene.campaign,
            stage=stage,
            application=application,
            verdict=Verdict.PASSED,
            reason="会议决议通过",
            at=at,
            by=scene.office,
        )
        Award.objects.create(
            union=scene.union,
            campaign=scene.campaign,
            application=application,
            outcome=outcome,
            award="title",
            label="示例工匠",
            conferred_on=at.date(),
            at=at,
            by=scene.office,
        )


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    start_worker: Callable[..., Worker],
) -> None:
    union = UnionFactory()
    with tenancy.scope(union.pk):
        scene = Scene(union)
        _award(scene, PEOPLE)
        before = stored_paths()
        first = start_worker()
        job = queue_certificates(scene.campaign, actor=scene.office, at=timezone.now())
        made = JobOutput.objects.filter(job=job)

        _wait(lambda: made.count() >= 10, "the first ten certificates")
        first.kill()
        assert 10 <= made.count() < PEOPLE

        second = start_worker()
        # beat would find it two minutes later; nobody waits here
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=3))
    tasks.sweep_stale_jobs()
    with tenancy.scope(union.pk):
        _wait(lambda: Job.objects.get(pk=job.pk).state == JobState.DONE, "the end of the batch")
        second.stop()

        certificates = list(Certificate.objects.select_related("file", "award__application"))
        files = [certificate.file for certificate in certificates if certificate.file is not None]
        assert (len(certificates), len(files), len({file.pk for file in files})) == (PEOPLE, PEOPLE, PEOPLE)
        assert (made.count(), StoredFile.objects.count()) == (PEOPLE, PEOPLE)
        assert stored_paths() - before == {f"./{file.file.name}" for file in files}
        for file in files:
            with pikepdf.open(io.BytesIO(file.file.open("rb").read())) as document:
                assert len(document.pages) == 1
        assert audit.verify(union).verified
        assert Job.objects.get(pk=job.pk).done == PEOPLE
