"""Working days in China: weekends and public holidays skipped, make-up working days (调休) counted.

The State Council announces each year's days late in the year before, so a period may run into a year nobody knows yet.
Such a year is refused rather than guessed, until an officer has confirmed its days in the union's own calendar.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from chinese_calendar.constants import holidays, workdays

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
_PUBLISHED_YEARS: Final = frozenset(range(min(holidays).year, max(holidays).year + 1))

DayOne = Literal["next_day", "same_day"]
"""Whether a period's first day is the day after it starts (民法典 art. 201) or the very day."""


class UnknownYear(LookupError):
    """A year whose holidays are neither published with the product nor confirmed by the union."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(f"还没有{year}年的节假日和调休安排，请先在工作日历中确认后再计算工作日")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The union's own table over the published one.

    ``overrides`` maps single days to working (True) or not, whatever the published table says. In a year of
    ``confirmed_years`` without published days, Monday to Friday work except where overridden.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    confirmed_years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        return year in _PUBLISHED_YEARS or year in self.confirmed_years


PUBLISHED: Final = Calendar()
"""The published days alone."""


def is_working_day(day: date, calendar: Calendar = PUBLISHED) -> bool:
    """Whether people work on ``day``; raises ``UnknownYear`` where nobody can say."""
    override = calendar.overrides.get(day)
    if override is not None:
        return override
    if not calendar.knows(day.year):
        raise UnknownYear(day.year)
    return day in workdays or (day.weekday() < _SATURDAY and day not in holidays)


def _days_from(first: date) -> Iterator[date]:
    day = first
    while True:
        yield day
        day += _DAY


def add_working_days(start: date, n: int, calendar: Calendar = PUBLISHED, *, day_one: DayOne = "next_day") -> date:
    """The ``n``-th working day of a period that starts on ``start``: the last day of a notice of ``n`` working days.

    With ``next_day`` the day after ``start`` is the first that may count, with ``same_day`` ``start`` itself.
    """
    if n < 1:
        raise ValueError(f"期限至少为 1 个工作日：{n}")
    first = start + _DAY if day_one == "next_day" else start
    left = n
    days = _days_from(first)
    while True:
        day = next(days)
        left -= is_working_day(day, calendar)
        if left == 0:
            return day


def add_calendar_days(start: date, n: int, calendar: Calendar = PUBLISHED, *, day_one: DayOne = "next_day") -> date:
    """The last day of a period of ``n`` calendar days; one that ends on a day of rest ends on the next working day.

    民法典 art. 203: 期间的最后一日是法定休假日的，以法定休假日结束的次日为期间的最后一日.
    """
    if n < 1:
        raise ValueError(f"期限至少为 1 日：{n}")
    last = start + n * _DAY if day_one == "next_day" else start + (n - 1) * _DAY
    return next(day for day in _days_from(last) if is_working_day(day, calendar))


def period_end(
    start: date,
    *,
    days: int,
    unit: Literal["working", "calendar"],
    calendar: Calendar = PUBLISHED,
    day_one: DayOne = "next_day",
) -> date:
    """The last day, included, of a period as a rule set states it."""
    add = add_working_days if unit == "working" else add_calendar_days
    return add(start, days, calendar, day_one=day_one)


def working_days_between(first: date, last: date, calendar: Calendar = PUBLISHED) -> int:
    """How many working days lie from ``first`` to ``last``, both included; 0 when ``last`` is earlier."""
    span = (last - first).days + 1
    return sum(is_working_day(first + at * _DAY, calendar) for at in range(span))
