"""When somebody is tried again: in another part of the day than the last time, sooner under short clocks.

Pure; the parts are data of the profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count

from dialer.calendar import LOCAL
from dialer.profile import Window

_DAY = timedelta(days=1)


def next_part(parts: Sequence[Window], last: datetime, earliest: datetime, zone: tzinfo = LOCAL) -> datetime:
    """The first moment from `earliest` on in the part of the day after the one of `last`; UTC.

    Whoever was not reached in the morning is tried in the afternoon, then in the evening, then in the next
    morning. An attempt between two parts counts for the one before it. Without parts it is `earliest`.
    """
    if not parts:
        return earliest
    wanted = (_part_of(parts, last, zone) + 1) % len(parts)
    day = earliest.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for ahead in count():
        begins, ends = _on(day + ahead * _DAY, parts[wanted])
        if earliest < ends:
            return max(earliest, begins)
    raise AssertionError  # pragma: no cover - every part comes again on the next day


def hastened(pause: timedelta, now: datetime, due_by: datetime | None, left: int) -> datetime:
    """The moment of the next attempt under a clock of hours: `left` attempts must fit before its end.

    The pause is shortened to the share of one attempt in what is left of the clock, never lengthened; after
    the end it stands as it is.
    """
    if due_by is None or due_by <= now:
        return now + pause
    return now + min(pause, (due_by - now) / (left + 1))


def _part_of(parts: Sequence[Window], moment: datetime, zone: tzinfo) -> int:
    """The part in which the moment lies, or the one before it; the last one before the first begins."""
    local = moment.astimezone(zone)
    since = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    return sum(part.opens <= since for part in parts) - 1 if since >= parts[0].opens else len(parts) - 1


def _on(midnight: datetime, part: Window) -> tuple[datetime, datetime]:
    """The beginning and the end of a part on a day, by the clock on the wall."""
    return (midnight + part.opens).astimezone(UTC), (midnight + part.closes).astimezone(UTC)
