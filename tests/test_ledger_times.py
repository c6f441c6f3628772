from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.times import from_text, maybe_moment, maybe_text, milliseconds, timed, to_text

moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    moment = datetime(2026, 11, 23, 9, 0, 0, 999, tzinfo=timezone(timedelta(hours=8)))
    assert to_text(moment) == "2026-11-23T01:00:00.000Z"


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        to_text(datetime(2026, 11, 23))  # noqa: DTZ001


@settings(max_examples=100)
@given(moments, moments)
def test_text_order_is_time_order_and_reading_gives_the_millisecond_back(
    one: datetime, two: datetime
) -> None:
    assert from_text(to_text(one)) == one.replace(microsecond=one.microsecond // 1000 * 1000)
    if to_text(one) < to_text(two):
        assert one < two


def test_nothing_stays_nothing() -> None:
    assert (maybe_text(None), maybe_moment(None)) == (None, None)
    assert timed(["x", None], 1) == ["x", None]


def test_spans_are_whole_milliseconds() -> None:
    start = datetime(2026, 11, 23, tzinfo=UTC)
    assert milliseconds(start, start + timedelta(days=1, seconds=2, microseconds=3999)) == 86_402_003
