"""The simulated clock: it only goes forward, and every act takes a minute."""

from datetime import date, datetime, time, timedelta

from campaigns.timetable import ZONE

STEP = timedelta(minutes=1)


class Clock:
    """Calling it tells the time and moves it a minute on, so that no two acts fall on one moment.

    With a `limit` (the real now, where rows of a live database are made) it never reaches that moment: what is left of the
    time is halved instead, so that acts still follow one another.
    """

    def __init__(self, start: datetime, *, limit: datetime | None = None) -> None:
        if limit is not None and start >= limit:
            raise ValueError("the clock starts after its limit")
        self._now = start
        self._limit = limit

    def __call__(self) -> datetime:
        self._now += STEP if self._limit is None else min(STEP, (self._limit - self._now) / 2)
        return self._now

    @property
    def now(self) -> datetime:
        """The time without moving it."""
        return self._now

    @property
    def today(self) -> date:
        return self._now.astimezone(ZONE).date()

    def go_to(self, moment: datetime) -> None:
        """Go forward to a moment; one that has passed changes nothing, one past the limit is refused."""
        if self._limit is not None and moment >= self._limit:
            raise ValueError(f"{moment} is in the future")
        self._now = max(self._now, moment).astimezone(ZONE)

    def go_to_day(self, day: date, hour: int = 9) -> None:
        self.go_to(datetime.combine(day, time(hour), ZONE))
