"""Short messages: one small interface, and the backend that writes files for the embedded default.

A gateway is a class with the same `send`; `settings.SMS_BACKEND` names it. `message_id` is stable for one message, so
that a gateway which heard it twice can tell.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class NotTaken(OSError):
    """A gateway raises it when it surely took nothing: out of reach, or busy. It is tried again later."""


class Refused(NotTaken):
    """The same, and trying again will not help: the number does not exist, say."""


class SmsBackend(Protocol):
    def send(self, *, to: str, text: str, message_id: str) -> None:
        """Hand one message over, or raise: `Refused`, `NotTaken`, and any other error where nobody can tell. `to` is E.164."""


class FileBackend:
    """Write each message as one JSON file under `settings.SMS_FILE_PATH`; the same `message_id` gives the same file."""

    def send(self, *, to: str, text: str, message_id: str) -> None:
        folder = Path(settings.SMS_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(message_id.encode()).hexdigest()[:32]}.json"
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(
            json.dumps(
                {"to": to, "text": text, "message_id": message_id, "at": datetime.now(tz=UTC).isoformat()},
                ensure_ascii=False,
            ),
            encoding="utf-8",
        )
        draft.replace(path)


def send(*, to: str, text: str, message_id: str) -> None:
    """Send through the configured backend."""
    cast(SmsBackend, import_string(settings.SMS_BACKEND)()).send(to=to, text=text, message_id=message_id)
