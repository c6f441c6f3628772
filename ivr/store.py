"""The ledger as the web process uses it: one writer, and for each thread a connection to read with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, local
from typing import TypeVar

from ledger import Writer
from ledger.connection import reader, snapshot

Result = TypeVar("Result")


class Store:
    """Reads see one moment; writes are done, and on disk, when `write` returns."""

    def __init__(self, path: str | Path, writer: Writer) -> None:
        self._path = path
        self._writer = writer
        self._mine = local()
        self._opened: list[sqlite3.Connection] = []
        self._opening = Lock()

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection, as the ledger is at the first look; blocks may be nested."""
        conn = self._connection()
        with snapshot(conn):
            yield conn

    def write(self, fn: Callable[[sqlite3.Connection], Result]) -> Result:
        """Execute `fn(conn)` in the writer's thread; return or raise what it did."""
        return self._writer.run(fn)

    def close(self) -> None:
        """Close what was opened for reading; the writer is its owner's."""
        with self._opening:
            while self._opened:
                self._opened.pop().close()

    def _connection(self) -> sqlite3.Connection:
        conn: sqlite3.Connection | None = getattr(self._mine, "conn", None)
        if conn is None:
            conn = self._mine.conn = reader(self._path)
            with self._opening:
                self._opened.append(conn)
        return conn
