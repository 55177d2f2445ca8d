"""Logging: one JSON object a line, without personal data.

A log is copied, shipped and kept longer than anything else, so names, phones, addresses and ID numbers must not
enter it (个人信息保护法): known keys are dropped and what looks like a phone, e-mail or ID number is masked.
"""

import logging
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

PERSONAL_KEYS: Final = frozenset(
    {"name", "full_name", "phone", "email", "national_id", "address", "password", "token", "code", "body", "ip"}
)
_LOOKS_PERSONAL: Final = re.compile(
    r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"  # 居民身份证号码
    r"|(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)"  # 手机号码
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
MASK: Final = "[personal]"


def _mask(value: object) -> object:
    if isinstance(value, str):
        return _LOOKS_PERSONAL.sub(MASK, value)
    if isinstance(value, Mapping):
        return {key: MASK if key in PERSONAL_KEYS else _mask(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mask(item) for item in value]
    return value


def without_personal_data(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every value of an event; ``logger`` and ``level`` pass because they are ours."""
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = MASK if key in PERSONAL_KEYS else _mask(value)
    return event


def without_traceback(record: logging.LogRecord) -> bool:
    """A request that was refused is a line: where Django raised the refusal tells nobody anything."""
    if record.levelno < logging.ERROR:
        record.exc_info = None
    return True


_SHARED: Final[list[Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure(level: str) -> dict[str, Any]:
    """Set structlog up and return the ``LOGGING`` dictionary that sends the standard library through it."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.EventRenamer("message"),
                    without_personal_data,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            }
        },
        "filters": {"without_traceback": {"()": lambda: without_traceback}},
        "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stream"], "level": level},
        "loggers": {
            "django": {"level": level, "handlers": [], "propagate": True},
            "django.request": {"filters": ["without_traceback"]},
            "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }
