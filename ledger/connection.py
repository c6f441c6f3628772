"""Opening the ledger and writing to it: one write transaction at a time, among all processes."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.canonical import Row
from ledger.errors import LedgerBusy, LedgerError

DEADLINE = 10.0
# SQLite's own busy handler sleeps up to 100 ms and starves one of several writers for seconds; short random
# pauses do not.
LONGEST_PAUSE = 0.001
SHORTEST_PAUSE = 0.00005
# Pause times waiting time, in square seconds: who has waited longer tries more often, and so gets ahead.
EAGERNESS = 0.000004

PRAGMAS = (
    "pragma journal_mode = wal",
    "pragma synchronous = full",
    "pragma foreign_keys = on",
    "pragma cache_size = -65536",
    "pragma mmap_size = 2147418112",
    "pragma temp_store = memory",
    # 8 MiB of log before it is folded into the file: half the writing of the default, in stalls still short.
    "pragma wal_autocheckpoint = 2000",
)


READING = ("pragma query_only = on", "pragma cache_size = -8192")
"""A reader of many: the pages it needs lie in the mapped file anyway."""


def connect(path: str | Path) -> sqlite3.Connection:
    """Open the ledger: durable against power loss, foreign keys checked, autocommit; for one thread only."""
    return _open(path, PRAGMAS, own_thread=True)


def reader(path: str | Path) -> sqlite3.Connection:
    """Open the ledger for reading only; another thread may close it once its own is done."""
    return _open(path, (*PRAGMAS, *READING), own_thread=False)


def _open(path: str | Path, pragmas: tuple[str, ...], *, own_thread: bool) -> sqlite3.Connection:
    try:
        conn = sqlite3.connect(
            path, timeout=0, isolation_level=None, cached_statements=256, check_same_thread=own_thread
        )
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"{path}: {error}; name a ledger that can be opened") from None
    try:
        for pragma in pragmas:
            patiently(conn, pragma)
    except sqlite3.DatabaseError as error:
        conn.close()
        raise LedgerError(f"{path}: {error}; name a ledger, or restore one") from None
    return conn


def patiently(conn: sqlite3.Connection, statement: str, *, deadline: float = DEADLINE) -> None:
    """Execute a statement that needs a lock, trying again until the deadline (seconds)."""
    started = time.monotonic()
    while True:
        try:
            conn.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error):
                raise
            waited = time.monotonic() - started
            if waited >= deadline:
                raise LedgerBusy(
                    f"ledger: still locked after {deadline:g} s: {statement}; try again"
                ) from error
        time.sleep(_pause(waited))


@contextmanager
def transaction(conn: sqlite3.Connection, *, deadline: float = DEADLINE) -> Iterator[sqlite3.Connection]:
    """Hold the write lock; commit at the end, roll back when the block raises."""
    patiently(conn, "begin immediate", deadline=deadline)
    try:
        yield conn
        conn.execute("commit")
    except BaseException:
        rollback(conn)
        raise


@contextmanager
def unmapped(conn: sqlite3.Connection) -> Iterator[None]:
    """Read through the cache alone: every page of a mapped file that is touched counts as our memory."""
    size = conn.execute("pragma mmap_size").fetchone()[0]
    conn.execute("pragma mmap_size = 0")
    try:
        yield
    finally:
        conn.execute(f"pragma mmap_size = {int(size)}")


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """See the ledger as it was at the first look, whatever others write meanwhile."""
    if conn.in_transaction:
        yield
        return
    conn.execute("begin")
    try:
        yield
    finally:
        rollback(conn)


def insert(conn: sqlite3.Connection, statement: str, row: Row) -> int:
    """Insert one row and return its id."""
    row_id = conn.execute(statement, row).lastrowid
    assert row_id is not None
    return row_id


def rollback(conn: sqlite3.Connection) -> None:
    """Undo the open transaction, if SQLite has not already done so."""
    if conn.in_transaction:
        conn.execute("rollback")


def _pause(waited: float) -> float:
    usual = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, EAGERNESS / (waited + SHORTEST_PAUSE)))
    return usual * random.uniform(0.5, 1.5)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
