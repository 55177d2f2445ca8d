"""A real Chromium over pages that come from templates and the static folder alone: no server, no database."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from django.test import RequestFactory
from django_cotton.compiler_regex import CottonCompiler
from playwright.sync_api import BrowserContext, Page, Route

ORIGIN = "http://jx.test"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
)
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "base_url": ORIGIN}


def render(source: str, **context: Any) -> str:
    """Render template text as a page would: with a request, context processors and components."""
    return engines["django"].from_string(CottonCompiler().process(source)).render(context, RequestFactory().get("/"))


@dataclass
class Answer:
    status: int = 200
    body: dict[str, Any] | str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """The page under test and what its server would answer, in the order asked."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages: dict[str, str] = {}
        self.answers: dict[str, list[Answer | None]] = {}
        self.received: list[tuple[str, str]] = []
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def serve(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        if path.startswith("/static/"):
            file = Path(settings.BASE_DIR) / path.removeprefix("/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        elif route.request.method == "GET" and path in self.pages:
            headers = {"Content-Security-Policy": POLICY}
            route.fulfill(body=self.pages[path], content_type="text/html; charset=utf-8", headers=headers)
        else:
            self.received.append((path, route.request.post_data or ""))
            queue = self.answers.get(path, [])
            answer = queue.pop(0) if len(queue) > 1 else (queue[0] if queue else Answer(404))
            if answer is None:
                route.abort("internetdisconnected")
                return
            body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
            kind = "text/html" if isinstance(answer.body, str) else "application/json"
            route.fulfill(status=answer.status, body=body, content_type=kind, headers=answer.headers)

    def open(self, main: str, **context: Any) -> Page:
        """Show `main` inside the public layout."""
        self.pages["/"] = render(
            '{% extends "base_public.html" %}{% block main %}' + main + "{% endblock main %}", **context
        )
        self.page.goto("/")
        return self.page


@pytest.fixture
def site(context: BrowserContext, page: Page) -> Site:
    opened = Site(page)
    context.route("**/*", opened.serve)
    return opened


@pytest.fixture
def component() -> Callable[..., str]:
    return render
