"""What the Voice SDK sends and expects, spoken by hand: signing in, calling, being called, coming back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import soundfile
from aiohttp import web
from exchange_softphone import RATE, Softphone, strongest, tone, until
from exchange_studio import ACCOUNT, FROM, Application, Line, Studio, document, person, studio
from exchange_wire import APPLICATION, Wire, forged, install_application, token
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.board import Plan
from exchange.clock import running
from exchange.faults import Faults
from exchange.order import Order
from exchange.people.persona import Town
from exchange.performance.dialling import place
from exchange.server import serving
from exchange.speaking.speech import PACK, Speech

__all__ = ["studio"]

WAIT = document("<Pause length='20'/>")
GATHER = document("<Gather numDigits='3' timeout='8' action='/digits'/>")


@pytest.fixture
def line(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Line:
    """An exchange at speed 1 with the application of the tokens."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    line = studio(speed=1.0)
    line.pages["/voice"] = WAIT
    install_application(line)
    return line


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 25))


def plays(line: Line, hertz: float) -> str:
    """A document that plays one tone."""
    file = io.BytesIO()
    soundfile.write(file, tone(hertz, 10.0), RATE, format="WAV")
    line.pages["/tone.wav"] = lambda seen: web.Response(body=file.getvalue(), content_type="audio/wav")
    return document("<Play>/tone.wav</Play>")


def ring(line: Line, to: str = "client:alice", **wanted: Any) -> Any:
    return line.client.calls.create(to=to, from_=FROM, url=line.url("/voice"), **wanted)


async def rung(line: Line, **wanted: Any) -> Any:
    return await asyncio.to_thread(ring, line, **wanted)


async def ends(line: Line, sid: str) -> str:
    """How a call ends."""
    call = line.board.register.call(sid)
    assert call is not None
    await until(lambda: call.over, what=f"the call stays {call.status}")
    return call.status


@asynccontextmanager
async def phone(hertz: float = 880) -> Any:
    end = Softphone(hertz)
    try:
        yield end
    finally:
        await end.close()


# --- signing in


