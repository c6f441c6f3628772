"""Problem cases are listed with the one that is due first at the top."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from ledger import problems, transaction
from ledger.records import Claimed
from ledger.times import to_text
from tests.conftest import MORNING


def opened(conn: sqlite3.Connection, call_id: int, code: str, days: int | None, status: str = "open") -> None:
    due_at = None if days is None else to_text(MORNING + timedelta(days=days))
    with transaction(conn):
        conn.execute(
            "insert into problems (call_id, task_id, code, step, severity, note, status, opened_at, due_at)"
            " values (?, null, ?, 'aware', 'high', '', ?, ?, ?)",
            (call_id, code, status, to_text(MORNING), due_at),
        )


def test_the_most_urgent_case_comes_first_and_one_without_a_date_last(
    conn: sqlite3.Connection, claimed: list[Claimed]
) -> None:
    for code, days in (("P08", None), ("P12", 2), ("P03", 0)):
        opened(conn, claimed[0].call_id, code, days)
    opened(conn, claimed[0].call_id, "P20", 1, status="closed")
    assert [case.code for case in problems.listing(conn)] == ["P03", "P12", "P08"]
    assert [case.code for case in problems.listing(conn, "closed")] == ["P20"]


def test_a_case_is_found_by_its_id_and_by_its_call(conn: sqlite3.Connection, claimed: list[Claimed]) -> None:
    opened(conn, claimed[0].call_id, "P09", 2)
    opened(conn, claimed[1].call_id, "P10", 2)
    (case,) = problems.of_call(conn, claimed[1].call_id)
    assert case.code == "P10"
    assert problems.get(conn, case.problem_id) == case
    assert problems.get(conn, 99) is None
