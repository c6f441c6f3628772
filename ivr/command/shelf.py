"""Where a command finds the script that it is given."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from dialer.versions import version
from ivr.command.office import office
from ledger import script_life
from ledger.script_life import Version
from scripts.load import library, load, named
from scripts.model import Script

SHORTEST = 6
"""Characters of a digest that name a version."""


def find(script: str) -> Script:
    """Return a shipped script by name, or the script of a file; with `@region` in that region's words.

    `name@3` and `name@region@3` are versions of the ledger, and so is the beginning of a digest. The loader's
    error names what is wrong.
    """
    name, _, region = script.partition("@")
    if Path(name).suffix == ".toml":
        return load(name, region)
    if name in library() and not script.rpartition("@")[2].isdecimal():
        return named(script)
    here = office()
    if here.settings.database.exists():
        with here.ledger() as conn:
            if kept := version(conn, one(conn, script).digest):
                return kept
    raise _unknown(script)


def one(conn: sqlite3.Connection, script: str) -> Version:
    """Return the version that a name, `name@region`, `name@3`, `name@region@3` or a digest means.

    Without its number it is the newest one.
    """
    name, *rest = script.split("@")
    number = int(rest.pop()) if rest and rest[-1].isdecimal() else 0
    region = rest[0] if rest else ""
    found = [
        kept
        for kept in script_life.versions(conn, name)
        if kept.region == region and kept.status != script_life.KEPT and number in (0, kept.version)
    ]
    if not found and len(script) >= SHORTEST:
        found = script_life.beginning_with(conn, script)[:1]
    if not found:
        raise _unknown(script)
    return found[-1]


def _unknown(script: str) -> click.ClickException:
    names = ", ".join(library())
    return click.ClickException(
        f'script "{script}": neither shipped nor in the ledger; choose {names}, name@3, a digest, a .toml'
    )
