"""Notices end on the right day, over make-up days, long holidays and years nobody knows yet."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.workingdays import (
    PUBLISHED,
    Calendar,
    UnknownYear,
    add_calendar_days,
    add_working_days,
    is_working_day,
    period_end,
    working_days_between,
)

known_days = st.dates(date(2010, 1, 1), date(2025, 6, 30))
lengths = st.integers(1, 60)


@given(start=known_days, n=lengths)
def test_a_period_ends_on_a_working_day(start: date, n: int) -> None:
    assert is_working_day(add_working_days(start, n))


@given(start=known_days, n=lengths)
def test_a_period_holds_exactly_its_working_days(start: date, n: int) -> None:
    assert working_days_between(start + timedelta(days=1), add_working_days(start, n)) == n


@given(start=known_days, n=lengths)
def test_one_day_more_ends_later(start: date, n: int) -> None:
    assert add_working_days(start, n) < add_working_days(start, n + 1)


@given(start=known_days, n=lengths)
def test_counting_the_day_itself_never_ends_later(start: date, n: int) -> None:
    assert add_working_days(start, n, day_one="same_day") <= add_working_days(start, n)


@given(start=known_days, n=lengths)
def test_calendar_days_end_no_earlier_than_they_run_and_on_a_working_day(start: date, n: int) -> None:
    end = add_calendar_days(start, n)

    assert end >= start + timedelta(days=n)
    assert is_working_day(end)


def test_five_working_days_in_an_ordinary_week_end_a_week_later() -> None:
    assert add_working_days(date(2019, 3, 4), 5) == date(2019, 3, 11)


def test_the_day_of_publication_may_count() -> None:
    assert add_working_days(date(2019, 3, 4), 5, day_one="same_day") == date(2019, 3, 8)


def test_national_day_is_skipped_and_its_make_up_days_count() -> None:
    # 2019: 1 to 7 October off, Sunday 29 September and Saturday 12 October worked
    assert add_working_days(date(2019, 9, 27), 5) == date(2019, 10, 10)
    assert is_working_day(date(2019, 9, 29))
    assert is_working_day(date(2019, 10, 12))


def test_spring_festival_is_skipped_and_its_make_up_days_count() -> None:
    # 2019: 4 to 10 February off, 2 and 3 February worked
    assert add_working_days(date(2019, 2, 1), 3) == date(2019, 2, 11)
    assert not is_working_day(date(2019, 2, 8))


def test_calendar_days_that_end_on_a_holiday_end_on_the_next_working_day() -> None:
    assert add_calendar_days(date(2019, 9, 26), 7) == date(2019, 10, 8)


def test_calendar_days_from_the_very_day() -> None:
    assert add_calendar_days(date(2019, 3, 4), 5, day_one="same_day") == date(2019, 3, 8)


def test_a_period_is_counted_in_the_unit_of_the_rule_set() -> None:
    start = date(2019, 3, 4)

    assert period_end(start, days=5, unit="working") == date(2019, 3, 11)
    assert period_end(start, days=4, unit="calendar") == date(2019, 3, 8)


def test_a_year_without_data_is_refused_and_named() -> None:
    with pytest.raises(UnknownYear, match="2031年") as refused:
        add_working_days(date(2030, 12, 31), 1, Calendar(confirmed_years=frozenset({2030})))

    assert refused.value.year == 2031


def test_a_confirmed_year_works_monday_to_friday_but_for_its_overrides() -> None:
    calendar = Calendar({date(2031, 1, 1): False, date(2031, 1, 4): True}, frozenset({2031}))

    assert not is_working_day(date(2031, 1, 1), calendar)
    assert is_working_day(date(2031, 1, 2), calendar)
    assert is_working_day(date(2031, 1, 4), calendar)
    assert not is_working_day(date(2031, 1, 5), calendar)


def test_an_override_beats_the_published_days() -> None:
    assert is_working_day(date(2019, 10, 1), Calendar({date(2019, 10, 1): True}))


def test_a_calendar_knows_published_and_confirmed_years() -> None:
    assert PUBLISHED.knows(2019)
    assert not PUBLISHED.knows(2031)
    assert Calendar(confirmed_years=frozenset({2031})).knows(2031)


@pytest.mark.parametrize("add", [add_working_days, add_calendar_days])
def test_a_period_of_no_days_is_refused(add: Callable[[date, int], date]) -> None:
    with pytest.raises(ValueError, match="至少为 1"):
        add(date(2019, 3, 4), 0)


def test_no_working_days_lie_between_days_in_the_wrong_order() -> None:
    assert working_days_between(date(2019, 3, 8), date(2019, 3, 4)) == 0
