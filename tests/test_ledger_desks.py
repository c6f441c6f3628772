"""Desks: who may be given a call, and what each agent is doing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_people import agent, at_desk, inbound, ready_agent
from ledger_rows import NOW, later

from ledger import NotAllowed, calls, certificates, connect, desks, migrate
from ledger.records import Ending, StatusUpdate
from ledger.times import to_text


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        conn.execute("begin immediate")
        yield conn


def state(conn: sqlite3.Connection, user_id: int) -> tuple[str, str]:
    desk = desks.get(conn, user_id)
    assert desk is not None
    return desk.state, desk.reason


def over(conn: sqlite3.Connection, call_id: int) -> None:
    update = StatusUpdate("", "completed", 9, later(minutes=3), 60)
    calls.status(conn, call_id, update, later(minutes=3), lambda call: Ending("PARTIAL", "hangup", None))


def test_an_agent_who_signs_on_gets_no_calls_before_being_ready(conn: sqlite3.Connection) -> None:
    user_id = agent(conn, "min", NOW)
    desks.sign_on(conn, user_id, NOW)
    desks.leg(conn, user_id, "CA1", "CF1", "browser", NOW)
    assert state(conn, user_id) == ("paused", "sign_on")
    assert desks.free(conn, NOW) == []
    desks.ready(conn, user_id, NOW)
    assert desks.free(conn, NOW) == [user_id]


@pytest.mark.parametrize("until", ["2026-11-22", None])
def test_an_agent_without_a_valid_certificate_gets_no_calls(
    conn: sqlite3.Connection, until: str | None
) -> None:
    user_id = agent(conn, "min", NOW, certified=("2026-01-01", until) if until else None)
    desks.sign_on(conn, user_id, NOW)
    desks.leg(conn, user_id, "CA1", "CF1", "browser", NOW)
    with pytest.raises(NotAllowed, match="no_certificate"):
        desks.ready(conn, user_id, NOW)
    assert desks.free(conn, NOW) == []


def test_a_certificate_that_ends_at_midnight_ends_the_calls_then(conn: sqlite3.Connection) -> None:
    user_id = at_desk(conn, agent(conn, "min", NOW, certified=("2026-01-01", "2026-11-23")), NOW)
    midnight = NOW.replace(hour=16)
    for moment, free in ((midnight - timedelta(seconds=1), [user_id]), (midnight, [])):
        desks.seen(conn, user_id, moment)
        assert desks.free(conn, moment) == free


@pytest.mark.parametrize(
    ("since", "trained", "free"),
    [
        ("2025-11-24", None, True),
        ("2025-11-23", None, False),
        ("2024-01-01", "2025-11-24", True),
        ("2024-01-01", "2025-11-23", False),
        ("2024-01-01", "2026-11-23", True),
        ("2024-01-01", "2026-11-24", False),
    ],
)
def test_without_a_training_within_a_year_a_certificate_is_good_for_nothing(
    conn: sqlite3.Connection, since: str, trained: str | None, free: bool
) -> None:
    """S001-06: every year they are trained again; the day a year later is too late."""
    user_id = agent(conn, "min", NOW, certified=(since, "2027-12-31"))
    if trained:
        certificates.train(conn, user_id, "course", trained, NOW, by=None)
    assert desks.is_certified(conn, user_id, NOW) is free
    if trained != "2026-11-24":
        assert (certificates.until(conn)[user_id] >= "2026-11-23") is free


def test_an_agent_without_a_line_gets_no_calls(conn: sqlite3.Connection) -> None:
    user_id = agent(conn, "min", NOW)
    desks.sign_on(conn, user_id, NOW)
    with pytest.raises(NotAllowed, match="no_leg"):
        desks.ready(conn, user_id, NOW)


def test_an_agent_whose_page_is_closed_gets_no_calls(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    assert desks.free(conn, NOW + desks.PAGE_SEEN) == [user_id]
    assert desks.free(conn, NOW + desks.PAGE_SEEN + timedelta(seconds=1)) == []


def test_a_disabled_agent_gets_no_calls(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    conn.execute("update users set disabled_at = ? where id = ?", (to_text(NOW), user_id))
    assert desks.free(conn, NOW) == []


def test_the_longest_idle_agent_is_first(conn: sqlite3.Connection) -> None:
    late, early = ready_agent(conn, "late", later(seconds=5)), ready_agent(conn, "early", NOW)
    assert desks.free(conn, later(seconds=6)) == [early, late]


def test_a_call_belongs_to_the_agents_of_its_unit_and_of_those_below(conn: sqlite3.Connection) -> None:
    conn.executemany(
        "insert into units (id, name, parent_id) values (?, ?, ?)",
        [(1, "总部", None), (2, "山东", 1), (3, "济南", 2), (4, "辽宁", 1)],
    )
    jinan, liaoning = (ready_agent(conn, name, NOW, unit_id=unit) for name, unit in (("j", 3), ("l", 4)))
    assert desks.free(conn, NOW, 2) == [jinan]
    assert desks.free(conn, NOW, 4) == [liaoning]
    assert desks.free(conn, NOW, 1) == [jinan, liaoning]
    assert desks.free(conn, NOW) == [jinan, liaoning]


def test_a_lost_line_pauses_the_agent_until_it_is_back(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    desk = desks.get(conn, user_id)
    assert desk is not None
    assert desk.leg_sid
    assert desks.leg_lost(conn, user_id, desk.leg_sid, NOW)
    assert state(conn, user_id) == ("paused", "connection")
    desks.leg(conn, user_id, "CA2", "CF2", "browser", later(seconds=9))
    assert state(conn, user_id) == ("ready", "")


def test_the_end_of_a_line_that_was_replaced_changes_nothing(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    replaced = desks.leg(conn, user_id, "CA2", "CF1", "browser", NOW)
    assert replaced
    assert not desks.leg_lost(conn, user_id, replaced, NOW)
    assert state(conn, user_id) == ("ready", "")


def test_a_call_stays_with_its_agent_whose_line_is_lost(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    desks.talk(conn, user_id, inbound(conn, 8613800000001, NOW), NOW)
    desk = desks.get(conn, user_id)
    assert desk is not None
    assert desk.leg_sid
    desks.leg_lost(conn, user_id, desk.leg_sid, NOW)
    assert state(conn, user_id) == ("talking", "")


def test_the_record_is_completed_before_the_next_call(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    call_id = inbound(conn, 8613800000001, NOW)
    desks.talk(conn, user_id, call_id, NOW)
    assert desks.free(conn, NOW) == []
    over(conn, call_id)
    assert state(conn, user_id) == ("wrapup", "")
    assert desks.free(conn, NOW) == []
    desks.ready(conn, user_id, later(minutes=4))
    assert state(conn, user_id) == ("ready", "")


def test_a_pause_wished_for_during_a_call_begins_after_its_record(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    call_id = inbound(conn, 8613800000001, NOW)
    desks.talk(conn, user_id, call_id, NOW)
    desks.pause(conn, user_id, "meal", NOW)
    assert state(conn, user_id) == ("talking", "")
    over(conn, call_id)
    assert state(conn, user_id) == ("wrapup", "")
    desks.ready(conn, user_id, later(minutes=4))
    assert state(conn, user_id) == ("paused", "meal")


def test_nobody_signs_off_with_a_customer_on_the_line(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    desks.talk(conn, user_id, inbound(conn, 8613800000001, NOW), NOW)
    with pytest.raises(NotAllowed, match="in_call"):
        desks.sign_off(conn, user_id, NOW)


def test_a_call_that_reached_nobody_frees_its_agent_at_once(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    call_id = inbound(conn, 8613800000001, NOW)
    desks.reserve(conn, user_id, call_id, NOW)
    assert state(conn, user_id) == ("dialing", "")
    over(conn, call_id)
    assert state(conn, user_id) == ("ready", "not_reached")


def test_every_change_raises_the_version_and_is_logged(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    before = desks.get(conn, user_id)
    desks.pause(conn, user_id, "rest", NOW)
    after = desks.get(conn, user_id)
    assert before is not None
    assert after is not None
    assert after.version > before.version
    log = conn.execute("select state, reason from desk_log where user_id = ? order by id", (user_id,))
    assert log.fetchall() == [("paused", "sign_on"), ("ready", ""), ("paused", "rest")]


def test_the_agent_of_a_call_is_part_of_its_evidence(conn: sqlite3.Connection) -> None:
    user_id = ready_agent(conn, "min", NOW)
    call_id = inbound(conn, 8613800000001, NOW)
    desks.talk(conn, user_id, call_id, NOW)
    row = conn.execute("select agent_id, performer from calls where id = ?", (call_id,)).fetchone()
    assert row == (user_id, "agent")
    kinds = [kind for (kind,) in conn.execute("select kind from events where call_id = ?", (call_id,))]
    assert kinds == ["agent"]
