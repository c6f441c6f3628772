"""What may be chosen for a new campaign, and the command that makes it of what was chosen."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dialer.lists.importer import UNFINISHED
from dialer.lists.kinds import load_kind
from dialer.profile import profiles
from dialer.sharing import PRIORITIES
from ivr.bodies import visible
from ledger import campaigns, lists, script_life, units
from ledger.campaigns import Share
from ledger.lists import ListRow
from ledger.script_life import Version
from ledger.units import Unit

LONGEST = 80
"""Characters of a campaign's name."""
MOST_LINES, MOST_PER_SECOND = 10_000, 1_000.0
PLAN = ("caller", "script", "profile", "mode", "unit", "region")
OPTIONS = {"caller": "from"}

Scope = frozenset[int] | None


class Wrong(ValueError):
    """Something entered is not acceptable; the key names the text that says so."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Choices:
    """The lists with the titles of their kinds, scripts in force, calling rules, units, modes."""

    lists: tuple[tuple[ListRow, str], ...]
    scripts: tuple[Version, ...]
    regions: tuple[str, ...]
    profiles: tuple[str, ...]
    units: tuple[Unit, ...]
    modes: tuple[str, ...] = campaigns.MODES
    priorities: tuple[int, ...] = tuple(PRIORITIES)


def choices(conn: sqlite3.Connection, scope: Scope) -> Choices:
    """What there is to choose from, newest lists first."""
    scripts = [one for one in script_life.listing(conn) if one.status == script_life.ACTIVE]
    stored = [one for one in lists.listing(conn) if one.rows != UNFINISHED and one.accepted]
    return Choices(
        lists=tuple((one, load_kind(one.kind).title) for one in reversed(stored)),
        scripts=tuple(one for one in scripts if not one.region),
        regions=tuple(sorted({one.region for one in scripts if one.region})),
        profiles=profiles(),
        units=_units(conn, scope),
    )


def _units(conn: sqlite3.Connection, scope: Collection[int] | None) -> tuple[Unit, ...]:
    return tuple(one for one in units.listing(conn) if scope is None or one.unit_id in scope)


def command(form: Mapping[str, str], scope: Scope) -> list[str]:
    """The arguments of `huifang` for a form; Wrong names what is not acceptable in it."""
    name = visible(form.get("name", "")).strip()
    if not name or len(name) > LONGEST:
        raise Wrong("campaigns.no_name")
    list_id = form.get("list", "")
    if not list_id.isdecimal():
        raise Wrong("campaigns.no_list")
    if scope is not None and not form.get("unit"):
        raise Wrong("campaigns.no_unit")
    options = [f"--{OPTIONS.get(key, key)}={form[key]}" for key in PLAN if form.get(key)]
    return ["campaign", "create", f"--list={list_id}", *options, *_caps(share(form)), "--json", "--", name]


def _caps(wanted: Share) -> list[str]:
    caps = {"max-lines": wanted.max_lines, "max-cps": wanted.max_per_second}
    return [f"--priority={wanted.priority}", *(f"--{key}={cap}" for key, cap in caps.items() if cap)]


def share(form: Mapping[str, str]) -> Share:
    """Priority and caps as they were entered; an empty cap is none."""
    try:
        priority = int(form.get("priority") or Share().priority)
        lines = int(form["max_lines"]) if form.get("max_lines") else None
        rate = float(form["max_per_second"]) if form.get("max_per_second") else None
    except ValueError:
        raise Wrong("campaigns.no_number") from None
    if priority not in PRIORITIES or not (lines is None or 0 < lines <= MOST_LINES):
        raise Wrong("campaigns.no_number")
    if not (rate is None or 0 < rate <= MOST_PER_SECOND):
        raise Wrong("campaigns.no_number")
    return Share(priority, lines, rate)
