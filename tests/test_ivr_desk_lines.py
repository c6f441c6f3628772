"""Agents' lines end to end: signed webhooks of the exchange, our answers, and what the ledger then says."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from exchange_person import Caller
from exchange_studio import ACCOUNT, FROM, TO, Line, Studio, person, rule
from exchange_studio import studio as studio
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

import ledger
from dialer.carrier import Carrier
from dialer.ending import open_book
from dialer.rooms import Listening, room_of
from exchange.faults import Faults
from exchange.faults_file import load
from ivr import room_twiml
from ivr.clock import wall
from ivr.conversation import Conversation
from ivr.demo import COMPANY
from ivr.desk.hooks import DeskHooks
from ivr.desk.lines import MOST, PAUSE, Lines
from ivr.desk.token import identity_of
from ivr.door import Door
from ivr.errands import Errands
from ivr.signature import SignatureCheck
from ivr.store import Store
from ledger import NotAllowed, desks, listens, transaction
from tests.conftest import Watch
from tests.ledger_people import agent, at_desk, inbound

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PHONE = int(TO)
PRESSES = person(rule("请按一", keys="1"), greeting=(), talks=(1e6, 1e6))


class Floor:
    """A ledger with an agent on shift, an exchange, and our webhooks between them."""

    def __init__(self, stack: ExitStack, line: Line, path: Path) -> None:
        self.line = line
        server = make_server("127.0.0.1", 0, lambda *given: self.hooks.before(nothing)(*given), threaded=True)
        self.base = f"http://127.0.0.1:{server.server_port}"
        ledger.migrate(path)
        self.conn = stack.enter_context(closing(ledger.connect(path)))
        writer = stack.enter_context(closing(ledger.Writer(path)))
        store = stack.enter_context(closing(Store(path, writer)))
        carrier = Carrier(ACCOUNT.sid, ACCOUNT.auth_token, line.board.base_url, self.base)
        errands = Errands(carrier, lambda call_id, carrier_sid: None)
        talk = Conversation(writer, wall(), COMPANY, open_book(path), self.base, errands)
        self.watch = Watch(NOW, 1.0, time.time())
        self.lines = Lines(store, self.watch, talk, errands, int(FROM))
        door = Door(SignatureCheck(ACCOUNT.auth_token), self.base)
        self.hooks = DeskHooks(self.lines, door, self.base)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        for end in (errands.close, server.server_close, thread.join, server.shutdown):
            stack.callback(end)
        with transaction(self.conn):
            self.agent = agent(self.conn, "zhou", NOW)
            desks.sign_on(self.conn, self.agent, NOW)

    def write(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        with transaction(self.conn):
            return work(self.conn)

    def desk(self) -> desks.Desk:
        found = desks.get(self.conn, self.agent)
        assert found is not None
        return found

    def browser(self, user_id: int | None = None) -> Caller:
        """A browser of this person calls our application."""
        who = f"client:{identity_of(user_id or self.agent)}"
        return Caller(self.line, "/desk/leg", caller=who, base=self.base)

    def stands(self) -> Caller:
        caller = self.browser()
        self.line.until(lambda: self.desk().leg_sid == caller.call.sid)
        return caller

    def listens(self, call_id: int) -> Caller:
        """A supervisor is beside this call of the agent's."""
        boss = self.write(lambda conn: agent(conn, "boss", NOW, role="supervisor"))
        self.write(lambda conn: listens.note(conn, boss, call_id, "listen", NOW))
        leg_sid = self.desk().leg_sid or ""
        self.line.pages["/supervise"] = lambda seen: room_twiml.supervise(
            self.base, self.agent, seen.form["CallSid"], Listening.LISTEN, leg_sid
        )
        caller = Caller(self.line, "/supervise", caller=f"client:{identity_of(boss)}")
        self.lines.supervised(boss, caller.call.sid)
        self.line.until(lambda: caller.call.sid in self.parts())
        return caller

    def talks(self) -> int:
        """The agent has a call."""
        call_id: int = self.write(lambda conn: inbound(conn, 8613900000000, NOW))
        self.write(lambda conn: desks.talk(conn, self.agent, call_id, NOW))
        return call_id

    def parts(self) -> dict[str, bool]:
        """Who is in the agent's room, and whether on hold."""
        rooms = self.lines._errands.rooms
        sid = rooms.find(room_of(self.agent))
        return {one.call_sid: one.held for one in rooms.participants(sid)} if sid else {}

    def post(self, path: str, **form: str) -> requests.Response:
        signature = RequestValidator(ACCOUNT.auth_token).compute_signature(self.base + path, form)
        with requests.Session() as session:
            return session.post(
                self.base + path, data=form, headers={"X-Twilio-Signature": signature}, timeout=10
            )


