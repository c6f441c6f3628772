"""Statutory holidays: those of the mainland as they are published, those of other countries by a library."""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

from dialer.calendar import Calendar

MAINLAND = "CN"


def is_known(country: str) -> bool:
    """Whether the holidays of the country, `FR`, can be told."""
    try:
        return country == MAINLAND or _of(country) is not None
    except NotImplementedError:
        return False


def is_holiday(country: str, day: date, calendar: Calendar) -> bool:
    """Whether a statutory holiday is kept in the country on the day; `calendar` knows the mainland's."""
    return calendar.is_holiday(day) if country == MAINLAND else day in _of(country)


@cache
def _of(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
