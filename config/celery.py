"""The Celery application; its settings are the ``CELERY_*`` names in ``config.settings``."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("jiangxuan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _keep_our_logging(**_: object) -> None:
    """Celery's own set-up would print task arguments; ours stays in force because a receiver exists."""


def _ready_file() -> Path | None:
    """Where the worker says that it takes tasks, for the launcher and the container's health check."""
    name = os.environ.get("WORKER_READY_FILE")
    return Path(name) if name else None


@worker_ready.connect
def _announce_ready(**_: object) -> None:
    if (path := _ready_file()) is not None:
        path.write_text(str(os.getpid()), encoding="ascii")


@worker_shutdown.connect
def _announce_gone(**_: object) -> None:
    if (path := _ready_file()) is not None:
        path.unlink(missing_ok=True)
