"""Alarm points are raised once, in steps, and only for tasks that are still open."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ledger import alarms, transaction
from ledger.alarms import OVERDUE, Point
from tests.ledger_rows import NOW, campaign, contact, later


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "h.db"
    ledger.migrate(path)
    return path


@pytest.fixture
def conn(empty: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(ledger.connect(shutil.copy(empty, tmp_path))) as opened:
        yield opened


def alarmed(conn: sqlite3.Connection, count: int = 3) -> int:
    campaign_id = campaign(conn, [contact(row) for row in range(count)])
    with transaction(conn):
        points = [Point(i, kind, at) for i in range(1, count + 1) for kind, at in KINDS]
        alarms.add(conn, campaign_id, points)
    return campaign_id


KINDS = (("alarm_1", later(hours=24)), (OVERDUE, later(hours=72)))


def sweep(conn: sqlite3.Connection, hours: int, limit: int = 100) -> tuple[int, int]:
    with transaction(conn):
        return alarms.raise_due(conn, later(hours=hours), limit)


def test_an_alarm_is_raised_at_its_moment_and_only_once(conn: sqlite3.Connection) -> None:
    campaign_id = alarmed(conn)
    assert sweep(conn, 23) == (0, 0)
    assert sweep(conn, 24) == (3, 3)
    assert sweep(conn, 25) == (0, 0)
    assert alarms.raised(conn, campaign_id) == {"alarm_1": 3}
    assert sweep(conn, 72) == (3, 3)
    assert alarms.raised(conn, campaign_id) == {"alarm_1": 3, OVERDUE: 3}


def test_a_sweep_goes_in_steps_and_each_step_is_an_event(conn: sqlite3.Connection) -> None:
    campaign_id = alarmed(conn)
    assert [sweep(conn, 24, limit=2) for _ in range(3)] == [(2, 2), (1, 1), (0, 0)]
    found = conn.execute("select data from events where kind = 'alarm' order by id").fetchall()
    assert [json.loads(row[0]) for row in found] == [
        {"alarm": "alarm_1", "campaign": campaign_id, "tasks": [1, 2]},
        {"alarm": "alarm_1", "campaign": campaign_id, "tasks": [3]},
    ]


def test_what_is_over_raises_nothing(conn: sqlite3.Connection) -> None:
    campaign_id = alarmed(conn)
    with transaction(conn):
        conn.execute("update tasks set status = 'done', outcome_reason = 'done' where id = 1")
        conn.execute("update tasks set status = 'blocked', outcome_reason = 'do_not_call' where id = 2")
    assert sweep(conn, 24) == (3, 1)
    (row,) = alarms.listing(conn, campaign_id, limit=9)
    assert (row.task_id, row.policy_no, row.kind, row.due_at) == (3, "P00000002", "alarm_1", later(hours=24))


def test_what_was_refused_for_its_deadline_is_overdue(conn: sqlite3.Connection) -> None:
    campaign_id = alarmed(conn, 1)
    with transaction(conn):
        conn.execute("update tasks set status = 'blocked', outcome_reason = 'deadline_expired'")
    assert sweep(conn, 73) == (2, 1)
    assert alarms.raised(conn, campaign_id) == {OVERDUE: 1}


def test_a_campaign_that_was_stopped_is_silent_and_one_nobody_started_is_not(
    conn: sqlite3.Connection,
) -> None:
    alarmed(conn, 1)
    conn.execute("update campaigns set status = 'draft'")
    assert sweep(conn, 24) == (1, 1)
    conn.execute("update campaigns set status = 'stopped'")
    assert sweep(conn, 73) == (1, 0)


def test_a_sweep_reads_what_is_due_and_not_the_campaign(conn: sqlite3.Connection) -> None:
    plan = conn.execute("explain query plan " + alarms.DUE, {"now": str(NOW), "limit": 1}).fetchall()
    assert any("alarms_waiting (due_at<?)" in row[3] for row in plan)
    assert not any(row[3].startswith("SCAN") for row in plan)
