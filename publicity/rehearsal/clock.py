"""The simulated clock: it only goes forward, and every act takes a minute."""

from datetime import date, datetime, time, timedelta

from campaigns.timetable import ZONE


class Clock:
    """Calling it tells the time and moves it a minute on, so that no two acts fall on one moment."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now

    @property
    def today(self) -> date:
        return self._now.astimezone(ZONE).date()

    def go_to(self, moment: datetime) -> None:
        """Go forward to a moment; one that has passed changes nothing."""
        self._now = max(self._now, moment)

    def go_to_day(self, day: date, hour: int = 9) -> None:
        self.go_to(datetime.combine(day, time(hour), ZONE))
