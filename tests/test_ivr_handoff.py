"""From robot to agent and back in one call: the same step, the same answers, nobody left in silence."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree

from ivr.handoff import PATIENCE
from ledger import desks, people, state, transaction, units, waits
from ledger.records import CallState, Claimed
from scripts.progress import Progress
from scripts.values import Performer
from tests.conftest import MORNING
from tests.edge import PUBLIC, Phone, Post, talk
from tests.ledger_people import busy_agent, ready_agent

STEP = "received"
"""A step after the identity check."""


@pytest.fixture
def phone(signed_post: Post, claimed: list[Claimed]) -> Phone:
    """The first customer's call."""
    return Phone(signed_post, claimed[0].call_id)


def call_of(conn: sqlite3.Connection, phone: Phone) -> CallState:
    return state.read(conn, phone.call_id).state


def at(conn: sqlite3.Connection, phone: Phone) -> tuple[str, Performer]:
    progress = Progress.from_json(call_of(conn, phone).progress)
    return progress.step, progress.performer


def room(phone: Phone) -> str | None:
    """The room that the customer was put into."""
    found = etree.fromstring(phone.document).find("Dial/Conference")
    return None if found is None else found.text


def leads_to(phone: Phone) -> str:
    """Where the last document goes on by itself."""
    return str(etree.fromstring(phone.document).xpath("string(//Redirect)")).partition("#")[0]


def hear(phone: Phone, leg: str) -> None:
    """The carrier asks what the customer's line is to hear."""
    answer = phone.to(leg)
    assert answer.status_code == 200
    phone.document = answer.data


def agent(conn: sqlite3.Connection, name: str = "min") -> int:
    with transaction(conn):
        return ready_agent(conn, name, MORNING)


def busy(conn: sqlite3.Connection) -> int:
    with transaction(conn):
        return busy_agent(conn, "busy", MORNING)


def reserved(conn: sqlite3.Connection, phone: Phone) -> int:
    """An agent for whom this call is being placed."""
    with transaction(conn):
        user_id = ready_agent(conn, "reserved", MORNING)
        desks.reserve(conn, user_id, phone.call_id, MORNING)
        return user_id


def asked_at(conn: sqlite3.Connection, phone: Phone, step: str = STEP) -> None:
    """The robot has come to this step."""
    for _ in talk(phone, conn, stop=step):
        pass


def test_a_customer_who_asks_for_a_person_is_put_through_at_once(
    conn: sqlite3.Connection, phone: Phone
) -> None:
    user_id = agent(conn)
    asked_at(conn, phone)
    answers = conn.execute("select step, category from answers order by id limit 4").fetchall()
    phone.give("[0]")
    assert room(phone) == f"desk-{user_id}"
    assert at(conn, phone) == (STEP, Performer.AGENT)
    assert (
        conn.execute("select step, category from answers order by id").fetchall()[: len(answers)] == answers
    )
    desk = desks.get(conn, user_id)
    assert desk is not None
    assert (desk.state, desk.call_id) == ("talking", phone.call_id)