def nothing(environ: Any, start: Any) -> list[bytes]:
    start("404 Not Found", [("Content-Length", "0")])
    return []


@pytest.fixture
def floors(studio: Studio, tmp_path: Path) -> Iterator[Callable[..., Floor]]:
    with ExitStack() as stack:
        yield lambda **wanted: Floor(stack, studio(**({"speed": 20.0} | wanted)), tmp_path / "desk.db")


@pytest.fixture
def floor(floors: Callable[..., Floor]) -> Floor:
    return floors()


def test_an_agent_on_shift_stands_in_the_own_room_by_who_the_carrier_says_calls(floor: Floor) -> None:
    caller = floor.stands()
    desk = floor.desk()
    assert desk.device == room_twiml.BROWSER
    assert desk.room_sid == floor.lines._errands.rooms.find(room_of(floor.agent))
    assert list(floor.parts()) == [caller.call.sid]


def test_who_is_not_on_shift_or_disabled_or_a_telephone_is_rejected(floor: Floor) -> None:
    stranger = floor.write(lambda conn: agent(conn, "li", NOW))
    turned_away = [floor.browser(stranger), Caller(floor.line, "/desk/leg", base=floor.base)]
    floor.write(
        lambda conn: conn.execute("update users set disabled_at = '2026-11-23T01:00:00.000Z' where id = 1")
    )
    turned_away.append(floor.browser())
    floor.line.until(lambda: all(one.call.over for one in turned_away))
    assert {one.call.answered for one in turned_away} == {None}


def test_no_parameter_says_who_somebody_is(floor: Floor) -> None:
    stranger = floor.write(lambda conn: agent(conn, "li", NOW))
    answer = floor.post(
        "/desk/leg", CallSid="CA1", From=f"client:agent_{stranger}", user=str(floor.agent), identity="agent_1"
    )
    assert "<Reject" in answer.text


def test_an_unsigned_request_is_not_let_in(floor: Floor) -> None:
    with requests.Session() as session:
        answer = session.post(floor.base + "/desk/leg", data={"From": "client:agent_1"}, timeout=10)
    assert answer.status_code == 403


def test_a_lost_line_pauses_the_agent_and_a_new_one_makes_ready_again(floor: Floor) -> None:
    caller = floor.stands()
    floor.write(lambda conn: desks.ready(conn, floor.agent, wall().now()))
    caller.hang_up()
    floor.line.until(lambda: floor.desk().leg_sid is None)
    assert (floor.desk().state, floor.desk().reason) == ("paused", "connection")
    floor.stands()
    floor.line.until(lambda: floor.desk().state == "ready")


def test_a_new_line_hangs_up_the_one_it_replaces(floor: Floor) -> None:
    first = floor.stands()
    second = floor.stands()
    floor.line.until(lambda: first.call.over)
    floor.line.until(lambda: list(floor.parts()) == [second.call.sid])
    assert floor.desk().leg_sid == second.call.sid


def test_a_word_that_comes_after_the_end_makes_no_phantom(floor: Floor) -> None:
    caller = floor.stands()
    room_sid = floor.desk().room_sid or ""
    caller.hang_up()
    floor.line.until(lambda: floor.desk().leg_sid is None)
    late = {"StatusCallbackEvent": "participant-join", "ParticipantLabel": "agent-browser-1"}
    path = f"/desk/room/{floor.agent}"
    assert floor.post(path, CallSid=caller.call.sid, ConferenceSid=room_sid, **late).status_code == 204
    assert floor.desk().leg_sid is None


def test_a_page_is_believed_when_the_carrier_agrees_and_its_word_was_lost(
    floors: Callable[..., Floor], tmp_path: Path
) -> None:
    floor = floors(faults=lossy(tmp_path))
    caller = floor.browser()
    floor.line.until(lambda: floor.parts())
    floor.lines.confirm(floor.agent, "CA" + "0" * 32)
    assert floor.desk().leg_sid is None
    floor.lines.confirm(floor.agent, caller.call.sid)
    assert floor.desk().leg_sid == caller.call.sid
    assert floor.lines.elsewhere(floor.agent, "CA" + "0" * 32)
    assert not floor.lines.elsewhere(floor.agent, caller.call.sid)


