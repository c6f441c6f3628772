"""Looking at the ledger without being in anybody's way: a connection that cannot write, what changed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from ledger.errors import LedgerError


def look(path: str | Path) -> sqlite3.Connection:
    """Open an existing ledger for reading only; no writer ever waits for it."""
    try:
        conn = sqlite3.connect(
            f"{Path(path).resolve().as_uri()}?mode=ro", timeout=0, isolation_level=None, uri=True
        )
        conn.execute("pragma query_only = on")
        conn.execute("pragma mmap_size = 2147418112")
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"{path}: {error}; name a ledger that can be opened") from None
    return conn


def version(conn: sqlite3.Connection) -> int:
    """A number that differs after each commit of somebody else (sqlite.org/pragma.html, data_version)."""
    row: tuple[int] = conn.execute("pragma data_version").fetchone()
    return row[0]


def desk_versions(conn: sqlite3.Connection) -> dict[int, int]:
    """The version of every desk, by user."""
    return dict(conn.execute("select user_id, version from desks").fetchall())
