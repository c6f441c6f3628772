"""The course of a campaign: its tasks by deadline and its calls by the hour, from counts that are kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from ledger.times import to_text

DEADLINES = """
select due_hour, state, outcome, late, sum(tasks) from task_tally
where campaign_id = ? and state not in ('spare', 'cancelled')
group by due_hour, state, outcome, late having sum(tasks) > 0
"""
HOURS = """
select hour, placed, answered, reached from call_tally
where campaign_id = :id and hour >= :since order by hour
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Tasks that are due by the same hour and stand alike; `hour` is None without a deadline.

    `passed` as of the moment asked for, `late` where they ended after their deadline.
    """

    hour: datetime | None
    passed: bool
    state: str
    outcome: str
    late: bool
    tasks: int


@dataclass(frozen=True, slots=True)
class Hour:
    """Calls of one hour: placed, answered, and tasks whose customer was reached for the first time."""

    began: datetime
    placed: int
    answered: int
    reached: int


def deadlines(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> list[Deadline]:
    """All tasks that are due, by hour of deadline and by how they stand."""
    this_hour = to_text(now)[:13]
    return [
        Deadline(_hour(hour), bool(hour) and hour <= this_hour, state, outcome, bool(late), tasks)
        for hour, state, outcome, late, tasks in conn.execute(DEADLINES, (campaign_id,))
    ]


def hours(conn: sqlite3.Connection, campaign_id: int, since: datetime | None = None) -> list[Hour]:
    """The calls of each hour since a moment, or of all."""
    key = {"id": campaign_id, "since": to_text(since)[:13] if since else ""}
    return [Hour(_began(hour), *counts) for hour, *counts in conn.execute(HOURS, key)]


def _hour(text: str) -> datetime | None:
    return _began(text[:13]) if text else None


def _began(hour: str) -> datetime:
    return datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
