"""Until when something is to be done: the end of a working day on the mainland."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache

from dialer.calendar import CHINA, LOCAL, Calendar

LAST_SECOND = time(23, 59, 59)


def working_days_later(now: datetime, days: int, calendar: Calendar = CHINA) -> datetime:
    """The end of the `days`-th working day after today; 0: the end of today.

    A year whose holidays are not published yet has only weekends: a call must not fail for the want of them.
    """
    return datetime.combine(_last_day(now.astimezone(LOCAL).date(), days, calendar), LAST_SECOND, LOCAL)


@lru_cache(maxsize=64)
def _last_day(day: date, days: int, calendar: Calendar) -> date:
    return replace(calendar, guess=True).add_working_days(day, days)
