"""The working days of the mainland."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialer.calendar import CHINA, read_calendar
from dialer.errors import CalendarError


@pytest.mark.parametrize("day", range(1, 8))
def test_national_day_2026_is_a_holiday_of_seven_days(day: int) -> None:
    assert CHINA.is_holiday(date(2026, 10, day))
    assert not CHINA.is_working_day(date(2026, 10, day))


@pytest.mark.parametrize("day", [date(2026, 9, 30), date(2026, 10, 8)])
def test_the_days_around_national_day_2026_are_worked(day: date) -> None:
    assert CHINA.is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 9, 20), date(2026, 10, 10)])
def test_a_weekend_day_that_makes_up_for_a_holiday_is_worked(day: date) -> None:
    assert day.weekday() > 4
    assert CHINA.is_working_day(day)


def test_an_ordinary_weekend_is_neither_worked_nor_a_statutory_holiday() -> None:
    saturday = date(2026, 11, 21)
    assert not CHINA.is_working_day(saturday)
    assert not CHINA.is_holiday(saturday)


def test_working_days_step_over_national_day_and_count_the_saturday_that_is_worked() -> None:
    assert CHINA.add_working_days(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert CHINA.add_working_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert CHINA.add_working_days(date(2026, 9, 30), 4) == date(2026, 10, 12)


def test_working_days_go_back_and_zero_stays() -> None:
    assert CHINA.add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert CHINA.add_working_days(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_fifteen_working_days_cross_the_turn_of_the_year() -> None:
    assert CHINA.add_working_days(date(2025, 12, 24), 15) == date(2026, 1, 15)


def test_a_year_without_data_stops_with_its_name() -> None:
    with pytest.raises(CalendarError, match=r"2041.*holidays\.csv"):
        CHINA.is_working_day(date(2041, 5, 1))
    with pytest.raises(CalendarError, match="2041"):
        CHINA.is_holiday(date(2041, 5, 1))


def test_a_file_supplies_a_year(tmp_path: Path) -> None:
    path = tmp_path / "holidays.csv"
    path.write_text("2041-05-01,off\n2041-05-04,work\n\n", encoding="utf-8")
    calendar = read_calendar(path)
    assert calendar.is_holiday(date(2041, 5, 1))
    assert calendar.is_working_day(date(2041, 5, 4))
    assert not calendar.is_working_day(date(2041, 5, 5))
    assert calendar.is_working_day(date(2041, 5, 6))
    assert not calendar.is_holiday(date(2041, 5, 5))
    assert calendar.is_holiday(date(2026, 10, 1))


def test_a_file_corrects_a_year_that_is_known(tmp_path: Path) -> None:
    path = tmp_path / "holidays.csv"
    path.write_text("2026-11-23,off\n2026-11-28,work\n", encoding="utf-8")
    calendar = read_calendar(path)
    assert calendar.is_holiday(date(2026, 11, 23))
    assert calendar.is_working_day(date(2026, 11, 28))
    assert calendar.is_holiday(date(2026, 10, 1))
    assert calendar.is_working_day(date(2026, 10, 10))
    assert calendar.knows(2026)
    assert not calendar.knows(2041)


def test_a_broken_holiday_file_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "holidays.csv"
    path.write_text("2041-05-01,off\n2041-05-99,off\n", encoding="utf-8")
    with pytest.raises(CalendarError, match=r"holidays\.csv: line 2"):
        read_calendar(path)
