"""The one clock: wall time, or `start + speed × elapsed` shared by every process of a home."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from ivr.home import write_once
from ivr.settings import SettingError

FORM = re.compile(r"^(?P<start>[^*@]+?)(?:\*(?P<speed>\d+(?:\.\d+)?))?(?:@(?P<anchor>\d+(?:\.\d+)?))?$")
SHORTEST_SLEEP = 0.02
"""Real seconds: a fast clock must not turn polling into spinning."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Gives aware UTC times; `anchor` is the Unix time at which it showed `start`."""

    start: datetime
    speed: float
    anchor: float

    def now(self) -> datetime:
        """Return the time on this clock."""
        return self.start + timedelta(seconds=self.speed * (time.time() - self.anchor))

    def sleep(self, seconds: float, stop: Event) -> None:
        """Wait that many seconds of this clock, or until `stop` is set."""
        stop.wait(max(seconds / self.speed, SHORTEST_SLEEP))

    def spec(self) -> str:
        """Return the text that makes the same clock in another process."""
        return f"{self.start.isoformat()}*{self.speed:g}@{self.anchor:.6f}"


def wall() -> Clock:
    """Return the clock on the wall."""
    return Clock(datetime.fromtimestamp(0, UTC), 1.0, 0.0)


def parse(spec: str) -> Clock:
    """Read `2026-11-23T09:00:00+08:00*60`, with an optional `@<unix time>` at which it showed that start."""
    match = FORM.match(spec)
    try:
        start = datetime.fromisoformat(match["start"]) if match else None
    except ValueError:
        start = None
    if match is None or start is None or start.tzinfo is None:
        raise SettingError("HUIFANG_CLOCK", "must look like 2026-11-23T09:00:00+08:00*60")
    speed = float(match["speed"] or 1)
    if speed <= 0:
        raise SettingError("HUIFANG_CLOCK", "the speed after * must be greater than 0")
    return Clock(start.astimezone(UTC), speed, float(match["anchor"] or time.time()))


def of_home(spec: str, home: Path) -> Clock:
    """Return the clock of a home: every process started with the same spec shows the same time.

    The first process notes when the clock was started; a clock given with its own anchor needs no note.
    """
    if not spec:
        return wall()
    clock = parse(spec)
    if "@" in spec:
        return clock
    return _noted(spec, clock, home / "clock")


def _noted(spec: str, clock: Clock, note: Path) -> Clock:
    note.parent.mkdir(parents=True, exist_ok=True)
    given, running = _read(note)
    if given and given != spec:
        note.unlink(missing_ok=True)
    if given != spec:
        write_once(note, f"{spec}\n{clock.spec()}\n")
        given, running = _read(note)
    return parse(running)


def _read(note: Path) -> tuple[str, str]:
    try:
        given, _, running = note.read_text(encoding="utf-8").partition("\n")
    except FileNotFoundError:
        return "", ""
    return given, running.strip()
