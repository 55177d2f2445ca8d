"""Filling in on a real server: a lost session, a closed tab without a network, a second device on the same field."""

import os
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from applications import selectors, services
from applications.models import Application
from tests import factories
from tests.browser.visitors import Clock
from unions.models import Member, Union

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def applicant(union: Union) -> Member:
    found = factories.MemberFactory(union=union, name="林守拙")
    factories.consent(found)
    return found


@pytest.fixture
def draft(union: Union, applicant: Member, clock: Clock) -> Application:
    clock.go_to(factories.IN_TIME)
    campaign = factories.CampaignFactory(union=union, slug="tianmu")
    return services.start_application(campaign, channel="self", actor=applicant, at=clock())


@pytest.fixture
def device(
    live_server: LiveServer, new_context: Callable[..., BrowserContext], applicant: Member
) -> Callable[[], Page]:
    def start() -> Page:
        context = new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True)
        sign_in(context, applicant, live_server.url)
        return context.new_page()

    return start


def sign_in(context: BrowserContext, member: Member, url: str) -> None:
    session = factories.sign_in(Client(), member).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])


def opened(draft: Application) -> dict[str, object]:
    draft.refresh_from_db()
    return dict(selectors.answers_of(draft))


def test_nothing_typed_is_lost_whatever_happens_to_session_network_and_windows(
    draft: Application, applicant: Member, device: Callable[[], Page], live_server: LiveServer
) -> None:
    work = f"/{draft.union.slug}/my/{draft.pk}/fill/work/"
    phone, desk = device(), device()
    status = phone.locator("[data-save-status]")
    for page in (phone, desk):
        page.goto(work)

    phone.get_by_label("专业领域").fill("焊工")
    expect(status).to_contain_text("已保存于")
    assert opened(draft)["trade"] == "焊工"

    # the session ends while somebody writes
    phone.context.clear_cookies()
    phone.get_by_label("工作单位及职务").fill("远山机械有限公司班长")
    expect(status).to_contain_text("登录已过期")
    sign_in(phone.context, applicant, live_server.url)
    phone.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(status).to_contain_text("已保存于")
    assert opened(draft)["employer_post"] == "远山机械有限公司班长"

    # the other device still shows the page as it was, and writes in the same field
    desk.get_by_label("专业领域").fill("钳工")
    box = desk.locator("[data-elsewhere]")
    expect(box).to_contain_text("焊工")
    expect(desk.get_by_label("工作单位及职务")).to_have_value("远山机械有限公司班长")
    if os.environ.get("JX_SHOTS"):
        desk.screenshot(path=f"{os.environ['JX_SHOTS']}/conflict-390.png", full_page=True)
    assert opened(draft)["trade"] == "焊工"
    box.get_by_role("button", name="用我这里的").click()
    expect(desk.locator("[data-save-status]")).to_contain_text("已保存于")
    assert opened(draft)["trade"] == "钳工"

    # the network goes, and the tab is closed on it
    phone.context.set_offline(True)
    phone.get_by_label("从业年限").fill("２０")
    phone.get_by_label("从业年限").press("Enter")
    expect(status).to_contain_text("以下 1 处尚未保存：从业年限")
    if os.environ.get("JX_SHOTS"):
        phone.screenshot(path=f"{os.environ['JX_SHOTS']}/offline-390.png")
    context = phone.context
    phone.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(work)
    expect(again.get_by_label("从业年限")).to_have_value("20")
    expect(again.locator("[data-save-status]")).to_contain_text("已保存于")
    assert opened(draft)["years_in_trade"] == "20"
    expect(again.get_by_label("专业领域")).to_have_value("钳工")
