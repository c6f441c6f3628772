"""The counts that the ledger keeps are those one would count."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import calls, connect, migrate, transaction
from ledger.progress import progress
from ledger.records import StatusUpdate
from tests.ledger_rows import NOW, campaign, claim_some, contact, ending, later, said

LEDGER = Path(__file__).parents[1] / "ledger"
UPDATE = re.compile(r"update tasks set ([^\"]*?status = '(\w+)'[^\"]*)")
OPEN = {"ready", "offered", "accepted", "leased"}
COUNTED = """
select campaign_id, state, tried, outcome, outcome_reason, due_hour, late, count(*) from tasks
group by 1, 2, 3, 4, 5, 6, 7 order by 1, 2, 3, 4, 5, 6, 7
"""


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        campaign(conn, [contact(row, due_by=later(hours=row)) for row in range(1, 7)])
        yield conn


def kept(conn: sqlite3.Connection) -> list[tuple[object, ...]]:
    return conn.execute("select * from task_tally where tasks <> 0").fetchall()


def move(conn: sqlite3.Connection, task_id: int, status: str, reason: str) -> None:
    with transaction(conn):
        conn.execute(
            "update tasks set status = ?, outcome_reason = ? where id = ?", (status, reason, task_id)
        )


def call(conn: sqlite3.Connection, *, ended: str, outcome: str, seconds: int) -> None:
    """The next call is answered and ends."""
    (claimed,) = claim_some(conn, 1)
    call_id = claimed.call_id
    with transaction(conn):
        calls.placing(conn, call_id, NOW)
    with transaction(conn):
        calls.placed(conn, call_id, f"CA{call_id}", NOW)
        if ended == "completed":
            calls.answered(conn, call_id, f"CA{call_id}", NOW, lambda _: said())
    update = StatusUpdate(f"CA{call_id}", ended, 9, later(seconds=seconds))
    with transaction(conn):
        calls.status(conn, call_id, update, later(seconds=seconds), lambda _: ending(outcome, "why"))


def test_what_is_kept_is_what_one_would_count(conn: sqlite3.Connection) -> None:
    call(conn, ended="completed", outcome="SUCCESS", seconds=60)
    call(conn, ended="busy", outcome="NOT_COMPLETED", seconds=3 * 3600)
    claim_some(conn, 1)
    for task_id, status in ((4, "elsewhere"), (5, "cancelled"), (6, "spare")):
        move(conn, task_id, status, "why")
    assert kept(conn) == conn.execute(COUNTED).fetchall()
    assert conn.execute("select sum(late) from task_tally where tasks > 0").fetchone() == (1,)


def test_spare_and_cancelled_tasks_are_not_due(conn: sqlite3.Connection) -> None:
    for task_id, status in ((3, "elsewhere"), (4, "elsewhere"), (5, "cancelled"), (6, "spare")):
        move(conn, task_id, status, "letter" if task_id == 3 else status)
    found = progress(conn, 1)
    assert (found.due, found.waiting, found.spare) == (4, 2, 1)
    assert found.elsewhere == {"letter": 1, "elsewhere": 1}
    assert found.cancelled == {"cancelled": 1}
    assert (found.finished, found.dialed, found.outcomes) == (0, 0, {})


def test_a_spare_task_that_is_drawn_becomes_due(conn: sqlite3.Connection) -> None:
    move(conn, 6, "spare", "quota")
    move(conn, 6, "ready", "")
    assert (progress(conn, 1).due, progress(conn, 1).spare) == (6, 0)


def test_calls_are_counted_by_the_hour_and_tasks_reached_once(conn: sqlite3.Connection) -> None:
    call(conn, ended="completed", outcome="SUCCESS", seconds=60)
    call(conn, ended="busy", outcome="NOT_COMPLETED", seconds=60)
    hours = "select hour, placed, answered, reached from call_tally"
    assert conn.execute(hours).fetchall() == [("2026-11-23T01", 2, 1, 1)]
    with transaction(conn):
        calls.machine(conn, 1, "machine_start", NOW)
    assert conn.execute(hours).fetchall() == [("2026-11-23T01", 2, 1, 0)]


def test_every_statement_that_opens_or_closes_a_task_is_counted() -> None:
    """`task_moved` sees only what names one of its columns."""
    found = [match for path in LEDGER.glob("*.py") for match in UPDATE.finditer(path.read_text("utf-8"))]
    assert len(found) > 5
    for match in found:
        said, status = match.groups()
        if status not in OPEN or "spare" in said:
            assert re.search("outcome_reason = |finished_at = ", said), said


def test_counts_of_an_older_ledger_are_taken_over(conn: sqlite3.Connection) -> None:
    before = kept(conn)
    text = (LEDGER / "schema_tallies.sql").read_text("utf-8")
    (fill,) = re.findall(r"insert into task_tally\nselect.*?;", text, re.DOTALL)
    conn.execute("delete from task_tally")
    conn.execute(fill)
    assert kept(conn) == before == conn.execute(COUNTED).fetchall()
