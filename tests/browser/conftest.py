"""The whole product for a browser: live server, real worker on request, the product's clock in the test's hand."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.visitors import Clock, Inspection, Visit, Visitor
from unions.models import Member

SIZES = {390: 844, 1280: 900}
PATIENCE = 30_000
"""Milliseconds: other tests use the same processors."""
expect.set_options(timeout=PATIENCE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The product's time; the worker, a process of its own, keeps the machine's."""
    found = Clock(factories.NOON)
    monkeypatch.setattr(timezone, "now", found)
    return found


@pytest.fixture
def inspection(live_server: LiveServer) -> Iterator[Inspection]:
    found = Inspection(live_server.url)
    yield found
    assert not found.wrong, "\n".join(dict.fromkeys(found.wrong))


@pytest.fixture
def visit(live_server: LiveServer, inspection: Inspection, new_context: Callable[..., BrowserContext]) -> Visit:
    """Return a function that gives somebody a browser of their own: `visit("专家", 390, member)`.

    With a member they are signed in already; without one they are anybody.
    """

    def start(who: str, width: int, member: Member | None = None) -> Visitor:
        size = {"width": width, "height": SIZES[width]}
        context = new_context(base_url=live_server.url, viewport=size, has_touch=width < 600)
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context.new_page(), who, inspection)
        if member is not None:
            visitor.sign_in(member)
        return visitor

    return start
