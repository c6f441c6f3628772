"""Problem cases (问题件), as they stand."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed

CASES = """
select id, call_id, task_id, code, step, severity, note, status, opened_at, due_at from problems
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A row of `problems`."""

    problem_id: int
    call_id: int
    task_id: int | None
    code: str
    step: str
    severity: str
    note: str
    status: str
    opened_at: datetime
    due_at: datetime | None


def listing(conn: sqlite3.Connection, status: str = "open") -> list[Case]:
    """The cases of a status, those due first at the top."""
    rows = conn.execute(CASES + "where status = ? order by ifnull(due_at, '9999'), id", (status,))
    return [Case(*timed(row, 8, 9)) for row in rows]


def of_call(conn: sqlite3.Connection, call_id: int) -> list[Case]:
    """The cases that a call opened, in their order."""
    return [
        Case(*timed(row, 8, 9)) for row in conn.execute(CASES + "where call_id = ? order by id", (call_id,))
    ]


def get(conn: sqlite3.Connection, problem_id: int) -> Case | None:
    """The case with this id."""
    row = conn.execute(CASES + "where id = ?", (problem_id,)).fetchone()
    return None if row is None else Case(*timed(row, 8, 9))
