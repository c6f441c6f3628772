"""Whoever makes a task look done, cancelled or left out in the database is found by `db verify`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ledger import events, lists, selection
from ledger.selection import Exclusion, Selection
from tests.ledger_rows import NOW, campaign, contact


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        yield conn


@pytest.mark.parametrize(
    "altered",
    [
        "status = 'done', outcome = 'SUCCESS'",
        "status = 'blocked', outcome_reason = 'do_not_call'",
        "status = 'cancelled', outcome_reason = 'quota_met'",
        "status = 'cancelled', outcome_reason = 'paid'",
        "status = 'elsewhere', outcome_reason = 'attempts_exhausted'",
    ],
)
def test_a_task_that_is_over_has_a_sealed_reason(conn: sqlite3.Connection, altered: str) -> None:
    campaign(conn, [contact(1), contact(2)])
    conn.execute(f"update tasks set {altered}, finished_at = '2026-11-23T01:00:00.000Z' where id = 2")
    (finding,) = events.verify(conn)
    assert finding.startswith("tasks 2: is ")


@pytest.mark.parametrize(
    "altered",
    ["delete from exclusions", "delete from tasks where contact_id = (select min(id) from contacts)"],
)
def test_nobody_disappears_from_a_campaign(conn: sqlite3.Connection, altered: str) -> None:
    campaign_id = campaign(conn, [contact(1), contact(2)])
    *_, (last,) = ((one.contact_id,) for one in lists.contacts(conn, 1))
    with ledger.transaction(conn):
        conn.execute("delete from tasks where contact_id = ?", (last,))
        selection.add_exclusions(conn, campaign_id, [Exclusion(last, "zero_paid")], NOW)
        made = Selection(campaign_id, "claims", "", "", "", "", "", 2, 2, "", 1, "", 0)
        selection.record(conn, made, NOW)
    assert events.verify(conn) == []
    conn.execute(altered)
    assert events.verify(conn) == [
        f"campaigns {campaign_id}: has other tasks and exclusions than it was selected with"
    ]
