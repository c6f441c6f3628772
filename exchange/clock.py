"""The one clock of the exchange: the wall clock, or a faster one that another program can share."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from exchange.errors import SettingError

_SPEC = re.compile(r"(?P<start>[^*@]+)\*(?P<speed>\d+(?:\.\d+)?)(?:@(?P<anchor>\d+(?:\.\d+)?))?")

_SLOWEST, _FASTEST = 0.001, 100_000.0
_FIRST_YEAR, _LAST_YEAR = 1970, 2999  # a fast clock must not run out of years


@dataclass(frozen=True, slots=True)
class Clock:
    """Shows `start` at the wall clock's `anchor` and runs `speed` times as fast (unix seconds)."""

    start: float
    speed: float
    anchor: float

    def time(self) -> float:
        """The clock as unix seconds."""
        return self.start + self.speed * (time.time() - self.anchor)

    def now(self) -> datetime:
        """The clock as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def real(self, seconds: float) -> float:
        """How many real seconds these seconds of the clock take."""
        return max(0.0, seconds) / self.speed

    async def sleep(self, seconds: float) -> None:
        """Sleeps so many seconds of this clock."""
        await asyncio.sleep(self.real(seconds))


def running(speed: float) -> Clock:
    """A clock that starts at the wall clock's time now and runs `speed` times as fast."""
    now = time.time()
    return _usable(Clock(now, speed, now), "--speed")


def parse(spec: str) -> Clock:
    """Reads `START*SPEED[@ANCHOR]`; without an anchor the clock starts now."""
    found = _SPEC.fullmatch(spec.strip())
    if found is None:
        raise SettingError(
            f"clock {spec!r}: write it as 2026-11-23T09:00:00+08:00*60 with an optional @unix-seconds"
        )
    anchor = float(found["anchor"]) if found["anchor"] else time.time()
    return _usable(Clock(_start(found["start"], spec), float(found["speed"]), anchor), f"clock {spec!r}")


def _usable(clock: Clock, said: str) -> Clock:
    if not _SLOWEST <= clock.speed <= _FASTEST:
        raise SettingError(
            f"{said}: {clock.speed:g} is no speed: give a number from {_SLOWEST:g} to {_FASTEST:g}"
        )
    try:
        year = clock.now().year
    except (ValueError, OverflowError, OSError):
        year = 0
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise SettingError(f"{said}: it must show a year from {_FIRST_YEAR} to {_LAST_YEAR} now")
    return clock


def _start(text: str, spec: str) -> float:
    try:
        start = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingError(f"clock {spec!r}: {text!r} is not an ISO 8601 time") from error
    if start.tzinfo is None:
        raise SettingError(f"clock {spec!r}: {text!r} has no UTC offset: add one, as in +08:00")
    return start.timestamp()
