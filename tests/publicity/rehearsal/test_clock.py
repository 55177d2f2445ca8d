"""The simulated clock goes forward only, and never past its limit."""

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.timetable import ZONE
from publicity.rehearsal.clock import STEP, Clock

NOON = datetime(2026, 3, 2, 12, tzinfo=ZONE)


def test_every_act_takes_a_minute() -> None:
    clock = Clock(NOON)

    assert (clock(), clock()) == (NOON + STEP, NOON + 2 * STEP)


def test_looking_at_it_does_not_move_it() -> None:
    clock = Clock(NOON)

    assert clock.now == clock.now == NOON


def test_it_never_goes_back() -> None:
    clock = Clock(NOON)
    clock.go_to(NOON - timedelta(days=1))

    assert clock.now == NOON


def test_a_day_begins_in_the_morning_of_the_unions_own_zone() -> None:
    clock = Clock(NOON)
    clock.go_to_day(date(2026, 3, 3))

    assert clock.now == datetime(2026, 3, 3, 9, tzinfo=ZONE)


def test_it_shows_the_unions_own_day_whatever_zone_it_was_set_in() -> None:
    clock = Clock(NOON)
    clock.go_to(datetime(2026, 3, 2, 20, tzinfo=UTC))

    assert clock.today == clock.now.date() == date(2026, 3, 3)


def test_before_its_limit_acts_still_follow_one_another() -> None:
    limit = NOON + STEP
    clock = Clock(NOON, limit=limit)
    times = [clock() for _ in range(8)]

    assert times == sorted(set(times))
    assert times[-1] < limit


def test_the_future_is_refused() -> None:
    clock = Clock(NOON, limit=NOON + timedelta(days=1))

    with pytest.raises(ValueError, match="in the future"):
        clock.go_to(NOON + timedelta(days=1))


def test_a_clock_cannot_start_at_its_limit() -> None:
    with pytest.raises(ValueError, match="starts after"):
        Clock(NOON, limit=NOON)
