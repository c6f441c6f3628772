"""Wishes that the ledger could not take: on disk before anybody says "done", applied once, never lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerBusy, connect, dnc, events, migrate, transaction, wishes
from tests.ledger_rows import NOW

NUMBER = 8613800000001


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    wishes.prepare(tmp_path / "wishes")
    return tmp_path / "wishes"


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def test_a_wish_is_private_and_comes_back_as_it_was_said(folder: Path) -> None:
    wish = wishes.take(folder, NUMBER, "CA1", NOW)
    assert wishes.waiting(folder) == [wish]
    assert (wish.number, wish.purpose, wish.carrier_sid, wish.at) == (NUMBER, "all", "CA1", NOW)
    assert stat.S_IMODE((folder / wishes.NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_wish_said_twice_in_a_call_is_one_wish(folder: Path) -> None:
    assert wishes.take(folder, NUMBER, "CA1", NOW) == wishes.take(folder, NUMBER, "CA1", NOW)
    assert len(wishes.waiting(folder)) == 1


def test_a_wish_is_applied_once_even_if_it_could_not_be_cleared(
    folder: Path, conn: sqlite3.Connection
) -> None:
    wish = wishes.take(folder, NUMBER, "CA1", NOW)
    before = (folder / wishes.NAME).read_bytes()
    assert wishes.settle(conn, folder, NOW) == 1
    (folder / wishes.NAME).write_bytes(before)
    assert wishes.settle(conn, folder, NOW) == 0
    (entry,) = dnc.check(conn, NUMBER)
    assert (entry.purpose, entry.source, entry.reason) == ("all", f"wish {wish.wish_id}", "stop_calling")
    assert wishes.waiting(folder) == []
    assert events.verify(conn) == []


def test_a_locked_ledger_leaves_the_wish_where_it_is(
    folder: Path, conn: sqlite3.Connection, tmp_path: Path
) -> None:
    wishes.take(folder, NUMBER, "CA1", NOW)
    with closing(connect(tmp_path / "h.db")) as other, transaction(other), pytest.raises(LedgerBusy):
        wishes.settle(conn, folder, NOW, deadline=0.01)
    assert len(wishes.waiting(folder)) == 1
    assert wishes.settle(conn, folder, NOW) == 1


@pytest.mark.parametrize("cut", [1, 20, 100, 254])
def test_a_torn_record_hides_no_other_and_gives_way(folder: Path, cut: int) -> None:
    wishes.take(folder, NUMBER, "CA1", NOW)
    wishes.take(folder, NUMBER + 1, "CA2", NOW)
    file = folder / wishes.NAME
    data = file.read_bytes()
    file.write_bytes(data[:cut].ljust(wishes.RECORD, b"\0") + data[wishes.RECORD :])
    assert [wish.number for wish in wishes.waiting(folder)][-1] == NUMBER + 1
    wishes.take(folder, NUMBER + 2, "CA3", NOW)
    assert {NUMBER + 1, NUMBER + 2} <= {wish.number for wish in wishes.waiting(folder)}
    assert file.stat().st_size == len(data)


def test_a_file_cut_in_the_middle_of_a_record_is_made_whole_again(folder: Path) -> None:
    wishes.take(folder, NUMBER, "CA1", NOW)
    os.truncate(folder / wishes.NAME, wishes.RECORD + 17)
    wishes.prepare(folder)
    wishes.take(folder, NUMBER + 1, "CA2", NOW)
    assert [wish.number for wish in wishes.waiting(folder)] == [NUMBER, NUMBER + 1]


def test_more_wishes_than_were_made_room_for_are_kept_too(folder: Path) -> None:
    os.truncate(folder / wishes.NAME, 2 * wishes.RECORD)
    for n in range(5):
        wishes.take(folder, NUMBER + n, f"CA{n}", NOW)
    assert len(wishes.waiting(folder)) == 5


def test_threads_that_take_wishes_at_once_lose_none(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: wishes.take(folder, NUMBER + n, f"CA{n}", NOW), range(40)))
    assert len({wish.number for wish in wishes.waiting(folder)}) == 40


def test_where_no_wish_was_ever_taken_nothing_waits(tmp_path: Path, conn: sqlite3.Connection) -> None:
    assert wishes.settle(conn, tmp_path / "wishes", NOW) == 0


def test_a_file_that_cannot_be_read_stops_whoever_asks(folder: Path, conn: sqlite3.Connection) -> None:
    (folder / wishes.NAME).unlink()
    (folder / wishes.NAME).mkdir()
    with pytest.raises(OSError, match="directory"):
        wishes.settle(conn, folder, NOW)


FULL = """
import resource, sys
from pathlib import Path
from ledger import wishes
from tests.ledger_rows import NOW
resource.setrlimit(resource.RLIMIT_FSIZE, (wishes.ROOM * wishes.RECORD,) * 2)
try:
    Path(sys.argv[1], "more").write_bytes(b"x" * (wishes.ROOM * wishes.RECORD + 1))
except OSError:
    wishes.take(Path(sys.argv[1]), 8613800000001, "CA1", NOW)
"""
KILLED = """
import os, sys
from pathlib import Path
from ledger import wishes
from tests.ledger_rows import NOW
for n in range(100000):
    wishes.take(Path(sys.argv[1]), 8613800000001 + n, f"CA{n}", NOW)
    os.write(1, b"%d\\n" % n)
"""


def test_a_file_that_must_not_grow_still_takes_a_wish(folder: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", FULL, str(folder)], check=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert [wish.number for wish in wishes.waiting(folder)] == [NUMBER]


def test_a_process_killed_while_it_takes_wishes_has_every_one_it_confirmed(folder: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        confirmed = 20 + len(process.stdout.readlines())
    assert len(wishes.waiting(folder)) in (confirmed, confirmed + 1)
