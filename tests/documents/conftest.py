"""A kind of job for tests: it makes a small text for each key in its params and breaks where a test says."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from documents import jobs, selectors, services
from documents.models import Job
from tests.factories import NOON
from unions.models import Member, Union


@dataclass
class Workshop:
    """What the test's handler did, and where it shall break."""

    made: list[str] = field(default_factory=list)
    break_at: str = ""
    error: BaseException = field(default_factory=lambda: RuntimeError("broken on purpose"))
    may_read: Callable[[Member, Job], bool] = lambda _member, _job: False

    def opens_to(self, member: Member, job: Job) -> bool:
        return self.may_read(member, job)

    def make(self, job: Job, *, at_clock: jobs.Clock) -> None:
        done = selectors.keys_done(job)
        for key in job.params["keys"]:
            if key in done:
                continue
            if key == self.break_at:
                raise self.error
            self.made.append(key)
            services.add_output(
                job, key, content=key.encode(), name=f"{key}.txt", content_type="text/plain", at=at_clock()
            )


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    shop = Workshop()
    jobs.handler("test.letters", may_read=shop.opens_to)(shop.make)
    yield shop
    del jobs._kinds["test.letters"]


@pytest.fixture
def queue(union: Union, workshop: Workshop) -> Callable[..., Job]:
    """Return a function that queues letters: `queue(actor, "a", "b")`."""

    def make(actor: Member, *keys: str, total: int | None = None, **more: Any) -> Job:
        details = {"label": "生成信函", "at": NOON, **more}
        return services.queue_job(
            actor.union,
            kind="test.letters",
            params={"keys": list(keys)},
            total=len(keys) if total is None else total,
            actor=actor,
            **details,
        )

    return make
