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
from zoneinfo import ZoneInfo

from dialer.errors import ProfileError
from dialer.holidays import is_known
from dialer.zones import zone_named
from ledger.claim_facts import PAST

_FOLDER = Path(__file__).parent / "profiles"
_DAY = timedelta(days=1)

ANYBODY = timedelta(minutes=15)
"""How long a time agreed for one agent waits for that agent."""
NEVER = "never"
TOMORROW = "tomorrow"
NEXT_NUMBER = "next_number"
_WORDS = (NEVER, TOMORROW, NEXT_NUMBER)
FOREVER = timedelta.max
"""A time that ends only when somebody ends it; written `"forever"`."""
DUTY, SERVICE, MARKETING = "duty", "service", "marketing"
PURPOSES = frozenset({DUTY, SERVICE, MARKETING})
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OTHER = "other"
"""The business line for which a table holds that does not name the campaign's."""


@dataclass(frozen=True, slots=True)
class Window:
    """Opening hours of one stretch of the day, as time since local midnight; `closes` is excluded."""

    opens: timedelta
    closes: timedelta


@dataclass(frozen=True, slots=True)
class Frequency:
    """So many attempts in so many days and in one, at one customer and at one number, in all campaigns."""

    attempts: int
    days: timedelta
    per_day: int


@dataclass(frozen=True, slots=True)
class CoolDown:
    """How long nobody calls after the customer refused, or picked up and heard nothing; FOREVER: for good."""

    refusal: timedelta
    silence: timedelta

    @property
    def longest(self) -> timedelta:
        """How far back a call may still matter."""
        return max(self.refusal, self.silence)


@dataclass(frozen=True, slots=True)
class Slots:
    """What is offered to a customer who is busy: hours of the day, shortest notice, promised callback."""

    offers: tuple[timedelta, ...]
    notice: timedelta
    callback: timedelta


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Calling rules that do not depend on the campaign; `retry` says by reason when to try again.

    `windows` are those of Monday to Sunday in the customer's zone; `zone` is the one in which calls are
    planned. `holidays` is the country whose statutory holidays are kept, "" for none. Calls of a purpose in
    `consent_needed` need the contact's consent. `refusal` (the least time that a refusal lasts) and `renewal`
    (before the expiry no renewal is spoken of earlier) are by business line.

    `waiting` is how long a customer waits for a person before a callback is promised. Once a talk has broken
    off, `to_complete` further attempts are made for its rest; 0: those `in_total` count for it as well. A
    time agreed for one agent is kept by anybody when `anybody` is over. Whom nobody answers for in one of the
    `parts` of a day is tried in the next one.

    Compared by identity, so that what follows from a profile and a moment can be kept at hand.
    """

    version: str
    zone: ZoneInfo
    windows: tuple[tuple[Window, ...], ...]
    holidays: str
    any_hour: bool
    late: bool
    purposes: frozenset[str]
    consent_needed: frozenset[str]
    frequency: Frequency
    cool_down: CoolDown
    refusal: Mapping[str, timedelta]
    renewal: Mapping[str, timedelta]
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
    def memory(self) -> timedelta:
        """How far back earlier calls decide about the next one."""
        return max(self.frequency.days, self.cool_down.longest, _DAY * 2)

    @property
    def at_most(self) -> int:
        """More attempts than these are made for no task, whatever was agreed with the customer."""
        return self.in_total + self.to_complete


def of_line(spans: Mapping[str, timedelta], line: str) -> timedelta | None:
    """What holds for a business line; None: nothing does."""
    return spans.get(line, spans.get(OTHER))


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

    def positive(self, key: str) -> int:
        value = self.whole(key)
        if not value:
            raise ProfileError(f"{self.file}: {key}: must be at least 1")
        return value

    def days(self, key: str) -> timedelta:
        return FOREVER if self.data.get(key) == "forever" else timedelta(days=self.whole(key))

    def minutes(self, key: str) -> timedelta:
        return timedelta(minutes=self.whole(key))

    def table(self, key: str) -> _Table:
        return _Table(f"{self.file}: {key}", self.get(key, dict))


def _profile(table: _Table) -> Profile:
    profile = Profile(
        version=f"{table.get('name', str)}/{table.get('version', int)}",
        zone=_zone(table),
        windows=_windows(table.table("windows")),
        holidays=_country(table),
        any_hour=table.get("any_hour", bool),
        late=table.get("late", bool),
        purposes=_purposes(table, "purposes"),
        consent_needed=_purposes(table, "consent_needed"),
        frequency=_frequency(table.table("frequency")),
        cool_down=_cool_down(table.table("cool_down")),
        refusal=_by_line(table.table("refusal_days")),
        renewal=_by_line(table.table("renewal_days")),
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
    if profile.any_hour and profile.purposes != {DUTY}:
        raise ProfileError(f'{table.file}: any_hour: is for duties alone; give purposes = ["duty"]')
    return profile


def _zone(table: _Table) -> ZoneInfo:
    name = table.get("zone", str)
    zone = zone_named(name)
    if zone is None:
        raise ProfileError(f"{table.file}: zone: {name!r} is none; write it like Europe/Paris")
    return zone


def _country(table: _Table) -> str:
    name: str = table.get("holidays", str)
    if name and not is_known(name):
        raise ProfileError(
            f"{table.file}: holidays: {name!r} is no country; write it like FR, or leave it empty"
        )
    return name


def _purposes(table: _Table, key: str) -> frozenset[str]:
    found = frozenset(table.get(key, list))
    if not found <= PURPOSES:
        raise ProfileError(f"{table.file}: {key}: choose of {', '.join(sorted(PURPOSES))}")
    return found


def _windows(table: _Table) -> tuple[tuple[Window, ...], ...]:
    """The windows of each day; a day that is not named is closed."""
    week: dict[str, tuple[Window, ...]] = {}
    for key in table.data:
        for day in WEEK if key == "daily" else key.split():
            if day not in WEEK or day in week:
                raise ProfileError(f"{table.file}: {key}: name each day once, as {' '.join(WEEK)}, or daily")
            week[day] = _hours(table, key)
    if not any(week.values()):
        raise ProfileError(f"{table.file}: give the hours of at least one day")
    return tuple(week.get(day, ()) for day in WEEK)


def _hours(table: _Table, key: str) -> tuple[Window, ...]:
    windows = tuple(Window(_hour(opens), _hour(closes)) for opens, closes in table.get(key, list))
    edges = [edge for window in windows for edge in (window.opens, window.closes)]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ProfileError(f"{table.file}: {key}: give from and to in rising order, without overlap")
    return windows


def _frequency(table: _Table) -> Frequency:
    frequency = Frequency(table.positive("attempts"), table.days("days"), table.positive("per_day"))
    if max(frequency.attempts, frequency.per_day) > PAST:
        raise ProfileError(f"{table.file}: attempts: no more than {PAST} are looked at")
    return frequency


def _cool_down(table: _Table) -> CoolDown:
    return CoolDown(table.days("after_refusal_days"), timedelta(hours=table.whole("after_silence_hours")))


def _by_line(table: _Table) -> dict[str, timedelta]:
    return {line: table.days(line) for line in table.data}


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
