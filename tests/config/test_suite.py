"""What the suite itself promises to its tests."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.factories import invented_name


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


def test_nobody_invented_meets_a_namesake_in_a_test() -> None:
    """An expert is kept out of a namesake's case, and which number a test begins with depends on those before it."""
    invented = {invented_name(number) for number in range(500)}
    assert len(invented) == 500
    name = re.compile("|".join(sorted(invented)))
    tests = sorted((settings.BASE_DIR / "tests").rglob("*.py"))

    given = {f"{path.name}: {found}" for path in tests for found in name.findall(path.read_text())}

    assert given == set()
