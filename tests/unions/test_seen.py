"""When a session was last used is kept with every page, and once a minute of what a page does in the background."""

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache

from tests import factories

pytestmark = pytest.mark.django_db
BACKGROUND = {"x-requested-with": "XMLHttpRequest"}


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def seen():
    return UserSession.objects.get().last_seen_at


def test_a_page_is_kept(client, member):
    factories.sign_in(client, member())
    client.get("/shili/my/")
    first = seen()

    client.get("/shili/my/")

    assert seen() > first


def test_what_a_page_does_in_the_background_is_kept_once_a_minute(client, member):
    factories.sign_in(client, member())
    client.get("/shili/my/", headers=BACKGROUND)
    first = seen()

    client.get("/shili/my/", headers=BACKGROUND)

    assert seen() == first


def test_visitors_leave_nothing(client, union):
    client.get("/shili/")

    assert not UserSession.objects.exists()
