"""Every page there is, opened by somebody who may: axe finds nothing serious, nothing scrolls sideways, no script fails.

What only stands open in the middle of a campaign is looked at by the tests that play it (`Visitor.look`).
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from tests import factories, walk
from tests.addresses import FILLED, GLOBAL, Address, is_filled, path_of
from tests.browser.conftest import SIZES
from tests.browser.visitors import Inspection
from unions import tenancy
from unions.models import Member
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HERE: Final = [*FILLED, *(address for address in GLOBAL if address.access is not None and is_filled(address))]
AT_LEAST: Final = 140
"""Pages that somebody can open in the walked union."""
NEW: Final = (Role.SUPERVISOR, Role.OPERATOR)


@pytest.fixture
def world() -> walk.World:
    union = factories.UnionFactory(slug="shili", name="示例区总工会", short_name="示例")
    other = factories.UnionFactory(slug="linshi", name="邻市总工会", short_name="邻市")
    with tenancy.scope(union.pk):
        return walk.make_world(union, other)


def _who_is_there(world: walk.World) -> Iterator[Member]:
    """Whoever has business in the walked union, one of a kind first."""
    for row in ("submission", "application"):
        application = getattr(world.rows[row], "application", world.rows[row])
        yield application.applicant
    for role in NEW:
        yield factories.MemberFactory(union=world.union, role=role)
    for role in (Role.OFFICE, Role.LEADER, Role.ADMIN, Role.UNIT_OFFICER, Role.EXPERT):
        yield from Member.objects.filter(union=world.union, role=role).order_by("pk")[:4]


class Doors:
    """Who opens what, asked of the product itself."""

    def __init__(self, world: walk.World) -> None:
        self.world = world
        self.sessions = {"公众": Client(raise_request_exception=False)}
        self.roles: dict[str, str] = {"公众": ""}
        with tenancy.scope(world.union.pk):
            for member in _who_is_there(world):
                who = f"{Role(member.role).label} {member.pk}"
                self.sessions[who] = Client(raise_request_exception=False)
                self.roles[who] = member.role
                factories.sign_in(self.sessions[who], member)

    def pages(self, addresses: list[Address]) -> Iterator[tuple[str, str]]:
        """(path, who) of every address that answers with a page to somebody; nothing may break on anybody."""
        for address in addresses:
            path = path_of(address, self.world)
            for who in self._may_try(address):
                response = self.sessions[who].get(path)
                assert response.status_code < 500, f"{path} breaks for {who}"
                if response.status_code == 200:
                    if response["Content-Type"].startswith("text/html") and b"<html" in response.content:
                        yield path, who
                    break
                if response.status_code == 405:
                    break

    def _may_try(self, address: Address) -> list[str]:
        roles = set((address.access or "").split(","))
        if roles <= {role.value for role in Role}:
            return [who for who, role in self.roles.items() if role in roles]
        return list(self.roles)


def test_every_page_reads_well_on_a_phone_and_at_a_desk(
    world: walk.World,
    live_server: LiveServer,
    inspection: Inspection,
    new_context: Callable[..., BrowserContext],
) -> None:
    doors = Doors(world)
    context = new_context(base_url=live_server.url)
    page = context.new_page()
    inspection.watch(page, "")
    looked_at = 0
    for who, pages in groupby(sorted(doors.pages(HERE), key=itemgetter(1)), itemgetter(1)):
        session = doors.sessions[who].cookies.get("sessionid")
        page.goto("about:blank")  # a page that asks for its job again and again must not do so as somebody else
        context.clear_cookies()
        if session is not None:
            context.add_cookies([{"name": "sessionid", "value": session.value, "url": live_server.url}])
        for path, _ in pages:
            page.goto(path)
            for width, height in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                inspection.look(page, f"{who}, {width}")
            looked_at += 1
    assert looked_at >= AT_LEAST