def test_the_end_of_a_lines_call_is_heard_of_when_the_rooms_word_was_lost(
    floors: Callable[..., Floor], tmp_path: Path
) -> None:
    floor = floors(faults=lossy(tmp_path), persona=PRESSES)
    floor.write(lambda conn: conn.execute("update users set phone = ? where id = ?", (PHONE, floor.agent)))
    floor.lines.ring(floor.agent)
    floor.line.until(lambda: floor.parts())
    (sid,) = floor.parts()
    floor.lines.confirm(floor.agent, sid)
    floor.lines._errands.carrier.end(sid)
    floor.line.until(lambda: floor.desk().leg_sid is None)


def test_a_line_whose_every_word_was_lost_is_found_by_the_sweep(
    floors: Callable[..., Floor], tmp_path: Path
) -> None:
    floor = floors(faults=lossy(tmp_path))
    caller = floor.browser()
    floor.line.until(lambda: floor.parts())
    floor.lines.confirm(floor.agent, caller.call.sid)
    assert floor.lines.sweep() == 0
    caller.hang_up()
    floor.line.until(lambda: caller.call.over)
    floor.watch.forward(PAUSE - timedelta(seconds=2))
    assert floor.lines.sweep() == 0
    floor.watch.forward(timedelta(seconds=2))
    assert floor.lines.sweep() == 1
    assert floor.desk().leg_sid is None


def test_a_sweep_asks_after_so_many_lines_at_most_and_goes_on_with_those_that_were_left(floor: Floor) -> None:
    def stand(conn: sqlite3.Connection) -> None:
        for place in range(MOST + 10):
            at_desk(conn, agent(conn, f"agent{place}", NOW), NOW + timedelta(seconds=place))

    floor.write(stand)
    assert [floor.lines.sweep() for _ in range(3)] == [MOST, 10, 0]


def test_who_listened_is_hung_up_when_the_customer_leaves_the_room(floor: Floor) -> None:
    floor.stands()
    call_id = floor.talks()
    floor.line.pages["/join"] = room_twiml.join(floor.base, floor.agent, call_id)
    customer = Caller(floor.line, "/join")
    floor.line.until(lambda: len(floor.parts()) == 2)
    supervisor = floor.listens(call_id)
    customer.hang_up()
    floor.line.until(lambda: supervisor.call.over)


def test_the_sweep_hangs_up_who_stayed_when_the_agent_has_the_call_no_more(
    floors: Callable[..., Floor], tmp_path: Path
) -> None:
    floor = floors(faults=lossy(tmp_path))
    caller = floor.browser()
    floor.line.until(lambda: floor.parts())
    floor.lines.confirm(floor.agent, caller.call.sid)
    call_id = floor.talks()
    supervisor = floor.listens(call_id)
    with floor.lines._store.read() as conn:
        assert listens.behind(conn) == []
    floor.write(lambda conn: desks.release(conn, call_id, NOW))
    floor.lines.sweep()
    floor.line.until(lambda: supervisor.call.over)


def test_the_customer_of_a_lost_line_waits_with_music_until_the_agent_is_back(floor: Floor) -> None:
    floor.stands()
    floor.line.pages["/join"] = room_twiml.join(floor.base, floor.agent, 1)
    customer = Caller(floor.line, "/join")
    floor.line.until(lambda: customer.call.sid in floor.parts())
    call_id = floor.write(lambda conn: inbound(conn, 8613812345678, NOW))
    floor.write(
        lambda conn: conn.execute(
            "update calls set carrier_sid = ? where id = ?", (customer.call.sid, call_id)
        )
    )
    floor.write(lambda conn: desks.talk(conn, floor.agent, call_id, NOW))
    floor.lines._errands.carrier.end(floor.desk().leg_sid or "")
    floor.line.until(lambda: floor.parts() == {customer.call.sid: True})
    again = floor.stands()
    floor.line.until(lambda: floor.parts() == {customer.call.sid: False, again.call.sid: False})
    assert floor.desk().state == "talking"


def test_a_desk_phone_is_rung_at_its_number_on_file_and_stands_after_a_key(
    floors: Callable[..., Floor],
) -> None:
    floor = floors(persona=PRESSES)
    with pytest.raises(NotAllowed, match="no_phone"):
        floor.lines.ring(floor.agent)
    floor.write(lambda conn: conn.execute("update users set phone = ? where id = ?", (PHONE, floor.agent)))
    floor.lines.ring(floor.agent)
    floor.line.until(lambda: floor.desk().leg_sid)
    assert floor.desk().device == room_twiml.PHONE
    (call,) = floor.line.client.calls.list(to=TO)
    assert (call.sid, call.direction) == (floor.desk().leg_sid, "outbound-api")


