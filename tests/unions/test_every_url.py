"""A walk over every address of the project, as everybody who has no business there, over rows that could leak.

An address fails here that nobody classified, that the walk cannot fill (see `tests/walk.py`), that shows a stranger a text
of the walked union, that lets one write, or that breaks.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests import factories, walk
from tests.addresses import ALL, FILLED, GLOBAL, OF_A_UNION, Address, is_filled, path_of
from unions import tenancy
from unions.models import RESERVED_SLUGS, AuditEntry
from unions.states import STAFF, Role

OPEN = {"public", "signed_in"}
GLOBAL_ACCESS = {"global", "operator"}
ROLES = {role.value for role in Role}


def _title(address: Address) -> str:
    return address.name or address.route


# --- every address is known -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", OF_A_UNION, ids=_title)
def test_an_address_of_a_union_says_who_may_enter(address: Address) -> None:
    assert address.access is not None, f"{address.route} has no access decorator (unions.access)"
    assert address.access in {*OPEN, "member"} or set(address.access.split(",")) <= ROLES


@pytest.mark.parametrize("address", [a for a in ALL if a.access is not None], ids=_title)
def test_an_address_can_be_filled_by_the_walk(address: Address) -> None:
    missing = [keyword for keyword in address.keywords if walk.find_argument(address.name, keyword) is None]

    assert missing == [], f"add argument(…) for {address.name} to tests/walk.py"


@pytest.mark.parametrize("address", GLOBAL, ids=_title)
def test_an_address_without_a_union_is_listed_with_its_reason(address: Address) -> None:
    if address.access is None:
        assert any(address.route.startswith(known) for known in walk.GLOBAL), address.route
    else:
        assert address.access in GLOBAL_ACCESS or address.name == "styleguide"


def test_no_union_can_take_an_address_that_means_something_else() -> None:
    first_parts = {address.route.partition("/")[0] for address in GLOBAL} - {"", "^(?P<url>.*)$"}

    assert {part for part in first_parts if part.isidentifier()} <= RESERVED_SLUGS


# --- nobody sees or does what is not theirs -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def walked(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[walk.World]:
    """Two unions, one of them full of rows, made once for all walks and rolled back after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        union = factories.UnionFactory(slug="shili", name="示例区总工会", short_name="示例")
        other = factories.UnionFactory(slug="linshi", name="邻市总工会", short_name="邻市")
        with tenancy.scope(union.pk):
            made = walk.make_world(union, other)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def world(walked: walk.World, django_db_blocker: DjangoDbBlocker) -> Iterator[walk.World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield walked
        transaction.set_rollback(True)


def _written(world: walk.World) -> int:
    with tenancy.scope(world.union.pk):
        return AuditEntry.objects.for_union(world.union).count()


def _text(response: Any) -> str:
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8", "replace")


def _visit(client: Client, address: Address, path: str, world: walk.World, *, doors: set[int]) -> list[str]:
    """Open and post to one address, as far as it takes that; return what is wrong with the answers."""
    wrong = []
    for method in address.methods:
        response = getattr(client, method.lower())(path)
        text = _text(response)
        shown = sorted(marker for marker in world.markers if marker in text)
        if response.status_code not in doors:
            wrong.append(f"{method} {_title(address)}: answered {response.status_code}")
        if shown:
            wrong.append(f"{method} {_title(address)}: shows {shown}")
    return wrong


CLOSED = {302, 401, 403, 404, 405}
ANSWERED = {200, 303, 400, 422, 429, *CLOSED}


def _walk(client: Client, world: walk.World, addresses: list[Address], *, doors: set[int], **other: Any) -> None:
    wrong = [
        problem
        for address in addresses
        for problem in _visit(client, address, path_of(address, world, **other), world, doors=doors)
    ]
    assert not wrong, "\n".join(wrong)


def _let_in(role: Role) -> list[Address]:
    """Addresses whose door is open to the role; what is behind each is another question."""
    return [one for one in FILLED if one.access in {*OPEN, "member"} or role.value in (one.access or "").split(",")]


def _visitor(client: Client, who: str, world: walk.World) -> Client:
    """Sign a visitor in: a stranger without any union, or a role of the other one."""
    if who == "stranger":
        client.force_login(
            factories.UserFactory(second_factor=True), backend="django.contrib.auth.backends.ModelBackend"
        )
    elif who != "anonymous":
        with tenancy.scope(world.other.pk):
            factories.sign_in(client, factories.MemberFactory(union=world.other, role=Role(who)))
    return client


VISITORS = ["anonymous", "stranger", Role.APPLICANT.value, *sorted(role.value for role in STAFF)]


def test_a_method_that_an_address_does_not_take_is_refused(world: walk.World) -> None:
    """The walks below leave such methods out: they answer 405 to whoever may enter, one of whom tries each."""
    answered = {}
    for who in VISITORS[2:]:
        client = _visitor(Client(), who, world)
        for address in _let_in(Role(who)):
            path = path_of(address, world, union_slug=world.other.slug)
            for method in {"GET", "POST"} - set(address.methods):
                if (method, address.name) not in answered:
                    answered[method, address.name] = getattr(client, method.lower())(path).status_code

    refusing = {(method, one.name) for one in FILLED for method in {"GET", "POST"} - set(one.methods)}
    assert answered.keys() == refusing
    assert set(answered.values()) == {405}, answered


@pytest.mark.parametrize("who", VISITORS)
def test_nobody_from_outside_gets_through_a_members_door(who: str, client: Client, world: walk.World) -> None:
    _visitor(client, who, world)
    written = _written(world)

    _walk(client, world, [address for address in FILLED if address.access not in OPEN], doors=CLOSED)

    assert _written(world) == written


@pytest.mark.parametrize("who", VISITORS)
def test_nobody_from_outside_reads_a_members_data_at_a_public_door(who: str, client: Client, world: walk.World) -> None:
    _visitor(client, who, world)

    _walk(client, world, [address for address in FILLED if address.access in OPEN], doors=ANSWERED)


@pytest.mark.parametrize("who", VISITORS[2:])
def test_ids_of_one_union_open_nothing_at_the_address_of_another(who: str, client: Client, world: walk.World) -> None:
    """The member is at home there, so that only the fetch stands between them and the row."""
    _visitor(client, who, world)
    written = _written(world)

    _walk(client, world, _let_in(Role(who)), doors=ANSWERED, union_slug=world.other.slug)

    assert _written(world) == written


@pytest.mark.parametrize("who", [who for who in VISITORS if who != Role.OPERATOR])
def test_the_addresses_without_a_union_show_nothing_of_one(who: str, client: Client, world: walk.World) -> None:
    _visitor(client, who, world)
    ours = [address for address in GLOBAL if address.access is not None and is_filled(address)]
    closed = [address for address in ours if address.access == "operator"]

    _walk(client, world, [address for address in ours if address not in closed], doors=ANSWERED)
    _walk(client, world, closed, doors=CLOSED)


def test_the_operator_reads_no_members_data_on_the_way(client: Client, world: walk.World) -> None:
    """Without a logged reason the platform's own pages show unions and health, and nobody's name but the invited administrator's."""
    _visitor(client, Role.OPERATOR.value, world)

    ours = [address for address in GLOBAL if address.access is not None and is_filled(address)]

    _walk(client, world, ours, doors=ANSWERED)


@pytest.mark.parametrize("role", [Role.APPLICANT, Role.UNIT_OFFICER, Role.EXPERT])
def test_a_member_without_business_in_a_case_reads_nothing_of_it(role: Role, client: Client, world: walk.World) -> None:
    """Another applicant, the officer of another unit, an expert without a seat: at home in the union, not in the case."""
    with tenancy.scope(world.union.pk):
        factories.sign_in(client, factories.MemberFactory(union=world.union, role=role))

    _walk(client, world, _let_in(role), doors=ANSWERED)


@pytest.mark.parametrize("role", Role)
def test_a_door_for_other_roles_is_closed_at_home(role: Role, client: Client, world: walk.World) -> None:
    """One look at each: the door asks for the role before anything is fetched."""
    with tenancy.scope(world.union.pk):
        factories.sign_in(client, factories.MemberFactory(union=world.union, role=role))
    others = [address for address in FILLED if address not in _let_in(role)]

    answered = {address.name: client.get(path_of(address, world)).status_code for address in others}

    assert set(answered.values()) <= {403, 405}, answered


@pytest.mark.parametrize("role", sorted(STAFF - {Role.OPERATOR}))
def test_staff_without_a_second_factor_is_sent_to_set_it_up(role: Role, client: Client, world: walk.World) -> None:
    with tenancy.scope(world.union.pk):
        without = factories.MemberFactory(union=world.union, role=role, user=factories.UserFactory())
    factories.sign_in(client, without)
    guarded = [address for address in _let_in(role) if address.access not in OPEN]

    _walk(client, world, guarded, doors=CLOSED)


# --- the supervisor changes nothing -----------------------------------------------------------------------------------

OWN_AFFAIRS = {
    *("unions.consent", "unions.mailbox", "unions.personalkey", "unions.message", "unions.member"),
    *("documents.job", "unions.auditentry"),
}
"""What anybody writes about themselves alone: consent, ways to be told, what they have read, a copy of their own data; and that it
was done.
"""


def _contents() -> dict[str, str]:
    """A digest of every table of the union in scope."""
    found = {}
    with connection.cursor() as cursor:
        for model in tenancy.scoped_models():
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {model._meta.db_table} t"
            )
            found[model._meta.label_lower] = cursor.fetchone()[0]
    return found


def test_a_supervisor_changes_nothing_at_any_address(client: Client, world: walk.World) -> None:
    with tenancy.scope(world.union.pk):
        supervisor = factories.MemberFactory(union=world.union, role=Role.SUPERVISOR, name="简守正")
        factories.sign_in(client, supervisor)
        before = _contents()

    for address in FILLED:
        if "POST" in address.methods:
            client.post(path_of(address, world))

    with tenancy.scope(world.union.pk):
        after = _contents()
        verbs = set(AuditEntry.objects.filter(actor=supervisor).values_list("action", flat=True))
    assert {table for table, digest in after.items() if digest != before[table]} <= OWN_AFFAIRS
    assert verbs <= {"consent.given", "mailbox.channels_chosen", "job.queued", "campaign.archive_downloaded"}
