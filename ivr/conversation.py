"""The conversation of a call: each webhook becomes one transaction, and its stored reply is spoken.

What is said is decided by `scripts`, what becomes of it by `dialer`; both are pure and run inside the
ledger's write transaction, so that two webhooks of one call can never decide on the same moment.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from dialer import notes
from dialer.ending import MACHINES, Book
from ivr import twiml
from ivr.clock import Clock
from ivr.home import Company
from ivr.occasion import Occasion
from ledger import Writer, calls, recordings, state
from ledger.records import CallState, StatusUpdate, TurnRecord
from scripts.engine import advance, begin
from scripts.model import Script
from scripts.progress import Progress
from scripts.values import Facts, Heard, Input, Turn

FETCHED, ABSENT = "completed", "absent"
"""The recording statuses after which there is audio to fetch, or never will be."""


@dataclass(frozen=True, slots=True)
class Audio:
    """A recording callback of the carrier, parsed."""

    carrier_sid: str
    status: str
    url: str
    seconds: int | None
    channels: int | None
    error: str


class UnknownScript(LookupError):
    """No script with this digest is installed: the call was begun by another version of the program."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A stored reply, and the script whose words it names."""

    n: int
    reply: str
    script_digest: str


class Conversation:
    """Answers the webhooks of every call; shared by the threads of the web process."""

    def __init__(self, writer: Writer, clock: Clock, company: Company, book: Book, public_url: str) -> None:
        self._writer = writer
        self._book = book
        self._public_url = public_url
        self._clock = clock
        self._occasion = Occasion(company, book)

    def now(self) -> datetime:
        """Return the time of the shared clock."""
        return self._clock.now()

    def answered(self, call_id: int, carrier_sid: str) -> str:
        """The customer picked up: begin the script, or go on where an earlier call broke off."""
        now = self.now()

        def work(conn: sqlite3.Connection) -> Spoken:
            def decide(call: CallState) -> TurnRecord:
                return self._first(call, self._occasion.facts(conn, call, now), now)

            reply = calls.answered(conn, call_id, carrier_sid, now, decide)
            return Spoken(0, reply, state.read(conn, call_id).state.script_digest)

        return self._document(call_id, self._writer.run(work))

    def turn(self, call_id: int, n: int, heard: Heard) -> str:
        """Something was heard, or nothing: advance the script by one turn."""
        now = self.now()
        fresh: list[tuple[Script, Turn]] = []

        def decide(call: CallState) -> TurnRecord:
            meant = _meant(call, heard)
            script, facts, turn = self._next(call, meant)
            fresh.append((script, turn))
            return notes.record(turn, meant, facts=facts, now=now)

        def work(conn: sqlite3.Connection) -> Spoken | None:
            reply = calls.turn(conn, call_id, n, now, "", decide)
            if fresh:
                return None
            call = state.read(conn, call_id).state
            return Spoken(min(n, call.turn), reply, call.script_digest)

        stored = self._writer.run(work)
        if stored is not None:
            return self._document(call_id, stored)
        script, turn = fresh[0]
        return twiml.render(script, turn.say, turn.wait, self._action(call_id, n + 1))

    def broken(self, call_id: int) -> str:
        """Something failed: say so politely and end the call as far as it came; asked again, say it again."""
        now = self.now()
        heard = Heard(Input.ERROR)

        def decide(call: CallState) -> TurnRecord:
            _, facts, turn = self._next(call, heard)
            return notes.record(turn, heard, facts=facts, now=now)

        def work(conn: sqlite3.Connection) -> Spoken:
            call = state.read(conn, call_id).state
            n = call.turn if call.outcome else call.turn + 1
            return Spoken(n, calls.turn(conn, call_id, n, now, "", decide), call.script_digest)

        return self._document(call_id, self._writer.run(work))

    def status(self, call_id: int, update: StatusUpdate, audio: Audio | None = None) -> None:
        """The call rings, was answered, or is over; at its end the task is finished or due again.

        The last callback names the recording as well, for the case that the recording's own is lost.
        """
        now = self.now()

        def work(conn: sqlite3.Connection) -> None:
            calls.status(conn, call_id, update, now, self._book.decide(update.status, now))
            if audio is not None:
                _note(conn, call_id, audio, now)

        self._writer.run(work)

    def machine(self, call_id: int, answered_by: str) -> None:
        """Note who picked up; a machine is left the message by the next turn."""
        now = self.now()
        self._writer.run(lambda conn: calls.machine(conn, call_id, answered_by, now))

    def recording(self, call_id: int, audio: Audio) -> None:
        """Note where the audio of a call can be fetched, or that there will never be any."""
        now = self.now()

        def work(conn: sqlite3.Connection) -> None:
            state.read(conn, call_id)
            _note(conn, call_id, audio, now)

        if audio.status in (FETCHED, ABSENT):
            self._writer.run(work)

    def _script(self, digest: str) -> Script:
        found = self._book.script(digest)
        if found is None:
            raise UnknownScript(f"script {digest[:12]}: not among the installed ones; install its version")
        return found

    def _first(self, call: CallState, facts: Facts, now: datetime) -> TurnRecord:
        script = self._script(call.script_digest)
        turn = begin(script, facts, resume=Progress.from_json(call.resume) if call.resume else None)
        record = notes.record(turn, None, facts=facts, now=now)
        return replace(record, facts=notes.pack(facts))

    def _next(self, call: CallState, heard: Heard) -> tuple[Script, Facts, Turn]:
        script = self._script(call.script_digest)
        facts = _facts(call.facts)
        return script, facts, advance(script, facts, Progress.from_json(call.progress), heard)

    def _document(self, call_id: int, spoken: Spoken) -> str:
        reply = notes.reply_from_json(spoken.reply)
        script = self._script(spoken.script_digest)
        return twiml.render(script, reply.say, reply.wait, self._action(call_id, spoken.n + 1))

    def _action(self, call_id: int, n: int) -> str:
        return f"{self._public_url}/calls/{call_id}/turns/{n}"


def _meant(call: CallState, heard: Heard) -> Heard:
    """A machine that was recognised as one is silent because it is a machine."""
    if heard.kind is Input.SILENCE and call.answered_by.startswith(MACHINES):
        return Heard(Input.MACHINE)
    return heard


@lru_cache(maxsize=4096)
def _facts(text: str) -> Facts:
    """The facts of a call; the calls in progress come back every few seconds with the same ones."""
    return MappingProxyType(json.loads(text))


def _note(conn: sqlite3.Connection, call_id: int, audio: Audio, now: datetime) -> None:
    """Announce a recording; one that does not exist is given up in the same breath."""
    recordings.announce(
        conn,
        call_id=call_id,
        carrier_sid=audio.carrier_sid,
        url=audio.url,
        duration_ms=None if audio.seconds is None else audio.seconds * 1000,
        channels=audio.channels,
        now=now,
    )
    if audio.status == ABSENT:
        found = [one for one in recordings.of_call(conn, call_id) if one.carrier_sid == audio.carrier_sid]
        detail = f"the carrier has none, error {audio.error or 'not given'}"
        for one in found:
            recordings.failed(conn, one.recording_id, status=ABSENT, detail=detail, now=now)
