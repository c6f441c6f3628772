"""The conversation of a call: each webhook becomes one transaction, and its stored reply is spoken.

What is said is decided by `scripts`, what becomes of it by `dialer`; both are pure and run inside the
ledger's write transaction, so that two webhooks of one call can never decide on the same moment.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType

from dialer import notes
from dialer.ending import MACHINES, Book
from ivr import twiml
from ivr.clock import Clock
from ivr.customer_line import CustomerLine, Moment
from ivr.errands import Errands
from ivr.handoff import AGENT, ROBOT, Handoff, PutThrough
from ivr.home import Company
from ivr.hotline.leading_on import Step
from ivr.occasion import Occasion
from ledger import Writer, calls, desks, recordings, state, waits
from ledger.records import CallState, StatusUpdate, TurnRecord
from scripts.engine import advance, begin
from scripts.model import Kind, Script
from scripts.progress import Progress
from scripts.values import Facts, Heard, Input, Performer, Turn

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


class Conversation:
    """Answers the webhooks of every call; shared by the threads of the web process."""

    def __init__(
        self, writer: Writer, clock: Clock, company: Company, book: Book, public_url: str, errands: Errands
    ) -> None:
        self._writer = writer
        self._book = book
        self._clock = clock
        self._occasion = Occasion(company, book)
        self._handoff = Handoff(book, company)
        self._line = CustomerLine(book, public_url)
        self._errands = errands

    def now(self) -> datetime:
        """Return the time of the shared clock."""
        return self._clock.now()

    def answered(self, call_id: int, carrier_sid: str) -> str:
        """The customer picked up: begin the script, or go on where an earlier call broke off."""
        now = self.now()

        def work(conn: sqlite3.Connection) -> Moment:
            def decide(call: CallState) -> TurnRecord:
                return self._first(conn, call, now)

            calls.answered(conn, call_id, carrier_sid, now, decide)
            return self._moment(conn, call_id, 0, now)

        return self._now(self._writer.run(work))

    def turn(self, call_id: int, n: int, heard: Heard) -> str:
        """Something was heard, or nothing: advance the script by one turn."""
        now = self.now()
        fresh: list[tuple[Script, Turn]] = []

        def decide(conn: sqlite3.Connection, call: CallState) -> TurnRecord:
            meant = _meant(call, heard)
            step = self._handoff.taking_up.after(conn, call, meant, Step(*self._next(call, meant)), now)
            script, facts, turn = step.script, step.facts, step.turn
            patience = self._book.patience(call.campaign_id)
            record = notes.record(
                turn, meant, facts=facts, now=now, patience=patience, calendar=self._book.calendar
            )
            record = self._handoff.promises.kept(conn, call, record, now)
            if not _queues(script, turn) and call.performer == ROBOT:
                fresh.append((script, turn))
            return record

        def work(conn: sqlite3.Connection) -> Moment | None:
            calls.turn(conn, call_id, n, now, "", lambda call: decide(conn, call))
            if not fresh:
                return self._moment(conn, call_id, n, now)
            waits.leave(conn, call_id)
            return None

        moment = self._writer.run(work)
        return self._line.robot(call_id, n, *fresh[0]) if moment is None else self._now(moment)

    def broken(self, call_id: int) -> str:
        """Something failed: say so politely and end the call as far as it came; asked again, say it again.

        A customer who is an agent's waits for another agent instead.
        """
        now = self.now()
        heard = Heard(Input.ERROR)

        def decide(conn: sqlite3.Connection, call: CallState) -> TurnRecord:
            _, facts, turn = self._next(call, heard)
            record = notes.record(turn, heard, facts=facts, now=now, calendar=self._book.calendar)
            return self._handoff.promises.kept(conn, call, record, now)

        def work(conn: sqlite3.Connection) -> Moment:
            call = state.read(conn, call_id).state
            if call.performer == AGENT and not call.outcome:
                self._handoff.left(conn, call, now)
                return self._moment(conn, call_id, call.turn, now)
            n = call.turn if call.outcome else call.turn + 1
            waits.leave(conn, call_id)
            calls.turn(conn, call_id, n, now, "", lambda call: decide(conn, call))
            return self._moment(conn, call_id, n, now)

        return self._anew(self._writer.run(work))

    def now_heard(self, leg: str, call_id: int) -> str:
        """What the customer's line hears now: `waiting` for an agent, having `left` the room of one, handed
        to the `robot`, `alone` in a room whose agent is not there, or `held`."""
        match leg:
            case "waiting":
                return self._again(call_id, self._handoff.overdue)
            case "left":
                return self._again(call_id, self._handoff.left)
            case "robot":
                return self._again(call_id, self._handoff.hand_back)
            case "alone":
                return self._without_agent(call_id, self._handoff.phantom)
            case _:
                return self._without_agent(call_id, self._handoff.unattended)

    def serve(self) -> None:
        """An agent may have become free: give waiting callers to whoever is."""
        now = self.now()
        self._tell(self._writer.run(lambda conn: self._handoff.serve(conn, now)))

    def _again(self, call_id: int, change: Callable[[sqlite3.Connection, CallState, datetime], None]) -> str:
        now = self.now()

        def work(conn: sqlite3.Connection) -> Moment:
            standing = state.read(conn, call_id)
            if standing.ended_at is None and not standing.state.outcome:
                change(conn, standing.state, now)
            return self._moment(conn, call_id, None, now)

        return self._anew(self._writer.run(work))

    def _without_agent(
        self, call_id: int, change: Callable[[sqlite3.Connection, CallState, datetime], bool]
    ) -> str:
        """The words of a room; a customer who is taken out of it is fetched by the carrier at once."""
        now = self.now()

        def work(conn: sqlite3.Connection) -> tuple[list[PutThrough], bool]:
            standing = state.read(conn, call_id)
            if standing.ended_at is not None or not change(conn, standing.state, now):
                return [], standing.ended_at is None
            served = self._handoff.serve(conn, now)
            here = PutThrough(call_id, standing.carrier_sid or "")
            return [here, *(one for one in served if one.call_id != call_id)], True

        moved, going = self._writer.run(work)
        self._tell(moved)
        return self._line.held() if going else twiml.nothing()

    def _moment(self, conn: sqlite3.Connection, call_id: int, n: int | None, now: datetime) -> Moment:
        """Serve who waits, then read what this customer's line is to hear."""
        served = self._handoff.serve(conn, now, 0 if n is None else call_id)
        return self._line.moment(conn, call_id, n, [one for one in served if one.call_id != call_id], now)

    def _now(self, moment: Moment) -> str:
        self._tell(moment.served)
        return self._line.document(moment)

    def _anew(self, moment: Moment) -> str:
        """Who waits already heard the words that led there."""
        self._tell(moment.served)
        if moment.place is None:
            return self._line.document(moment)
        return self._line.queue(moment, moment.words)

    def _tell(self, served: Iterable[PutThrough]) -> None:
        for one in served:
            self._errands.redirect(one.call_id, one.carrier_sid)

    def status(self, call_id: int, update: StatusUpdate, audio: Audio | None = None) -> None:
        """The call rings, was answered, or is over; at its end the task is finished or due again.

        The last callback names the recording as well, for the case that the recording's own is lost.
        """
        now = self.now()

        def work(conn: sqlite3.Connection) -> list[PutThrough]:
            calls.status(conn, call_id, update, now, self._book.decide(update.cause, now))
            if audio is not None:
                _note(conn, call_id, audio, now)
            return self._handoff.serve(conn, now) if update.status in calls.ENDED else []

        self._tell(self._writer.run(work))

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

    def _first(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> TurnRecord:
        """An agent begins where one was reserved or is free for a campaign of agents; else the robot."""
        script = self._book.needed(call.script_digest)
        facts = self._occasion.facts(conn, call, now)
        performer = Performer.ROBOT
        if call.performer == AGENT and (user_id := self._handoff.for_answered(conn, call, now)) is not None:
            facts = {**facts, **desks.staff(conn, user_id)}
            performer = Performer.AGENT
        resume = Progress.from_json(call.resume) if call.resume else None
        turn = begin(script, facts, performer=performer, resume=resume)
        patience = self._book.patience(call.campaign_id)
        record = notes.record(
            turn, None, facts=facts, now=now, patience=patience, calendar=self._book.calendar
        )
        return replace(record, facts=notes.pack(facts))

    def _next(self, call: CallState, heard: Heard) -> tuple[Script, Facts, Turn]:
        script = self._book.needed(call.script_digest)
        facts = _facts(call.facts)
        return script, facts, advance(script, facts, Progress.from_json(call.progress), heard)


def _queues(script: Script, turn: Turn) -> bool:
    """Whether the customer waits for a person behind these words."""
    return not turn.progress.ended and script.step(turn.progress.step).kind is Kind.TRANSFER


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
