"""The working days of the mainland: statutory holidays and the 调休 days that make up for them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar

from dialer.errors import CalendarError

LOCAL = ZoneInfo("Asia/Shanghai")
"""The one time zone of the mainland."""

_MARKS = {"off": True, "work": False}


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Published holidays, with `extra` days (True: off) for years that the library does not know yet, or that
    were published otherwise later.

    `guess`: a year without data has only weekends, for what must not fail in the middle of a call; the gate,
    which decides again before a call, never guesses. `beyond`: all days of such a year are worked, or all are
    off, for a deadline that must hold whatever is published.
    """

    extra: Mapping[date, bool] = field(default_factory=dict)
    guess: bool = False
    beyond: bool | None = None

    def is_holiday(self, day: date) -> bool:
        """Whether a statutory holiday is kept on the day; an ordinary weekend is none."""
        if day in self.extra:
            return self.extra[day]
        off, name = self._published(day)
        return off and name is not None

    def is_working_day(self, day: date) -> bool:
        """Whether the mainland works on the day, 调休 Saturdays and Sundays included."""
        if day in self.extra:
            return not self.extra[day]
        return not self._published(day)[0]

    def knows(self, year: int) -> bool:
        """Whether the holidays of the year are known."""
        try:
            replace(self, guess=False, beyond=None).is_holiday(date(year, 1, 1))
        except CalendarError:
            return False
        return True

    def add_working_days(self, day: date, count: int) -> date:
        """The `count`-th working day after the day; negative counts go back."""
        step = timedelta(days=1 if count >= 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_working_day(day)
        return day

    def _published(self, day: date) -> tuple[bool, str | None]:
        try:
            return _detail(day)
        except NotImplementedError:
            if self.guess or any(known.year == day.year for known in self.extra):
                return day.weekday() > 4, None
            if self.beyond is not None:
                return not self.beyond, None
            raise CalendarError(
                f"no published holidays for {day.year}; supply them in holidays.csv, as {day.year}-01-01,off"
            ) from None


CHINA = Calendar()
"""The calendar of the library alone."""


@lru_cache(maxsize=4096)  # the library looks through all its years at every question
def _detail(day: date) -> tuple[bool, str | None]:
    off, name = chinese_calendar.get_holiday_detail(day)
    return bool(off), name


def read_calendar(path: Path) -> Calendar:
    """The library's calendar with the years of a CSV file of `2027-01-01,off` or `2027-01-09,work` lines."""
    extra: dict[date, bool] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            if row:
                extra.update([_marked(path, number, row)])
    return Calendar(extra)


def _marked(path: Path, number: int, row: list[str]) -> tuple[date, bool]:
    try:
        return date.fromisoformat(row[0].strip()), _MARKS[row[1].strip()]
    except (ValueError, KeyError, IndexError):
        raise CalendarError(
            f"{path.name}: line {number}: write a date and off or work: 2027-01-01,off"
        ) from None
