"""The figures of one campaign at one moment: coverage, deadlines, calls by the hour, what stands aside."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dialer.calendar import LOCAL
from ledger import alarms, course, fallbacks, selection
from ledger.campaigns import Campaign
from ledger.course import Deadline, Hour
from ledger.progress import Progress, progress
from scripts.values import Outcome

PAST, AHEAD = 4, 10
"""Days of deadlines that are told one by one, over and to come; what lies before or after is told as one."""
EARLIER, LATER = "earlier", "later"
OVER = ("done", "blocked", "elsewhere")


@dataclass(frozen=True, slots=True)
class Day:
    """Tasks that are due by one day: called with success, over otherwise, or still open."""

    day: str
    passed: bool
    success: int
    other: int
    open: int

    @property
    def due(self) -> int:
        """All of them."""
        return self.success + self.other + self.open


@dataclass(frozen=True, slots=True)
class Figures:
    """A campaign in numbers; rates are None where nothing is due yet.

    `in_time` are successes before their deadline, which for new policies is the end of the cooling-off;
    `timely` are the tasks whose call was over by then, of those that are over or whose deadline has passed.
    `outside` became visits or letters.
    """

    campaign: Campaign
    at: datetime
    progress: Progress
    left_out: Mapping[str, int]
    alarms: Mapping[str, int]
    success: int
    in_time: int
    timely: int
    untimely: int
    overdue: int
    outside: int
    days: tuple[Day, ...]
    hours: tuple[Hour, ...]

    @property
    def coverage(self) -> float | None:
        """Successes over due, never over attempts."""
        return _rate(self.success, self.progress.due)

    @property
    def in_time_rate(self) -> float | None:
        """Successes before the deadline over due: the in-cooling-off success rate of new policies."""
        return _rate(self.in_time, self.progress.due)

    @property
    def on_time_rate(self) -> float | None:
        """What was over by its deadline, of all that should have been."""
        return _rate(self.timely, self.timely + self.untimely)

    @property
    def attempts(self) -> int:
        """Calls that the carrier took."""
        return sum(hour.placed for hour in self.hours)


def figures(conn: sqlite3.Connection, campaign: Campaign, now: datetime) -> Figures:
    """Read the figures, all of one moment where the caller holds a snapshot."""
    rows = course.deadlines(conn, campaign.campaign_id, now)
    overdue = _count(row for row in rows if row.passed and row.state == "open")
    return Figures(
        campaign=campaign,
        at=now,
        progress=progress(conn, campaign.campaign_id),
        left_out=selection.excluded(conn, campaign.campaign_id),
        alarms=alarms.raised(conn, campaign.campaign_id),
        success=_count(row for row in rows if _is_success(row)),
        in_time=_count(row for row in rows if _is_success(row) and not row.late),
        timely=_count(row for row in rows if row.state == "done" and row.hour and not row.late),
        untimely=overdue + _count(row for row in rows if row.state in OVER and row.late),
        overdue=overdue,
        outside=fallbacks.share(conn, campaign.campaign_id).outside,
        days=tuple(_days(rows, now)),
        hours=tuple(course.hours(conn, campaign.campaign_id)),
    )


def of_day(hours: Iterable[Hour], day: date) -> list[Hour]:
    """The hours of a local day."""
    return [hour for hour in hours if hour.began.astimezone(LOCAL).date() == day]


def _days(rows: Iterable[Deadline], now: datetime) -> Iterable[Day]:
    """Deadlines by local day, the earliest first; a deadline of midnight belongs to the day that it ends."""
    by_day: dict[str, list[Deadline]] = {}
    for row in rows:
        if row.hour is not None:
            day = (row.hour - timedelta(seconds=1)).astimezone(LOCAL).date().isoformat()
            by_day.setdefault(day, []).append(row)
    told, today = sorted(by_day), now.astimezone(LOCAL).date().isoformat()
    begins = max(bisect_left(told, today) - PAST, 0)
    ends = bisect_left(told, today) + AHEAD
    if begins:
        yield _day(EARLIER, [row for day in told[:begins] for row in by_day[day]])
    for day in told[begins:ends]:
        yield _day(day, by_day[day])
    if rest := told[ends:]:
        yield _day(LATER, [row for day in rest for row in by_day[day]])


def _day(day: str, rows: list[Deadline]) -> Day:
    success = _count(row for row in rows if _is_success(row))
    still = _count(row for row in rows if row.state == "open")
    passed = any(row.passed for row in rows)
    return Day(day, passed, success, _count(rows) - success - still, still)


def _is_success(row: Deadline) -> bool:
    return row.state == "done" and row.outcome == Outcome.SUCCESS


def _count(rows: Iterable[Deadline]) -> int:
    return sum(row.tasks for row in rows)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
