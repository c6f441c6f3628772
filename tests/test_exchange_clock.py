"""The exchange's clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest

from exchange.clock import Clock, parse, running
from exchange.errors import SettingError

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def test_it_shows_the_start_at_the_anchor_and_runs_at_its_speed() -> None:
    clock = parse(f"2026-11-23T09:00:00+08:00*60@{time.time() - 10:.3f}")
    assert abs((clock.now() - MORNING).total_seconds() - 600) < 5


def test_without_an_anchor_it_starts_now() -> None:
    clock = parse("2026-11-23T09:00:00+08:00*60")
    assert abs((clock.now() - MORNING).total_seconds()) < 5
    assert clock.speed == 60


def test_two_programs_with_one_anchor_agree() -> None:
    spec = f"2026-11-23T09:00:00+08:00*60@{time.time()}"
    assert parse(spec) == parse(spec)


def test_a_running_clock_is_the_wall_clock_at_first() -> None:
    assert abs(running(5).time() - time.time()) < 1


def test_sleeping_is_shorter_by_the_speed() -> None:
    clock, began = Clock(0, 100, 0), time.monotonic()
    asyncio.run(clock.sleep(5))
    assert 0.04 < time.monotonic() - began < 0.5


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "09:00*60",
        "2026-11-23T09:00:00*60",
        "2026-11-23T09:00:00+08:00",
        "2026-11-23T09:00:00+08:00*0",
        "x*1@y",
    ],
)
def test_a_malformed_clock_is_refused_by_what_it_says(spec: str) -> None:
    with pytest.raises(SettingError, match="clock"):
        parse(spec)


def test_a_clock_that_stands_still_is_refused() -> None:
    with pytest.raises(SettingError, match="--speed"):
        running(0)
