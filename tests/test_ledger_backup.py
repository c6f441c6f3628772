"""A backup is taken while the ledger is in use, proves itself, and never overwrites anything."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ledger import backup, events
from ledger.records import Claimed


def test_a_copy_taken_while_a_call_is_written_is_whole(
    conn: sqlite3.Connection, claimed: list[Claimed], tmp_path: Path
) -> None:
    backup.copy_to(conn, tmp_path / "copy.db")
    with closing(backup.open_copy(tmp_path / "copy.db")) as copy:
        assert events.count(copy) == events.count(conn) > 0
        assert copy.execute("select count(*) from calls").fetchone() == (len(claimed),)


def test_a_copy_never_overwrites_a_file(conn: sqlite3.Connection, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine", encoding="utf-8")
    with pytest.raises(ledger.LedgerError, match=r"copy\.db: is there already"):
        backup.copy_to(conn, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text(encoding="utf-8") == "mine"


def test_a_copy_that_was_changed_is_not_put_back(
    conn: sqlite3.Connection, claimed: list[Claimed], tmp_path: Path
) -> None:
    path = tmp_path / "copy.db"
    backup.copy_to(conn, path)
    with closing(sqlite3.connect(path)) as copy, copy:
        copy.execute("update calls set to_number = 8613900000000 where id = ?", (claimed[0].call_id,))
    with pytest.raises(ledger.LedgerError, match=r"copy\.db: does not verify: .*calls"):
        backup.open_copy(path)


def test_what_is_no_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear customer" * 100, encoding="utf-8")
    with pytest.raises(ledger.LedgerError, match=r"letter\.txt: is not a ledger"):
        backup.open_copy(tmp_path / "letter.txt")


def test_a_copy_is_put_back_only_where_there_is_no_ledger(
    conn: sqlite3.Connection, ledger_path: Path, tmp_path: Path
) -> None:
    backup.copy_to(conn, tmp_path / "copy.db")
    with closing(backup.open_copy(tmp_path / "copy.db")) as copy:
        with pytest.raises(ledger.LedgerError, match="there is a ledger"):
            backup.put_back(copy, ledger_path)
        backup.put_back(copy, tmp_path / "new.db")
    with closing(ledger.connect(tmp_path / "new.db")) as again:
        assert events.verify(again) == []
