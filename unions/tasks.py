"""Celery entry points."""

import time

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from unions import tenancy
from unions.health import HEARTBEAT_EVERY, HEARTBEAT_KEY
from unions.outbox import courier, selectors


@shared_task(ignore_result=True, expires=HEARTBEAT_EVERY)
def heartbeat() -> None:
    """Sent by beat, run by a worker: its trace says that both are alive."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=24 * 3600)


@shared_task
def deliver_messages(union_id: int) -> None:
    """Carry what is due in one union; when more is left, another task goes on."""
    with tenancy.scope(union_id):
        if courier.deliver_due(union_id, at_clock=timezone.now):
            deliver_messages.delay(union_id)


@shared_task
def sweep_messages() -> None:
    """Beat: what came due, was lost with its task or was left by a worker that died, in every union."""
    with tenancy.everywhere(tenancy.GlobalRoute.SWEEP):
        found = selectors.unions_with_work(at=timezone.now())
    for union_id in found:
        deliver_messages.delay(union_id)
