"""A first view of every page that the public and applicants see: light, still, and good to read in normal and in large type."""

import gzip
import os
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Response
from pytest_django.live_server_helper import LiveServer

from applications import services
from applications.models import Application
from applications.states import State
from campaigns.models import Campaign
from tests import factories
from tests.browser.conftest import SIZES
from tests.browser.visitors import Clock, Inspection
from unions.models import Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAVIEST: Final = 300_000
"""Bytes of a first view with everything it asks for, as they travel: text gzipped."""
LARGEST_SHIFT: Final = 0.05
_SHIFTS: Final = """
window.shifted = 0
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value
}).observe({ type: 'layout-shift', buffered: true })
"""
_TEXT: Final = ("text/", "javascript", "json", "svg", "xml")


class Weights:
    """What a page asked for, weighed as a web server would send it."""

    def __init__(self, page: Page) -> None:
        self.responses: list[Response] = []
        page.on("response", self._take)

    def _take(self, response: Response) -> None:
        self.responses.append(response)

    def weigh(self) -> int:
        total = sum(map(self._one, self.responses))
        self.responses.clear()
        return total

    @staticmethod
    def _one(response: Response) -> int:
        if response.status in {204, 301, 302, 304}:
            return 300
        kind = response.headers.get("content-type", "")
        body = response.body()
        return 300 + (len(gzip.compress(body, 6)) if any(part in kind for part in _TEXT) else len(body))


class Places:
    """Everything there is to see: drafts, one returned, one handed in, and the public's pages around them."""

    def __init__(self, union: Union, campaign: Campaign) -> None:
        self.applicant = factories.MemberFactory(union=union, name="阿卜杜热合曼·买买提")
        factories.consent(self.applicant)
        other = factories.CampaignFactory(union=union, slug="second", title="第三届“天目工匠”认定活动（数字经济专场）")
        self.draft = services.start_application(other, channel="self", actor=self.applicant, at=factories.IN_TIME)
        services.save_draft(self.draft, answers=self._typed(), revision=0, actor=self.applicant, at=factories.IN_TIME)
        self.returned = factories.ApplicationFactory(campaign=campaign, member=self.applicant, state=State.RETURNED)
        self.union, self.campaign, self.open = union, campaign, other

    @staticmethod
    def _typed() -> dict[str, Any]:
        rows = [
            {"date": f"20{year:02}-05", "name": "全省职业技能竞赛第二名", "issuer": "省总工会"} for year in range(8)
        ]
        return {
            "national_id": "3301",
            "employer_post": "示例精密机械制造股份有限公司第三分厂焊接车间班长",
            "deeds": "三十年" * 150,
            "honours": rows,
        }

    def public(self) -> list[str]:
        slug = self.union.slug
        return [
            *(f"/{slug}/", f"/{slug}/c/{self.open.slug}/", f"/{slug}/{self.open.slug}/check/", f"/{slug}/privacy/"),
            *("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"),
        ]

    def own(self) -> list[str]:
        my = f"/{self.union.slug}/my"
        here = f"{my}/{self.draft.pk}"
        sections = [section.id for section in self.open.rules.form.sections]
        return [
            *(f"{my}/", f"{here}/", *(f"{here}/fill/{section}/" for section in sections)),
            *(f"{here}/{page}/" for page in ("conditions", "materials", "check", "withdraw", "channel", "print")),
            *(f"{my}/{self.returned.pk}/", f"{my}/{self.returned.pk}/check/", f"{my}/nominations/"),
            *(f"{my}/{self.returned.pk}/fill/{section}/" for section in sections[:1]),
            "/accounts/phone/change/",
        ]


@pytest.fixture
def places(union: Union, clock: Clock) -> Places:
    clock.go_to(factories.IN_TIME)
    return Places(union, factories.CampaignFactory(union=union, slug="tianmu"))


@pytest.fixture
def look(live_server: LiveServer, inspection: Inspection, new_context: Callable[..., BrowserContext]) -> Iterator[Any]:
    """Return a function that opens pages one by one with an empty cache, and says what is wrong with them."""
    wrong: list[str] = []

    def start(places: Places, paths: list[str], *, width: int, large: bool, signed_in: bool) -> None:
        context = new_context(base_url=live_server.url, viewport={"width": width, "height": SIZES[width]})
        context.add_init_script(_SHIFTS)
        cookies = {"jx_large": "1"} if large else {}
        if signed_in:
            cookies["sessionid"] = factories.sign_in(Client(), places.applicant).cookies["sessionid"].value
        context.add_cookies([{"name": name, "value": one, "url": live_server.url} for name, one in cookies.items()])
        page = context.new_page()
        context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
        inspection.watch(page, f"{width}{' large' if large else ''}")
        weights = Weights(page)
        for path in paths:
            weights.responses.clear()  # axe, which looked at the page before
            page.goto(path, wait_until="networkidle")
            page.wait_for_timeout(50)
            weight, shifted = weights.weigh(), page.evaluate("window.shifted")
            if weight >= HEAVIEST:
                wrong.append(f"{path} weighs {weight} bytes at {width} px")
            if shifted >= LARGEST_SHIFT:
                wrong.append(f"{path} shifts by {shifted:.3f} at {width} px{' in large type' if large else ''}")
            inspection.look(page, f"{width}{' large' if large else ''}")
            if os.environ.get("JX_SHOTS"):
                name = path.strip("/").replace("/", "-") or "index"
                page.screenshot(
                    path=f"{os.environ['JX_SHOTS']}/{name}-{width}{'-large' if large else ''}.png", full_page=True
                )
        context.close()

    yield start
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "large"), [(390, False), (390, True), (1280, False), (1280, True)])
def test_a_first_view_is_light_and_still_and_reads_well(places: Places, look: Any, width: int, large: bool) -> None:
    look(places, places.public(), width=width, large=large, signed_in=False)
    look(places, places.own(), width=width, large=large, signed_in=True)
    assert Application.objects.filter(applicant=places.applicant).count() == 2
