"""In which time zone a customer may be: the list says so, or the region of the number."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from phonenumbers import timezone

from dialer.calendar import LOCAL

Zones = tuple[ZoneInfo, ...]

MAINLAND: Zones = (LOCAL,)
UNKNOWN: Zones = ()


def zones_of(number: int, stated: str) -> Zones:
    """Every zone in which the customer may be; empty: nobody knows.

    A call is due only when it is in all of them. What the list states wins over the region of the number,
    which one may carry elsewhere.
    """
    if stated:
        zone = zone_named(stated)
        return UNKNOWN if zone is None else (zone,)
    return MAINLAND if str(number).startswith("86") else _of_number(number)


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone with this name, like `Europe/Paris`."""
    return ZoneInfo(name) if name in available_timezones() else None


@lru_cache(maxsize=65536)
def _of_number(number: int) -> Zones:
    try:
        names = timezone.time_zones_for_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return UNKNOWN
    zones = [zone_named(name) for name in names]
    return tuple(zone for zone in zones if zone is not None) if all(zones) else UNKNOWN
