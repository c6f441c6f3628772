"""The times offered to a customer who is busy, and the time promised for a callback. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count, islice

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.hours import is_open, midnight, next_opening
from dialer.profile import Profile

_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Offer:
    """Two times to choose from, and the moment before which a promised callback is made."""

    slot_one: datetime
    slot_two: datetime
    callback_by: datetime


def offer(profile: Profile, now: datetime, calendar: Calendar = CHINA) -> Offer:
    """The next two slots on working days inside calling hours, after the profile's shortest notice."""
    calendar = replace(calendar, guess=True)
    one, two = islice(_slots(profile, now + profile.slots.notice, calendar), 2)
    return Offer(one, two, next_opening(profile, half_hour(now + profile.slots.callback), calendar))


def half_hour(moment: datetime) -> datetime:
    """The next full half hour: a time that people say."""
    return moment + (datetime.min.replace(tzinfo=moment.tzinfo) - moment) % _HALF_HOUR


def _slots(profile: Profile, since: datetime, calendar: Calendar) -> Iterator[datetime]:
    today = since.astimezone(LOCAL).date()
    for ahead in count():
        day = today + timedelta(days=ahead)
        if calendar.is_working_day(day):
            slots = (midnight(day) + hour for hour in profile.slots.offers)
            yield from (slot for slot in slots if slot >= since and is_open(profile, slot, calendar))
