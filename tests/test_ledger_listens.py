"""What a supervisor may join, and until when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ledger import NotAllowed, desks, listens, transaction
from tests.ledger_people import agent, inbound, ready_agent
from tests.ledger_rows import NOW, later


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger in whose open transaction an agent (1) talks on a call (1) and a supervisor (2) looks on."""
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as conn, transaction(conn):
        desks.talk(conn, ready_agent(conn, "周敏", NOW), inbound(conn, 8613900000000, NOW), NOW)
        agent(conn, "主管", NOW, role="supervisor")
        yield conn


def test_a_supervisor_may_join_the_call_that_was_noted(conn: sqlite3.Connection) -> None:
    noted = listens.note(conn, 2, 1, listens.LISTEN, NOW)
    assert (noted.agent_id, noted.mode, noted.leg_sid) == (1, "listen", None)
    assert noted.agent_leg == desks.get(conn, 1).leg_sid  # type: ignore[union-attr]
    assert listens.get(conn, 2) == noted


def test_nothing_noted_is_nothing_to_join(conn: sqlite3.Connection) -> None:
    assert listens.get(conn, 2) is None


def test_a_call_without_an_agent_cannot_be_joined(conn: sqlite3.Connection) -> None:
    other = inbound(conn, 8613900000001, NOW)
    with pytest.raises(NotAllowed, match="nobody_talks"):
        listens.note(conn, 2, other, listens.LISTEN, NOW)


def test_there_are_three_ways_to_take_part(conn: sqlite3.Connection) -> None:
    with pytest.raises(NotAllowed, match="no_such_mode"):
        listens.note(conn, 2, 1, "shout", NOW)


def test_the_permission_ends_with_the_call(conn: sqlite3.Connection) -> None:
    listens.note(conn, 2, 1, listens.WHISPER, NOW)
    desks.release(conn, 1, later(minutes=1))
    assert listens.get(conn, 2) is None


def test_another_mode_keeps_the_line(conn: sqlite3.Connection) -> None:
    listens.note(conn, 2, 1, listens.LISTEN, NOW)
    listens.joined(conn, 2, "CA2")
    noted = listens.note(conn, 2, 1, listens.STEP_IN, later(seconds=5))
    assert (noted.mode, noted.leg_sid) == ("step_in", "CA2")


def test_an_older_line_that_ends_takes_nothing_away(conn: sqlite3.Connection) -> None:
    listens.note(conn, 2, 1, listens.LISTEN, NOW)
    listens.joined(conn, 2, "CA2")
    listens.left(conn, 2, "CA1", NOW)
    assert listens.get(conn, 2) is not None
    listens.left(conn, 2, "CA2", NOW)
    assert listens.get(conn, 2) is None


def test_every_way_of_taking_part_is_an_event_of_the_call(conn: sqlite3.Connection) -> None:
    listens.note(conn, 2, 1, listens.LISTEN, NOW)
    listens.joined(conn, 2, "CA2")
    listens.note(conn, 2, 1, listens.WHISPER, NOW)
    listens.left(conn, 2, "CA2", NOW)
    told = conn.execute(
        "select kind, data from events where call_id = 1 and kind like 'supervised%'"
    ).fetchall()
    assert [(kind, json.loads(data).get("mode")) for kind, data in told] == [
        ("supervised", "listen"), ("supervised", "whisper"), ("supervised_no_more", None),
    ]  # fmt: skip


def test_a_line_in_another_agents_room_is_known_and_so_is_the_one_it_replaces(
    conn: sqlite3.Connection,
) -> None:
    other = inbound(conn, 8613900000002, NOW)
    desks.talk(conn, ready_agent(conn, "吴刚", NOW), other, NOW)
    listens.note(conn, 2, 1, listens.LISTEN, NOW)
    assert listens.joined(conn, 2, "CA2") is None
    assert listens.joined(conn, 2, "CA3") == "CA2"
    assert listens.elsewhere(conn, 2, 1) is None
    assert listens.elsewhere(conn, 2, other) == "CA3"
