"""Visits: what lost webhooks and failed errands left is found by asking the carrier, and set right."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from exchange_person import Caller
from exchange_studio import document
from exchange_studio import studio as studio

from dialer.ending import open_book
from ivr import room_twiml
from ivr.clock import parse
from ivr.last_word import LastWord
from ivr.visits import Visits
from ledger import desks, state
from tests.ledger_people import inbound
from tests.test_ivr_desk_lines import NOW, Floor
from tests.test_ivr_desk_lines import floor as floor
from tests.test_ivr_desk_lines import floors as floors

CUSTOMER = 8613812345678
LATER = parse("2026-11-23T10:00:00+08:00")
STAYS = document("<Pause length='1000'/>")
FETCHED = "/calls/1/waiting"


@pytest.fixture
def visits(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Visits:
    """Visits of this floor, on which the customer's webhooks are the test's pages."""
    lines, pages = floor.lines, floor.line.application.base
    monkeypatch.setattr(lines._errands.carrier, "public_url", pages)
    writer, carrier = lines._store._writer, lines._errands.carrier
    last_word = LastWord(writer, LATER, open_book(Path(lines._store._path)), carrier)
    monkeypatch.setattr(lines._errands, "_over", last_word.ask)
    return Visits(lines._store, LATER, lines._conversation, lines._errands, last_word)


def customer(floor: Floor, path: str = "/pause") -> Caller:
    """The caller of call 1, who is put through to the agent."""
    floor.line.pages["/pause"] = floor.line.pages[FETCHED] = STAYS
    floor.line.pages["/join"] = room_twiml.join(floor.base, floor.agent, 1)
    caller = Caller(floor.line, path)
    caller.until_answered()
    call_id = floor.write(lambda conn: inbound(conn, CUSTOMER, NOW))
    assert call_id == 1
    floor.write(lambda conn: conn.execute("update calls set carrier_sid = ?", (caller.call.sid,)))
    floor.write(lambda conn: desks.talk(conn, floor.agent, 1, NOW))
    return caller


def is_over(floor: Floor) -> bool:
    return state.read(floor.conn, 1).ended_at is not None


def test_an_agent_whose_customer_hung_up_unheard_completes_the_record(floor: Floor, visits: Visits) -> None:
    floor.stands()
    caller = customer(floor, "/join")
    floor.line.until(lambda: caller.call.sid in floor.parts())
    visits.pay()
    assert not is_over(floor)
    caller.hang_up()
    floor.line.until(lambda: caller.call.over)
    visits.pay()
    floor.line.until(lambda: is_over(floor))
    assert floor.desk().state == "wrapup"


def test_an_agent_who_hangs_up_a_dead_line_is_free_of_it(floor: Floor, visits: Visits) -> None:
    floor.stands()
    caller = customer(floor)
    caller.hang_up()
    floor.line.until(lambda: caller.call.over)
    floor.lines._errands.end(1, caller.call.sid)
    floor.line.until(lambda: is_over(floor))
    assert floor.desk().state == "wrapup"


def test_a_customer_who_is_not_in_the_room_of_the_agent_is_fetched(floor: Floor, visits: Visits) -> None:
    floor.stands()
    caller = customer(floor)
    visits.pay()
    floor.line.until(lambda: floor.line.application.asked(FETCHED))
    assert not is_over(floor)
    assert floor.line.application.asked(FETCHED)[0].form["CallSid"] == caller.call.sid


@pytest.mark.parametrize("wanted", [True, False])
def test_hold_at_the_carrier_is_what_the_agent_wished(floor: Floor, visits: Visits, wanted: bool) -> None:
    floor.stands()
    caller = customer(floor, "/join")
    floor.line.pages["/calls/1/held"] = STAYS
    floor.line.until(lambda: caller.call.sid in floor.parts())
    room_sid = floor.desk().room_sid
    assert room_sid
    floor.lines._errands.rooms.hold(room_sid, caller.call.sid, not wanted, "/calls/1/held")
    floor.line.until(lambda: floor.parts()[caller.call.sid] is not wanted)
    floor.write(lambda conn: desks.hold(conn, floor.agent, wanted))
    visits.pay()
    floor.line.until(lambda: floor.parts()[caller.call.sid] is wanted)


def test_a_visit_that_fails_ends_no_round(floor: Floor, visits: Visits) -> None:
    """The caller's script is not installed: what is to be said cannot be looked up."""
    floor.stands()
    caller = customer(floor)
    floor.write(lambda conn: forsaken(conn))
    visits.pay()
    floor.line.until(lambda: floor.line.application.asked(FETCHED))
    assert floor.line.application.asked(FETCHED)[0].form["CallSid"] == caller.call.sid


def forsaken(conn: sqlite3.Connection) -> None:
    """A call that an agent performs, but no desk has."""
    call_id = inbound(conn, CUSTOMER + 1, NOW)
    change = "update calls set carrier_sid = 'CA0', performer = 'agent', said_at = claimed_at where id = ?"
    conn.execute(change, (call_id,))
