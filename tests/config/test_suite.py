"""What the suite itself promises to its tests."""

import asyncio
from collections.abc import Iterator

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@pytest.fixture
def connection_beside_a_browser() -> Iterator[BaseDatabaseWrapper]:
    """The connection of the fixtures on a worker whose Playwright keeps an event loop in the thread."""
    loop = asyncio.new_event_loop()
    asyncio._set_running_loop(loop)
    yield connections["default"]
    asyncio._set_running_loop(None)
    loop.close()


@pytest.mark.django_db(transaction=True)
def test_a_test_meets_no_loop_and_has_the_connection_of_its_fixtures(
    connection_beside_a_browser: BaseDatabaseWrapper,
) -> None:
    assert asyncio._get_running_loop() is None
    assert connections["default"] is connection_beside_a_browser
