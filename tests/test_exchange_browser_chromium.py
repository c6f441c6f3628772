"""Twilio's unmodified Voice SDK in a real Chromium, against the exchange."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import soundfile
from aiohttp import web
from exchange_chromium import ALICE, BOB, Tab, browsers, tabs
from exchange_softphone import RATE, strongest, tone
from exchange_studio import FROM, Background, Line, Studio, _entered, document, studio
from exchange_wire import forged, install_application, token

from exchange.web.front import fronting

__all__ = ["browsers", "studio", "tabs"]

pytestmark = pytest.mark.xdist_group("chromium")

Tabs = Callable[..., Tab]


@pytest.fixture
def line(studio: Studio) -> Line:
    """An exchange at speed 1 whose application plays 600 Hz and takes two digits."""
    line = studio(speed=1.0)
    install_application(line)
    file = io.BytesIO()
    soundfile.write(file, tone(600, 10.0), RATE, format="WAV")
    line.pages["/tone.wav"] = lambda seen: web.Response(body=file.getvalue(), content_type="audio/wav")
    line.pages["/voice"] = document("<Gather numDigits='2' action='/digits'><Play>/tone.wav</Play></Gather>")
    line.pages["/digits"] = document("<Hangup/>")
    return line


def ring(line: Line, to: str = "client:alice") -> Any:
    return line.client.calls.create(to=to, from_=FROM, url=line.url("/voice"))


def said(line: Line, sid: str) -> float:
    """What the exchange hears from the browser at this moment, in hertz."""
    call = line.board.register.call(sid)
    stream = call.life.listener.stream if call and call.life and call.life.listener else None
    return strongest(stream.samples()[-RATE // 2 :]) if stream else 0.0


def test_a_browser_calls_hears_speaks_and_presses_keys(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    assert tab.run("[device.state, device.identity, device.edge]") == ["registered", "alice", "ashburn"]
    tab.dial(To="+8613800000001", task="保单 42")
    tab.hears(600)
    line.until(lambda: abs(said(line, tab.sid) - ALICE) < 15)
    tab.run("call.sendDigits('1w2')")
    tab.until("call disconnect")
    assert tab.seen[1:] == ["call ringing", "call accept", "call disconnect"]
    form = line.application.asked("/voice")[0].form
    assert (form["From"], form["To"], form["task"]) == ("client:alice", "+8613800000001", "保单 42")
    assert line.application.asked("/digits")[0].form["Digits"] == "12"


def test_a_browser_is_called_and_hangs_up(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    call = ring(line)
    tab.accept()
    told = tab.run("call.parameters")
    assert (told["From"], told["To"], told["CallSid"]) == (FROM, "client:alice", call.sid)
    tab.hears(600)
    line.until(lambda: abs(said(line, call.sid) - ALICE) < 15)
    tab.run("call.disconnect()")
    tab.until("call disconnect")
    line.until(lambda: call.fetch().status == "completed")


def test_the_exchange_hangs_up(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    call = ring(line)
    tab.accept()
    call.update(status="completed")
    tab.until("call disconnect")
    assert "call error" not in " ".join(tab.seen)


def test_a_muted_browser_is_heard_by_nobody(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.dial()
    tab.until("call accept")
    line.until(lambda: abs(said(line, tab.sid) - ALICE) < 15)
    tab.run("call.mute(true)")
    line.until(lambda: said(line, tab.sid) == 0)
    tab.run("call.mute(false)")
    line.until(lambda: abs(said(line, tab.sid) - ALICE) < 15)


def test_a_browser_that_rejects_is_busy(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    call = ring(line)
    tab.until("device incoming")
    tab.run("call.reject()")
    line.until(lambda: call.fetch().status == "busy")
    assert tab.seen[-1] == "call reject"


def test_a_caller_who_gives_up_stops_the_ringing(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    call = ring(line)
    tab.until("device incoming")
    call.update(status="canceled")
    tab.until("call cancel")


@pytest.mark.parametrize(
    ("text", "code"),
    [(forged(exp=1), "20104 31205"), (forged(secret="x" * 32), "20101 31204"), ("rubbish", "20101 31204")],
)
def test_a_refused_token_is_the_error_of_the_sdk_and_a_new_one_heals_it(
    line: Line, tabs: Tabs, text: str, code: str
) -> None:
    tab = tabs(line)
    tab.run("(token) => { start(token); device.register(); }", text)
    tab.until(f"device error {code}")
    tab.run("(token) => device.updateToken(token)", token())
    tab.until("device registered")


def test_a_browser_is_told_before_its_token_ends_and_when_it_has_ended(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token(ttl=2), tokenRefreshMs=1500)
    tab.run("device.on('tokenWillExpire', () => seen.push('device tokenWillExpire'))")
    tab.until("device error 20104 31205")
    tab.run("(token) => device.updateToken(token)", token())
    call = ring(line)
    tab.accept()
    line.until(lambda: call.fetch().status == "in-progress")
    call.update(status="completed")
    tab.until("call disconnect")


def test_a_call_that_cannot_be_is_an_error_that_names_its_cause(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    line.pages["/voice"] = document("<Reject reason='busy'/>")
    tab.dial()
    tab.until("call error 31005 31486")
    tab.until("call disconnect")
    tab.run("device.updateOptions({ enableImprovedSignalingErrorPrecision: true })")
    line.board.directory.applications.clear()
    tab.dial()
    tab.until("call error 31001")
    tab.run("(token) => device.updateToken(token)", token(outgoing_application_sid=None))
    tab.dial()
    tab.until("device error 20151 31201")


def test_a_new_page_takes_a_call_up_again(line: Line, tabs: Tabs) -> None:
    old, new = tabs(line), tabs(line)
    old.register(token())
    old.dial()
    old.until("call accept")
    word = old.run("call.connectToken")
    old.run("device._stream.transport.close()")  # as when the first page crashed
    new.register(token())
    new.run("async (word) => watch(await device.connect({ connectToken: word, rtcConstraints: raw }))", word)
    new.hears(600)
    new.run("call.sendDigits('12')")
    new.until("call disconnect")
    assert line.application.asked("/digits")[0].form["Digits"] == "12"


def test_a_browser_signs_out_and_in_again(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.run("device.unregister()")
    assert tab.run("device.state") == "unregistered"
    assert line.board.handsets.addresses() == []
    tab.run("device.register()")
    assert line.board.handsets.addresses() == ["client:alice"]
    tab.run("device.destroy()")
    line.until(lambda: line.board.handsets.addresses() == [])


def test_a_call_outlives_its_signalling_connection(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.dial()
    tab.until("call accept")
    tab.run("device._stream.transport._socket.close()")
    tab.until("call reconnecting")
    tab.until("call reconnected")
    tab.hears(600)
    tab.run("call.sendDigits('12')")
    tab.until("call disconnect")
    assert line.application.asked("/digits")[0].form["Digits"] == "12"


def test_the_sound_comes_back_after_an_ice_restart(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.dial()
    tab.hears(600)
    person = line.board.register.call(tab.sid).life.listener
    line.until(lambda: person.stream)
    before = person.stream.seconds
    tab.run("call._mediaHandler.iceRestart()")
    tab.hears(600)
    line.until(lambda: person.stream.seconds > before + 1)
    line.until(lambda: abs(said(line, tab.sid) - ALICE) < 15)


def test_a_page_that_is_closed_hangs_up(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.dial()
    tab.until("call accept")
    sid = tab.sid
    tab.page.close(run_before_unload=False)
    line.until(lambda: line.client.calls(sid).fetch().status == "completed", 15)


def test_a_message_of_the_page_is_taken(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    tab.register(token())
    tab.dial()
    tab.until("call accept")
    tab.run("call.sendMessage({ content: { note: 1 }, messageType: 'user-defined-message' })")
    tab.until("call messageSent")


def test_the_sounds_of_the_sdk_come_from_the_exchange(line: Line, tabs: Tabs) -> None:
    tab = tabs(line)
    asked: list[int] = []
    tab.page.on("response", lambda found: asked.append(found.status) if "/sounds/" in found.url else None)
    tab.register(token())
    ring(line)
    tab.until("device incoming")
    tab.run("call.reject()")
    assert asked
    assert set(asked) <= {200, 206}


def test_two_browsers_talk_through_dial(line: Line, tabs: Tabs) -> None:
    line.pages["/voice"] = document(
        "<Dial answerOnBridge='true'><Client><Identity>bob</Identity>"
        "<Parameter name='policy' value='保单 1&amp;2'/></Client></Dial>"
    )
    alice, bob = tabs(line), tabs(line, BOB)
    alice.register(token("alice"))
    bob.register(token("bob"))
    alice.dial(To="client:bob")
    bob.until("device incoming")
    assert bob.run("Object.fromEntries(call.customParameters)") == {"policy": "保单 1&2"}
    assert bob.run("call.parameters.From") == "client:alice"
    alice.hears(450)
    assert "call accept" not in alice.seen
    bob.accept()
    alice.until("call accept")
    alice.hears(BOB)
    bob.hears(ALICE)
    bob.run("call.disconnect()")
    alice.until("call disconnect")


def test_members_of_a_conference_hear_one_another(line: Line, tabs: Tabs) -> None:
    line.pages["/voice"] = document("<Dial><Conference beep='false' waitUrl=''>room</Conference></Dial>")
    alice, bob = tabs(line), tabs(line, BOB)
    alice.register(token("alice"))
    bob.register(token("bob"))
    alice.dial()
    bob.dial()
    alice.hears(BOB)
    bob.hears(ALICE)
    (room,) = line.client.conferences.list()
    line.client.conferences(room.sid).participants(alice.sid).update(muted=True)
    assert bob.run("hears(0)") == "heard"
    alice.hears(BOB)


def test_a_page_that_knows_nothing_of_the_exchange_talks_through_the_tls_front(
    line: Line, tabs: Tabs, tmp_path: Path
) -> None:
    background = Background()
    try:
        port = urlsplit(line.board.base_url).port or 0
        with _entered(background, fronting(port, 0, tmp_path / "ca.pem")) as front:
            tab = tabs(line, ALICE, f"--proxy-server={front.proxy}", "--ignore-certificate-errors")
            asked: list[tuple[str, int]] = []
            tab.page.on("response", lambda found: asked.append((found.url, found.status)))
            tab.register(token())
            tab.dial()
            tab.hears(600)
            tab.run("call.sendDigits('12')")
            tab.until("call disconnect")
            assert {status for _, status in asked} <= {200, 206}
            hosts = {urlsplit(url).hostname for url, _ in asked}
            assert {"eventgw.us1.twilio.com", "sdk.twilio.com"} <= hosts
    finally:
        background.close()