def test_the_agent_speaks_with_an_own_name_and_number(conn: sqlite3.Connection, phone: Phone) -> None:
    user_id = agent(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    facts = json.loads(call_of(conn, phone).facts)
    staff = conn.execute("select full_name, staff_no from users where id = ?", (user_id,)).fetchone()
    assert (facts["staff_name"], facts["staff_no"]) == staff


def test_without_a_free_agent_the_customer_waits_and_is_put_through_when_one_comes(
    conn: sqlite3.Connection, phone: Phone
) -> None:
    busy(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    assert leads_to(phone) == f"{PUBLIC}/calls/{phone.call_id}/waiting"
    hear(phone, "waiting")
    assert "下一位就是您" in phone.words()
    user_id = agent(conn)
    hear(phone, "waiting")
    assert room(phone) == f"desk-{user_id}"
    assert at(conn, phone) == (STEP, Performer.AGENT)


def test_a_second_customer_hears_how_many_are_before(
    conn: sqlite3.Connection, signed_post: Post, claimed: list[Claimed]
) -> None:
    busy(conn)
    phones = [Phone(signed_post, one.call_id) for one in claimed]
    for phone in phones:
        phone.pick_up()
        phone.give("[0]")
    hear(phones[1], "waiting")
    assert "您前面还有一位" in phones[1].words()


def test_no_agent_in_time_is_a_promised_callback(
    conn: sqlite3.Connection, phone: Phone, pass_time: Callable[[timedelta], None]
) -> None:
    busy(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    pass_time(timedelta(seconds=46))
    hear(phone, "waiting")
    assert "一定给您回电" in phone.words()
    assert phone.over()
    kinds = conn.execute("select kind from appointments where call_id = ?", (phone.call_id,)).fetchall()
    assert ("callback",) in kinds
    assert waits.count(conn) == 0


def test_an_agent_hands_the_rest_to_the_robot_at_the_same_step(
    conn: sqlite3.Connection, phone: Phone
) -> None:
    user_id = agent(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    hear(phone, "robot")
    assert room(phone) is None
    assert at(conn, phone) == (STEP, Performer.ROBOT)
    desk = desks.get(conn, user_id)
    assert desk is not None
    assert desk.state == "wrapup"
    phone.give("[1]")
    assert at(conn, phone)[0] != STEP


def test_handing_over_twice_is_handing_over_once(conn: sqlite3.Connection, phone: Phone) -> None:
    agent(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    hear(phone, "robot")
    document, turn = phone.document, call_of(conn, phone).turn
    hear(phone, "robot")
    assert (phone.document, call_of(conn, phone).turn) == (document, turn)


def test_a_customer_who_finds_no_agent_in_the_room_is_given_to_another(
    conn: sqlite3.Connection, phone: Phone
) -> None:
    gone = agent(conn, "gone")
    asked_at(conn, phone)
    phone.give("[0]")
    other = agent(conn, "other")
    hear(phone, "alone")
    hear(phone, "waiting")
    assert room(phone) == f"desk-{other}"
    desk = desks.get(conn, gone)
    assert desk is not None
    assert desk.leg_sid is None


def test_a_customer_whose_agent_is_lost_for_good_goes_on_with_the_robot(
    conn: sqlite3.Connection, phone: Phone, pass_time: Callable[[timedelta], None]
) -> None:
    user_id = agent(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    with transaction(conn):
        desks.leg_lost(conn, user_id, f"CA{user_id:032x}", MORNING)
    hear(phone, "held")
    assert call_of(conn, phone).performer == "agent"
    pass_time(PATIENCE)
    hear(phone, "held")
    hear(phone, "waiting")
    pass_time(PATIENCE)
    hear(phone, "waiting")
    assert at(conn, phone) == (STEP, Performer.ROBOT)
    assert "您收到了吗" in phone.words()


def test_a_hang_up_while_waiting_leaves_the_queue(conn: sqlite3.Connection, phone: Phone) -> None:
    busy(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    phone.status()
    assert waits.count(conn) == 0
    agent(conn)
    with transaction(conn):
        assert waits.match(conn, MORNING) is None


def test_a_refusal_is_heard_in_the_queue(conn: sqlite3.Connection, phone: Phone) -> None:
    busy(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    hear(phone, "waiting")
    phone.give("[8]")
    assert waits.count(conn) == 0
    assert conn.execute("select count(*) from dnc where call_id = ?", (phone.call_id,)).fetchone() != (0,)


@pytest.mark.parametrize(
    "ended",
    [
        "update users set disabled_at = '2026-11-23T00:59:00.000Z' where id = ?",
        "update certificates set valid_until = '2026-11-22' where user_id = ?",
        "update users set role = 'quality' where id = ?",
        "update desks set leg_sid = null where user_id = ?",
    ],
)
@pytest.mark.parametrize("another", [True, False])
def test_a_reserved_agent_who_may_take_no_calls_any_more_is_given_none(
    conn: sqlite3.Connection, phone: Phone, ended: str, another: bool
) -> None:
    gone = reserved(conn, phone)
    other = agent(conn, "other") if another else None
    with transaction(conn):
        conn.execute(ended, (gone,))
    phone.document = phone.pick_up()
    assert room(phone) == (f"desk-{other}" if other else None)
    assert call_of(conn, phone).performer == ("agent" if other else "robot")
    desk = desks.get(conn, gone)
    assert desk is not None
    assert desk.state != "talking"


def test_a_reserved_agent_who_is_still_fit_gets_the_customer(conn: sqlite3.Connection, phone: Phone) -> None:
    user_id = reserved(conn, phone)
    phone.document = phone.pick_up()
    assert room(phone) == f"desk-{user_id}"


def nobody_on_shift(conn: sqlite3.Connection) -> None:
    """Nobody has ever signed on."""


def signed_off(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        desks.sign_off(conn, ready_agent(conn, "home", MORNING), MORNING)


def disabled(conn: sqlite3.Connection) -> None:
    user_id = busy(conn)
    with transaction(conn):
        people.disable(conn, user_id, MORNING, by=None)


def without_certificate(conn: sqlite3.Connection) -> None:
    user_id = busy(conn)
    with transaction(conn):
        conn.execute("delete from certificates where user_id = ?", (user_id,))


def of_another_unit(conn: sqlite3.Connection) -> None:
    user_id = busy(conn)
    with transaction(conn):
        north, south = (units.add(conn, name, None, MORNING, by=None) for name in ("north", "south"))
        conn.execute("update campaigns set unit_id = ?", (north,))
        conn.execute("update users set unit_id = ? where id = ?", (south, user_id))


@pytest.mark.parametrize(
    "shift", [nobody_on_shift, signed_off, disabled, without_certificate, of_another_unit]
)
def test_where_nobody_is_on_shift_a_callback_is_promised_at_once(
    conn: sqlite3.Connection, phone: Phone, shift: Callable[[sqlite3.Connection], None]
) -> None:
    shift(conn)
    asked_at(conn, phone)
    action = phone.action()
    phone.give("[0]")
    assert "一定给您回电" in phone.words()
    assert phone.over()
    assert waits.count(conn) == 0
    again = phone.post(action, CallSid=f"CA{phone.call_id:032x}", Digits="0")
    assert again.data == phone.document


def test_who_waits_when_the_last_agent_goes_home_is_promised_a_callback_in_the_next_round(
    conn: sqlite3.Connection, phone: Phone
) -> None:
    user_id = busy(conn)
    asked_at(conn, phone)
    phone.give("[0]")
    hear(phone, "waiting")
    assert "下一位就是您" in phone.words()
    with transaction(conn):
        desks.sign_off(conn, user_id, MORNING)
    hear(phone, "waiting")
    assert "一定给您回电" in phone.words()
    assert phone.over()
