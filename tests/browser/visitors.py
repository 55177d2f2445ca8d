"""People with a browser: what each does is said in the words on the screen, and every page they see is inspected.

A page may not scroll sideways, ask another host for anything, log an error (a refused script or style is one), answer with an
error, or fail axe seriously. Axe looks at each kind of page once a width; everything else at every page.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.test import Client
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response

from tests import factories
from unions.models import Member

AXE: Final = f"{settings.STATIC_URL}axe.min.js"
GRAVE: Final = ("serious", "critical")
_AXE_CALL: Final = """async ([address, grave]) => {
    if (!window.axe) {
        await new Promise((loaded, failed) => {
            const script = document.createElement('script')
            Object.assign(script, {src: address, onload: loaded, onerror: () => failed(new Error(`no ${address}`))})
            document.head.append(script)
            script.remove()
        })
    }
    const isGrave = rule => rule.impact
        ? grave.includes(rule.impact)
        : [...rule.any, ...rule.all, ...rule.none].some(check => grave.includes(axe._audit.checks[check.id ?? check].impact))
    const mild = axe._audit.rules.filter(rule => !isGrave(rule)).map(rule => [rule.id, {enabled: false}])
    const found = await axe.run(document, {resultTypes: ['violations'], rules: Object.fromEntries(mild)})
    return found.violations
        .filter(one => grave.includes(one.impact))
        .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.target.join(' ')).join(', '))
}"""
_OVERFLOW: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Clock:
    """The product's time during a test: it runs, and the test may put it forward to the next day on which something happens."""

    def __init__(self, start: datetime) -> None:
        self._base, self._since = start, monotonic()

    def __call__(self) -> datetime:
        return self._base + timedelta(seconds=monotonic() - self._since)

    def go_to(self, moment: datetime) -> None:
        assert moment >= self(), "time only goes forward"
        self._base, self._since = moment, monotonic()


@dataclass
class Inspection:
    """What was wrong on the pages of one test, and which kinds of pages were looked at."""

    origin: str
    wrong: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def watch(self, page: Page, who: str) -> None:
        def say(what: str) -> None:
            self.wrong.append(f"{who} at {urlsplit(page.url).path}: {what}")

        def on_console(message: ConsoleMessage) -> None:
            if message.type == "error":
                say(f"console: {message.text}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((self.origin, "data:", "blob:")):
                say(f"asked another host: {request.url}")

        def on_response(response: Response) -> None:
            if response.status >= 400:
                say(f"{response.request.method} {urlsplit(response.url).path} answered {response.status}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: say(f"script: {error}"))
        page.on("request", on_request)
        page.on("response", on_response)

    def look(self, page: Page, who: str) -> None:
        """Judge the page as it stands."""
        path = urlsplit(page.url).path
        if (over := page.evaluate(_OVERFLOW)) > 0:
            self.wrong.append(f"{who} at {path}: scrolls sideways by {over} px")
        kind = who + re.sub(r"\d+|[0-9A-Z-]{8,}", "*", path)
        if kind in self.seen:
            return
        self.seen.add(kind)
        found = page.evaluate(_AXE_CALL, [AXE, list(GRAVE)])
        self.wrong += [f"{who} at {path}: axe {one}" for one in found]


class Visitor:
    """One person at their own browser."""

    def __init__(self, page: Page, who: str, inspection: Inspection) -> None:
        self.page = page
        self.who = who
        self._inspection = inspection
        inspection.watch(page, who)

    def sign_in(self, member: Member) -> None:
        """Come with a fresh session, as somebody does who signed in earlier today."""
        session = factories.sign_in(Client(), member).cookies["sessionid"].value
        self.page.context.add_cookies([{"name": "sessionid", "value": session, "url": self._inspection.origin}])

    # --- moving ---

    def open(self, path: str) -> "Visitor":
        self.page.goto(path)
        self.look()
        return self

    def look(self) -> None:
        self._inspection.look(self.page, self.who)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """What happens inside leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            yield
        self.look()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button that sends a form."""
        self._click("button", name, within)

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        self._click("link", name, within)

    def _click(self, role: Any, name: str, within: Locator | None) -> None:
        found = (within or self.page.locator("body")).get_by_role(role, name=name)
        with self.moving():
            found.first.click()

    @contextmanager
    def refused(self) -> Iterator[None]:
        """What happens inside may be answered with 403; nothing else may be wrong."""
        before = len(self._inspection.wrong)
        yield
        self._inspection.wrong[before:] = [one for one in self._inspection.wrong[before:] if "403" not in one]

    # --- reading and writing ---

    def field(self, label: str) -> Locator:
        """The control under a label, whatever stands beside the label (必填, 选填)."""
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first

    def fill(self, **values: str) -> None:
        for label, value in values.items():
            self.field(label).fill(value)

    def choose(self, group: str, option: str) -> None:
        """Choose among open buttons under a legend."""
        self.page.get_by_role("group", name=re.compile(rf"^\s*{re.escape(group)}")).get_by_label(
            option, exact=True
        ).check()

    def asks(self, item: str, why: str) -> None:
        """Tick an item to be mended, and say why."""
        asked = self.page.locator(".jx-asks li").filter(has_text=item).first
        asked.get_by_role("checkbox").check()
        asked.get_by_label("要补正什么").fill(why)

    def box(self, name: str) -> Locator:
        """A part of the page by the words it bears: a row, a panel, an item."""
        return self.page.locator("main tr, main section, main li").filter(has_text=name).last

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def sees(self, *words: str) -> None:
        text = re.sub(r"\s+", " ", self.text)
        for one in words:
            assert one in text, f"{self.who} does not see {one!r} at {self.page.url}:\n{text}"

    def path(self) -> str:
        return urlsplit(self.page.url).path


Visit = Callable[..., Visitor]
