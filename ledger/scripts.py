"""The words of every version of a script, by its digest; `script_life` tells what became of it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed


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


def get(conn: sqlite3.Connection, digest: str) -> ScriptRow | None:
    """The script with this digest."""
    row = conn.execute(
        "select digest, name, version, title, purpose, canonical, created_at from scripts where digest = ?",
        (digest,),
    ).fetchone()
    return None if row is None else ScriptRow(*timed(row, 6))
