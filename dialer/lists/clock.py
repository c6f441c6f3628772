"""When a contact may and must be called, counted from the facts of its row (regulation A+1)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import CalendarError
from dialer.hours import midnight
from dialer.lists.kinds.model import PERIODS, Clock, Span
from dialer.lists.known import Fact

_NATURAL = ("minutes", "hours")
_DAY_ALONE = len("2026-11-23")
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True, slots=True)
class Due:
    """From when and until when a contact is called, in UTC.

    `lacks` says which year's holidays are not known: then `ends` is no later than the true deadline whatever
    they turn out to be, or open where that leaves no time.
    """

    starts: datetime | None
    ends: datetime | None
    lacks: str = ""


def due(clock: Clock, facts: Mapping[str, Fact], today: date, calendar: Calendar = CHINA) -> Due:
    """When a contact is due; without a start the clock has not begun.

    Minutes and hours run from the moment, or from the beginning of a day that names none; days, months and
    working days begin with the first and end with the last day. `today` is the local day of the import, for
    clocks that start with its month or quarter.
    """
    starts, lacks = None, ""
    try:
        starts = _edge(clock, clock.due_from, facts, today, calendar)
        return Due(starts, _edge(clock, clock.due_by, facts, today, calendar, end=True))
    except CalendarError as error:
        lacks = str(error)
    sure = _sure(calendar, worked=clock.due_by.amount > 0)
    ends = _edge(clock, clock.due_by, facts, today, sure, end=True)
    return Due(starts, ends if starts and ends and starts < ends else None, lacks)


@lru_cache(maxsize=8)
def _sure(calendar: Calendar, *, worked: bool) -> Calendar:
    """Days of unknown years are worked where that brings the deadline forward, and off where that does."""
    return replace(calendar, beyond=worked)


def alarms(
    clock: Clock,
    facts: Mapping[str, Fact],
    today: date,
    *,
    by: datetime | None = None,
    calendar: Calendar = CHINA,
) -> tuple[datetime, ...]:
    """The moments at which an open task is to be noticed, in order, none after the deadline `by`."""
    found = set[datetime]()
    for span in clock.alarms:
        if span.amount < 0:
            moment = by and by + timedelta(**{span.unit: span.amount})
        else:
            moment = _edge(clock, span, facts, today, calendar)
        if moment and (by is None or moment <= by):
            found.add(moment)
    return tuple(sorted(found))


def period_end(period: str, today: date) -> date:
    """The last day of the month or quarter."""
    length = _MONTHS[period]
    return in_months(_first_day(period, today), length) - timedelta(days=1)


def _origin(clock: Clock, span: Span, facts: Mapping[str, Fact], today: date) -> str | None:
    """What the span is counted from, a day or a moment: a fact, or the start of the clock."""
    name = span.start or clock.starts
    text = facts.get(name)
    if isinstance(text, str):
        return text
    if name in PERIODS:
        return _first_day(name, today).isoformat()
    if name == "period_end" and clock.starts in PERIODS:
        return period_end(clock.starts, today).isoformat()
    return None


def _first_day(period: str, today: date) -> date:
    length = _MONTHS[period]
    return date(today.year, (today.month - 1) // length * length + 1, 1)


def _moment(text: str) -> datetime:
    """The moment of a fact, in UTC; of a day its beginning."""
    if len(text) == _DAY_ALONE:
        return midnight(date.fromisoformat(text))
    return datetime.fromisoformat(text).astimezone(UTC)


def _edge(
    clock: Clock,
    span: Span,
    facts: Mapping[str, Fact],
    today: date,
    calendar: Calendar,
    *,
    end: bool = False,
) -> datetime | None:
    start, amount = _origin(clock, span, facts, today), _amount(span, facts)
    if start is None or amount is None:
        return None
    if span.unit in _NATURAL:
        return _moment(start) + timedelta(**{span.unit: amount})
    reached = _midnight(span.unit, start, amount, calendar, end=end)
    if isinstance(reached, str):
        raise CalendarError(reached)
    return reached


def _amount(span: Span, facts: Mapping[str, Fact]) -> int | None:
    if not span.by:
        return span.amount
    fact = facts.get(span.by)
    if span.amounts:
        return span.amounts.get(str(fact))
    return fact if isinstance(fact, int) else None


@lru_cache(maxsize=4096)
def _midnight(unit: str, start: str, amount: int, calendar: Calendar, *, end: bool) -> datetime | str:
    """The beginning or end of the day so far away, or why it is not known: many rows ask for the same one."""
    day = _moment(start).astimezone(LOCAL).date()
    try:
        return midnight(_day(unit, day, amount, calendar) + timedelta(days=end))
    except CalendarError as error:
        return str(error)


def _day(unit: str, day: date, amount: int, calendar: Calendar) -> date:
    if unit == "working_days":
        return calendar.add_working_days(day, amount)
    return in_months(day, amount) if unit == "months" else day + timedelta(days=amount)


def in_months(day: date, months: int) -> date:
    """The same day of a later month, or its last one: 31 January and a month is 28 February."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