def test_a_good_token_connects_and_is_told_its_identity_and_life(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            told = await wire.listen()
            assert told["token"]["identity"] == "alice"
            assert 590 <= told["token"]["ttl"] <= 600
            assert (told["region"], told["home"], told["edge"]) == ("us1", "us1", "ashburn")

    run(work)


@pytest.mark.parametrize(
    ("text", "wire_code", "code"),
    [
        ("rubbish", 31204, 20101),
        (forged(secret="x" * 32), 31204, 20107),
        (forged(exp=1), 31205, 20104),
        (forged(iss="SK" + "0" * 32), 31204, 20103),
    ],
)
def test_a_bad_token_is_an_error_the_debugger_shows_and_a_good_one_heals_it(
    line: Line, text: str, wire_code: int, code: int
) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.send("listen", token=text, browserinfo={})
            assert (await wire.expect("error"))["error"]["code"] == wire_code
            assert line.codes() == [code]
            await wire.register()

    run(work)


def test_who_registers_before_his_token_was_taken_is_refused(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.send("register", media={"audio": True})
            assert (await wire.expect("error"))["error"]["code"] == 31204

    run(work)


@pytest.mark.parametrize("kind", ["register", "invite"])
def test_at_another_speed_nobody_talks(studio: Studio, kind: str) -> None:
    line = studio(speed=10.0)
    install_application(line)

    async def work() -> None:
        async with Wire(line) as wire:
            await wire.listen()
            await wire.send(kind, callsid="TJ1", sdp="")
            error = (await wire.next())[1]["error"]
            assert error["code"] == 31000
            assert "--speed 1" in error["message"]

    run(work)


def test_who_signs_out_is_not_rung(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            await wire.send("register", media={"audio": False})
            await wire.expect("offline")
            assert line.board.handsets.addresses() == []

    run(work)


@pytest.mark.parametrize("text", [token(None), token("alice", incoming_allow=False)])
def test_who_may_not_be_called_is_not_rung(line: Line, text: str) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register(text)
            assert line.board.handsets.addresses() == []

    run(work)


def test_a_new_token_moves_the_browser_to_its_identity(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            await wire.listen(token("berta"))
            assert line.board.handsets.addresses() == ["client:berta"]

    run(work)


def test_with_its_token_a_browser_stops_ringing_until_it_has_a_new_one(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register(token(ttl=1))
            assert (await wire.expect("error"))["error"]["code"] == 31205
            assert line.board.handsets.addresses() == []
            await wire.send("register", media={"audio": True})
            assert (await wire.expect("error"))["error"]["code"] == 31205
            await wire.listen()
            assert line.board.handsets.addresses() == ["client:alice"]

    run(work)


def test_who_disconnects_is_signed_out(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
        await until(lambda: line.board.handsets.addresses() == [])

    run(work)


# --- being called


def test_a_call_rings_with_its_parties_and_is_answered(line: Line) -> None:
    line.pages["/voice"] = plays(line, 600)

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.register()
            call = await rung(line, record=True)
            invite = await wire.expect("invite")
            assert invite["callsid"] == call.sid
            told = invite["parameters"]
            assert (told["From"], told["To"], told["CallSid"]) == (FROM, "client:alice", call.sid)
            assert told["AccountSid"] == line.board.account.sid
            await wire.send("answer", callsid=call.sid, sdp=await end.answer(invite["sdp"]))
            await end.hears(600)
            await until(lambda: line.board.register.call(call.sid).answered)
            await wire.send("hangup", callsid=call.sid)
            assert await ends(line, call.sid) == "completed"

    run(work)
    (seen,) = line.application.asked("/voice")
    assert (seen.form["To"], seen.form["Direction"]) == ("client:alice", "outbound-api")


def test_what_the_called_person_says_is_recorded(line: Line) -> None:
    line.pages["/voice"] = document("<Pause length='1'/>")

    async def work() -> None:
        async with Wire(line) as wire, phone(880) as end:
            await wire.register()
            call = await rung(line, record=True)
            invite = await wire.expect("invite")
            await wire.send("answer", callsid=call.sid, sdp=await end.answer(invite["sdp"]))
            await wire.expect("hangup")

    run(work)
    line.quiet()
    (tape,) = line.board.register.tapes()
    found = line.http("GET", f"{line.board.account.uri}/Recordings/{tape.sid}.wav")
    assert found.status_code == 200, found.text
    samples, _ = soundfile.read(io.BytesIO(found.content), dtype="int16")
    assert abs(strongest(samples[-RATE // 2 :]) - 880) < 15


@pytest.mark.parametrize("kind", ["reject", "hangup"])
def test_who_refuses_is_busy(line: Line, kind: str) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await rung(line)
            await wire.expect("invite")
            await wire.send(kind, callsid=call.sid)
            assert await ends(line, call.sid) == "busy"

    run(work)


def test_a_caller_who_gives_up_cancels_the_ringing(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await rung(line)
            await wire.expect("invite")
            await asyncio.to_thread(call.update, status="canceled")
            assert (await wire.expect("cancel"))["callsid"] == call.sid
            assert await ends(line, call.sid) == "canceled"

    run(work)


def test_all_browsers_of_an_identity_ring_and_the_first_has_the_call(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as one, Wire(line) as other, phone() as end:
            await one.register()
            await other.register()
            call = await rung(line)
            await one.expect("invite")
            invite = await other.expect("invite")
            await other.send("answer", callsid=call.sid, sdp=await end.answer(invite["sdp"]))
            assert (await one.expect("cancel"))["callsid"] == call.sid
            await other.send("hangup", callsid=call.sid)
            assert await ends(line, call.sid) == "completed"

    run(work)


def test_of_two_who_accept_at_once_one_has_the_call(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as one, Wire(line) as other, phone() as end, phone(660) as second:
            await one.register()
            await other.register()
            call = await rung(line)
            answers = [
                await end.answer((await one.expect("invite"))["sdp"]),
                await second.answer((await other.expect("invite"))["sdp"]),
            ]
            await asyncio.gather(
                one.send("answer", callsid=call.sid, sdp=answers[0]),
                other.send("answer", callsid=call.sid, sdp=answers[1]),
            )
            told = [asyncio.ensure_future(wire.next()) for wire in (one, other)]
            await asyncio.wait(told, return_when=asyncio.FIRST_COMPLETED)
            assert sum(task.done() for task in told) == 1
            assert next(task.result()[0] for task in told if task.done()) in ("cancel", "hangup")
            await asyncio.to_thread(call.update, status="completed")
            await asyncio.gather(*told)

    run(work)


def test_a_browser_that_goes_while_it_rings_does_not_answer(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await rung(line)
            await wire.expect("invite")
        assert await ends(line, call.sid) == "no-answer"

    run(work)


def test_an_answer_that_cannot_be_used_fails_the_call(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await rung(line)
            await wire.expect("invite")
            await wire.send("answer", callsid=call.sid, sdp="v=0")
            assert (await wire.expect("hangup"))["error"]["code"] == 31100
            assert await ends(line, call.sid) == "failed"

    run(work)


def test_without_the_extra_a_rung_browser_is_told_what_to_install(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(__import__("sys").modules, "exchange.browser.peer", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "aiortc", None)

    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await rung(line)
            error = (await wire.expect("hangup"))["error"]
            assert error["code"] == 31000
            assert "huifang[exchange]" in error["message"]
            assert await ends(line, call.sid) == "failed"

    run(work)


# --- calling


def test_the_application_of_the_token_answers_and_hears_what_the_page_says(line: Line) -> None:
    text = token("alice", outgoing_application_params={"team": "blue"})

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen(text)
            asked = {"To": "+8613800000001", "task": "四 2&=", "team": "red", "From": "+1", "CallSid": "x"}
            sid = await wire.call(await end.offer(), **asked)
            answer = await wire.expect("answer")
            assert answer["callsid"] == sid
            assert answer["reconnect"]
            await wire.send("hangup", callsid=sid)
            assert await ends(line, sid) == "completed"
            form = line.application.asked("/voice")[0].form
            assert form["CallSid"] == sid

    run(work)
    form = line.application.asked("/voice")[0].form
    assert (form["From"], form["To"], form["Direction"]) == ("client:alice", "+8613800000001", "inbound")
    assert (form["task"], form["team"], form["ApplicationSid"]) == ("四 2&=", "blue", APPLICATION)


def test_caller_and_application_hear_each_other(line: Line) -> None:
    line.pages["/voice"] = plays(line, 600)

    async def work() -> None:
        async with Wire(line) as wire, phone(880) as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            await end.accept((await wire.expect("answer"))["sdp"])
            await end.hears(600)
            await wire.send("hangup", callsid=sid)
            assert await ends(line, sid) == "completed"

    run(work)


def test_digits_reach_a_gather_with_their_waits(line: Line) -> None:
    line.pages["/voice"] = GATHER
    line.pages["/digits"] = document("<Hangup/>")

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            await wire.expect("answer")
            await wire.send("dtmf", callsid=sid, dtmf="1w*")
            await wire.send("dtmf", callsid=sid, dtmf="7")
            assert "error" not in await wire.expect("hangup")

    run(work)
    assert line.application.asked("/digits")[0].form["Digits"] == "1*7"


def test_a_browser_may_hang_up_by_the_name_it_gave_the_call(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            await wire.expect("answer")
            await wire.send("hangup", callsid="TJ1")
            assert await ends(line, sid) == "completed"

    run(work)


@pytest.mark.parametrize(("reason", "code"), [("busy", 31486), ("rejected", 31603)])
def test_a_rejected_call_ends_with_its_code(line: Line, reason: str, code: int) -> None:
    line.pages["/voice"] = document(f"<Reject reason='{reason}'/>")

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            await wire.call(await end.offer())
            assert (await wire.expect("hangup"))["error"]["code"] == code

    run(work)


def test_a_token_for_no_calls_out_is_an_error_of_the_device(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.listen(token("alice", outgoing_application_sid=None))
            await wire.invite("v=0")
            assert (await wire.expect("error"))["error"]["code"] == 31201
            assert await wire.expect("hangup") == {"callsid": "TJ1"}

    run(work)


@pytest.mark.parametrize(("exists", "code"), [(False, 31001), (True, 31002)])
def test_a_call_that_no_application_answers_is_refused(line: Line, exists: bool, code: int) -> None:
    line.board.directory.applications.clear()
    if exists:
        install_application(line, "")

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            await wire.invite(await end.offer())
            told = await wire.expect("hangup")
            assert (told["callsid"], told["error"]["code"]) == ("TJ1", code)

    run(work)


def test_an_offer_that_cannot_be_used_refuses_the_call(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.listen()
            await wire.invite("v=0")
            assert (await wire.expect("hangup"))["error"]["code"] == 31100
        assert list(line.board.register.calls()) == []

    run(work)


def test_a_message_of_the_page_is_acknowledged_up_to_10_kb(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            await wire.expect("answer")
            event = {"callsid": sid, "voiceeventsid": "KX1", "messagetype": "user-defined-message"}
            await wire.send("message", content="{}", **event)
            assert await wire.expect("ack") == {"acktype": "message", "callsid": sid, "voiceeventsid": "KX1"}
            await wire.send("message", content="x" * 10_001, **event)
            refused = await wire.expect("error")
            assert (refused["voiceeventsid"], refused["error"]["code"]) == ("KX1", 31212)
            await wire.send("hangup", callsid=sid)
            await ends(line, sid)

    run(work)


# --- coming back


def test_a_call_goes_on_when_its_browser_connects_again(line: Line) -> None:
    line.pages["/voice"] = GATHER
    line.pages["/digits"] = document("<Hangup/>")

    async def work() -> None:
        async with phone() as end:
            offer = await end.offer()
            async with Wire(line) as wire:
                await wire.listen()
                sid = await wire.call(offer)
                answer = await wire.expect("answer")
                await end.accept(answer["sdp"])
            async with Wire(line) as wire:
                await wire.listen()
                await wire.send("invite", callsid=sid, sdp=offer, reconnect=answer["reconnect"], twilio={})
                again = await wire.expect("answer")
                assert (again["callsid"], again["sdp"]) == (sid, answer["sdp"])
                await wire.send("dtmf", callsid=sid, dtmf="123")
                await wire.expect("hangup")

    run(work)
    assert line.application.asked("/digits")[0].form["Digits"] == "123"


def test_an_answered_call_is_taken_up_again_too(line: Line) -> None:
    async def work() -> None:
        async with phone() as end:
            async with Wire(line) as wire:
                await wire.register()
                call = await rung(line)
                invite = await wire.expect("invite")
                answer = await end.answer(invite["sdp"])
                await wire.send("answer", callsid=call.sid, sdp=answer)
                await until(lambda: line.board.register.call(call.sid).answered)
            async with Wire(line) as wire:
                await wire.listen()
                token = invite["reconnect"]
                await wire.send("invite", callsid=call.sid, sdp=answer, reconnect=token, twilio={})
                assert (await wire.expect("answer"))["callsid"] == call.sid
                await asyncio.to_thread(call.update, status="completed")
                assert (await wire.expect("hangup"))["callsid"] == call.sid

    run(work)


@pytest.mark.parametrize("kind", ["reconnect", "reinvite"])
def test_the_sound_moves_to_a_new_connection_of_the_browser(line: Line, kind: str) -> None:
    line.pages["/voice"] = plays(line, 600)

    async def work() -> None:
        async with Wire(line) as wire, phone() as end, phone() as other:
            await wire.listen()
            sid = await wire.call(await end.offer())
            answer = await wire.expect("answer")
            await end.accept(answer["sdp"])
            offer = await other.offer()
            if kind == "reinvite":
                await wire.send("reinvite", callsid=sid, sdp=offer)
            else:
                await wire.send("invite", callsid=sid, sdp=offer, reconnect=answer["reconnect"], twilio={})
            await other.accept((await wire.expect("answer"))["sdp"])
            await other.hears(600)
            await wire.send("hangup", callsid=sid)
            await ends(line, sid)

    run(work)


def test_an_offer_that_cannot_be_used_leaves_the_sound_where_it_is(line: Line) -> None:
    line.pages["/voice"] = plays(line, 600)

    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            answer = await wire.expect("answer")
            await wire.send("reinvite", callsid=sid, sdp="v=0")
            assert (await wire.expect("error"))["error"]["code"] == 31100
            await end.accept(answer["sdp"])
            await end.hears(600)
            await wire.send("hangup", callsid=sid)
            await ends(line, sid)

    run(work)


def test_a_call_is_taken_up_by_its_own_identity_only(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire, Wire(line) as thief, phone() as end:
            await wire.listen()
            offer = await end.offer()
            sid = await wire.call(offer)
            secret = (await wire.expect("answer"))["reconnect"]
            await thief.listen(token("mallory"))
            for word, code in ((secret, 31209), ("guess", 31107), ("四", 31107)):
                await thief.send("invite", callsid=sid, sdp=offer, reconnect=word, twilio={})
                assert (await thief.expect("hangup"))["error"]["code"] == code
            await thief.send("hangup", callsid=sid)
            await thief.send("dtmf", callsid=sid, dtmf="1")
            await thief.expect("error")
            await wire.send("hangup", callsid=sid)
            assert await ends(line, sid) == "completed"

    run(work)


def test_a_call_whose_browser_does_not_come_back_ends(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.browser.device._PATIENCE", 0.1)

    async def work() -> None:
        async with phone() as end:
            async with Wire(line) as wire:
                await wire.listen()
                sid = await wire.call(await end.offer())
                await wire.expect("answer")
            assert await ends(line, sid) == "completed"

    run(work)


# --- the connection


@pytest.mark.parametrize(
    "text",
    [
        "rubbish",
        '{"type": "\\ud800"}',
        "[]",
        "{}",
        '{"type": 3}',
        '{"type": "listen", "payload": 7}',
        "[" * 60_000,
    ],
)
def test_what_is_no_message_is_an_error_and_the_connection_stays(line: Line, text: str) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.socket.send_str(text)
            assert (await wire.expect("error"))["error"]["code"] == 31100
            await wire.listen()

    run(work)


@pytest.mark.parametrize(
    "kind", ["listen", "invite", "reinvite", "answer", "reject", "hangup", "dtmf", "message"]
)
def test_a_message_without_what_it_needs_is_an_error(line: Line, kind: str) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.listen()
            await wire.send(kind)
            assert (await wire.expect("error"))["error"]["code"] == 31100

    run(work)


SCALAR = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8)
KINDS = ["listen", "register", "invite", "reinvite", "answer", "reject", "hangup", "dtmf", "message", "x"]
NAMES = ["token", "callsid", "sdp", "reconnect", "dtmf", "twilio", "media", "content", "voiceeventsid"]
VALUE = SCALAR | st.dictionaries(st.sampled_from(["params", "audio"]), SCALAR) | st.lists(SCALAR, max_size=2)
MESSAGE = st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), VALUE))


def test_no_message_whatever_breaks_the_connection(line: Line) -> None:
    @given(st.lists(MESSAGE, max_size=12))
    @settings(max_examples=40, deadline=None)
    def check(messages: list[tuple[str, dict[str, Any]]]) -> None:
        async def work() -> None:
            async with Wire(line) as wire:
                await wire.listen()
                for kind, payload in messages:
                    await wire.send(kind, **payload)
                await wire.send("listen", token=token(), reconnectTimeout=7)
                while (await wire.next())[0] != "connected":
                    pass

        run(work)

    check()


def test_what_the_exchange_does_not_know_and_empty_lines_are_passed_over(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.send("presence")
            await wire.socket.send_str("\n")
            await wire.listen()

    run(work)


def test_the_exchange_shows_that_it_is_there(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.browser.signalling._BEAT_SECONDS", 0.02)

    async def work() -> None:
        async with Wire(line) as wire:
            for _ in range(3):
                assert (await wire.socket.receive()).data == "\n"

    run(work)


def test_an_ended_call_leaves_no_task_of_the_exchange(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire, phone() as end:
            await wire.listen()
            sid = await wire.call(await end.offer())
            await end.accept((await wire.expect("answer"))["sdp"])
            await until(lambda: len(end.heard) > 5)
            await wire.send("hangup", callsid=sid)
            await ends(line, sid)

    run(work)
    line.quiet()


def test_an_exchange_that_stops_lets_go_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    plan = Plan(ACCOUNT, running(1.0), Town((person(),), {}, 0), Faults(), Speech([PACK]), 1000.0)

    async def work() -> None:
        before = asyncio.all_tasks()
        async with phone() as end, serving(plan, "127.0.0.1", 0) as board:
            line = Line(board, Application(plan.clock), None, None)  # type: ignore[arg-type]
            async with Wire(line) as talking, Wire(line) as ringing:
                await talking.register(token("alice"))
                await ringing.register(token("berta"))
                place(board, Order("client:alice", FROM, WAIT))
                place(board, Order("client:berta", FROM, WAIT))
                invite = await talking.expect("invite")
                answer = await end.answer(invite["sdp"])
                await talking.send("answer", callsid=invite["callsid"], sdp=answer)
                await ringing.expect("invite")
                await until(lambda: end.heard)
        await until(lambda: asyncio.all_tasks() == before, what="a task is left")

    run(work)


def test_parameters_behind_the_name_reach_the_called_browser(line: Line) -> None:
    async def work() -> None:
        async with Wire(line) as wire:
            await wire.register()
            call = await asyncio.to_thread(ring, line, "client:alice?policy=P%201&task=%E5%9B%9B")
            told = (await wire.expect("invite"))["parameters"]
            assert (told["To"], told["Params"]) == ("client:alice", "policy=P%201&task=%E5%9B%9B")
            await wire.send("reject", callsid=call.sid)
            await ends(line, call.sid)

    run(work)


def test_who_waits_for_the_called_party_hears_it_ringing(line: Line) -> None:
    line.pages["/voice"] = document(
        "<Dial answerOnBridge='true'><Client><Identity>bob</Identity>"
        "<Parameter name='policy' value='保单 1'/></Client></Dial>"
    )

    async def work() -> None:
        async with Wire(line) as wire, Wire(line) as called, phone() as end, phone(660) as other:
            await wire.listen()
            await called.register(token("bob"))
            sid = await wire.call(await end.offer())
            early = await wire.expect("ringing")
            assert early["callsid"] == sid
            await end.accept(early["sdp"])
            await end.hears(450)
            invite = await called.expect("invite")
            assert invite["parameters"]["Params"] == "policy=%E4%BF%9D%E5%8D%95%201"
            assert invite["parameters"]["From"] == "client:alice"
            await called.send("answer", callsid=invite["callsid"], sdp=await other.answer(invite["sdp"]))
            await wire.expect("answer")
            await asyncio.gather(end.hears(660), other.hears(880))
            await wire.send("hangup", callsid=sid)
            await called.expect("hangup")
            assert await ends(line, sid) == "completed"

    run(work)
