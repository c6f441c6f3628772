"""No more calls than the account allows, in any window, on any clock."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing import Bucket, Pace

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
RATES = st.one_of(st.sampled_from([0.1, 0.5, 1.0, 3.0, 30.0, 100.0]), st.floats(0.05, 200))
STEPS = st.lists(st.integers(0, 3_000_000), min_size=1, max_size=200)


def taken(rate: float, steps: list[int]) -> list[datetime]:
    bucket, now, moments = Bucket(Pace(rate, 1)), START, []
    for step in steps:
        now += timedelta(microseconds=step)
        if bucket.take(now):
            moments.append(now)
    return moments


@settings(max_examples=100, deadline=None)
@given(RATES, STEPS)
def test_no_window_ever_holds_more_calls_than_the_rate_allows(rate: float, steps: list[int]) -> None:
    moments = taken(rate, steps)
    for first in range(len(moments)):
        for last in range(first, len(moments)):
            seconds = (moments[last] - moments[first]).total_seconds()
            assert last - first + 1 <= seconds * rate + 1 + 1e-9


@settings(max_examples=100, deadline=None)
@given(RATES, st.integers(0, 10_000_000))
def test_after_the_announced_wait_a_call_may_be_placed_and_not_before(rate: float, pause: int) -> None:
    bucket = Bucket(Pace(rate, 1))
    assert bucket.take(START)
    now = START + timedelta(microseconds=pause)
    wait = bucket.wait(now)
    if wait:
        assert not bucket.take(now + wait - timedelta(microseconds=1))
    assert bucket.take(now + wait)


def test_a_pause_is_not_saved_up_for_a_burst() -> None:
    bucket = Bucket(Pace(10, 1))
    later = START + timedelta(hours=1)
    assert bucket.take(START)
    assert bucket.take(later)
    assert not bucket.take(later)


def test_a_rate_below_one_spaces_calls_over_seconds() -> None:
    bucket = Bucket(Pace(0.5, 1))
    assert bucket.take(START)
    assert bucket.wait(START) == timedelta(seconds=2)


def test_an_exact_rhythm_loses_no_call() -> None:
    moments = taken(4, [0] + [250_000] * 99)
    assert len(moments) == 100


def test_a_clock_that_steps_back_places_no_extra_call() -> None:
    bucket = Bucket(Pace(1, 1))
    assert bucket.take(START)
    assert not bucket.take(START - timedelta(seconds=30))


@pytest.mark.parametrize(("rate", "lines"), [(0, 1), (-1, 1), (float("nan"), 1), (1, 0)])
def test_a_pace_that_could_never_call_is_refused(rate: float, lines: int) -> None:
    with pytest.raises(ValueError, match=r"calls per second|lines"):
        Pace(rate, lines)
