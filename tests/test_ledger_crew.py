"""Progressive: a call is opened only together with a free agent for it."""

import multiprocessing
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from ledger import calls, claims, connect, crew, desks, events, migrate, offers, transaction, waits
from ledger.errors import NotAllowed
from ledger.records import StatusUpdate, Wish
from tests.ledger_people import agent, at_desk, inbound, ready_agent
from tests.ledger_rows import NOW, allow, campaign, claim_some, contact, done, later, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "h.db")
    return tmp_path / "h.db"


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as conn:
        yield conn


def progressive(conn: sqlite3.Connection, contacts: int = 5, **more: int | None) -> int:
    return campaign(conn, [contact(row) for row in range(1, contacts + 1)], mode="progressive", **more)  # type: ignore[arg-type]


def state(conn: sqlite3.Connection, user_id: int) -> tuple[str, str]:
    desk = desks.get(conn, user_id)
    assert desk is not None
    return desk.state, desk.reason


def end(conn: sqlite3.Connection, call_id: int, status: str = "no-answer", now: datetime = NOW) -> None:
    with transaction(conn):
        calls.status(conn, call_id, StatusUpdate("", status, 9, now), now, done)


def test_without_a_free_agent_nothing_is_claimed_and_no_gate_is_asked(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    assert claim_some(conn, campaign_id, limit=5) == []
    assert conn.execute("select count(*) from gate_decisions").fetchone() == (0,)


def test_a_call_is_opened_for_each_free_agent_and_no_more(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    first, second = ready_agent(conn, "min", NOW), ready_agent(conn, "lan", later(seconds=1))
    made = claim_some(conn, campaign_id, limit=5)
    assert [one.task_id for one in made] == [1, 2]
    rows = conn.execute("select id, agent_id, performer from calls order by id").fetchall()
    assert rows == [(made[0].call_id, first, "agent"), (made[1].call_id, second, "agent")]
    assert state(conn, first) == state(conn, second) == ("dialing", "")
    assert claim_some(conn, campaign_id, limit=5) == []
    assert events.verify(conn) == []


def test_the_agent_who_has_been_idle_longest_is_served_first(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    late, early = ready_agent(conn, "min", later(seconds=9)), ready_agent(conn, "lan", NOW)
    claim_some(conn, campaign_id, now=later(seconds=10))
    assert (state(conn, early)[0], state(conn, late)[0]) == ("dialing", "ready")


@pytest.mark.parametrize("valid", [None, ("2026-01-01", "2026-11-22"), ("2026-11-24", "2027-11-23")])
def test_an_agent_without_a_certificate_of_today_gets_no_call(
    conn: sqlite3.Connection, valid: tuple[str, str] | None
) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    conn.execute("delete from certificates")
    if valid:
        add = "insert into certificates (user_id, reference, valid_from, valid_until, created_at)"
        conn.execute(f"{add} values (?, 'C-2', ?, ?, '')", (user_id, *valid))
    assert claim_some(conn, campaign_id) == []
    with pytest.raises(NotAllowed, match="no_certificate"):
        desks.ready(conn, at_desk(conn, agent(conn, "lan", NOW, certified=valid), NOW), NOW)


def test_a_certificate_that_ends_today_is_good_until_midnight(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    evening, midnight = later(hours=14, minutes=59), later(hours=15)  # 23:59 and 00:00 in China
    for name in ("min", "lan"):
        at_desk(conn, agent(conn, name, NOW, certified=("2026-01-01", "2026-11-23")), evening)
    assert len(claim_some(conn, campaign_id, now=evening)) == 1
    assert claim_some(conn, campaign_id, now=midnight) == []
    assert crew.settle(conn, midnight) == 1
    assert state(conn, 2) == ("paused", "no_certificate")


def test_who_is_not_there_gets_no_call(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    gone, closed, paused, off = (ready_agent(conn, name, NOW) for name in ("a", "b", "c", "d"))
    desks.leg_lost(conn, gone, f"CA{gone:032x}", NOW)
    desks.pause(conn, paused, "rest", NOW)
    desks.sign_off(conn, off, NOW)
    conn.execute("update users set disabled_at = ? where id = ?", ("2026", ready_agent(conn, "e", NOW)))
    unseen = later(minutes=2)
    assert claim_some(conn, campaign_id, now=unseen) == []
    desks.seen(conn, closed, unseen)
    assert len(claim_some(conn, campaign_id, limit=5, now=unseen)) == 1
    assert state(conn, closed)[0] == "dialing"


def test_a_campaign_of_a_unit_is_called_by_its_agents_and_those_below(conn: sqlite3.Connection) -> None:
    conn.execute("insert into units values (1, '总部', null), (2, '上海', 1), (3, '浦东', 2)")
    head, below, none = (
        ready_agent(conn, name, NOW, unit_id=unit) for name, unit in (("a", 1), ("b", 3), ("c", None))
    )
    assert len(claim_some(conn, progressive(conn, unit_id=2), limit=5)) == 1
    assert [state(conn, one)[0] for one in (head, below, none)] == ["ready", "dialing", "ready"]


def test_an_agent_for_whom_a_caller_waits_is_not_taken_away(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    caller = inbound(conn, 8613900000000, NOW)
    with transaction(conn):
        waits.join(conn, caller, Wish("asked", 1, later(minutes=1)), NOW)
    assert claim_some(conn, campaign_id) == []
    with transaction(conn):
        waits.leave(conn, caller)
    assert len(claim_some(conn, campaign_id)) == 1
    assert state(conn, user_id)[0] == "dialing"


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_an_agent_whose_call_reached_nobody_is_free_for_the_next(
    conn: sqlite3.Connection, status: str
) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    (made,) = claim_some(conn, campaign_id)
    end(conn, made.call_id, status)
    assert state(conn, user_id) == ("ready", "not_reached")
    assert len(claim_some(conn, campaign_id)) == 1


def test_after_a_talk_the_record_is_completed_before_the_next_call(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    (made,) = claim_some(conn, campaign_id)
    with transaction(conn):
        calls.answered(conn, made.call_id, "", NOW, lambda call: said())
        desks.talk(conn, user_id, made.call_id, NOW)
    end(conn, made.call_id, "completed")
    assert state(conn, user_id) == ("wrapup", "")
    assert claim_some(conn, campaign_id) == []


def test_a_refused_or_withdrawn_call_frees_its_agent(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    (made,) = claim_some(conn, campaign_id)
    with transaction(conn):
        calls.refused(conn, made.call_id, "21211", NOW, done)
    assert state(conn, user_id) == ("ready", "not_reached")


def test_a_desk_whose_call_is_over_is_freed(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    user_id = ready_agent(conn, "min", NOW)
    (made,) = claim_some(conn, campaign_id)
    conn.execute("update calls set ended_at = ? where id = ?", ("2026-11-23T01:00:05.000Z", made.call_id))
    assert crew.settle(conn, later(seconds=30)) == 1
    assert state(conn, user_id) == ("ready", "not_reached")
    assert crew.settle(conn, later(seconds=30)) == 0


def test_a_mode_that_is_not_known_dials_nobody(conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn)
    ready_agent(conn, "min", NOW)
    conn.execute("update campaigns set mode = 'predictive'")
    assert claim_some(conn, campaign_id) == []


# ---------------------------------------------------------------- whatever happens, in whatever order


def shift(conn: sqlite3.Connection, chance: random.Random, users: list[int], step: int) -> None:
    """One thing that may happen at any moment."""
    now, user_id = later(seconds=step), chance.choice(users)
    open_calls = [row[0] for row in conn.execute("select id from calls where ended_at is null")]
    desk = desks.get(conn, user_id)
    assert desk is not None
    what = chance.choice((0, 1, 2, 2, 2, 3, 3, 3, 3, 4, 5, 5, 6, 6, 6))
    with transaction(conn):
        if what == 0 and desk.state != "off":
            desks.pause(conn, user_id, "rest", now)
        elif what == 1 and desk.leg_sid:
            desks.leg_lost(conn, user_id, desk.leg_sid, now)
        elif what == 2:
            desks.leg(conn, user_id, f"CA{step:032x}", "", "browser", now)
        elif what == 3 and desk.state in ("paused", "wrapup") and desk.leg_sid:
            desks.ready(conn, user_id, now)
        elif what == 4 and desk.state == "dialing" and desk.call_id is not None:
            desks.talk(conn, user_id, desk.call_id, now)
        elif what == 5 and desk.state == "offered" and desk.leg_sid:
            offers.accept(conn, user_id, now)
        desks.seen(conn, user_id, now)
    if what == 6 and open_calls:
        end(conn, chance.choice(open_calls), chance.choice(["busy", "completed", "failed"]), now)


def fits(conn: sqlite3.Connection) -> None:
    """No agent has two calls, no call two agents, and no task is lost or doubled."""
    placed = conn.execute(
        "select c.id, c.agent_id, d.user_id from calls c left join desks d on d.call_id = c.id"
        " and d.state in ('dialing', 'talking') where c.ended_at is null"
    ).fetchall()
    assert all(agent_id == user_id for _, agent_id, user_id in placed)
    assert len({agent_id for _, agent_id, _ in placed}) == len(placed)
    leased = conn.execute("select count(*) from tasks where status = 'leased'").fetchone()
    assert leased == (len(placed),)
    shown = conn.execute(
        "select count(*) from desks d where d.state = 'offered' and not exists (select 1 from tasks t"
        " where t.id = d.task_id and t.offered_to = d.user_id and t.status in ('offered', 'accepted'))"
    )
    assert shown.fetchone() == (0,)


@pytest.mark.parametrize("seed", range(6))
def test_there_are_never_more_calls_than_agents_and_no_agent_is_on_two(
    conn: sqlite3.Connection, seed: int
) -> None:
    chance = random.Random(seed)
    ids = [progressive(conn, 40)]
    ids.append(campaign(conn, [contact(row) for row in range(100, 140)], name="shown", mode="preview"))
    users = [ready_agent(conn, str(n), NOW) for n in range(5)]
    for step in range(200):
        shift(conn, chance, users, step)
        terms = claims.Terms(ids[1], later(seconds=step), NOW.date(), allow, 95500)
        act = chance.randrange(4)
        if act == 0:
            claim_some(conn, ids[0], limit=chance.randrange(1, 4), now=terms.now)
        elif act == 1:
            offers.offer(conn, terms)
        elif act == 2:
            offers.claim(conn, terms)
        else:
            offers.tidy(conn, terms.now)
        fits(conn)
    assert conn.execute("select count(*) from calls").fetchone()[0] > 10
    assert events.verify(conn) == []


def dial(path: Path, campaign_id: int, results: "Queue[list[int]]") -> None:
    with closing(connect(path)) as conn:
        made = [one.call_id for _ in range(20) for one in claim_some(conn, campaign_id, limit=2)]
        results.put(made)


def test_processes_at_once_give_no_agent_two_calls(path: Path, conn: sqlite3.Connection) -> None:
    campaign_id = progressive(conn, 60)
    for n in range(12):
        ready_agent(conn, str(n), NOW)
    context = multiprocessing.get_context("spawn")
    results: Queue[list[int]] = context.Queue()
    workers = [context.Process(target=dial, args=(path, campaign_id, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    made = [call_id for _ in workers for call_id in results.get()]
    for worker in workers:
        worker.join()
    assert len(made) == 12
    fits(conn)
