import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerBusy, connect, migrate, transaction


def test_a_connection_is_durable_and_checks_references(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "h.db")) as conn:
        wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0}
        assert {name: conn.execute(f"pragma {name}").fetchone()[0] for name in wanted} == wanted


def test_a_transaction_commits_at_its_end_and_undoes_what_raised(tmp_path: Path) -> None:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        with transaction(conn):
            conn.execute("insert into dnc_numbers values (1)")
        with pytest.raises(sqlite3.IntegrityError), transaction(conn):
            conn.executemany("insert into dnc_numbers values (?)", [(2,), (1,)])
        assert conn.execute("select number from dnc_numbers").fetchall() == [(1,)]
        assert not conn.in_transaction


def test_a_lock_kept_past_the_deadline_is_an_error_that_says_so(tmp_path: Path) -> None:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as holder, closing(connect(tmp_path / "h.db")) as waiting:
        late = pytest.raises(LedgerBusy, match="still locked after")
        with transaction(holder), late, transaction(waiting, deadline=0.02):
            pass
        with transaction(waiting, deadline=0.02):
            pass


def test_a_waiting_writer_gets_the_lock_soon_after_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    migrate(path)
    held, freed = threading.Event(), []

    def hold() -> None:
        with closing(connect(path)) as conn, transaction(conn):
            held.set()
            time.sleep(0.05)
            freed.append(time.monotonic())

    thread = threading.Thread(target=hold)
    with closing(connect(path)) as conn:
        thread.start()
        held.wait()
        with transaction(conn):
            got = time.monotonic()
        thread.join()
    assert got - freed[0] < 0.2


def test_another_error_than_a_lock_is_not_tried_again(tmp_path: Path) -> None:
    within = pytest.raises(sqlite3.OperationalError, match="within a transaction")
    with closing(connect(tmp_path / "h.db")) as conn, transaction(conn), within, transaction(conn):
        pass
