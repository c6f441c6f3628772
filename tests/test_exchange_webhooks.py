"""Webhooks: signature, cookies, redirects, retries, limits, fallback and what is said when all fails."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
from aiohttp import web
from exchange_studio import ACCOUNT, EVENTS, FROM, Line, Seen, Studio, document, person, rule
from exchange_studio import studio as studio
from twilio.request_validator import RequestValidator

from exchange.performance.session import APPLICATION_ERROR, IDLE_DOCUMENTS
from exchange.sound.tape import ROBOT
from exchange.web.overrides import Overrides, split

HANG_UP = document("<Hangup/>")
HELLO = document("<Say>您好</Say>")
VALIDATOR = RequestValidator(ACCOUNT.auth_token)


def _answer(status: int = 200, **headers: str) -> Any:
    kind = headers.pop("kind", "text/xml")
    return lambda _: web.Response(text=HANG_UP, status=status, content_type=kind, headers=headers)


def _once(*answers: web.Response) -> Any:
    """These answers one after the other, then a document that hangs up."""
    left = list(answers)
    return lambda _: left.pop(0) if left else HANG_UP


def test_posts_are_signed_as_the_sdk_checks_it(studio: Studio) -> None:
    line = studio(rule(keys="1 2".replace(" ", ""), say="是"))
    line.pages["/voice"] = document(
        "<Gather action='/turn?a=b&amp;c=%E4%B8%80' numDigits='2'><Say>请</Say></Gather>"
    )
    line.talk(
        status_callback=line.url("/status"), record=True, recording_status_callback=line.url("/recording")
    )
    assert {seen.path for seen in line.application.seen} == {"/voice", "/turn", "/status", "/recording"}
    for seen in line.application.seen:
        signature = seen.headers["X-Twilio-Signature"]
        assert VALIDATOR.validate(seen.url, seen.form, signature)
        assert not VALIDATOR.validate(seen.url, seen.form | {"From": "+1"}, signature)


def test_gets_are_signed_with_their_query(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HANG_UP
    line.talk("/voice?own=1", method="GET")
    (seen,) = line.application.seen
    assert (seen.query["own"], seen.query["From"]) == ("1", FROM)
    assert VALIDATOR.validate(seen.url, {}, seen.headers["X-Twilio-Signature"])


def test_the_fragment_is_neither_sent_nor_signed(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = HANG_UP
    line.talk("/voice#rc=2&rt=4000")
    (seen,) = line.application.seen
    assert "#" not in seen.url
    assert VALIDATOR.validate(seen.url, seen.form, seen.headers["X-Twilio-Signature"])


def test_cookies_come_back_for_the_rest_of_the_call_and_no_further(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = lambda _: web.Response(
        text=document("<Redirect>/next</Redirect>"),
        content_type="text/xml",
        headers={"Set-Cookie": "visit=7; Path=/"},
    )
    line.pages["/next"] = HANG_UP
    line.talk()
    line.talk()
    assert [seen.headers.get("Cookie") for seen in line.application.asked("/next")] == ["visit=7", "visit=7"]
    assert [seen.headers.get("Cookie") for seen in line.application.asked("/voice")] == [None, None]


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (303, "GET"), (307, "POST")])
def test_redirects_are_followed_and_the_document_is_read_against_the_last(
    studio: Studio, status: int, method: str
) -> None:
    line = studio()
    line.pages["/voice"] = _answer(status, Location="/deep/er")
    line.pages["/deep/er"] = document("<Redirect>next</Redirect>")
    line.pages["/deep/next"] = HANG_UP
    line.talk()
    (seen,) = line.application.asked("/deep/er")
    assert seen.method == method
    assert VALIDATOR.validate(seen.url, seen.form, seen.headers["X-Twilio-Signature"])
    assert len(line.application.asked("/deep/next")) == 1


def test_eleven_redirects_are_too_many(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = _answer(302, Location="/voice")
    line.talk()
    assert line.codes() == [11215]
    assert len(line.application.asked("/voice")) == 11


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (_answer(500), 11200),
        (_answer(404), 11200),
        (_answer(kind="image/png"), 12300),
        (lambda _: web.Response(text="", content_type="text/xml"), 11770),
        ("<Response><Say>", 12100),
        ("<Answer/>", 12102),
        ("<Response>" + " " * 70_000 + "</Response>", 11750),
    ],
)
def test_a_failure_asks_the_fallback_with_its_code_and_url(studio: Studio, page: Any, code: int) -> None:
    line = studio()
    line.pages["/voice"], line.pages["/fallback"] = page, HANG_UP
    call = line.talk(fallback_url=line.url("/fallback"))
    (seen,) = line.application.asked("/fallback")
    assert (seen.form["ErrorCode"], seen.form["ErrorUrl"]) == (str(code), line.url("/voice"))
    assert seen.form["CallSid"] == call.sid
    assert line.codes() == [code]
    assert call.status == "completed"


def test_a_failure_in_a_later_document_asks_the_fallback_too(studio: Studio) -> None:
    line = studio(rule(keys="1#"))
    line.pages["/voice"] = document("<Gather action='/turn'><Say>请按键</Say></Gather>")
    line.pages["/turn"], line.pages["/fallback"] = _answer(500), HANG_UP
    line.talk(fallback_url=line.url("/fallback"), fallback_method="GET")
    (seen,) = line.application.asked("/fallback")
    assert (seen.method, seen.query["ErrorUrl"]) == ("GET", line.url("/turn"))


def test_without_a_fallback_an_apology_is_heard_and_the_call_ends(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = _answer(500)
    call = line.talk(record=True)
    assert call.status == "completed"
    tape = next(line.board.register.tapes())
    (apology,) = [sounding for channel, sounding in tape.heard if channel == ROBOT]
    assert apology.words == APPLICATION_ERROR
    assert apology.clip.silent_seconds == 0
    assert tape.duration >= apology.clip.seconds * 0.9


def test_a_failing_fallback_ends_in_the_apology_too(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = line.pages["/fallback"] = _answer(500)
    assert line.talk(fallback_url=line.url("/fallback")).status == "completed"
    assert line.codes() == [11200, 11200]


def test_nobody_listening_is_11205_and_tried_once_more(studio: Studio) -> None:
    line = studio()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    line.talk(url=f"http://127.0.0.1:{port}/voice")
    assert line.codes() == [11205]
    assert line.board.webhooks.sent == 2


def test_a_slow_answer_is_never_given_up_before_three_real_seconds(studio: Studio) -> None:
    line = studio(speed=1000)

    async def slow(_: Any) -> str:
        await asyncio.sleep(0.5)  # five hundred seconds of the clock: far above the carrier's fifteen
        return HANG_UP

    line.pages["/voice"] = slow
    line.talk()
    assert line.codes() == []


def test_errors_are_retried_only_as_the_fragment_says_with_the_same_token(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = _once(web.Response(status=503), web.Response(status=503))
    line.talk("/voice#rc=3&rp=5xx")
    tokens = [seen.headers["I-Twilio-Idempotency-Token"] for seen in line.application.asked("/voice")]
    assert len(tokens) == 3
    assert len(set(tokens)) == 1
    assert line.codes() == []


def test_every_webhook_has_a_token_of_its_own(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Redirect>/next</Redirect>")
    line.pages["/next"] = HANG_UP
    line.talk()
    assert len({seen.headers["I-Twilio-Idempotency-Token"] for seen in line.application.seen}) == 2


@pytest.mark.parametrize("kind", ["text/xml", "application/xml", "text/html"])
def test_three_content_types_are_twiml(studio: Studio, kind: str) -> None:
    line = studio()
    line.pages["/voice"] = lambda _: web.Response(
        text=document("<Redirect>/next</Redirect>"), content_type=kind, charset="utf-8"
    )
    line.pages["/next"] = HANG_UP
    line.talk()
    assert len(line.application.asked("/next")) == 1


def test_plain_text_is_twiml_if_it_is_and_else_read_aloud(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = lambda _: web.Response(text="您好，听得到吗？", content_type="text/plain")
    call = line.talk()
    assert call.status == "completed"
    assert line.codes() == []
    assert int(call.duration) >= 1


def test_a_status_callback_that_fails_is_a_warning(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"], line.pages["/status"] = HELLO, _answer(500)
    line.talk(status_callback=line.url("/status"))
    (notification,) = line.board.log.notifications
    assert (notification.code, notification.level) == (15003, "warning")


def test_a_kept_connection_the_application_closed_is_not_its_failure(studio: Studio) -> None:
    line = studio()
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_closes_without_a_word, args=(server,))
        answering.start()
        line.talk(url=f"http://127.0.0.1:{server.getsockname()[1]}/voice")
        answering.join(5)
    assert line.codes() == []
    assert line.board.webhooks.sent == 3


def _closes_without_a_word(server: socket.socket) -> None:
    """Answers, keeps the connection, and closes it at the next request; answers on a new one."""
    kept, _ = server.accept()
    with kept:
        kept.recv(65_536)
        kept.sendall(_http(document("<Redirect>/next</Redirect>")))
        kept.recv(65_536)
    fresh, _ = server.accept()
    with fresh:
        fresh.recv(65_536)
        fresh.sendall(_http(HANG_UP))


def _http(body: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def test_an_application_that_never_answers_is_11200(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.web.webhook.REAL_SECONDS", 0.05)

    async def never(_: Any) -> str:
        await asyncio.sleep(1.0)
        return HANG_UP

    line = studio(speed=40)
    line.pages["/voice"] = never
    assert line.talk().status == "completed"
    assert line.codes() == [11200]
    assert len(line.application.asked("/voice")) == 1
    line.talk("/voice#rc=5&rp=rt&rt=4000")
    assert 3 <= len(line.application.asked("/voice")) - 1 <= 4  # fifteen seconds hold for all tries together


def test_the_callbacks_of_a_call_wait_for_each_other(studio: Studio) -> None:
    line, under_way, most = studio(), 0, 0

    async def slow(_: Any) -> str:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.1)
        under_way -= 1
        return ""

    line.pages["/voice"], line.pages["/status"] = HELLO, slow
    line.talk(status_callback=line.url("/status"), status_callback_event=EVENTS)
    assert len(line.application.asked("/status")) == 4
    assert most == 1


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("#rc=0", Overrides(retries=0)),
        ("#ct=100&rt=200&tt=300", Overrides(100, 200, 300)),
        ("#rc=9&ct=50&tt=x", Overrides()),
        ("#rp=4xx,rt", Overrides(policy=frozenset({"4xx", "rt"}))),
    ],
)
def test_connection_overrides_are_read_from_the_fragment(fragment: str, expected: Overrides) -> None:
    assert split(f"http://a/b?c=d{fragment}") == ("http://a/b?c=d", expected)


def test_all_retries_everything() -> None:
    assert all(split("http://a#rp=all")[1].retried(failure) for failure in ("ct", "rt", "4xx", "5xx"))


def test_the_line_hears_of_the_applications_error(studio: Studio) -> None:
    line: Line = studio()
    line.pages["/voice"] = _answer(500)
    call = line.talk()
    shown = line.http("GET", f"/control/calls/{call.sid}").json()
    assert [one["code"] for one in shown["notifications"]] == [11200]


def _counted(*, headers: dict[str, str], body: str = HANG_UP, kind: str = "text/xml") -> Any:
    """A page with these headers, which answers 304 to whoever has it already."""

    def page(seen: Seen) -> web.Response:
        if seen.headers.get("If-None-Match") == headers.get("ETag", "none"):
            return web.Response(status=304, headers=headers)
        return web.Response(text=body, content_type=kind, headers=headers)

    return page


TWICE = document("<Play>/sound.wav</Play><Play>/sound.wav</Play>")


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, 2),
        ({"Cache-Control": "max-age=36000"}, 1),
        ({"Cache-Control": "max-age=36000, private"}, 2),
        ({"ETag": '"7"'}, 2),
        ({"ETag": '"7"', "Cache-Control": "no-cache, max-age=36000"}, 2),
    ],
)
def test_a_sound_is_asked_for_again_as_its_headers_say(
    studio: Studio, headers: dict[str, str], asked: int
) -> None:
    line = studio()
    line.pages["/voice"], line.pages["/sound.wav"] = TWICE, _counted(headers=headers, kind="audio/wav")
    line.talk()
    seen = line.application.asked("/sound.wav")
    assert len(seen) == asked
    assert [one.headers.get("If-None-Match") for one in seen] == [None, headers.get("ETag")][:asked]


def test_a_document_that_has_not_changed_is_performed_again(studio: Studio) -> None:
    line = studio(rule(keys="1", times=2))
    menu = document("<Gather numDigits='1' method='GET' action='/turn'/>")
    line.pages["/voice"] = document("<Redirect method='GET'>/turn</Redirect>")
    line.pages["/turn"] = _counted(headers={"ETag": '"7"'}, body=menu)
    line.talk()
    first, *_, again = line.application.asked("/turn")
    assert (first.headers.get("If-None-Match"), again.headers["If-None-Match"]) == (None, '"7"')
    assert line.codes() == []


def _guarded(challenge: str) -> Any:
    def page(seen: Seen) -> web.Response | str:
        if "Authorization" not in seen.headers:
            return web.Response(status=401, headers={"WWW-Authenticate": challenge})
        return document("<Redirect>/next</Redirect>") if seen.path == "/voice" else HANG_UP

    return page


@pytest.mark.parametrize(
    ("challenge", "scheme"),
    [('Basic realm="calls"', "Basic"), ('Digest realm="calls", nonce="7", qop="auth"', "Digest")],
)
def test_a_password_in_the_url_is_given_when_it_is_asked_for_and_kept_for_the_call(
    studio: Studio, challenge: str, scheme: str
) -> None:
    line = studio()
    line.pages["/voice"] = line.pages["/next"] = _guarded(challenge)
    line.talk(url=line.url("/voice").replace("http://", "http://anna:secret@"))
    given = [
        (seen.path, seen.headers.get("Authorization", "").split(" ")[0]) for seen in line.application.seen
    ]
    assert given == [("/voice", ""), ("/voice", scheme), ("/next", scheme)]
    for seen in line.application.seen:
        assert VALIDATOR.validate(seen.url, seen.form, seen.headers["X-Twilio-Signature"])
    assert len({seen.headers["I-Twilio-Idempotency-Token"] for seen in line.application.asked("/voice")}) == 1


def test_a_wrong_password_is_a_refusal_and_tried_once(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = lambda _: web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
    line.talk(url=line.url("/voice").replace("http://", "http://anna:wrong@"))
    assert line.codes() == [11200]
    assert len(line.application.asked("/voice")) == 2


@pytest.mark.parametrize(
    ("path", "code"), [("/voice#e=atlantis", 11240), ("/voice#rp=always", 11243), ("/voice#rp=ct,6xx", 11243)]
)
def test_overrides_nobody_knows_are_errors_and_nothing_is_sent(studio: Studio, path: str, code: int) -> None:
    line = studio()
    line.pages["/fallback"] = HANG_UP
    line.talk(path, fallback_url=line.url("/fallback"))
    assert line.codes() == [code]
    assert [seen.path for seen in line.application.seen] == ["/fallback"]


def test_a_list_of_edges_is_tried_one_after_the_other(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = _once(*(web.Response(status=500) for _ in range(2)))
    line.talk("/voice#e=ashburn,dublin,tokyo&rp=5xx")
    assert len(line.application.asked("/voice")) == 3
    assert line.codes() == []


@pytest.mark.parametrize("location", ["", "ftp://host/", "http://["])
def test_a_redirect_that_leads_nowhere_is_11216(studio: Studio, location: str) -> None:
    line = studio()
    line.pages["/voice"] = _answer(302, Location=location)
    line.talk()
    assert line.codes() == [11216]


@pytest.mark.parametrize("url", ["http://[", "http://host:port/", "mailto:anna@example.org"])
def test_a_url_that_is_none_is_11100_wherever_it_stands(studio: Studio, url: str) -> None:
    line = studio()
    line.pages["/voice"], line.pages["/fallback"] = document(f"<Redirect>{url}</Redirect>"), HANG_UP
    line.talk(fallback_url=line.url("/fallback"))
    assert line.codes() == [11100]
    assert len(line.application.asked("/fallback")) == 1


def test_a_fallback_that_leads_back_to_the_failure_ends_in_the_apology(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = line.pages["/fallback"] = document("<Redirect>http://[</Redirect>")
    assert line.talk(fallback_url=line.url("/fallback")).status == "completed"
    assert line.codes() == [11100, 11100]


def test_addresses_are_sent_and_signed_as_ascii(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Redirect>/回访?name=王 小明</Redirect>")
    line.pages["/回访"] = HANG_UP
    line.talk()
    (seen,) = line.application.asked("/回访")
    assert seen.query == {"name": "王 小明"}
    assert VALIDATOR.validate(seen.url, seen.form, seen.headers["X-Twilio-Signature"])


def test_a_sound_answered_to_a_webhook_is_played_without_asking_again(studio: Studio) -> None:
    line = studio()
    sound = b"RIFF" + bytes(100_000)  # longer than a document may be
    line.pages["/voice"] = lambda _: web.Response(body=sound, content_type="audio/wav")
    line.talk()
    assert [seen.method for seen in line.application.asked("/voice")] == ["POST"]
    assert line.codes() == [12300]  # no sound inside, but asked for and taken


def test_a_notification_keeps_what_was_sent_and_answered(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = lambda _: web.Response(text="out of order", status=503, headers={"X-Server": "7"})
    call = line.talk()
    (note,) = line.board.log.notifications
    assert (note.request_url, note.request_method, note.log) == (line.url("/voice"), "POST", "0")
    assert f"CallSid={call.sid}" in note.request_variables
    assert "X-Server=7" in note.response_headers
    assert note.response_body == "out of order"
    assert note.more_info == "https://www.twilio.com/docs/errors/11200"
    assert note.sid.startswith("NO")


def test_a_warning_keeps_the_document_it_is_about(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Sing/>")
    line.talk()
    (note,) = line.board.log.notifications
    assert (note.code, note.log, note.url) == (12200, "1", line.url("/voice"))
    assert "<Sing/>" in note.response_body


def test_a_redirect_to_itself_for_ever_ends_the_call(studio: Studio) -> None:
    line = studio()
    line.pages["/voice"] = document("<Say></Say><Pause length='0'/><Redirect/>")
    call = line.talk()
    assert call.status == "completed"
    assert len(line.application.asked("/voice")) == IDLE_DOCUMENTS
    assert line.codes()[-1] == 14106


def test_a_loop_that_takes_time_goes_on_until_somebody_hangs_up(studio: Studio) -> None:
    line = studio(persona=person(hangs_up_after=(300.0, 300.0)), speed=400)
    line.pages["/voice"] = document("<Pause/><Redirect/>")
    assert line.talk().status == "completed"
    assert line.codes() == []
