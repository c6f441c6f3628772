"""When people answer the hotline: hours of working days and of other days, holidays excepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import ProfileError
from dialer.hours import midnight

LEAST = timedelta(hours=8)
"""So long at least people answer on each working day (S001-02)."""
LOOK = 30
"""Days to look ahead for the next opening; the longest holiday has nine."""

Spans = tuple[tuple[timedelta, timedelta], ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours since local midnight: of working days, and of other days that are no statutory holiday."""

    working_days: Spans
    other_days: Spans = ()
    calendar: Calendar = CHINA

    def is_open(self, at: datetime) -> bool:
        """Whether people answer at the moment."""
        since = at - midnight(self._day(at))
        return any(opens <= since < closes for opens, closes in self._hours(self._day(at)))

    def next(self, at: datetime) -> datetime:
        """The moment itself while people answer, else the next opening."""
        for ahead in range(LOOK):
            day = self._day(at) + timedelta(days=ahead)
            for opens, closes in self._hours(day):
                if at < midnight(day) + closes:
                    return max(at, midnight(day) + opens)
        raise ProfileError("the hotline's hours: nobody answers within a month; give hours of working days")

    def next_day(self, at: datetime) -> datetime:
        """The first opening of a later day."""
        return self.next(midnight(self._day(at) + timedelta(days=1)))

    def _day(self, at: datetime) -> date:
        return at.astimezone(LOCAL).date()

    def _hours(self, day: date) -> Spans:
        calendar = replace(self.calendar, guess=True)
        if calendar.is_working_day(day):
            return self.working_days
        return () if calendar.is_holiday(day) else self.other_days


def read_opening(
    working_days: Sequence[Sequence[str]], other_days: Sequence[Sequence[str]], calendar: Calendar = CHINA
) -> Opening:
    """The hours of pairs like `["09:00", "18:00"]`; ProfileError says what is wrong with them."""
    working = _spans("working_days", working_days)
    if sum((closes - opens for opens, closes in working), timedelta()) < LEAST:
        raise ProfileError("working_days: people must answer for 8 hours at least on each working day")
    return Opening(working, _spans("other_days", other_days), calendar)


def _spans(name: str, pairs: Sequence[Sequence[str]]) -> Spans:
    try:
        spans = tuple((_hour(opens), _hour(closes)) for opens, closes in pairs)
    except (ValueError, TypeError):
        raise ProfileError(f'{name}: write pairs of hours, like [["09:00", "18:00"]]') from None
    edges = [edge for span in spans for edge in span]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ProfileError(f"{name}: give from and to in rising order, without overlap")
    return spans


def _hour(text: str) -> timedelta:
    hours, minutes = (int(part) for part in text.split(":"))
    if not (0 <= hours <= 24 and 0 <= minutes < 60 and hours * 60 + minutes <= 24 * 60):
        raise ValueError(text)
    return timedelta(hours=hours, minutes=minutes)
