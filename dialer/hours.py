"""When calls may be placed: the daily windows of a profile, on days that are no statutory holiday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.profile import Profile, Window

_LONGEST_CLOSURE = 30
"""Days to look ahead; the longest holiday on record has nine, so a longer search means no window at all."""


@lru_cache(maxsize=4096)
def midnight(day: date) -> datetime:
    """The local beginning of the day, in UTC."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


@lru_cache(maxsize=64)
def is_open(profile: Profile, at: datetime, calendar: Calendar = CHINA) -> bool:
    """Whether a call may be placed at the moment."""
    return next_opening(profile, at, calendar) == at


def next_opening(profile: Profile, at: datetime, calendar: Calendar = CHINA) -> datetime:
    """The first moment from `at` on at which a call may be placed: `at` itself while the window is open."""
    if profile.any_hour:
        return at
    day = at.astimezone(LOCAL).date()
    for ahead in range(_LONGEST_CLOSURE):
        opening = _opening_on(profile, day + timedelta(days=ahead), at, calendar)
        if opening is not None:
            return opening
    raise ValueError(
        "the profile never opens"
    )  # pragma: no cover - a profile without windows is refused at load


def next_day(profile: Profile, at: datetime, calendar: Calendar = CHINA) -> datetime:
    """The first opening on a later local day."""
    return next_opening(profile, midnight(at.astimezone(LOCAL).date() + timedelta(days=1)), calendar)


def _opening_on(profile: Profile, day: date, at: datetime, calendar: Calendar) -> datetime | None:
    if not profile.holidays and calendar.is_holiday(day):
        return None
    start = midnight(day)
    return next(
        (_within(window, start, at) for window in profile.windows if at < start + window.closes), None
    )


def _within(window: Window, start: datetime, at: datetime) -> datetime:
    return max(at, start + window.opens)
