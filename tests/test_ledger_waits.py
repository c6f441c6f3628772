"""Waiting for a person: first come, first served, and never beside an idle agent."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_people import inbound, ready_agent
from ledger_rows import NOW, later

from ledger import calls, connect, desks, migrate, waits
from ledger.records import Ending, StatusUpdate, Wish

FIRST = 8613800000001


def wish(reason: str = "human", rank: int = 1) -> Wish:
    return Wish(reason, rank, later(minutes=5))


def opened(folder: Path) -> sqlite3.Connection:
    migrate(folder / "h.db")
    conn = connect(folder / "h.db")
    conn.execute("begin immediate")
    return conn


def test_who_came_first_is_served_first_and_elders_before_all(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as conn:
        first, second, elder = (inbound(conn, FIRST + at, NOW) for at in range(3))
        waits.join(conn, first, wish(), NOW)
        waits.join(conn, second, wish(), later(seconds=1))
        waits.join(conn, elder, wish("elder", 0), later(seconds=2))
        places = [waits.place(conn, call) for call in (elder, first, second)]
        assert [place.ahead for place in places if place] == [0, 1, 2]
        agents = [ready_agent(conn, name, NOW) for name in "abc"]
        served = []
        while found := waits.match(conn, later(seconds=3)):
            desks.talk(conn, found.user_id, found.call_id, later(seconds=3))
            served.append(found.call_id)
        assert served == [elder, first, second]
        assert desks.free(conn, NOW) == []
        assert len(agents) == 3


def test_waiting_again_keeps_the_place(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as conn:
        first, second = inbound(conn, FIRST, NOW), inbound(conn, FIRST + 1, NOW)
        waits.join(conn, first, wish(), NOW)
        waits.join(conn, second, wish(), later(seconds=1))
        waits.join(conn, first, wish(), later(seconds=2))
        place = waits.place(conn, first)
        assert place is not None
        assert (place.ahead, place.since) == (0, NOW)


def test_a_caller_of_another_unit_holds_up_nobody(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as conn:
        conn.executemany("insert into units (id, name) values (?, ?)", [(1, "山东"), (2, "辽宁")])
        stuck, next_one = inbound(conn, FIRST, NOW), inbound(conn, FIRST + 1, NOW)
        waits.join(conn, stuck, wish(), NOW)
        waits.join(conn, next_one, wish(), later(seconds=1))
        conn.executemany("update waits set unit_id = ? where call_id = ?", [(2, stuck), (1, next_one)])
        user_id = ready_agent(conn, "a", NOW, unit_id=1)
        found = waits.match(conn, later(seconds=2))
        assert found is not None
        assert (found.call_id, found.user_id) == (next_one, user_id)


def test_who_hung_up_is_not_waited_for(tmp_path: Path) -> None:
    with closing(opened(tmp_path)) as conn:
        call_id = inbound(conn, FIRST, NOW)
        waits.join(conn, call_id, wish(), NOW)
        over(conn, call_id)
        ready_agent(conn, "a", NOW)
        assert waits.match(conn, NOW) is None
        assert waits.count(conn) == 0


def over(conn: sqlite3.Connection, call_id: int) -> None:
    update = StatusUpdate("", "completed", 9, later(minutes=3), 60)
    calls.status(conn, call_id, update, later(minutes=3), lambda call: Ending("PARTIAL", "hangup", None))


STEPS = st.lists(st.tuples(st.sampled_from("ccchardlb"), st.integers(0, 4)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_no_caller_waits_while_an_agent_is_idle_and_no_agent_has_two_calls(
    steps: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as folder, closing(opened(Path(folder))) as conn:
        agents = [ready_agent(conn, str(at), NOW) for at in range(3)]
        ids: list[int] = []
        for at, (step, which) in enumerate(steps):
            now = NOW + timedelta(seconds=at)
            happen(conn, step, which, agents, ids, now)
            while found := waits.match(conn, now):
                desks.talk(conn, found.user_id, found.call_id, now)
            assert not (waits.count(conn) and desks.free(conn, now))
            busy = conn.execute("select call_id from desks where call_id is not null").fetchall()
            assert len(busy) == len(set(busy))


def happen(
    conn: sqlite3.Connection, step: str, which: int, agents: list[int], ids: list[int], now: datetime
) -> None:
    """A caller comes or hangs up; an agent completes a record, pauses, loses the line, gets it back."""
    user_id = agents[which % 3]
    for one in agents:
        desks.seen(conn, one, now)
    desk = desks.get(conn, user_id)
    assert desk is not None
    if step == "c":
        ids.append(inbound(conn, FIRST + len(ids), now))
        waits.join(conn, ids[-1], wish(), now)
    elif step in "h" and ids:
        over(conn, ids[which % len(ids)])
    elif step == "r" and desk.leg_sid and desk.state not in desks.IN_CALL:
        desks.ready(conn, user_id, now)
    elif step == "d":
        desks.pause(conn, user_id, "rest", now)
    elif step == "l" and desk.leg_sid:
        desks.leg_lost(conn, user_id, desk.leg_sid, now)
    elif step == "b":
        desks.leg(conn, user_id, f"CA{which}", "CF", "browser", now)
