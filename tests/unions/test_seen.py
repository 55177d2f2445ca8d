"""When and from where a session was last used is kept once a minute, and at once when it comes from elsewhere."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache

from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def seen():
    return UserSession.objects.get().last_seen_at


def test_a_session_is_kept_once_a_minute(client, member):
    factories.sign_in(client, member())
    client.get("/shili/my/")
    first = seen()

    client.get("/shili/my/")
    assert seen() == first

    cache.clear()  # the minute is over
    client.get("/shili/my/")
    assert seen() > first


def test_a_session_that_comes_from_elsewhere_is_kept_at_once(client, member):
    factories.sign_in(client, member())
    client.get("/shili/my/")
    first = seen()

    client.get("/shili/my/", headers={"user-agent": "另一台手机"}, REMOTE_ADDR="192.0.2.7")

    session = UserSession.objects.get()
    assert (session.user_agent, session.ip) == ("另一台手机", "192.0.2.7")
    assert session.last_seen_at > first


def test_visitors_leave_nothing(client, union):
    client.get("/shili/")

    assert not UserSession.objects.exists()
