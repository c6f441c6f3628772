"""Weekly windows, holidays and zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.calendar import CHINA
from dialer.hours import is_open, next_day, next_opening, opening
from dialer.profile import load_profile
from dialer.zones import zones_of

FR, US, LIFE = (load_profile(name) for name in ("fr", "us", "cn_life"))
PARIS = ZoneInfo("Europe/Paris")
ALL_US = tuple(ZoneInfo(f"America/{name}") for name in ("New_York", "Chicago", "Denver", "Los_Angeles"))


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def test_the_french_day_moment_by_moment() -> None:
    """D: Monday to Friday 10-13 and 14-20, not on weekends, not on holidays."""
    edges = [
        ("2026-11-23T09:59:59", "2026-11-23T10:00"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00"),
        ("2026-11-23T12:59:59", "2026-11-23T12:59:59"),
        ("2026-11-23T13:00:00", "2026-11-23T14:00"),
        ("2026-11-23T13:59:59", "2026-11-23T14:00"),
        ("2026-11-23T14:00:00", "2026-11-23T14:00"),
        ("2026-11-23T19:59:59", "2026-11-23T19:59:59"),
        ("2026-11-23T20:00:00", "2026-11-24T10:00"),
        ("2026-11-27T20:00:00", "2026-11-30T10:00"),
        ("2026-11-28T11:00:00", "2026-11-30T10:00"),
        ("2026-11-29T23:59:59", "2026-11-30T10:00"),
        ("2026-11-11T11:00:00", "2026-11-12T10:00"),
        ("2026-04-06T11:00:00", "2026-04-07T10:00"),
        ("2026-12-24T20:00:00", "2026-12-28T10:00"),
        ("2026-12-31T20:00:00", "2027-01-04T10:00"),
    ]
    assert [next_opening(FR, paris(at)) for at, _ in edges] == [paris(opens) for _, opens in edges]
    assert is_open(FR, paris("2026-11-23T10:00"))
    assert next_day(FR, paris("2026-11-27T11:00")) == paris("2026-11-30T10:00")


@pytest.mark.parametrize("day", ["2026-03-30", "2026-10-26", "2028-02-29", "2026-12-31"])
def test_hours_are_what_the_clocks_show_on_the_day_after_they_changed_and_on_leap_days(day: str) -> None:
    assert is_open(FR, paris(f"{day}T10:00"))
    assert not is_open(FR, paris(f"{day}T10:00") - timedelta(seconds=1))


def test_the_clocks_change_inside_a_day_of_calls() -> None:
    """D: the called party's local time; on 8 March 2026 New York has no hour from two to three."""
    eastern = (ZoneInfo("America/New_York"),)
    assert opening(US, datetime(2026, 3, 8, 6, tzinfo=UTC), CHINA, eastern) == datetime(
        2026, 3, 8, 12, tzinfo=UTC
    )
    assert opening(US, datetime(2026, 3, 7, 6, tzinfo=UTC), CHINA, eastern) == datetime(
        2026, 3, 7, 13, tzinfo=UTC
    )


def test_zones_that_are_never_open_together_are_never_called() -> None:
    apart = (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/New_York"), ZoneInfo("Europe/Paris"))
    assert opening(FR, paris("2026-11-23T11:00"), CHINA, apart) is None


@given(minutes=st.integers(0, 60 * 24 * 365))
@settings(max_examples=100, deadline=None)
def test_no_zone_of_the_customer_is_ever_closed(minutes: int) -> None:
    """D: 8:00-21:00 in every zone in which the customer may be."""
    found = opening(US, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), CHINA, ALL_US)
    assert found is not None
    assert all(8 <= found.astimezone(zone).hour < 21 for zone in ALL_US)


@pytest.mark.parametrize(
    ("number", "stated", "names"),
    [
        (8613812345678, "", ["Asia/Shanghai"]),
        (861095500, "", ["Asia/Shanghai"]),
        (85291234567, "", ["Asia/Hong_Kong"]),
        (33612345678, "", ["Europe/Paris"]),
        (33612345678, "America/Martinique", ["America/Martinique"]),
        (8613812345678, "CST", []),
        (999123456789, "", []),
        (80012345678, "", []),
    ],
)
def test_the_list_says_the_zone_or_else_the_region_of_the_number(
    number: int, stated: str, names: list[str]
) -> None:
    assert [zone.key for zone in zones_of(number, stated)] == names
