import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerError, Writer, connect, events, migrate, transaction
from ledger.errors import LedgerBusy
from tests.ledger_rows import campaign, claim_some, contact

ADD = "insert into dnc_numbers values (?)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "h.db")
    return tmp_path / "h.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    yield writer
    writer.close()


def numbers(path: Path) -> list[int]:
    with closing(connect(path)) as conn:
        return [number for (number,) in conn.execute("select number from dnc_numbers order by number")]


def test_run_returns_what_the_function_returned_once_it_is_committed(path: Path, writer: Writer) -> None:
    assert writer.run(lambda conn: conn.execute(ADD, (1,)).rowcount) == 1
    assert numbers(path) == [1]


def test_an_items_error_goes_to_its_caller_only_and_undoes_only_that_item(path: Path, writer: Writer) -> None:
    """Items that wait behind a held lock are one group."""
    outcomes: dict[int, BaseException | int] = {}

    def write(number: int) -> None:
        def work(conn: sqlite3.Connection) -> int:
            conn.execute(ADD, (number,))
            return 10 // (number - 3)

        try:
            outcomes[number] = writer.run(work)
        except ZeroDivisionError as error:
            outcomes[number] = error

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 6)]
    with closing(connect(path)) as conn, transaction(conn):
        for thread in threads:
            thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert isinstance(outcomes.pop(3), ZeroDivisionError)
    assert outcomes == {1: -5, 2: -10, 4: 10, 5: 5}
    assert numbers(path) == [1, 2, 4, 5]


def test_a_group_that_cannot_be_committed_fails_for_everyone_in_it(path: Path, writer: Writer) -> None:
    def dangling(conn: sqlite3.Connection) -> None:
        conn.execute("pragma defer_foreign_keys = on")
        conn.execute("insert into turns values (99, 0, '', '', '')")

    with pytest.raises(sqlite3.IntegrityError):
        writer.run(dangling)
    assert writer.run(lambda conn: conn.execute(ADD, (1,)).rowcount) == 1


def test_an_item_that_ends_the_transaction_itself_does_not_stop_the_writer(
    path: Path, writer: Writer
) -> None:
    def rolls_back(conn: sqlite3.Connection) -> None:
        conn.execute("rollback")

    with pytest.raises(sqlite3.OperationalError):
        writer.run(rolls_back)
    writer.run(lambda conn: conn.execute(ADD, (2,)))
    assert numbers(path) == [2]


def test_a_lock_that_is_never_freed_is_told_to_the_caller(path: Path) -> None:
    with closing(Writer(path, deadline=0.02)) as writer:
        with closing(connect(path)) as conn, transaction(conn), pytest.raises(LedgerBusy):
            writer.run(lambda conn: None)
        writer.run(lambda conn: conn.execute(ADD, (3,)))
    assert numbers(path) == [3]


def test_close_writes_what_is_waiting_and_then_refuses(path: Path) -> None:
    writer = Writer(path)
    threads = [
        threading.Thread(target=writer.run, args=(lambda conn, n=n: conn.execute(ADD, (n,)),))
        for n in range(20)
    ]
    with closing(connect(path)) as conn, transaction(conn):
        for thread in threads:
            thread.start()
        while writer._queue.qsize() < 19:
            time.sleep(0.001)
        closing_thread = threading.Thread(target=writer.close)
        closing_thread.start()
    closing_thread.join()
    for thread in threads:
        thread.join()
    assert numbers(path) == list(range(20))
    with pytest.raises(LedgerError, match="closed"):
        writer.run(lambda conn: None)
    writer.close()


def test_a_writer_that_cannot_open_its_ledger_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="nowhere"):
        Writer(tmp_path / "nowhere" / "h.db")


STARVED = 2.0
"""Seconds that SQLite's own busy handler lets an unlucky writer wait; bench/claims.py measures ours."""


def longest_wait(path: Path, seconds: float) -> None:
    with closing(connect(path)) as conn:
        worst, until = 0.0, time.monotonic() + seconds
        while (started := time.monotonic()) < until:
            with transaction(conn):
                conn.execute("update dnc_numbers set number = number")
            worst = max(worst, time.monotonic() - started)
            time.sleep(0.01)
    sys.exit(0 if worst < STARVED else 1)


def test_a_saturated_writer_starves_no_other_process(path: Path, writer: Writer) -> None:
    over = threading.Event()

    def press() -> None:
        while not over.is_set():
            writer.run(lambda conn: conn.execute("insert into dnc_customers values (hex(randomblob(8)))"))

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    other = multiprocessing.get_context("spawn").Process(target=longest_wait, args=(path, 1.0))
    other.start()
    other.join()
    over.set()
    for thread in threads:
        thread.join()
    assert other.exitcode == 0


HAMMER = """
import sys, threading
from datetime import UTC, datetime
from ledger import Writer, calls
from ledger.records import Answer, Disclosure, TurnRecord

writer = Writer(sys.argv[1])

def record(n):
    return TurnRecord(
        heard="{}", reply=f"reply {n}", progress="{}", answers=(Answer(f"step {n}", "yes", "1"),),
        told=(Disclosure(f"step {n}", "d", True),),
    )

def talk(call_id):
    for n in range(100_000):
        now = datetime.now(UTC)
        if n == 0:
            writer.run(lambda conn: calls.answered(conn, call_id, "", now, lambda state: record(n)))
        else:
            writer.run(lambda conn: calls.turn(conn, call_id, n, now, "{}", lambda state: record(n)))
        sys.stdout.write(f"{call_id} {n}\\n")
        sys.stdout.flush()

threads = [threading.Thread(target=talk, args=(call_id,)) for call_id in range(1, 9)]
[thread.start() for thread in threads]
"""


def test_every_acknowledged_turn_survives_a_kill_and_the_chain_holds(path: Path) -> None:
    with closing(connect(path)) as conn:
        campaign_id = campaign(conn, [contact(row) for row in range(8)])
        assert len(claim_some(conn, campaign_id, limit=8)) == 8
        hammer = subprocess.Popen(
            [sys.executable, "-c", HAMMER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert hammer.stdout is not None
        acknowledged = [hammer.stdout.readline() for _ in range(400)]
        os.kill(hammer.pid, signal.SIGKILL)
        acknowledged += hammer.stdout.read().splitlines(keepends=True)
        hammer.stdout.close()
        hammer.wait()
        kept = {f"{call_id} {n}\n" for call_id, n in conn.execute("select call_id, n from turns")}
        assert {line for line in acknowledged if line.endswith("\n")} <= kept
        assert conn.execute("select count(*) from turns").fetchone() == (
            conn.execute("select count(*) from answers").fetchone()
        )
        assert events.verify(conn) == []
