"""From the address to the union, the member and the scope."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from tests import factories
from tests.kept import kept
from unions import services, tenancy
from unions.middleware import UnionMiddleware
from unions.models import Member, Union
from unions.states import Role

PRIVACY = "/shili/privacy/"


@kept
def own_domain(union: Union) -> str:
    Union.objects.filter(pk=union.pk).update(domain="gj.example.cn")
    return "gj.example.cn"


def test_the_scope_is_open_for_the_request_and_closed_after_it(union: Union) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(tenancy.current())
        return HttpResponse(str(request.union))

    request = RequestFactory().get(PRIVACY)
    request.user = factories.UserFactory()
    with tenancy._session(tenancy.NOWHERE):
        response = UnionMiddleware(view)(request)
        assert tenancy.current() == tenancy.NOWHERE

    assert seen == [str(union.pk)]
    assert response.content.decode() == union.name


@pytest.mark.parametrize("path", ["/health/live/", "/no/such/address/anywhere/"])
def test_an_address_without_a_union_opens_no_scope(path: str, db: None) -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(tenancy.current())
        return HttpResponse()

    UnionMiddleware(view)(RequestFactory().get(path))

    assert seen == [tenancy.NOWHERE]


def test_an_unknown_or_closed_union_is_not_found(client: Client, union: Union) -> None:
    assert client.get("/nowhere/privacy/").status_code == 404
    assert client.get(PRIVACY).status_code == 200
    Union.objects.filter(pk=union.pk).update(active=False)
    assert client.get(PRIVACY).status_code == 404


def test_on_its_own_domain_a_union_needs_no_slug(client: Client, union: Union, own_domain: str) -> None:
    for path in ("/privacy/", PRIVACY):
        response = client.get(path, headers={"host": own_domain})
        assert response.status_code == 200
        assert union.name in response.content.decode()


def test_on_its_own_domain_global_addresses_stay_what_they_are(client: Client, union: Union, own_domain: str) -> None:
    assert client.get("/health/live/", headers={"host": own_domain}).content == b"ok"
    assert client.get("/accounts/login/", headers={"host": own_domain}).status_code == 200


def test_on_its_own_domain_no_other_union_is_reached(
    client: Client, union: Union, other_union: Union, own_domain: str
) -> None:
    assert client.get(f"/{other_union.slug}/privacy/", headers={"host": own_domain}).status_code == 404


def test_a_member_is_known_while_active_and_in_time(
    client: Client, union: Union, member: Callable[..., Member]
) -> None:
    admin = member(Role.ADMIN)
    factories.sign_in(client, admin)
    path = f"/{union.slug}/manage/members/"

    assert client.get(path).status_code == 200
    Member.objects.filter(pk=admin.pk).update(until=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 403
    Member.objects.filter(pk=admin.pk).update(until=timezone.now() + timedelta(minutes=1))
    assert client.get(path).status_code == 200
    Member.objects.filter(pk=admin.pk).update(active=False)
    assert client.get(path).status_code == 403


def test_a_visitor_is_sent_to_sign_in_and_back(client: Client, union: Union) -> None:
    response = client.get("/shili/manage/members/?role=office")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/shili/manage/members/%3Frole%3Doffice"


def test_without_the_second_factor_staff_is_sent_to_set_one_up(
    client: Client, union: Union, member: Callable[..., Member], settings: Settings
) -> None:
    factories.sign_in(client, member(Role.ADMIN, user=factories.UserFactory()))

    response = client.get("/shili/manage/members/", follow=True)

    assert response.redirect_chain[0][0] == "/accounts/2fa/"
    assert "两步验证" in response.content.decode()


def test_the_demo_asks_for_no_second_factor(
    client: Client, union: Union, member: Callable[..., Member], settings: Settings
) -> None:
    settings.STAFF_MFA_REQUIRED = False
    factories.sign_in(client, member(Role.ADMIN, user=factories.UserFactory()))

    assert client.get("/shili/manage/members/").status_code == 200


def test_an_applicant_needs_no_second_factor(client: Client, union: Union, member: Callable[..., Member]) -> None:
    applicant = factories.sign_in(client, member())

    response = applicant.post("/shili/privacy/consent/", {"digest": "x"})

    assert response["Location"] == PRIVACY


def test_an_operator_needs_the_second_factor_too(client: Client, db: None) -> None:
    user = factories.UserFactory(operator=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/operator/")["Location"] == "/accounts/2fa/"

    factories.give_second_factor(user)
    assert client.get("/operator/").status_code == 200


def test_djangos_admin_is_the_operators_with_the_second_factor(client: Client, union: Union) -> None:
    user = factories.UserFactory(operator=True)
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/2fa/"
    assert client.post("/admin/login/", {"username": "x", "password": "y"})["Location"] == "/accounts/2fa/"

    factories.give_second_factor(user)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/login/")["Location"] == "/admin/"
    assert client.get(f"/admin/unions/union/{union.pk}/change/").status_code == 200
    assert client.post(f"/admin/unions/union/{union.pk}/change/", {"name": "x"}).status_code == 403
    assert client.get("/admin/unions/user/").status_code == 200
    assert client.get("/admin/unions/user/add/").status_code == 403
    assert client.post(f"/admin/unions/user/{user.pk}/delete/").status_code == 403
    assert client.get("/admin/auth/group/").status_code == 403
    assert client.get("/admin/account/emailaddress/").status_code == 403


def test_an_operator_switches_a_sign_in_off(client: Client, db: None) -> None:
    user = factories.UserFactory(operator=True, second_factor=True)
    other = factories.UserFactory(name="王五")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    client.post(f"/admin/unions/user/{other.pk}/change/", {"is_staff": "on", "name": "改名"})

    other.refresh_from_db()
    assert (other.is_active, other.is_staff, other.name) == (False, False, "王五")


def test_a_member_of_another_union_is_refused_with_words(client: Client, union: Union, other_union: Union) -> None:
    with tenancy.scope(other_union.pk):
        factories.sign_in(client, factories.MemberFactory(union=other_union, role=Role.ADMIN))

    assert client.get("/shili/manage/members/").status_code == 403


def test_services_of_the_operator_leave_no_scope_open(client: Client, union: Union) -> None:
    operator = factories.UserFactory(operator=True, second_factor=True)
    client.force_login(operator, backend="django.contrib.auth.backends.ModelBackend")
    with tenancy._session(tenancy.NOWHERE):
        client.post(f"/operator/unions/{union.pk}/reading/", {"reason": "核对"})
        assert tenancy.current() == tenancy.NOWHERE
    assert services.register_operator(union, operator, at=timezone.now()).role == Role.SUPERVISOR
