"""Web applications to compare: ours, a bare WSGI function, the stack everybody starts from, and a bare route.

Each is served by granian with the same threads; `BENCH_HOME` names the home, which holds `huifang.db`.
"""

from __future__ import annotations

import base64
import hmac
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import sqlite_utils
from flask import Flask, Response, abort, jsonify, request
from transitions import Machine
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from ivr.serve import application as ours
from ledger import Writer, calls, connect, transaction
from ledger.records import Answer, CallState, Disclosure, TurnRecord
from scripts.load import library

__all__ = ["bare", "naive", "ours", "route"]

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]
STATES = 12
"""The usual Machine of a sample application; the whole script's 66 states would cost it ten times as much."""
REPLY = b"<Response><Say>Thank you.</Say></Response>"
NOTE = '[[["aware","say",["2026","A","1200"],false]],[1,5,[]]]'
PROGRESS = '{"step":"aware","told":["label","intro","identity"],"affirmed":["intro"],"settled":["intro"]}'


def bare() -> Callable[[Environ, StartResponse], Iterable[bytes]]:
    """Parse, check the signature, write the same rows in the same group commits, answer a fixed text."""
    writer = Writer(Path(os.environ["HUIFANG_HOME"]) / "huifang.db")
    key = os.environ["TWILIO_AUTH_TOKEN"].encode()
    base = os.environ["HUIFANG_PUBLIC_URL"]

    def application(environ: Environ, start: StartResponse) -> Iterable[bytes]:
        form = dict(parse_qsl(environ["wsgi.input"].read().decode(), keep_blank_values=True))
        text = base + environ["PATH_INFO"] + "".join([name + form[name] for name in sorted(form)])
        digest = base64.b64encode(hmac.digest(key, text.encode(), "sha1")).decode()
        if digest != environ["HTTP_X_TWILIO_SIGNATURE"]:
            start("403 Forbidden", [])
            return []
        _, _, call, *rest = environ["PATH_INFO"].split("/")
        writer.run(partial(write, int(call), int(rest[-1]) if len(rest) == 2 else 0, form["CallSid"]))
        start("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(REPLY)))])
        return [REPLY]

    return application


def write(call_id: int, n: int, sid: str, conn: sqlite3.Connection) -> str:
    """The rows of an average turn: turn, answer, disclosure told and affirmed, call, event."""
    record = TurnRecord(
        heard='{"kind":"keys","text":"1"}',
        reply=NOTE,
        progress=PROGRESS,
        answers=(Answer("aware", "yes", "1"),),
        told=(Disclosure(f"step{n}", "0" * 64, affirmed=False),),
        affirmed=(f"step{n}",),
    )
    now = datetime.now(UTC)

    def decide(call: CallState) -> TurnRecord:
        return record

    if n == 0:
        return calls.answered(conn, call_id, sid, now, decide)
    return calls.turn(conn, call_id, n, now, "", decide)


def naive() -> Flask:
    """The usual stack: validator, a Machine per request, sqlite-utils, VoiceResponse, a commit per write."""
    app = Flask("naive")
    path = Path(os.environ["HUIFANG_HOME"]) / "huifang.db"
    validator = RequestValidator(os.environ["TWILIO_AUTH_TOKEN"])
    base = os.environ["HUIFANG_PUBLIC_URL"]
    steps = list(library()["new-contract"].steps)[:STATES]
    moves = [["next", step, after] for step, after in pairwise(steps)]

    class Model:
        state = steps[0]

    @app.post("/calls/<int:call_id>/<path:rest>")
    def turn(call_id: int, rest: str) -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(base + request.path, request.form, signature):
            abort(403)
        conn = sqlite3.connect(path, timeout=30, check_same_thread=False)
        database = sqlite_utils.Database(conn)
        n = int(rest.rpartition("/")[2]) if "/" in rest else 0
        model = Model()
        Machine(model, states=steps, transitions=moves, initial=steps[n % (len(steps) - 1)])
        model.next()  # type: ignore[attr-defined]
        database["calls"].get(call_id)  # type: ignore[union-attr]
        at = datetime.now(UTC).isoformat()
        digits = request.form.get("Digits", "")
        database["naive_answers"].insert(
            {"call_id": call_id, "turn": n, "step": model.state, "raw": digits, "at": at}
        )
        database["calls"].update(call_id, {"turn": n, "said_at": at, "progress": model.state})
        response = VoiceResponse()
        gather = response.gather(
            input="dtmf speech", num_digits=1, action=f"{base}/calls/{call_id}/turns/{n + 1}"
        )
        gather.say("这项权利您清楚吗？", language="cmn-CN")
        response.redirect(f"{base}/calls/{call_id}/turns/{n + 1}")
        conn.close()
        return Response(str(response), content_type="text/xml")

    return app


def route() -> Flask:
    """The least a click can cost in Flask: one route, one row, one commit to the disk."""
    app = Flask("route")
    path = Path(os.environ["HUIFANG_HOME"]) / "huifang.db"
    local = threading.local()

    @app.post("/desk/calls/<int:call_id>/turns/<int:n>")
    def click(call_id: int, n: int) -> Response:
        if not hasattr(local, "conn"):
            local.conn = connect(path)
        body = request.get_json()
        with transaction(local.conn):
            local.conn.execute(
                "insert into naive_answers (call_id, turn, step, raw) values (?, ?, ?, ?)",
                (call_id, n, "bench", body["choice"]),
            )
        return jsonify(ok=True)

    return app
