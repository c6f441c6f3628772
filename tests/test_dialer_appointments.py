"""The times offered to a customer who is busy."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.appointments import offer
from dialer.calendar import CHINA, LOCAL
from dialer.hours import is_open
from tests.dialer_facts import LIFE, at


@pytest.mark.parametrize(
    ("now", "one", "two"),
    [
        ("2026-11-23T09:30", "2026-11-23T15:00", "2026-11-23T19:00"),
        ("2026-11-23T14:00", "2026-11-23T19:00", "2026-11-24T10:00"),
        ("2026-11-23T18:00", "2026-11-24T10:00", "2026-11-24T15:00"),
        ("2026-11-20T18:00", "2026-11-23T10:00", "2026-11-23T15:00"),
        ("2026-09-30T18:00", "2026-10-08T10:00", "2026-10-08T15:00"),
        ("2026-10-09T18:00", "2026-10-10T10:00", "2026-10-10T15:00"),
    ],
)
def test_the_next_two_slots_are_offered_on_working_days(now: str, one: str, two: str) -> None:
    offered = offer(LIFE, at(now))
    assert (offered.slot_one, offered.slot_two) == (at(one), at(two))


def test_a_year_without_holidays_does_not_break_the_call() -> None:
    assert offer(LIFE, at("2041-01-04T18:00")).slot_one == at("2041-01-07T10:00")


def test_a_callback_is_promised_inside_calling_hours() -> None:
    assert offer(LIFE, at("2026-11-23T09:30")).callback_by == at("2026-11-23T11:30")
    assert offer(LIFE, at("2026-11-23T09:31")).callback_by == at("2026-11-23T12:00")
    assert offer(LIFE, at("2026-11-23T19:00")).callback_by == at("2026-11-24T09:00")


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)))  # noqa: DTZ001
@settings(max_examples=60, deadline=None)
def test_no_slot_lies_outside_calling_hours_or_on_a_day_off(moment: datetime) -> None:
    now = moment.replace(tzinfo=LOCAL)
    offered = offer(LIFE, now)
    assert now < offered.slot_one < offered.slot_two
    for slot in (offered.slot_one, offered.slot_two):
        assert is_open(LIFE, slot)
        assert CHINA.is_working_day(slot.astimezone(LOCAL).date())
