"""A small carrier: real HTTP on loopback, just enough of the Calls resource, and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
Form = dict[str, list[str]]


@dataclass
class Behaviour:
    """What happens to the next submissions; `faults` are taken one for each."""

    faults: list[str | tuple[int, int]] = field(default_factory=list)
    status: str = "queued"
    delay: float = 0.0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class TinyTwilio:
    """The server, the calls it accepted and the forms it was sent."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.recordings: list[dict[str, Any]] = []
        self.forms: list[Form] = []
        self.queries: list[set[str]] = []
        self.arrivals: list[datetime] = []
        self.headers: list[dict[str, str]] = []
        self.behaviour = Behaviour()
        self.lock = threading.Lock()
        handler = type("Handler", (Handler,), {"tiny": self})
        self.server = Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def dialed(self) -> list[str]:
        return [call["to"] for call in self.calls]

    def accept(self, form: Form) -> dict[str, Any]:
        moment = format_datetime(self.behaviour.now())
        with self.lock:
            call = {
                "sid": f"CA{len(self.calls):032x}",
                "to": form["To"][0],
                "from": form["From"][0],
                "status": self.behaviour.status,
                "date_created": moment,
                "start_time": None,
                "end_time": None,
                "duration": None,
                "answered_by": None,
                "url": form["Url"][0],
            }
            self.calls.append(call)
        return call


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is part of the tests."""


class Handler(BaseHTTPRequestHandler):
    tiny: ClassVar[TinyTwilio]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.tiny.headers.append(dict(self.headers))
        if self.path.endswith("/Calls.json"):
            self.submit(form)
        else:
            self.update(form)

    def submit(self, form: Form) -> None:
        tiny = self.tiny
        tiny.forms.append(form)
        tiny.arrivals.append(tiny.behaviour.now())
        with tiny.lock:
            fault = tiny.behaviour.faults.pop(0) if tiny.behaviour.faults else None
        if isinstance(fault, tuple):
            self.refuse(*fault)
            return
        if fault == "slow":
            time.sleep(0.4)
        call = None if fault == "vanish" else tiny.accept(form)
        if fault in ("lose", "vanish"):
            self.close_connection = True
            self.connection.close()
            return
        if fault == "late":
            time.sleep(1.5)
        time.sleep(tiny.behaviour.delay)
        self.answer(201, call)

    def update(self, form: Form) -> None:
        call = self.known()
        if call and call["status"] in ("completed", "busy", "failed", "no-answer", "canceled"):
            self.refuse(400, 21220)
        elif call:
            call["status"] = form["Status"][0]
            self.answer(200, call)

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path.endswith("/Recordings.json"):
            self.answer(200, {"recordings": self.tiny.recordings, "page": 0, "next_page_uri": None})
            return
        if not path.path.endswith("/Calls.json"):
            if call := self.known():
                self.answer(200, call)
            return
        query = parse_qs(path.query)
        self.tiny.queries.append(set(query))
        found = [call for call in reversed(self.tiny.calls) if query["To"][0] == call["to"]]
        self.answer(200, {"calls": found, "page": 0, "next_page_uri": None})

    def known(self) -> dict[str, Any] | None:
        sid = urlsplit(self.path).path.rsplit("/", 1)[1].removesuffix(".json")
        for call in self.tiny.calls:
            if call["sid"] == sid:
                return call
        self.refuse(404, 20404)
        return None

    def refuse(self, status: int, code: int) -> None:
        self.answer(status, {"code": code, "message": "To +8613800000000 is wrong", "status": status})

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass
