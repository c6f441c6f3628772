"""The scripts that calls were made with, kept by their digest."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed, to_text

KEEP = """
insert or ignore into scripts (digest, name, version, title, purpose, canonical, created_at)
values (?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A row of `scripts`."""

    digest: str
    name: str
    version: int
    title: str
    purpose: str
    canonical: str
    created_at: datetime


def keep(
    conn: sqlite3.Connection,
    *,
    digest: str,
    name: str,
    version: int,
    title: str,
    purpose: str,
    canonical: str,
    now: datetime,
) -> None:
    """Keep a script under its digest; keeping it again changes nothing."""
    conn.execute(KEEP, (digest, name, version, title, purpose, canonical, to_text(now)))


def get(conn: sqlite3.Connection, digest: str) -> ScriptRow | None:
    """The script with this digest."""
    row = conn.execute(
        "select digest, name, version, title, purpose, canonical, created_at from scripts where digest = ?",
        (digest,),
    ).fetchone()
    return None if row is None else ScriptRow(*timed(row, 6))
