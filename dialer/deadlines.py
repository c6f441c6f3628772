"""Until when something is to be done: the end of a working day on the mainland."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dialer.calendar import CHINA, LOCAL
from dialer.errors import CalendarError

LAST_SECOND = time(23, 59, 59)


def working_days_later(now: datetime, days: int) -> datetime:
    """The end of the `days`-th working day after today; 0: the end of today."""
    return datetime.combine(last_day(now.astimezone(LOCAL).date(), days), LAST_SECOND, LOCAL)


@lru_cache(maxsize=64)
def last_day(day: date, days: int) -> date:
    """The `days`-th working day after the day.

    A year whose holidays are not published yet has only weekends: a call must not fail for the want of them.
    """
    try:
        return CHINA.add_working_days(day, days)
    except CalendarError:
        return weekdays_later(day, days)


def weekdays_later(day: date, days: int) -> date:
    """The `days`-th day from Monday to Friday after the day."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day
