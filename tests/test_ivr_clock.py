"""One clock: wall time, or start + speed × elapsed, the same in every process of a home."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from ivr.clock import of_home, parse, wall
from ivr.settings import SettingError

SPEC = "2026-11-23T09:00:00+08:00*60"


def test_a_fast_clock_starts_at_its_start_and_runs_at_its_speed() -> None:
    clock = parse(f"{SPEC}@{time.time() - 2:.6f}")
    ahead = clock.now() - datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert timedelta(seconds=120) <= ahead < timedelta(seconds=180)


def test_the_wall_clock_shows_the_time() -> None:
    assert abs((wall().now() - datetime.now(UTC)).total_seconds()) < 1


def test_every_process_of_a_home_shows_the_same_time(tmp_path: Path) -> None:
    first = of_home(SPEC, tmp_path)
    time.sleep(0.01)
    second = of_home(SPEC, tmp_path)
    assert first.spec() == second.spec()


def test_a_home_given_another_clock_starts_that_one(tmp_path: Path) -> None:
    of_home(SPEC, tmp_path)
    other = of_home("2026-11-24T09:00:00+08:00*10", tmp_path)
    assert other.speed == 10
    assert other.start == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_a_clock_passes_through_its_text() -> None:
    clock = parse(SPEC)
    assert abs(parse(clock.spec()).anchor - clock.anchor) < 1e-5


@pytest.mark.parametrize("spec", ["soon", "2026-11-23T09:00:00*60", "2026-11-23T09:00:00+08:00*0", "*60"])
def test_a_malformed_clock_is_refused_by_name(spec: str) -> None:
    with pytest.raises(SettingError, match="HUIFANG_CLOCK"):
        parse(spec)


def test_sleep_ends_at_once_when_told_to_stop() -> None:
    stop = Event()
    stop.set()
    began = time.monotonic()
    wall().sleep(60, stop)
    assert time.monotonic() - began < 1
