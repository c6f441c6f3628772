"""The carrier's side of the webhooks: signed requests, and a customer who follows what the TwiML says."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

from flask.testing import FlaskClient
from lxml import etree
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from dialer.ending import open_book
from dialer.versions import version
from ivr.assembly import assemble
from ivr.clock import Clock
from ivr.demo import COMPANY
from ivr.edge import Edge
from ivr.settings import read
from ledger import Writer, state
from scripts.progress import Progress
from tests.scripts_walk import good_answer

TOKEN = "0123456789abcdef0123456789abcdef"
PUBLIC = "https://calls.example.com/huifang"
"""A proxy with another host, port and path prefix stands in front."""

NOWHERE = "http://127.0.0.1:9"
"""Where no carrier listens."""
SETTINGS = read(
    {
        "HUIFANG_PUBLIC_URL": PUBLIC,
        "HUIFANG_SECRET_KEY": TOKEN,
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_API_BASE": NOWHERE,
    }
)

Post = Callable[..., TestResponse]


def parts(path: Path, writer: Writer, clock: Clock, *, base: str = PUBLIC) -> Edge:
    """The parts of a web process over this ledger, behind this public URL."""
    settings = replace(SETTINGS, home=path.parent, database=path, public_url=base)
    return assemble(settings, clock, COMPANY, open_book(path), writer)


def signed(client: FlaskClient, path: str, form: dict[str, str], *, base: str = PUBLIC) -> TestResponse:
    """Post a form as the carrier does: to the public URL, signed with the SDK."""
    signature = RequestValidator(TOKEN).compute_signature(base + path, MultiDict(form))
    return client.post(
        path,
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded; charset=UTF-8",
        headers={"X-Twilio-Signature": signature},
    )


def sid(call_id: int) -> str:
    """The carrier's name of a call."""
    return f"CA{call_id:032x}"


@dataclass(slots=True)
class Phone:
    """One call as the carrier leads it: picks up, then posts to where the last document's Gather says."""

    post: Post
    call_id: int
    document: bytes = b""

    def to(self, leg: str, **form: str) -> TestResponse:
        """Send any webhook of this call."""
        return self.post(f"/calls/{self.call_id}/{leg}", CallSid=sid(self.call_id), **form)

    def pick_up(self) -> bytes:
        """The customer answers."""
        return self._hear(self.to("answered", CallStatus="in-progress"))

    def give(self, text: str = "") -> bytes:
        """Press `[keys]`, say words, or stay silent."""
        form = {"Digits": text.strip("[]")} if text.startswith("[") else {"SpeechResult": text}
        return self._hear(self.post(self.action(), CallSid=sid(self.call_id), **form))

    def action(self) -> str:
        """Where the answer to the last document goes, as the proxy passes it on."""
        url = str(etree.fromstring(self.document).xpath("string(//Gather/@action)"))
        assert url.startswith(PUBLIC), url
        return url.removeprefix(PUBLIC).partition("#")[0]

    def words(self) -> str:
        """What was said last."""
        return "".join(etree.fromstring(self.document).itertext())

    def over(self) -> bool:
        """Whether the last document hung up."""
        return etree.fromstring(self.document).find("Hangup") is not None

    def status(self, word: str = "completed", sequence: int = 3, **form: str) -> TestResponse:
        """A status callback."""
        stamp = "Mon, 23 Nov 2026 01:05:00 +0000"
        return self.to("status", CallStatus=word, SequenceNumber=str(sequence), Timestamp=stamp, **form)

    def _hear(self, response: TestResponse) -> bytes:
        assert response.status_code == 200, response.status
        self.document = response.data
        return response.data


def talk(phone: Phone, conn: sqlite3.Connection, *, stop: str = "") -> Iterator[str]:
    """Answer well until the talk is over or the step `stop` is asked; yields what was heard."""
    yield phone.pick_up().decode()
    while not phone.over():
        call = state.read(conn, phone.call_id).state
        progress = Progress.from_json(call.progress)
        if progress.step == stop:
            return
        script = version(conn, call.script_digest)
        assert script is not None
        yield phone.give(good_answer(script, json.loads(call.facts), progress)).decode()
