"""Attempts are spread over the parts of the day, and come closer where a clock runs in hours."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from dialer.day_parts import hastened, next_part
from dialer.profile import Window
from tests.dialer_facts import NOW, at


def hours(opens: int, closes: int) -> Window:
    return Window(timedelta(hours=opens), timedelta(hours=closes))


PARTS = (hours(9, 12), hours(13, 18), hours(18, 20))


@pytest.mark.parametrize(
    ("last", "earliest", "then"),
    [
        ("2026-11-23T09:30", "2026-11-23T09:40", "2026-11-23T13:00"),  # morning, then afternoon
        ("2026-11-23T13:00", "2026-11-23T15:00", "2026-11-23T18:00"),  # afternoon, then evening
        ("2026-11-23T19:59", "2026-11-23T20:10", "2026-11-24T09:00"),  # evening, then the next morning
        ("2026-11-23T12:30", "2026-11-23T12:40", "2026-11-23T13:00"),  # in the gap: as after the morning
        ("2026-11-23T08:00", "2026-11-23T08:10", "2026-11-23T09:00"),  # before all: as after the evening
        ("2026-11-23T09:30", "2026-11-23T14:00", "2026-11-23T14:00"),  # the pause ends in the wanted part
        ("2026-11-23T09:30", "2026-11-23T18:00", "2026-11-24T13:00"),  # it ends when that part is over
        ("2026-12-31T19:00", "2026-12-31T21:00", "2027-01-01T09:00"),
    ],
)
def test_who_was_not_reached_is_tried_in_the_next_part_of_the_day(
    last: str, earliest: str, then: str
) -> None:
    assert next_part(PARTS, at(last), at(earliest)) == at(then)


def test_without_parts_the_pause_decides() -> None:
    assert next_part((), NOW, at("2026-11-23T10:00")) == at("2026-11-23T10:00")


def test_one_part_comes_again_the_next_day_or_later_in_it() -> None:
    only = (hours(9, 20),)
    assert next_part(only, NOW, at("2026-11-23T10:00")) == at("2026-11-23T10:00")


def test_parts_are_those_of_the_wall_when_the_clock_is_set_back() -> None:
    zone = ZoneInfo("America/New_York")
    last = at("2026-11-01T08:30")  # the evening of 31 October in New York, an hour before the clock goes back
    found = next_part(PARTS, last, last, zone)
    assert found.astimezone(zone).isoformat() == "2026-11-01T09:00:00-05:00"


def test_s001_24_retries_come_closer_as_the_72_hours_run_out() -> None:
    pause = timedelta(hours=2)
    assert hastened(pause, NOW, NOW + timedelta(hours=72), 5) == NOW + pause
    assert hastened(pause, NOW, NOW + timedelta(hours=6), 5) == NOW + timedelta(hours=1)
    assert hastened(pause, NOW, NOW, 5) == NOW + pause
    assert hastened(pause, NOW, None, 5) == NOW + pause
