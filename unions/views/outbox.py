"""Mail and short messages that the embedded default writes to files, so that a newcomer can finish sign-up."""

import email
import email.policy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from unions import phones
from unions.access import anyone

PAGE_SIZE = 20
_BETWEEN = b"-" * 79 + b"\n"


@dataclass(frozen=True, slots=True)
class Message:
    at: datetime
    kind: str
    to: str
    subject: str
    text: str


@anyone
@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The demo's letters, newest first. Whoever reads them can sign in as anybody: outside the demo it does not exist."""
    if not settings.DEMO:
        raise Http404("只有演示系统有发件箱")
    found = sorted([*_mails(), *_texts()], key=lambda message: message.at, reverse=True)
    return render(
        request, "unions/outbox.html", {"page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))}
    )


def _mails() -> Iterator[Message]:
    for path in Path(settings.EMAIL_FILE_PATH).glob("*.log"):
        for part in path.read_bytes().split(_BETWEEN):
            if part.strip():
                parsed = email.message_from_bytes(part, _class=EmailMessage, policy=email.policy.default)
                body = parsed.get_body(("plain",))
                yield Message(
                    at=parsedate_to_datetime(str(parsed["Date"])).replace(tzinfo=UTC),  # Django writes -0000
                    kind="邮件",
                    to=str(parsed["To"]),
                    subject=str(parsed["Subject"]),
                    text=str(body.get_content()) if body is not None else "",
                )


def _texts() -> Iterator[Message]:
    for path in Path(settings.SMS_FILE_PATH).glob("*.json"):
        found = json.loads(path.read_text(encoding="utf-8"))
        yield Message(
            at=datetime.fromisoformat(found["at"]).astimezone(UTC),
            kind="短信",
            to=phones.shown(found["to"]),
            subject="",
            text=found["text"],
        )
