"""What has changed in the ledger, for somebody who only looks."""

from __future__ import annotations

import sqlite3


def version(conn: sqlite3.Connection) -> int:
    """A number that differs after each commit of others (sqlite.org/pragma.html, data_version)."""
    row: tuple[int] = conn.execute("pragma data_version").fetchone()
    return row[0]


def desk_versions(conn: sqlite3.Connection) -> dict[int, int]:
    """The version of every desk, by user."""
    return dict(conn.execute("select user_id, version from desks").fetchall())
