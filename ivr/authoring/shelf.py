"""The scripts that can be looked at: what the program brings, and every version that the ledger keeps."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from functools import cache, lru_cache

from flask import abort

from dialer import release
from dialer.versions import version as find
from ivr.edge import store
from ledger import script_life
from ledger.script_life import Version
from scripts import packs
from scripts.load import by_digest, library, named
from scripts.model import Script
from scripts.proofs import PROOFS, answers, endings, findings_of, privacy, reach, refusal
from scripts.proofs.finding import Finding

SHIPPED = "shipped"
"""The status of a script that the ledger does not know yet."""
WALKING = tuple(proofs.findings for proofs in (privacy, refusal, answers, endings, reach))
"""The proofs that walk every way of a talk."""
REMEMBERED = 64
ORDER = ("active", "filed", "approved", "checked", "draft", SHIPPED, "superseded", "retired", "kept")


@cache
def shipped() -> dict[str, Script]:
    """What the program brings, by digest: every script, and in a region's own words where it has some."""
    regional = (
        named(f"{name}@{region}")
        for region in packs.packs()
        for name in library()
        if region != packs.NATIONAL and packs.overlay(region, name)
    )
    return {**by_digest(), **{script.digest: script for script in regional}}


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

    @property
    def place(self) -> str:
        """What its region is called."""
        return packs.pack(self.region).title if self.region in packs.packs() else self.region


def listing() -> list[Entry]:
    """Every script, by name and status, what is in force first."""
    with store().read() as conn:
        known = {version.digest: version for version in script_life.listing(conn)}
        calls = script_life.calls_made(conn)
        found = [_entry(conn, digest, known, calls) for digest in {**known, **shipped()}]
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
    version, brought = known.get(digest), shipped().get(digest)
    script = brought or (find(conn, digest) if version else None)
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
    """The script that calls of its name and region begin with now.

    Until one is active it is the shipped one, for a region's own words that of the whole country.
    """
    with store().read() as conn:
        version = script_life.active(conn, one.script.name, one.region)
        if version:
            return find(conn, version.digest)
    return library().get(one.script.name)


def next_version(one: Entry) -> int:
    """The version that a new draft of this name and region gets."""
    with store().read() as conn:
        known = script_life.versions(conn, one.script.name)
    found = (version.version for version in known if version.region == one.region)
    return max([one.script.version, *found]) + 1


def proven(script: Script) -> tuple[Finding, ...]:
    """The findings of a script."""
    return release.proof(script).findings


def reworded(before: Script, after: Script) -> tuple[Finding, ...]:
    """The findings of new words over the same wires and values.

    What the checker finds by walking the talk reads no words, and stays; walking takes seconds.
    """
    pack = packs.pack(after.region or packs.NATIONAL)
    said = (proof for proof in PROOFS if proof not in WALKING)
    return (*findings_of(said, after, pack), *_walked(before))


@lru_cache(maxsize=REMEMBERED)
def _walked(script: Script) -> tuple[Finding, ...]:
    return findings_of(WALKING, script, packs.pack(script.region or packs.NATIONAL))
