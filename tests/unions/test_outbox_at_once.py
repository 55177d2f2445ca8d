"""Messages while several things happen at once: decisions and workers that race, a worker that dies."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from tests import factories
from tests.conftest import Worker
from tests.unions.gateway import Gateway
from unions import tasks, tenancy
from unions.models import Delivery, Union
from unions.outbox import courier, queueing
from unions.outbox.letters import Contact, Letter, News, Topic
from unions.outbox.states import DeliveryState

pytestmark = pytest.mark.django_db(transaction=True)

NOON = factories.NOON
TOPIC = Topic("application", 1)
TO = Contact("蒋海涛", "+8619900007777")
S = DeliveryState


@pytest.fixture
def union(db: None, settings: Settings) -> Iterator[Union]:
    settings.SMS_BACKEND = "tests.unions.gateway.Gateway"
    Gateway.reset()
    found = factories.UnionFactory()
    with tenancy.scope(found.pk):
        yield found
    Gateway.reset()


def decide(union: Union, n: int) -> Delivery:
    said = {"申报人": f"第{n}次决定", "活动": "x"}
    (message,) = queueing.tell(union, [News(TOPIC, [Letter("application.withdrawn", TO, said)])], at=NOON)
    return message.deliveries.get()


def elsewhere(union: Union, act: Callable[[], object]) -> threading.Thread:
    """Do something in a session of its own."""

    def run() -> None:
        with tenancy.scope(union.pk):
            act()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_decision_waits_for_a_message_that_is_leaving_and_then_says_its_own(union: Union) -> None:
    first = decide(union, 1)
    deciding: list[threading.Thread] = []

    def a_decision_comes() -> None:
        Gateway.meanwhile = None
        deciding.append(elsewhere(union, lambda: decide(union, 2)))
        until(somebody_waits)
        assert Delivery.objects.filter(state=S.SENDING).count() == 1

    Gateway.meanwhile = a_decision_comes
    courier.deliver(first.pk, at_clock=lambda: NOON)
    deciding[0].join()
    courier.deliver_due(union.pk, at_clock=lambda: NOON)

    assert [taken.text[4:9] for taken in Gateway.taken] == ["第1次决定", "第2次决定"]
    assert Delivery.objects.get(pk=first.pk).state == S.SENT


def test_a_decision_between_claim_and_handing_over_keeps_the_message_from_leaving(union: Union) -> None:
    """The worker lives, so nothing is unclear: it finds its delivery withdrawn."""
    first = decide(union, 1)
    with courier._only_here(first.pk) as mine:
        assert mine
        assert courier.claim(first.pk, at=NOON)
        elsewhere(union, lambda: decide(union, 2)).join()
        courier.hand_over(first.pk, at_clock=lambda: NOON)

    assert Delivery.objects.get(pk=first.pk).state == S.WITHDRAWN
    assert Gateway.taken == []


def test_two_workers_on_one_message_send_it_once(union: Union) -> None:
    first = decide(union, 1)
    other: list[threading.Thread] = []

    def another_worker_comes() -> None:
        Gateway.meanwhile = None
        other.append(elsewhere(union, lambda: courier.deliver(first.pk, at_clock=lambda: NOON)))
        other[0].join()

    Gateway.meanwhile = another_worker_comes
    courier.deliver(first.pk, at_clock=lambda: NOON)

    assert len(Gateway.taken) == 1
    assert Delivery.objects.get(pk=first.pk).state == S.SENT


def test_two_decisions_at_once_leave_one_message(union: Union) -> None:
    """The topic is new to both."""
    start = threading.Barrier(2)

    def decide_now(n: int) -> Callable[[], object]:
        def act() -> Delivery:
            start.wait()
            return decide(union, n)

        return act

    for thread in [elsewhere(union, decide_now(1)), elsewhere(union, decide_now(2))]:
        thread.join()
    courier.deliver_due(union.pk, at_clock=lambda: NOON)

    assert len(Gateway.taken) == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == [S.SENT, S.WITHDRAWN]


def test_a_worker_killed_while_handing_over_leaves_the_message_to_a_person(
    union: Union, start_worker: Callable[..., Worker], service_environ: dict[str, str], tmp_path: Path
) -> None:
    """Kill -9 in the one moment in which nobody can know. The task comes again, and nothing leaves a second time."""
    taken = tmp_path / "taken"
    service_environ |= {"SMS_BACKEND": "tests.unions.gateway.KillingGateway", "GATEWAY_FILE": str(taken)}
    delivery = decide(union, 1)
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    worker = start_worker("--pool=solo")
    tasks.deliver_messages.delay(union.pk)

    worker.process.wait(60)
    assert Delivery.objects.get(pk=delivery.pk).state == S.SENDING
    second = start_worker("--pool=solo")
    until(lambda: Delivery.objects.get(pk=delivery.pk).state != S.SENDING)
    second.stop()

    found = Delivery.objects.get(pk=delivery.pk)
    assert (found.state, found.error, found.attempts) == (S.UNCLEAR, "interrupted", 1)
    assert taken.read_text(encoding="utf-8").split() == [delivery.stable_id]
