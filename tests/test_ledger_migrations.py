import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database

from ledger import connect, migrate
from ledger.migrations import MIGRATIONS, statements

TABLES = {
    "lists", "contacts", "numbers", "campaigns", "tasks", "calls", "turns", "answers", "disclosures",
    "problems", "problem_actions", "appointments", "dnc", "gate_decisions", "recordings", "events", "scripts",
    "users", "audit", "script_steps",
}  # fmt: skip


def test_every_table_of_the_design_exists_and_is_strict(tmp_path: Path) -> None:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        db = Database(conn)
        assert set(db.table_names()) >= TABLES
        assert all(db.table(name).strict for name in TABLES)


def test_migrating_again_keeps_what_is_there(tmp_path: Path) -> None:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        conn.execute("insert into dnc_numbers values (7)")
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        assert conn.execute("select number from dnc_numbers").fetchall() == [(7,)]


def test_processes_that_start_at_once_all_find_the_tables(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    starting = [context.Process(target=migrate, args=(tmp_path / "h.db",)) for _ in range(4)]
    for process in starting:
        process.start()
    for process in starting:
        process.join()
    assert [process.exitcode for process in starting] == [0, 0, 0, 0]
    with closing(connect(tmp_path / "h.db")) as conn:
        assert MIGRATIONS.pending(Database(conn)) == []


def test_campaigns_that_ran_before_scripts_had_lives_wait_for_somebody_to_start_them(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "h.db")) as conn:
        MIGRATIONS.apply(Database(conn), stop_before="life_of_a_script")
        conn.execute("insert into scripts values ('d', 'nb', 1, '', 'duty', '{}', '')")
        conn.execute(
            "insert into lists (id, kind, name, digest, encoding, rows, accepted, refused, created_at)"
            " values (1, '', '', '', '', 0, 0, 0, '')"
        )
        for status in ("running", "done"):
            conn.execute(
                "insert into campaigns (name, list_id, script_digest, purpose, status, from_number, profile,"
                " created_at) values (?, 1, 'd', 'duty', ?, 1, '', '')",
                (status, status),
            )
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        assert conn.execute("select status from scripts").fetchall() == [("kept",)]
        assert conn.execute("select status from campaigns order by id").fetchall() == [("paused",), ("done",)]


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "schema.sql"
    broken.write_text("create table one (id integer) strict; create table two (id nonsense) strict;")
    monkeypatch.setattr("ledger.migrations.HERE", tmp_path)
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        assert conn.execute("select name from sqlite_master where name = 'one'").fetchall() == []


def test_statements_are_cut_at_their_semicolons_and_not_inside_comments() -> None:
    text = "-- first; not second\ncreate table a (b text default ';');\ncreate table c (d text);\n"
    assert [statement.split()[-1] for statement in statements(text)] == ["';');", "text);"]
