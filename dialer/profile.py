"""Profiles: calling hours, caps, spacing and retries as data, one TOML file each in `dialer/profiles/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from dialer.errors import ProfileError

_FOLDER = Path(__file__).parent / "profiles"
_DAY = timedelta(days=1)

ANYBODY = timedelta(minutes=15)
"""How long a time agreed for one agent waits for that agent."""
NEVER = "never"
TOMORROW = "tomorrow"
NEXT_NUMBER = "next_number"
_WORDS = (NEVER, TOMORROW, NEXT_NUMBER)


@dataclass(frozen=True, slots=True)
class Window:
    """Opening hours of one stretch of the day, as time since local midnight; `closes` is excluded."""

    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class Slots:
    """What is offered to a customer who is busy: hours of the day, shortest notice, promised callback."""

    offers: tuple[timedelta, ...]
    notice: timedelta
    callback: timedelta


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Calling rules that do not depend on the campaign; `retry` says by reason when to try again.

    `waiting` is how long a customer waits for a person before a callback is promised. Once a talk has broken
    off, `to_complete` further attempts are made for its rest; 0: those `in_total` count for it as well. A
    time agreed for one agent is kept by anybody when `anybody` is over. Whom nobody answers for in one of the
    `parts` of a day is tried in the next one.

    Compared by identity, so that what follows from a profile and a moment can be kept at hand.
    """

    version: str
    windows: tuple[Window, ...]
    holidays: bool
    any_hour: bool
    late: bool
    per_day: int
    in_total: int
    spacing: timedelta
    waiting: timedelta
    slots: Slots
    retry: Mapping[str, timedelta | str]
    to_complete: int = 0
    anybody: timedelta = ANYBODY
    parts: tuple[Window, ...] = ()

    @property
    def at_most(self) -> int:
        """More attempts than these are made for no task, whatever was agreed with the customer."""
        return self.in_total + self.to_complete


def profiles() -> tuple[str, ...]:
    """The names of the shipped profiles."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def load_profile(name: str) -> Profile:
    """A shipped profile by name, read once."""
    if name not in profiles():
        raise ProfileError(f'profile "{name}" is unknown; choose one of: {", ".join(profiles())}')
    return read_profile(_FOLDER / f"{name}.toml")


def read_profile(path: Path) -> Profile:
    """A profile from a file; ProfileError names file and key."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{path.name}: cannot be read: {error}") from error
    try:
        return _profile(_Table(path.name, data))
    except (ValueError, TypeError, IndexError) as error:
        raise ProfileError(f"{path.name}: {error}") from error


class _Table:
    """A TOML table whose lookups name the file and the key when something is wrong."""

    def __init__(self, file: str, data: Mapping[str, Any]) -> None:
        self.file, self.data = file, data

    def get(self, key: str, kind: type) -> Any:
        value = self.data.get(key)
        if type(value) is not kind:
            raise ProfileError(f"{self.file}: {key}: must be given as {kind.__name__}")
        return value

    def whole(self, key: str) -> int:
        value: int = self.get(key, int)
        if value < 0:
            raise ProfileError(f"{self.file}: {key}: must not be negative")
        return value

    def minutes(self, key: str) -> timedelta:
        return timedelta(minutes=self.whole(key))

    def table(self, key: str) -> _Table:
        return _Table(f"{self.file}: {key}", self.get(key, dict))


def _profile(table: _Table) -> Profile:
    return Profile(
        version=f"{table.get('name', str)}/{table.get('version', int)}",
        windows=_windows(table),
        holidays=table.get("holidays", bool),
        any_hour=table.get("any_hour", bool),
        late=table.get("late", bool),
        per_day=table.get("attempts_per_day", int),
        in_total=table.get("attempts_in_total", int),
        spacing=table.minutes("spacing_minutes"),
        waiting=timedelta(seconds=table.whole("waiting_seconds")),
        slots=_slots(table.table("slots")),
        retry=_retry(table.table("retry")),
        to_complete=table.whole("attempts_to_complete") if "attempts_to_complete" in table.data else 0,
        anybody=table.minutes("anybody_minutes") if "anybody_minutes" in table.data else ANYBODY,
        parts=tuple(Window(_hour(opens), _hour(closes)) for opens, closes in table.data.get("day_parts", ())),
    )


def _windows(table: _Table) -> tuple[Window, ...]:
    windows = tuple(Window(_hour(opens), _hour(closes)) for opens, closes in table.get("windows", list))
    edges = [edge for window in windows for edge in (window.opens, window.closes)]
    if not windows or any(later <= earlier for earlier, later in pairwise(edges)):
        raise ProfileError(f"{table.file}: windows: give from and to in rising order, without overlap")
    return windows


def _slots(table: _Table) -> Slots:
    offers = tuple(sorted(_hour(offer) for offer in table.get("offers", list)))
    if not offers:
        raise ProfileError(f"{table.file}: offers: give at least one hour of the day")
    return Slots(offers, table.minutes("notice_minutes"), table.minutes("callback_minutes"))


def _retry(table: _Table) -> dict[str, timedelta | str]:
    for key in ("resume", "other"):
        if key not in table.data:
            raise ProfileError(f"{table.file}: {key}: is missing")
    return {key: value if value in _WORDS else table.minutes(key) for key, value in table.data.items()}


def _hour(text: str) -> timedelta:
    hours, minutes = (int(part) for part in text.split(":"))
    since = timedelta(hours=hours, minutes=minutes)
    if not timedelta(0) <= since <= _DAY or not 0 <= minutes < 60:
        raise ValueError(f"{text!r} is no time of the day; write it as 09:00")
    return since
