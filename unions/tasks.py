"""Celery entry points."""

import time

from celery import shared_task
from django.core.cache import cache

from unions.health import HEARTBEAT_EVERY, HEARTBEAT_KEY


@shared_task(ignore_result=True, expires=HEARTBEAT_EVERY)
def heartbeat() -> None:
    """Sent by beat, run by a worker: its trace says that both are alive."""
    cache.set(HEARTBEAT_KEY, time.time(), timeout=24 * 3600)
