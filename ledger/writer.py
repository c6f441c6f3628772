"""The single writer thread of the web process: many small writes, one durable commit."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from ledger.connection import DEADLINE, LONGEST_PAUSE, connect, patiently, rollback
from ledger.errors import LedgerBusy, LedgerError

Result = TypeVar("Result")

GROUP_ITEMS = 64
GROUP_SECONDS = 0.005
# After this long without a pause the lock rests for as long as any other process sleeps between two tries, so
# that each of them tries at least once while it is free.
REST_EVERY = 0.025


class _Item(Generic[Result]):
    """A write and the caller who waits for it."""

    __slots__ = ("_done", "asked", "error", "fn", "result")

    def __init__(self, fn: Callable[[sqlite3.Connection], Result]) -> None:
        self.fn = fn
        self.asked = time.monotonic()
        self.result: Result | None = None
        self.error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def run(self, conn: sqlite3.Connection) -> None:
        """Execute inside a savepoint of its own, so that a bad item undoes only itself."""
        conn.execute("savepoint item")
        try:
            self.result = self.fn(conn)
        except Exception as error:  # noqa: BLE001 it belongs to the caller, who gets it from `wait`
            self.error = error
            if conn.in_transaction:
                conn.execute("rollback to item")
        conn.execute("release item")

    def release(self) -> None:
        self._done.release()

    def wait(self, within: float = -1) -> Result:
        if not self._done.acquire(timeout=within):
            raise LedgerBusy(f"ledger: no answer within {within:g} s; try again")
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


class Writer:
    """Executes functions of a connection in one thread and commits them in groups.

    While another process holds the write lock, each caller waits `deadline` seconds in all, queue included. A
    caller with `within` is answered in so many seconds even where the disk hangs; what was asked for may be
    done later all the same.
    """

    def __init__(self, path: str | Path, *, deadline: float = DEADLINE, within: float = -1) -> None:
        self._path = path
        self._within = within
        self._deadline = deadline
        self._queue: queue.SimpleQueue[_Item[object] | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._opened = _Item[None](lambda _: None)
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()
        self._opened.wait()

    def run(self, fn: Callable[[sqlite3.Connection], Result]) -> Result:
        """Execute `fn(conn)`; return or raise what it did, once that is on disk."""
        item = _Item(fn)
        with self._closing:
            if self._closed:
                raise LedgerError("ledger: the writer is closed; nothing more can be written")
            self._queue.put(item)  # type: ignore[arg-type]
        return item.wait(self._within)

    def prove(self) -> None:
        """Write something that changes nothing; raises what any write would raise now."""
        self.run(lambda conn: conn.execute("pragma user_version = 0").close())

    def close(self) -> None:
        """Write what is waiting and stop."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            conn = connect(self._path)
        except BaseException as error:  # noqa: BLE001 the constructor raises it
            self._opened.error = error
            return
        finally:
            self._opened.release()
        try:
            self._serve(conn)
        finally:
            conn.close()

    def _serve(self, conn: sqlite3.Connection) -> None:
        rested = time.monotonic()
        going = True
        while going:
            asked = time.monotonic()
            item = self._queue.get()
            if item is None:
                return
            now = time.monotonic()
            if now - asked >= LONGEST_PAUSE:
                rested = now
            elif now - rested >= REST_EVERY:
                time.sleep(LONGEST_PAUSE)
                rested = time.monotonic()
            going = self._commit(conn, item)

    def _commit(self, conn: sqlite3.Connection, first: _Item[object]) -> bool:
        """Run the first and what else is waiting in one transaction; False when `close` was met."""
        group = [first]
        going = True
        try:
            left = max(first.asked + self._deadline - time.monotonic(), 0)
            patiently(conn, "begin immediate", deadline=left)
            going = self._run(conn, group)
            conn.execute("commit")
        except Exception as error:  # noqa: BLE001 nothing of the group is on disk, and each caller must hear it
            rollback(conn)
            for item in group:
                item.error = error
        for item in group:
            item.release()
        return going

    def _run(self, conn: sqlite3.Connection, group: list[_Item[object]]) -> bool:
        ends = time.monotonic() + GROUP_SECONDS
        group[0].run(conn)
        while len(group) < GROUP_ITEMS and time.monotonic() < ends and not self._queue.empty():
            item = self._queue.get()
            if item is None:
                return False
            group.append(item)
            item.run(conn)
        return True
