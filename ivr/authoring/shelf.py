"""The scripts that can be looked at: what the program brings, and every version that the ledger keeps."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import lru_cache

from flask import abort

from ivr.edge import store
from ledger import script_life, scripts
from ledger.script_life import Version
from scripts.load import by_digest, library, restore
from scripts.model import Script, ScriptError
from scripts.proofs import prove
from scripts.proofs.finding import Finding

SHIPPED = "shipped"
"""The status of a script that the ledger does not know yet."""
REMEMBERED = 64
ORDER = ("active", "filed", "approved", "checked", "draft", SHIPPED, "superseded", "retired", "kept")


@dataclass(frozen=True, slots=True)
class Entry:
    """A script of the list; `version` is what the ledger knows of its life."""

    script: Script
    status: str
    version: Version | None
    calls: int

    @property
    def region(self) -> str:
        """The region whose words it has; empty for the national ones."""
        return self.script.region


def listing() -> list[Entry]:
    """Every script, by name and status, what is in force first."""
    with store().read() as conn:
        known = {version.digest: version for version in script_life.listing(conn)}
        calls = script_life.calls_made(conn)
        found = [_entry(conn, digest, known, calls) for digest in {**known, **by_digest()}]
    entries = [entry for entry in found if entry]
    names = list(library())
    places = {name: at for at, name in enumerate(names)}
    return sorted(
        entries,
        key=lambda one: (
            places.get(one.script.name, len(names)),
            one.script.name,
            one.region,
            ORDER.index(one.status),
            -one.script.version,
        ),
    )


def _entry(
    conn: sqlite3.Connection, digest: str, known: dict[str, Version], calls: dict[str, int]
) -> Entry | None:
    script, version = _script(conn, digest), known.get(digest)
    if script is None:
        return None
    return Entry(script, version.status if version else SHIPPED, version, calls.get(digest, 0))


def entry(digest: str) -> Entry:
    """The script with this digest; 404 where there is none that can be read."""
    with store().read() as conn:
        version = script_life.get(conn, digest)
        known = {digest: version} if version else {}
        found = _entry(conn, digest, known, script_life.calls_made(conn))
    return found or abort(404)


def in_force(one: Entry) -> Script | None:
    """The script that calls of its name and region begin with now; the shipped one until one is active."""
    with store().read() as conn:
        version = script_life.active(conn, one.script.name, one.region)
        if version:
            return _script(conn, version.digest)
    return library().get(one.script.name)


def next_version(one: Entry) -> int:
    """The version that a new draft of this name and region gets."""
    with store().read() as conn:
        known = script_life.versions(conn, one.script.name)
    found = (version.version for version in known if version.region == one.region)
    return max([one.script.version, *found]) + 1


def _script(conn: sqlite3.Connection, digest: str) -> Script | None:
    """A shipped script, or a kept one that this version of the program can read."""
    if digest in by_digest():
        return by_digest()[digest]
    kept = scripts.get(conn, digest)
    return _restored(kept.canonical) if kept else None


@lru_cache(maxsize=REMEMBERED)
def _restored(canonical: str) -> Script | None:
    try:
        return restore(canonical)
    except (ScriptError, ValueError, KeyError):
        return None


_PROVEN: dict[str, tuple[Finding, ...]] = {}


def proven(script: Script) -> tuple[Finding, ...]:
    """The findings of a script, found once in a process; a digest is the same words for ever."""
    found = _PROVEN.get(script.digest)
    if found is None:
        if len(_PROVEN) >= REMEMBERED:
            _PROVEN.clear()
        found = _PROVEN[script.digest] = prove(script)
    return found
