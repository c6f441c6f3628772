"""The supervisor's board against a ledger made by hand."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

import ledger
from ledger import board, calls, campaigns, desks, transaction, waits
from ledger.board import Board
from ledger.records import Wish
from ledger.times import to_text
from tests.ledger_people import inbound, ready_agent
from tests.ledger_rows import NOW, campaign, claim_some, contact, later

NORTH, SOUTH = 1, 2
DAY = NOW - timedelta(hours=9)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger with two units."""
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as conn, conn:
        conn.execute("insert into units (id, name) values (1, '北区'), (2, '南区')")
        yield conn


def seen(conn: sqlite3.Connection, *scope: int) -> Board:
    """The board of these units, of all without any."""
    return board.board(conn, scope or None, later(minutes=5), DAY)


def dialed(conn: sqlite3.Connection, unit_id: int | None = None, *, name: str = "new", first: int = 1) -> int:
    """A call of a new campaign of that unit; returns the call."""
    rows = [contact(row) for row in range(first, first + 3)]
    campaign_id = campaign(conn, rows, name=name)
    conn.execute("update campaigns set unit_id = ? where id = ?", (unit_id, campaign_id))
    return claim_some(conn, campaign_id)[0].call_id


def promise(conn: sqlite3.Connection, call_id: int, minutes: int | None, kind: str = "callback") -> None:
    """Something promised in a call, due so many minutes from now."""
    due = None if minutes is None else to_text(later(minutes=5 + minutes))
    conn.execute(
        "insert into appointments (call_id, task_id, kind, due_at, note, status, made_at)"
        " select id, task_id, ?, ?, '', 'open', ? from calls where id = ?",
        (kind, due, to_text(NOW), call_id),
    )


