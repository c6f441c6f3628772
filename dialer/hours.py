"""When calls may be placed: the weekly windows of a profile, on days that are no statutory holiday."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.holidays import is_holiday
from dialer.profile import Profile, Window
from dialer.zones import Zones

_LONGEST_CLOSURE = 30
"""Days to look ahead; the longest holiday on record has nine, so a longer search means no window at all."""
_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def midnight(day: date) -> datetime:
    """The beginning of the day on the mainland, in UTC."""
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


@lru_cache(maxsize=256)
def is_open(profile: Profile, at: datetime, calendar: Calendar = CHINA, zones: Zones = ()) -> bool:
    """Whether a call may be placed at the moment."""
    return opening(profile, at, calendar, zones) == at


def next_opening(profile: Profile, at: datetime, calendar: Calendar = CHINA) -> datetime:
    """The first moment from `at` on at which a call may be placed in the zone of the profile."""
    found = opening(profile, at, calendar)
    if found is None:
        raise ValueError(f"{profile.version}: closed for {_LONGEST_CLOSURE} days")
    return found


def next_day(profile: Profile, at: datetime, calendar: Calendar = CHINA) -> datetime:
    """The first opening on a later day in the zone of the profile."""
    return next_opening(profile, tomorrow(at, (profile.zone,)), calendar)


def tomorrow(at: datetime, zones: Zones) -> datetime:
    """The first moment that belongs to a later day in each of the zones."""
    return max(_wall(local_day(at, zone) + _DAY, timedelta(), zone) for zone in zones)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day of a moment in the zone."""
    return at.astimezone(zone).date()


def midnight_of(day: date, zones: Zones) -> datetime:
    """The first moment that is on the day, or later, in each of the zones."""
    return max(_wall(day, timedelta(), zone) for zone in zones)


def opening(profile: Profile, at: datetime, calendar: Calendar = CHINA, zones: Zones = ()) -> datetime | None:
    """The first moment from `at` on that is open in all the zones, or in that of the profile; None: never."""
    if profile.any_hour:
        return at
    latest = at + _LONGEST_CLOSURE * _DAY
    while at < latest:
        moments = [_in_zone(profile, at, calendar, zone) for zone in zones or (profile.zone,)]
        later = max(moment or latest for moment in moments)
        if later == at:
            return at
        at = later
    return None


def _in_zone(profile: Profile, at: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime | None:
    today = local_day(at, zone)
    days = (today + ahead * _DAY for ahead in range(_LONGEST_CLOSURE))
    return next((found for day in days if (found := _on(profile, day, at, calendar, zone))), None)


def _on(profile: Profile, day: date, at: datetime, calendar: Calendar, zone: ZoneInfo) -> datetime | None:
    windows = profile.windows[day.weekday()]
    if not windows or (profile.holidays and is_holiday(profile.holidays, day, calendar)):
        return None
    return next(
        (_within(window, day, at, zone) for window in windows if at < _closes(window, day, zone)), None
    )


def _within(window: Window, day: date, at: datetime, zone: ZoneInfo) -> datetime:
    return max(at, _wall(day, window.opens, zone))


def _closes(window: Window, day: date, zone: ZoneInfo) -> datetime:
    return _wall(day, window.closes, zone)


@lru_cache(maxsize=4096)
def _wall(day: date, since: timedelta, zone: ZoneInfo) -> datetime:
    """What the clocks of the zone show so long after midnight: an hour later or earlier when they change."""
    return (datetime.combine(day, time()) + since).replace(tzinfo=zone).astimezone(UTC)
