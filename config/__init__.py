import gc

# What is imported stays: to look through it for garbage after every 700 new objects took an eighth of every start.
gc.set_threshold(100_000, 50, 100)

from config.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