def test_an_agent_is_shown_with_unit_state_and_the_calls_of_the_day(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    with transaction(conn):
        user_id = ready_agent(conn, "周敏", NOW, unit_id=NORTH)
        desks.talk(conn, user_id, call_id, later(minutes=1))
        for minutes in (-1000, -10, -5):
            conn.execute(
                "insert into calls"
                " (direction, to_number, from_number, status, claimed_at, ended_at, agent_id)"
                " values ('inbound', 1, 2, 'completed', ?, ?, ?)",
                (to_text(NOW), to_text(later(minutes=minutes)), user_id),
            )
    (agent,) = seen(conn).agents
    assert (agent.name, agent.unit, agent.state, agent.call_id, agent.leg, agent.today) == (
        "周敏某", "北区", "talking", call_id, True, 2,
    )  # fmt: skip
    assert agent.since == later(minutes=1)


def test_an_agent_whose_shift_is_over_is_not_shown(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        user_id = ready_agent(conn, "周敏", NOW)
        desks.sign_off(conn, user_id, NOW)
    assert seen(conn).agents == ()


def test_an_open_call_is_shown_without_its_number_until_it_ends(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    (call,) = seen(conn).calls
    assert (call.call_id, call.number, call.title, call.performer) == (
        call_id,
        "138****0001",
        "新契约",
        "robot",
    )
    with transaction(conn):
        conn.execute("update calls set ended_at = ? where id = ?", (to_text(NOW), call_id))
    assert seen(conn).calls == ()


def test_the_one_who_talks_is_the_performer(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    with transaction(conn):
        user_id = ready_agent(conn, "周敏", NOW)
        desks.talk(conn, user_id, call_id, NOW)
    (call,) = seen(conn).calls
    assert (call.talking, call.agent_id) == (True, user_id)


def test_the_queue_has_its_order_and_the_places_among_all(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        callers = [inbound(conn, 8613900000000 + n, NOW) for n in range(3)]
        for at, (caller, rank, unit_id) in enumerate(
            zip(callers, (1, 1, 0), (NORTH, SOUTH, SOUTH), strict=True)
        ):
            waits.join(conn, caller, Wish("asked", rank, later(minutes=9)), later(seconds=at))
            conn.execute("update waits set unit_id = ? where call_id = ?", (unit_id, caller))
    assert [(one.position, one.call_id) for one in seen(conn).queue] == [
        (1, callers[2]), (2, callers[0]), (3, callers[1]),
    ]  # fmt: skip
    assert [(one.position, one.call_id) for one in seen(conn, SOUTH).queue] == [
        (1, callers[2]),
        (3, callers[1]),
    ]


def test_a_unit_sees_its_own_and_what_belongs_to_none(conn: sqlite3.Connection) -> None:
    north, south = dialed(conn, NORTH), dialed(conn, SOUTH, name="south", first=11)
    common = dialed(conn, None, name="common", first=21)
    with transaction(conn):
        ready_agent(conn, "北", NOW, unit_id=NORTH)
        ready_agent(conn, "南", NOW, unit_id=SOUTH)
    shown = seen(conn, NORTH)
    assert {call.call_id for call in shown.calls} == {north, common}
    assert [agent.name for agent in shown.agents] == ["北某"]
    assert [one.name for one in shown.campaigns] == ["new", "common"]
    assert board.shows(conn, (NORTH,), north)
    assert not board.shows(conn, (NORTH,), south)
    assert not board.shows_campaign(conn, (NORTH,), 2)
    assert len(seen(conn).calls) == 3


def test_a_call_belongs_to_the_unit_of_the_agent_who_talks(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn, SOUTH)
    with transaction(conn):
        desks.talk(conn, ready_agent(conn, "北", NOW, unit_id=NORTH), call_id, NOW)
    assert [call.call_id for call in seen(conn, NORTH).calls] == [call_id]
    assert seen(conn, SOUTH).calls == ()


def test_a_promise_is_open_until_it_is_kept(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    with transaction(conn):
        conn.execute("update calls set ended_at = ? where id = ?", (to_text(NOW), call_id))
        conn.execute("update tasks set status = 'ready' where status = 'leased'")
        promise(conn, call_id, -1)
        promise(conn, call_id, 1)
        promise(conn, call_id, None)
        promise(conn, call_id, -1, "letter")
    shown = seen(conn)
    assert (shown.promised, shown.overdue, len(shown.promises)) == (3, 1, 3)
    with transaction(conn):
        conn.execute("update appointments set status = 'kept'")
    assert (seen(conn).promised, seen(conn).promises) == (0, ())


def test_a_finished_task_owes_no_callback(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    with transaction(conn):
        promise(conn, call_id, -1)
        conn.execute("update tasks set status = 'done'")
    assert seen(conn).overdue == 0


def test_a_campaign_is_shown_until_it_is_over(conn: sqlite3.Connection) -> None:
    dialed(conn)
    (one,) = seen(conn).campaigns
    assert (one.name, one.mode, one.status, one.tasks) == ("new", "robot", "running", 3)
    with transaction(conn):
        conn.execute("update tasks set status = 'done', finished_at = next_at where id = 2")
        campaigns.set_status(conn, 1, "stopped", NOW)
    assert board.finished(conn, 1) == 1
    assert seen(conn).campaigns == ()


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (8613812345678, "138****5678"),
        (862155667788, "862****7788"),
        (95500, "****"),
        (12025550123, "120****0123"),
    ],
)
def test_a_number_is_shown_by_its_ends(number: int, shown: str) -> None:
    assert board.masked(number) == shown


def test_nothing_on_the_board_reads_a_whole_table(conn: sqlite3.Connection) -> None:
    """Tables that grow with a campaign are only reached by an index; the small ones may be read."""
    keys = {"scope": None, "now": to_text(NOW), "today": to_text(NOW), "most": 1}
    small = {
        "units",
        "users",
        "desks",
        "waits",
        "lists",
        "campaigns",
        "json_each",
        "p",
        "d",
        "l",
        "u",
        "n",
        "w",
    }
    for statement in (
        board.AGENTS,
        board.CALLS,
        board.QUEUE,
        board.PROMISES,
        board.PROMISED,
        board.CAMPAIGNS,
    ):
        for *_, step in conn.execute(f"explain query plan {statement}", keys):
            words = step.split()
            if words[0] == "SCAN" and words[1] not in small:
                assert "INDEX calls_open" in step or "INDEX appointments_open" in step, step


def test_calls_of_a_carrier_that_ended_leave_the_board(conn: sqlite3.Connection) -> None:
    call_id = dialed(conn)
    with transaction(conn):
        calls.placing(conn, call_id, NOW)
        calls.placed(conn, call_id, "CA1", NOW)
    assert seen(conn).calls[0].status == "placed"
