"""From robot to agent and back in one call: the same step, the same answers, nobody left in silence."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from lxml import etree

from ivr.handoff import PATIENCE
from ledger import desks, state, transaction, waits
from ledger.records import CallState, Claimed
from scripts.progress import Progress
from scripts.values import Performer
from tests.conftest import MORNING
from tests.edge import PUBLIC, Phone, Post, talk
from tests.ledger_people import ready_agent

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
    phones = [Phone(signed_post, one.call_id) for one in claimed]
    for phone in phones:
        phone.pick_up()
        phone.give("[0]")
    hear(phones[1], "waiting")
    assert "您前面还有一位" in phones[1].words()


def test_no_agent_in_time_is_a_promised_callback(
    conn: sqlite3.Connection, phone: Phone, pass_time: Callable[[timedelta], None]
) -> None:
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
    asked_at(conn, phone)
    phone.give("[0]")
    phone.status()
    assert waits.count(conn) == 0
    agent(conn)
    with transaction(conn):
        assert waits.match(conn, MORNING) is None


def test_a_refusal_is_heard_in_the_queue(conn: sqlite3.Connection, phone: Phone) -> None:
    asked_at(conn, phone)
    phone.give("[0]")
    hear(phone, "waiting")
    phone.give("[8]")
    assert waits.count(conn) == 0
    assert conn.execute("select count(*) from dnc where call_id = ?", (phone.call_id,)).fetchone() != (0,)
