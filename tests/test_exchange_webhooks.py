"""Webhooks: signature, cookies, redirects, retries, limits, fallback and what is said when all fails."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest
from aiohttp import web
from exchange_studio import ACCOUNT, EVENTS, FROM, Line, Studio, document, rule
from exchange_studio import studio as studio
from twilio.request_validator import RequestValidator

from exchange.overrides import Overrides, split
from exchange.session import APPLICATION_ERROR

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
    assert tape.duration >= line.board.speech.clip(APPLICATION_ERROR).seconds * 0.9


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
    monkeypatch.setattr("exchange.webhook.REAL_SECONDS", 0.05)

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
