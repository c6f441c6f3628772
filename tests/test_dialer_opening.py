"""When people answer the hotline."""

from __future__ import annotations

from datetime import datetime

import pytest

from dialer.calendar import LOCAL
from dialer.errors import ProfileError
from dialer.opening import read_opening

HOURS = read_opening([["08:30", "12:00"], ["13:00", "20:00"]], [["09:00", "17:00"]])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("moment", "open_now"),
    [
        ("2026-11-23T08:29", False),
        ("2026-11-23T08:30", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T19:59", True),
        ("2026-11-22T16:00", True),
        ("2026-11-22T17:00", False),
        ("2026-10-01T10:00", False),  # National Day
        ("2026-10-10T19:00", True),  # a Saturday that makes up for it
    ],
)
def test_people_answer_in_their_hours_and_on_no_holiday(moment: str, open_now: bool) -> None:
    assert HOURS.is_open(at(moment)) is open_now


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T12:30", "2026-11-23T13:00"),
        ("2026-11-23T21:00", "2026-11-24T08:30"),
        ("2026-11-27T21:00", "2026-11-28T09:00"),
        ("2026-10-01T10:00", "2026-10-08T08:30"),
    ],
)
def test_the_next_opening(moment: str, opening: str) -> None:
    assert HOURS.next(at(moment)) == at(opening)


def test_the_next_day_is_a_later_day() -> None:
    assert HOURS.next_day(at("2026-11-23T02:00")) == at("2026-11-24T08:30")


@pytest.mark.parametrize(
    ("working", "words"),
    [
        ([["09:00", "16:59"]], "8 hours"),
        ([], "8 hours"),
        ([["09:00", "25:00"]], "pairs of hours"),
        ([["09:00"]], "pairs of hours"),
        ([["09:00", "14:00"], ["13:00", "19:00"]], "rising order"),
    ],
)
def test_hours_that_cannot_be_are_refused(working: list[list[str]], words: str) -> None:
    with pytest.raises(ProfileError, match=words):
        read_opening(working, [])


def test_without_hours_on_other_days_the_week_begins_on_its_working_day() -> None:
    assert read_opening([["09:00", "18:00"]], []).next(at("2026-11-27T19:00")) == at("2026-11-30T09:00")
