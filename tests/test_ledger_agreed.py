"""Times agreed with customers go before the queue."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

import ledger
import ledger.records
import ledger.times
from ledger import agreed, calls, claims, desks, dialing, events, offers
from ledger.records import Action, Agreed, ClaimFacts, Ending, Promise, StatusUpdate, Verdict
from tests.ledger_people import ready_agent
from tests.ledger_rows import HOTLINE, NOW, TODAY, allow, campaign, claim_some, contact, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        yield conn


def agree(
    conn: sqlite3.Connection,
    task: int,
    at: datetime,
    *,
    until: datetime | None = None,
    agent: int | None = None,
    anybody: datetime | None = None,
) -> None:
    """A waiting task with a time that was agreed."""
    moment = ledger.times.to_text(anybody or at)
    with ledger.transaction(conn):
        conn.execute("update tasks set held = 1, next_at = ? where id = ?", (moment, task))
        agreed.keep(conn, task, 1, Agreed(at, until or at, agent))


def first(conn: sqlite3.Connection, now: datetime = NOW) -> list[int]:
    return [one.task_id for one in claim_some(conn, 1, now=now)]


def test_an_exact_time_is_called_before_everything_else(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(row) for row in range(1, 6)])
    agree(conn, 4, NOW, until=later(hours=1))
    agree(conn, 5, NOW)
    assert first(conn, later(seconds=-1)) == [1]
    assert [*first(conn), *first(conn), *first(conn)] == [5, 4, 2]


def test_the_campaign_with_the_agreed_time_comes_first(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    campaign(conn, [contact(2)], name="other")
    agree(conn, 1, later(hours=1))
    assert [one.agreed for one in dialing.running(conn, NOW)] == [False, False]
    assert {one.campaign_id: one.agreed for one in dialing.running(conn, later(hours=1))} == {
        1: True,
        2: False,
    }


def test_a_time_outside_hours_is_moved_not_asked_again_and_again(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    agree(conn, 1, NOW)
    asked: list[int] = []

    def defer(facts: ClaimFacts) -> Verdict:
        asked.append(facts.task_id)
        return Verdict(Action.DEFER, "outside_hours", "1", later(hours=2))

    for _ in range(3):
        assert claim_some(conn, 1, gate=defer) == []
    assert asked == [1]
    assert first(conn, later(hours=2)) == [1]


def test_what_is_over_is_forgotten(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1), contact(2)])
    agree(conn, 1, NOW)
    conn.execute("update tasks set status = 'blocked' where id = 1")
    assert first(conn) == [2]
    assert conn.execute("select count(*) from appointed").fetchone() == (0,)


def test_the_end_of_a_call_keeps_the_time_that_was_agreed_in_it(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    (call,) = claim_some(conn, 1)
    seen: list[Agreed | None] = []
    promise = Promise("callback", later(hours=2))

    def decide(state: ledger.records.CallState) -> Ending:
        seen.append(state.agreed)
        assert state.tried == (NOW,)
        return Ending("PARTIAL", "busy", later(hours=1), agreed=Agreed(later(hours=1), later(hours=2)))

    with ledger.transaction(conn):
        calls.placing(conn, call.call_id, NOW)
        calls.answered(conn, call.call_id, "CA1", NOW, lambda state: said(promises=(promise,)))
        calls.status(conn, call.call_id, StatusUpdate("CA1", "completed", 3, NOW), NOW, decide)
    assert seen == [Agreed(None, later(hours=2))]
    assert conn.execute("select broken_at from tasks").fetchone() == (1,)
    assert first(conn, later(minutes=59)) == []
    assert first(conn, later(hours=1)) == [1]
    assert events.verify(conn) == []


@pytest.mark.parametrize("mode", ["progressive", "preview"])
def test_a_time_agreed_with_an_agent_is_that_agents_first_and_anybodys_later(
    conn: sqlite3.Connection, mode: str
) -> None:
    campaign(conn, [contact(row) for row in range(1, 4)], mode=mode)
    ready_agent(conn, "min", NOW)
    wanted = ready_agent(conn, "lan", later(seconds=1))
    agree(conn, 3, NOW, agent=wanted, anybody=later(minutes=15))
    got = {3: wanted, 1: wanted - 1}
    if mode == "preview":
        made = offers.offer(conn, claims.Terms(1, NOW, TODAY, allow, HOTLINE))
        assert {one.task_id: one.user_id for one in made} == got
    else:
        claim_some(conn, 1, limit=2)
        assert dict(conn.execute("select task_id, agent_id from calls").fetchall()) == got


def test_while_that_agent_is_busy_the_time_waits_for_a_while(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)], mode="progressive")
    wanted = ready_agent(conn, "lan", NOW)
    agree(conn, 1, NOW, agent=wanted, anybody=later(minutes=15))
    with ledger.transaction(conn):
        desks.pause(conn, wanted, "meal", NOW)
    ready_agent(conn, "min", later(minutes=14))
    assert first(conn, later(minutes=14)) == []
    assert first(conn, later(minutes=15)) == [1]
