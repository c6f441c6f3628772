"""Conversations with small Flask applications of several styles, as people write them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from exchange_studio import ACCOUNT, Studio, person, rule
from exchange_studio import studio as studio
from flask import Flask, Response, abort, redirect, request, session, url_for
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse
from werkzeug.serving import WSGIRequestHandler, make_server

VALIDATOR = RequestValidator(ACCOUNT.auth_token)


class _KeepsConnections(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


@contextmanager
def _served(app: Flask, handler: type[WSGIRequestHandler] = WSGIRequestHandler) -> Iterator[str]:
    """The application on a port of its own; its log is nobody's business."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler)
    server.RequestHandlerClass.log = lambda *_: None  # type: ignore[method-assign,assignment]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _survey() -> Flask:
    """POST, answered by 302 to a GET page; answers are kept in the session cookie; text/html throughout."""
    app = Flask(__name__)
    app.secret_key = "only for this test"

    @app.before_request
    def only_twilio() -> None:
        if not VALIDATOR.validate(request.url, request.form, request.headers["X-Twilio-Signature"]):
            abort(403)

    @app.post("/voice")
    def voice() -> object:
        session["answers"] = []
        return redirect(url_for("question", number=1))

    @app.get("/question/<int:number>")
    def question(number: int) -> str:
        response = VoiceResponse()
        response.append(Gather(num_digits=1, action=f"../answer?question={number}"))
        response.redirect(url_for("question", number=number), method="GET")
        return str(response)

    @app.post("/answer")
    def answer() -> object:
        session["answers"] = [*session["answers"], request.form["Digits"]]
        if len(session["answers"]) < 3:
            return redirect(url_for("question", number=len(session["answers"]) + 1))
        app.config["ANSWERS"] = session["answers"]
        return "<Response><Say>谢谢</Say></Response>"

    return app


def test_an_application_of_redirects_and_session_cookies_gets_every_answer(studio: Studio) -> None:
    line = studio(*(rule(keys=key, times=1) for key in ("1", "2", "3")))
    app = _survey()
    with _served(app) as base:
        assert line.talk(url=f"{base}/voice").status == "completed"
    assert app.config["ANSWERS"] == ["1", "2", "3"]
    assert line.codes() == []


@pytest.mark.parametrize("handler", [WSGIRequestHandler, _KeepsConnections])
def test_servers_that_close_and_servers_that_keep_connections_are_alike(
    studio: Studio, handler: type[WSGIRequestHandler]
) -> None:
    line = studio(*(rule(keys=key, times=1) for key in ("1", "2", "3")))
    app = _survey()
    with _served(app, handler) as base:
        line.talk(url=f"{base}/voice")
    assert app.config["ANSWERS"] == ["1", "2", "3"]
    assert line.codes() == []


def test_an_unanswered_question_is_asked_again_until_the_customer_hangs_up(studio: Studio) -> None:
    line = studio(persona=person(hangs_up_after=(40.0, 40.0)))
    with _served(_survey()) as base:
        assert 40 <= int(line.talk(url=f"{base}/voice").duration) < 60
    assert line.codes() == []


def test_an_application_that_forgets_the_token_refuses_everybody(studio: Studio) -> None:
    line = studio()
    app = Flask(__name__)

    @app.post("/voice")
    def voice() -> str:
        if not RequestValidator("another token").validate(
            request.url, request.form, request.headers["X-Twilio-Signature"]
        ):
            abort(403)
        return "<Response/>"

    with _served(app) as base:
        line.talk(url=f"{base}/voice")
    assert line.codes() == [11200]


def test_a_500_in_the_middle_asks_the_fallback_which_goes_on(studio: Studio) -> None:
    line = studio(rule(keys="1"))
    app, seen = Flask(__name__), list[str]()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @app.post("/voice")
    def voice() -> str:
        return "<Response><Gather numDigits='1' action='broken'/></Response>"

    @app.post("/broken")
    def broken() -> str:
        abort(500)

    @app.post("/fallback")
    def fallback() -> str:
        seen.append(f"{request.form['ErrorCode']} {request.form['ErrorUrl'].rpartition('/')[2]}")
        return "<Response><Say>请稍后再试</Say><Redirect>goodbye</Redirect></Response>"

    @app.post("/goodbye")
    def goodbye() -> Response:
        seen.append("goodbye")
        return Response("<Response><Hangup/></Response>", content_type="application/xml")

    with _served(app) as base:
        line.talk(url=f"{base}/voice", fallback_url=f"{base}/fallback")
    assert seen == ["11200 broken", "goodbye"]
    assert line.codes() == [11200]


def _loops() -> Flask:
    app = Flask(__name__)

    @app.route("/http", methods=["GET", "POST"])
    def http() -> object:
        return redirect("/http")

    @app.route("/pair/<int:place>", methods=["GET", "POST"])
    def pair(place: int) -> object:
        return redirect(url_for("pair", place=1 - place), code=307)

    @app.post("/verb")
    def verb() -> str:
        return "<Response><Redirect/></Response>"

    @app.post("/ping")
    def ping() -> str:
        return "<Response><Redirect>/pong</Redirect></Response>"

    @app.post("/pong")
    def pong() -> str:
        return "<Response><Redirect>/ping</Redirect></Response>"

    @app.post("/fallback")
    def fallback() -> str:
        return "<Response><Redirect>/http</Redirect></Response>"

    return app


@pytest.mark.parametrize(
    ("path", "code"), [("/http", 11215), ("/pair/0", 11215), ("/verb", 14106), ("/ping", 14106)]
)
def test_loops_without_end_end_the_call(studio: Studio, path: str, code: int) -> None:
    line = studio()
    with _served(_loops()) as base:
        assert line.talk(url=f"{base}{path}").status == "completed"
    assert line.codes() == [code]


def test_a_fallback_that_leads_back_to_the_loop_ends_the_call_as_well(studio: Studio) -> None:
    line = studio()
    with _served(_loops()) as base:
        assert line.talk(url=f"{base}/http", fallback_url=f"{base}/fallback").status == "completed"
    assert line.codes() == [11215] * 10 + [14106]


def test_a_slow_answer_is_a_pause_and_a_chunked_one_is_whole(studio: Studio) -> None:
    line = studio(speed=20)
    app = Flask(__name__)

    @app.post("/voice")
    def voice() -> Response:
        def pieces() -> Iterator[str]:
            yield "<Response>"
            time.sleep(0.1)
            yield "<Pause/><Redirect>slow</Redirect>"
            yield "</Response>"

        return Response(pieces(), content_type="text/xml")

    @app.post("/slow")
    def slow() -> str:
        time.sleep(0.3)
        return "<Response><Hangup/></Response>"

    with _served(app, _KeepsConnections) as base:
        assert int(line.talk(url=f"{base}/voice").duration) >= 8
    assert line.codes() == []


def test_an_answer_that_drips_for_ever_is_given_up(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.web.webhook.REAL_SECONDS", 0.05)
    line = studio(speed=50)
    app = Flask(__name__)

    @app.post("/voice")
    def voice() -> Response:
        def drops() -> Iterator[str]:
            for _ in range(20):
                yield " "
                time.sleep(0.05)

        return Response(drops(), content_type="text/xml")

    with _served(app) as base:
        line.talk(url=f"{base}/voice")
    assert line.codes() == [11200]
