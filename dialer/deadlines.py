"""Until when something is to be done: the end of a working day in China."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

CHINA = ZoneInfo("Asia/Shanghai")
LAST_SECOND = time(23, 59, 59)


def working_days_later(now: datetime, days: int) -> datetime:
    """The end of the `days`-th working day after today; 0: the end of today."""
    day = now.astimezone(CHINA).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day, LAST_SECOND, CHINA)


def is_working_day(day: date) -> bool:
    """Whether offices work that day; a year whose holidays are not published yet has only weekends."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
