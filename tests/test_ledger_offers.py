"""Preview: the agent is shown the most urgent task, dials it or leaves it, and the gate has the last word."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from ledger import (
    campaigns,
    claims,
    connect,
    crew,
    desks,
    dialing,
    dnc,
    events,
    migrate,
    offers,
    transaction,
    waits,
)
from ledger.claims import Gate
from ledger.errors import NotAllowed
from ledger.offers import Offer
from ledger.records import Action, Claimed, ClaimFacts, Verdict, Wish
from tests.ledger_people import inbound, ready_agent
from tests.ledger_rows import (
    FIRST_NUMBER,
    HOTLINE,
    NOW,
    TODAY,
    allow,
    allow_unlisted,
    campaign,
    claim_some,
    contact,
    later,
)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def preview(conn: sqlite3.Connection, contacts: int = 3) -> int:
    return campaign(conn, [contact(row) for row in range(1, contacts + 1)], mode="preview")


def terms(now: datetime = NOW, gate: Gate = allow) -> claims.Terms:
    return claims.Terms(1, now, TODAY, gate, HOTLINE)


def offer(conn: sqlite3.Connection, now: datetime = NOW, gate: Gate = allow) -> list[Offer]:
    return offers.offer(conn, terms(now, gate))


def accept(conn: sqlite3.Connection, user_id: int, now: datetime = NOW) -> None:
    with transaction(conn):
        offers.accept(conn, user_id, now)


def claim(conn: sqlite3.Connection, now: datetime = NOW, gate: Gate = allow) -> list[Claimed]:
    return offers.claim(conn, terms(now, gate))


def test_a_waiting_caller_comes_before_a_card_that_is_only_shown(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "a", NOW)
    offer(conn)
    with transaction(conn):
        call_id = inbound(conn, 8613900000001, NOW)
        waits.join(conn, call_id, Wish("human", 1, later(minutes=1)), NOW)
        found = waits.match(conn, NOW)
        assert found is not None
        desks.talk(conn, found.user_id, call_id, NOW)
    assert state(conn) == ("talking", "")
    with pytest.raises(NotAllowed, match="no_offer"):
        accept(conn, 1)
    assert offers.tidy(conn, NOW) == 1
    assert state(conn) == ("talking", "")
    assert conn.execute("select count(*) from tasks where status = 'ready'").fetchone() == (3,)


def test_who_has_pressed_dial_is_given_no_waiting_caller(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "a", NOW)
    offer(conn)
    accept(conn, 1)
    with transaction(conn):
        waits.join(conn, inbound(conn, 8613900000001, NOW), Wish("human", 1, later(minutes=1)), NOW)
    assert waits.match(conn, NOW) is None


def state(conn: sqlite3.Connection, user_id: int = 1) -> tuple[str, str]:
    desk = desks.get(conn, user_id)
    assert desk is not None
    return desk.state, desk.reason


def task(conn: sqlite3.Connection, task_id: int = 1) -> tuple[str, int | None, int]:
    found: tuple[str, int | None, int] = conn.execute(
        "select status, offered_to, attempts from tasks where id = ?", (task_id,)
    ).fetchone()
    return found


def late(facts: ClaimFacts) -> Verdict:
    return Verdict(Action.DEFER, "outside_hours", "1", later(hours=12))


def test_the_most_urgent_task_is_shown_to_the_agent_who_is_idle_longest(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", later(seconds=5))
    ready_agent(conn, "lan", NOW)
    assert offer(conn, later(seconds=6)) == [Offer(1, 2), Offer(2, 1)]
    desk = desks.get(conn, 2)
    assert desk is not None
    assert (desk.state, desk.task_id, desk.call_id) == ("offered", 1, None)
    assert (task(conn, 1), task(conn, 2)) == (("offered", 2, 0), ("offered", 1, 0))
    assert offer(conn, later(seconds=7)) == []
    assert conn.execute("select count(*) from events where kind = 'offered'").fetchone() == (2,)


def test_nothing_is_dialed_before_the_agent_presses_dial(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    assert claim(conn) == []
    assert claim_some(conn, 1, limit=5) == []
    assert not offers.is_accepted(conn, 1, NOW)
    accept(conn, 1)
    assert state(conn) == ("offered", "accepted")
    assert offers.is_accepted(conn, 1, NOW)
    (made,) = claim(conn, later(seconds=1))
    assert (made.task_id, made.to_number) == (1, FIRST_NUMBER + 1)
    assert (state(conn), task(conn)) == (("dialing", ""), ("leased", None, 1))
    assert conn.execute("select agent_id, performer from calls").fetchall() == [(1, "agent")]
    assert claim(conn) == []
    assert events.verify(conn) == []


def test_pressed_twice_it_is_dialed_once(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    accept(conn, 1)
    accept(conn, 1)
    assert len(claim(conn)) == 1
    with pytest.raises(NotAllowed, match="no_offer"):
        accept(conn, 1)


def test_nobody_dials_what_was_not_offered_to_them(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    with pytest.raises(NotAllowed, match="no_offer"):
        accept(conn, 1)
    with pytest.raises(NotAllowed, match="no_offer"):
        accept(conn, 99)


def test_what_the_gate_refuses_is_not_shown_and_its_refusal_is_kept(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    forbid(conn, FIRST_NUMBER + 1)
    assert offer(conn, gate=allow_unlisted) == [Offer(2, 1)]
    assert task(conn, 1)[0] == "blocked"
    assert conn.execute("select task_id, verdict, rule from gate_decisions").fetchall() == [
        (1, "block", "dnc")
    ]


def forbid(conn: sqlite3.Connection, number: int) -> None:
    with transaction(conn):
        dnc.add(
            conn, numbers=[number], customer_key="", purpose="all", scope="company", reason="asked",
            source="letter", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
        )  # fmt: skip


def test_a_wish_not_to_be_called_wins_over_an_offer_that_was_taken(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn, gate=allow_unlisted)
    accept(conn, 1)
    forbid(conn, FIRST_NUMBER + 1)
    assert claim(conn, gate=allow_unlisted) == []
    assert task(conn) == ("blocked", None, 0)
    assert state(conn) == ("ready", "dnc")
    assert conn.execute("select count(*) from calls").fetchone() == (0,)
    assert events.verify(conn) == []


def test_out_of_hours_the_task_goes_back_and_the_agent_is_told_why(conn: sqlite3.Connection) -> None:
    preview(conn, 1)
    ready_agent(conn, "min", NOW)
    offer(conn)
    accept(conn, 1)
    assert claim(conn, gate=late) == []
    assert task(conn) == ("ready", None, 0)
    assert state(conn) == ("ready", "outside_hours")
    assert offer(conn, later(hours=1)) == []
    desks.seen(conn, 1, later(hours=12))
    assert offer(conn, later(hours=12)) == [Offer(1, 1)]


def test_an_offer_that_is_not_taken_in_time_goes_back_and_its_agent_is_paused(
    conn: sqlite3.Connection,
) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    assert offers.tidy(conn, later(seconds=59)) == 0
    assert offers.tidy(conn, later(seconds=60)) == 1
    assert task(conn) == ("ready", None, 0)
    assert state(conn) == ("paused", "missed")
    ready_agent(conn, "lan", later(seconds=61))
    assert offer(conn, later(seconds=61)) == [Offer(1, 2)]


def test_an_offer_that_was_taken_waits_for_its_line(conn: sqlite3.Connection) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    accept(conn, 1, later(seconds=30))
    desks.seen(conn, 1, later(minutes=5))
    assert offers.tidy(conn, later(minutes=5)) == 0
    assert len(claim(conn, later(minutes=5))) == 1


@pytest.mark.parametrize("how", ["pause", "sign_off", "leg_lost", "disabled", "closed"])
@pytest.mark.parametrize("taken", [False, True])
def test_an_offer_whose_agent_goes_away_goes_back_unharmed(
    conn: sqlite3.Connection, how: str, taken: bool
) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    if taken:
        accept(conn, 1)
    now = later(seconds=1)
    if how == "pause":
        desks.pause(conn, 1, "rest", now)
    elif how == "sign_off":
        desks.sign_off(conn, 1, now)
    elif how == "leg_lost":
        desks.leg_lost(conn, 1, f"CA{1:032x}", now)
    elif how == "disabled":
        conn.execute("update users set disabled_at = '2026'")
    else:
        now = later(minutes=2)
    assert claim(conn, now) == []
    assert offers.tidy(conn, now) == 1
    assert task(conn) == ("ready", None, 0)
    assert state(conn)[0] != "offered"
    assert crew.spare(conn, now, None) == []
    ready_agent(conn, "lan", now)
    assert offer(conn, now) == [Offer(1, 2)]


@pytest.mark.parametrize("taken", [False, True])
def test_a_certificate_that_ends_at_midnight_ends_the_offer(conn: sqlite3.Connection, taken: bool) -> None:
    preview(conn)
    ready_agent(conn, "min", NOW)
    conn.execute("update certificates set valid_until = '2026-11-23'")
    evening, midnight = later(hours=14, minutes=59, seconds=50), later(hours=15)
    desks.seen(conn, 1, evening)
    offer(conn, evening)
    if taken:
        accept(conn, 1, evening)
    else:
        with pytest.raises(NotAllowed, match="no_certificate"):
            accept(conn, 1, midnight)
    assert claim(conn, midnight) == []
    assert offers.tidy(conn, midnight) == 1
    assert (task(conn), state(conn)) == (("ready", None, 0), ("paused", "no_certificate"))


@pytest.mark.parametrize("status", ["paused", "stopped"])
def test_a_campaign_that_pauses_takes_its_offers_back(conn: sqlite3.Connection, status: str) -> None:
    campaign_id = preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    accept(conn, 1)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, status, NOW)
    assert claim(conn) == []
    assert offers.tidy(conn, NOW) == 1
    assert (task(conn), state(conn)) == (("ready", None, 0), ("ready", "campaign"))


def test_an_offer_outlives_no_change_of_mode(conn: sqlite3.Connection) -> None:
    campaign_id = preview(conn)
    ready_agent(conn, "min", NOW)
    offer(conn)
    accept(conn, 1)
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "paused", NOW)
        campaigns.set_mode(conn, campaign_id, "robot", None)
        campaigns.set_status(conn, campaign_id, "running", NOW)
    assert claim(conn) == []
    assert offers.tidy(conn, NOW) == 1
    assert [one.task_id for one in claim_some(conn, campaign_id, limit=9)] == [1, 2, 3]


def test_two_agents_are_not_shown_the_same_customer(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1, numbers=[13]), contact(2, numbers=[13])], mode="preview")
    ready_agent(conn, "min", NOW)
    ready_agent(conn, "lan", NOW)

    def gate(facts: ClaimFacts) -> Verdict:
        return (
            Verdict(Action.DEFER, "in_progress", "1", later(minutes=5)) if facts.in_progress else allow(facts)
        )

    assert offer(conn, gate=gate) == [Offer(1, 1)]
    assert offer(conn, later(minutes=1), gate) == []


def test_a_campaign_with_an_offer_out_is_not_over(conn: sqlite3.Connection) -> None:
    campaign_id = preview(conn, 1)
    ready_agent(conn, "min", NOW)
    offer(conn)
    assert not dialing.is_over(conn, campaign_id)
    assert not dialing.is_quiet(conn, campaign_id, NOW)
    progress = campaigns.progress(conn, campaign_id)
    assert (progress.waiting, progress.in_progress, progress.dialed) == (1, 0, 0)