def test_an_answering_machine_on_the_desk_phone_does_not_stand(floors: Callable[..., Floor]) -> None:
    floor = floors(persona=person(greeting=("请留言",)))
    floor.write(lambda conn: conn.execute("update users set phone = ? where id = ?", (PHONE, floor.agent)))
    floor.lines.ring(floor.agent)
    floor.line.until(
        lambda: [one for one in floor.line.client.calls.list(to=TO) if one.status == "completed"]
    )
    assert floor.desk().leg_sid is None


def test_a_supervisor_joins_what_the_console_noted_whatever_the_page_says(floor: Floor) -> None:
    caller = floor.stands()
    boss = floor.write(lambda conn: agent(conn, "boss", NOW, role="supervisor"))
    call_id = floor.write(lambda conn: inbound(conn, 8613900000000, NOW))
    floor.write(lambda conn: desks.talk(conn, floor.agent, call_id, NOW))
    line = {"CallSid": "CA" + "1" * 32, "From": f"client:agent_{boss}", "desk": "99", "mode": "step_in"}
    assert "Reject" in floor.post("/desk/leg", **line).text
    floor.write(lambda conn: listens.note(conn, boss, call_id, "whisper", NOW))
    answer = floor.post("/desk/leg", **line).text
    assert f'coach="{caller.call.sid}"' in answer
    assert f">desk-{floor.agent}</Conference>" in answer
    assert listens.get(floor.conn, boss).leg_sid == line["CallSid"]  # type: ignore[union-attr]
    floor.post("/desk/leg/status", CallStatus="completed", **line)
    assert "Reject" in floor.post("/desk/leg", **line).text


@pytest.mark.parametrize("change", ["disabled_at = created_at", "role = 'quality'"])
def test_who_supervises_no_more_is_put_out_and_not_let_in_again(floor: Floor, change: str) -> None:
    floor.stands()
    line = floor.listens(floor.talks())
    floor.lines.sweep()
    assert line.call.sid in floor.parts()
    boss = floor.write(lambda conn: conn.execute("select max(id) from users").fetchone()[0])
    floor.write(lambda conn: conn.execute(f"update users set {change} where id = ?", (boss,)))
    floor.lines.sweep()
    floor.line.until(lambda: line.call.over)
    again = {"CallSid": "CA" + "1" * 32, "From": f"client:agent_{boss}", "desk": "1"}
    assert "Reject" in floor.post("/desk/leg", **again).text


def test_a_supervisor_has_one_line_in_one_room(floor: Floor) -> None:
    floor.stands()
    line = floor.listens(floor.talks())
    boss = floor.write(lambda conn: conn.execute("select max(id) from users").fetchone()[0])
    floor.post("/desk/leg", CallSid="CA" + "1" * 32, From=f"client:agent_{boss}", desk="1")
    floor.line.until(lambda: line.call.over)


@pytest.mark.parametrize("change", ["disabled_at = created_at", "role = 'quality'"])
def test_the_line_of_an_agent_who_may_work_no_more_is_hung_up(floor: Floor, change: str) -> None:
    caller = floor.stands()
    floor.write(lambda conn: desks.ready(conn, floor.agent, NOW))
    floor.write(lambda conn: conn.execute(f"update users set {change} where id = ?", (floor.agent,)))
    assert desks.free(floor.conn, NOW) == []
    floor.lines.sweep()
    floor.line.until(lambda: caller.call.over)
    assert (floor.desk().state, floor.desk().leg_sid) == ("paused", None)
    assert "Reject" in floor.post("/desk/leg", CallSid="CA1", From=f"client:agent_{floor.agent}").text


@pytest.mark.parametrize("path", ["/desk/leg/x", "/desk/room/1/leg", f"/desk/room/{2**63}", "/desk/room"])
def test_other_addresses_are_the_pages(floor: Floor, path: str) -> None:
    assert floor.post(path, CallSid="CA1").status_code == 404


def lossy(folder: Path) -> Faults:
    """Every word of what happens in rooms is lost."""
    file = folder / "faults.toml"
    file.write_text("[conference]\nlose = 1.0\n")
    return load(file, 0)
