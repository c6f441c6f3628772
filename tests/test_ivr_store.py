"""The ledger as the web process uses it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

import ledger
from ivr.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "h.db"
    ledger.migrate(path)
    with closing(ledger.Writer(path)) as writer, closing(Store(path, writer)) as store:
        yield store


def number(conn: sqlite3.Connection) -> int:
    return int(conn.execute("select count(*) from units").fetchone()[0])


def add(store: Store, name: str) -> None:
    store.write(lambda conn: conn.execute("insert into units (name) values (?)", (name,)))


def test_a_read_sees_one_moment_and_the_next_read_what_was_written_since(store: Store) -> None:
    with store.read() as conn:
        assert number(conn) == 0
        add(store, "north")
        with store.read() as again:
            assert number(again) == 0
    with store.read() as conn:
        assert number(conn) == 1


def test_nobody_writes_while_reading(store: Store) -> None:
    with store.read() as conn, pytest.raises(sqlite3.OperationalError, match="readonly"):
        conn.execute("insert into units (name) values ('x')")


def test_a_write_that_fails_is_the_callers_error(store: Store) -> None:
    add(store, "north")
    with pytest.raises(sqlite3.IntegrityError):
        add(store, "north")
    with store.read() as conn:
        assert number(conn) == 1


def test_each_thread_reads_with_a_connection_of_its_own(store: Store) -> None:
    seen: list[int] = []

    def look() -> None:
        with store.read() as conn:
            seen.append(id(conn))

    look()
    look()
    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen[0] == seen[1] != seen[2]
