"""Copies of the ledger: taken while it is in use, put back only where there is none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from ledger import events
from ledger.errors import LedgerError

PAGES = 4096
"""Pages per step: writers are let in between two of them."""


def copy_to(conn: sqlite3.Connection, file: Path) -> None:
    """Copy the whole ledger into a new file, which is there only when it is whole."""
    if file.exists():
        raise LedgerError(f"{file}: is there already; name a new file")
    draft = file.with_name(f".{file.name}.part")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as copy:
        conn.backup(copy, pages=PAGES)
    draft.replace(file)


def open_copy(file: Path) -> sqlite3.Connection:
    """Open a copy and prove it; LedgerError when it is not a ledger or does not verify."""
    conn = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    try:
        findings = events.verify(conn)
    except sqlite3.DatabaseError as error:
        conn.close()
        raise LedgerError(
            f"{file}: is not a ledger ({error}); name a file made by `huifang db backup`"
        ) from None
    if findings:
        conn.close()
        raise LedgerError(f"{file}: does not verify: {findings[0]}")
    return conn


def put_back(copy: sqlite3.Connection, database: Path) -> None:
    """Put a copy in the place of a ledger; refuse where there is one."""
    if database.exists():
        raise LedgerError(f"{database}: there is a ledger; move it away first, nothing is overwritten")
    copy_to(copy, database)
