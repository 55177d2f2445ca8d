"""What the walk over every address needs to know: rows that could leak, and how to fill an address with them.

`tests/unions/test_every_url.py` opens every address of the project as anonymous, as a stranger and as every role of
another union. Each app adds its own part at the end of this file, under a comment with its name:

* `@row_maker` functions make rows of the walked union through services, keep them in `world.rows` and `world.mark` texts
  that nobody outside may read (names, phones, ID numbers of people who are not before the public);
* `argument("campaign_slug", …)` fills a keyword of that name wherever it occurs, `argument("review:case", "pk", …)` only
  in that one address. The walk fails on an address it cannot fill.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests import factories
from unions import services
from unions.models import Union
from unions.states import Role


@dataclass
class World:
    union: Union
    rows: dict[str, Any] = field(default_factory=dict)
    markers: set[str] = field(default_factory=set)

    def mark(self, *texts: str) -> None:
        """Remember texts that must not reach anybody outside the union."""
        self.markers.update(texts)


RowMaker = Callable[[World], None]
Argument = Callable[[World], Any]

ROW_MAKERS: Final[list[RowMaker]] = []
ARGUMENTS: Final[dict[tuple[str, str], Argument]] = {}

GLOBAL: Final[dict[str, str]] = {
    "accounts/": "allauth: a user's own sign-in, password, sessions and second factor; knows no union's rows",
    "health/": "for load balancers: answers with states of services, no rows",
    "admin/": "Django's admin asks for the platform operator on each of its pages, and holds no union's rows",
}
"""Addresses whose views are not ours and carry no `access`: the start of their route, and why they are safe."""


def row_maker(maker: RowMaker) -> RowMaker:
    ROW_MAKERS.append(maker)
    return maker


def argument(*name: str, value: Argument) -> None:
    """`argument("pk", value=…)` for every address, `argument("unions:member", "pk", value=…)` for one."""
    view, keyword = name if len(name) == 2 else ("", *name)
    ARGUMENTS[view, keyword] = value


def find_argument(view: str, keyword: str) -> Argument | None:
    return ARGUMENTS.get((view, keyword)) or ARGUMENTS.get(("", keyword))


def make_world(union: Union) -> World:
    """Fill `union` with a row of everything. Call it inside the union's scope."""
    world = World(union)
    for maker in ROW_MAKERS:
        maker(world)
    return world


argument("union_slug", value=lambda world: world.union.slug)

# --- unions ------------------------------------------------------------------------------------------------------------


@row_maker
def people_of_a_union(world: World) -> None:
    officer = factories.MemberFactory(union=world.union, role=Role.UNIT_OFFICER, name="漏网之鱼甲")
    admin = factories.MemberFactory(union=world.union, role=Role.ADMIN, name="漏网之鱼乙")
    invitation, token = services.invite_member(
        world.union,
        contact="leak@example.com",
        name="漏网之鱼丙",
        role=Role.OFFICE,
        actor=admin,
        at=factories.NOON,
    )
    assert officer.user is not None
    world.rows |= {"officer": officer, "admin": admin, "invitation": invitation, "invitation_token": token}
    world.rows["unit"] = officer.unit
    world.mark("漏网之鱼甲", "漏网之鱼乙", "漏网之鱼丙", "leak@example.com", str(officer.user.phone), str(officer.unit))


argument("member_pk", value=lambda world: world.rows["officer"].pk)
argument("invitation_pk", value=lambda world: world.rows["invitation"].pk)
argument("unit_pk", value=lambda world: world.rows["unit"].pk)
for _view in ("union", "configure", "invite_administrator", "operator_reading"):
    argument(f"unions_global:{_view}", "pk", value=lambda world: world.union.pk)
argument("token", value=lambda world: world.rows["invitation_token"])
