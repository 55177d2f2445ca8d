from datetime import timedelta

import pytest

from tests.factories import NOON
from unions.templatetags.spans import span_to


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=24, hours=4), "24 天"),
        (timedelta(days=3), "3 天"),
        (timedelta(days=2, hours=5), "2 天 5 小时"),
        (timedelta(days=1, minutes=5), "1 天"),
        (timedelta(hours=7, minutes=20), "7 小时 20 分钟"),
        (timedelta(hours=7), "7 小时"),
        (timedelta(minutes=20), "20 分钟"),
        (timedelta(seconds=20), "不到 1 分钟"),
        (timedelta(seconds=-20), "不到 1 分钟"),
    ],
)
def test_what_is_left_is_said_in_the_units_that_matter(left: timedelta, words: str) -> None:
    assert span_to(NOON, NOON + left) == words
