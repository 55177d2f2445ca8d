"""The intake of votes as a WSGI application of its own: the same settings and tables as Django's, and nothing of a page.

``granian --interface wsgi config.votes:application`` serves it alone; ``config.wsgi`` lets it take its one address before Django looks.
"""

import os
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings are there only now
from django.utils import timezone  # noqa: E402

from publicity.intake import desk  # noqa: E402
from publicity.intake.writer import Writer  # noqa: E402

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ADDRESS: Final = re.compile(r"/[-\w]+/polls/\d+/cast/", re.ASCII)
_writer = Writer()


def takes(environ: "WSGIEnvironment") -> bool:
    """Whether a request is a vote."""
    return environ["REQUEST_METHOD"] == "POST" and ADDRESS.fullmatch(environ.get("PATH_INFO", "")) is not None


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    reply = desk.answer(_posted(environ), at=timezone.now(), take=_writer) if takes(environ) else _NOWHERE
    body = reply.body.encode()
    status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
    start_response(status, [*reply.headers, ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
    return [body]


_NOWHERE: Final = desk.Reply(404, (("Content-Type", "text/plain"),), "only votes are taken here\n")


def _posted(environ: "WSGIEnvironment") -> desk.Posted:
    length = environ.get("CONTENT_LENGTH") or "0"
    wanted = int(length) if length.isascii() and length.isdigit() else 0
    return desk.Posted(
        path=environ["PATH_INFO"],
        body=environ["wsgi.input"].read(wanted) if wanted <= desk.MOST else b"",
        address=desk.address_of(
            environ.get("REMOTE_ADDR", ""),
            environ.get("HTTP_X_FORWARDED_FOR", ""),
            proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
        ),
        agent=environ.get("HTTP_USER_AGENT", ""),
        secure=settings.SESSION_COOKIE_SECURE,
    )
