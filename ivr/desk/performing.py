"""What agents do: the turns of their calls, their state, and what they ask of the carrier."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from dialer.notes import reply_from_json
from ivr.clock import Clock
from ivr.conversation import Conversation
from ivr.errands import Errands
from ivr.handoff import AGENT, PATIENCE, Handoff
from ledger import NotAllowed, Writer, desks, notes, offers, problems, state, turns, waits
from ledger.records import CallState, Wish
from scripts.values import Heard, Input

TRANSFERS = {"queue": "transfer", "supervisor": waits.SUPERVISOR}
"""Why a caller waits whom an agent passed on, by where to."""


class NotYours(LookupError):
    """The call is not on this agent's desk."""


class TooSoon(Exception):
    """What must be said in full cannot have been said yet; `left_ms` more milliseconds are needed."""

    def __init__(self, left_ms: int) -> None:
        super().__init__(f"{left_ms} ms too soon")
        self.left_ms = left_ms


class Performing:
    """Carries out what an agent asks for; every change is one transaction."""

    def __init__(
        self, writer: Writer, clock: Clock, conversation: Conversation, handoff: Handoff, errands: Errands
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._conversation = conversation
        self._handoff = handoff
        self._errands = errands

    def state(self, user_id: int, to: str, reason: str = "") -> None:
        """Move the desk: `on`, `off`, `ready`, `paused`, or `done` with the record of a call."""
        now = self._clock.now()
        moves: dict[str, Callable[[sqlite3.Connection], None]] = {
            "on": lambda conn: desks.sign_on(conn, user_id, now),
            "off": lambda conn: desks.sign_off(conn, user_id, now),
            "ready": lambda conn: desks.ready(conn, user_id, now),
            "done": lambda conn: desks.ready(conn, user_id, now),
            "paused": lambda conn: desks.pause(conn, user_id, reason, now),
        }
        if to not in moves:
            raise NotAllowed("no_such_state")
        self._writer.run(moves[to])
        self._conversation.serve()

    def dial(self, user_id: int) -> None:
        """Call the contact that is offered; the dialer places the call."""
        now = self._clock.now()
        self._writer.run(lambda conn: offers.accept(conn, user_id, now))

    def turn(self, user_id: int, call_id: int, n: int, heard: Heard) -> None:
        """What the customer answered, or what the agent had to interrupt the script with.

        A turn that was written before stays as it is. Raises NotYours, TooSoon, and the engine's NotOffered.
        """
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> None:
            call = self._mine(conn, user_id, call_id)
            if n == call.turn + 1 and call.outcome == "":
                self._write(conn, call, heard, now)

        self._writer.run(work)

    def problem(self, user_id: int, call_id: int, code: str, note: str) -> None:
        """Open a problem case; the talk stays where it is. Sent twice, it is one case."""
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> None:
            call = self._mine(conn, user_id, call_id)
            if (code, note) in ((case.code, case.note) for case in problems.of_call(conn, call_id)):
                return
            self._handoff.turn(conn, call, Heard(Input.PROBLEM, code, note), now)
            desks.touch(conn, call_id)

        self._writer.run(work)

    def note(self, user_id: int, call_id: int, text: str) -> None:
        """Keep a note with the call, also while its record is completed; sent twice, it is one note."""
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> None:
            self._on_desk(conn, user_id, call_id)
            if text not in (note.text for note in notes.of_call(conn, call_id)):
                notes.add(conn, call_id, user_id, text, now)
                desks.touch(conn, call_id)

        self._writer.run(work)

    def hold(self, user_id: int, call_id: int, on: bool) -> None:
        """Let the customer wait with music, or come back."""

        def work(conn: sqlite3.Connection) -> tuple[str, str]:
            desk, sid = self._line(conn, user_id, call_id)
            if desk.room_sid is None:
                raise NotAllowed("no_leg")
            desks.hold(conn, user_id, on)
            return desk.room_sid, sid

        room_sid, sid = self._writer.run(work)
        self._errands.hold(call_id, room_sid, sid, on)

    def hangup(self, user_id: int, call_id: int) -> None:
        """End the customer's call; what is open then is the engine's to judge."""
        _, sid = self._writer.run(lambda conn: self._line(conn, user_id, call_id))
        self._errands.end(call_id, sid)

    def robot(self, user_id: int, call_id: int) -> None:
        """Hand the rest to the robot: its turn is made when the carrier fetches it."""
        now = self._clock.now()

        def work(conn: sqlite3.Connection) -> str:
            call = self._mine(conn, user_id, call_id)
            self._handoff.record(call, Heard(Input.ROBOT), now)  # NotOffered at a human's step
            return self._line(conn, user_id, call_id)[1]

        self._errands.lead(call_id, self._writer.run(work), f"/calls/{call_id}/robot")

    def transfer(self, user_id: int, call_id: int, to: str) -> None:
        """Pass the customer on, before all who wait; this agent completes the record."""
        now, reason = self._clock.now(), TRANSFERS[to]

        def work(conn: sqlite3.Connection) -> str:
            self._mine(conn, user_id, call_id)
            sid = self._line(conn, user_id, call_id)[1]
            desks.hand_back(conn, call_id, now)
            waits.join(conn, call_id, Wish(reason, 0, now + PATIENCE), now)
            return sid

        self._errands.redirect(call_id, self._writer.run(work))
        self._conversation.serve()

    def _write(self, conn: sqlite3.Connection, call: CallState, heard: Heard, now: datetime) -> None:
        self._handoff.turn(conn, call, self._in_time(conn, call, heard, now), now)
        desks.touch(conn, call.call_id)

    def _in_time(self, conn: sqlite3.Connection, call: CallState, heard: Heard, now: datetime) -> Heard:
        """The input, marked where it cut short what was to be said in full; TooSoon where it may not."""
        say = reply_from_json(turns.reply(conn, call, call.turn)).say
        left = self._handoff.reading_ends(call, say) - now
        if left <= timedelta():
            return heard
        if not self._handoff.may_interrupt(call, heard):
            raise TooSoon(math.ceil(left / timedelta(milliseconds=1)))
        return replace(heard, whole=False)

    def _on_desk(self, conn: sqlite3.Connection, user_id: int, call_id: int) -> desks.Desk:
        desk = desks.get(conn, user_id)
        if desk is None or desk.call_id != call_id:
            raise NotYours(f"call {call_id}")
        return desk

    def _mine(self, conn: sqlite3.Connection, user_id: int, call_id: int) -> CallState:
        """The call, which this agent performs and whose customer is on the line."""
        self._in_call(conn, user_id, call_id)
        standing = state.read(conn, call_id)
        if standing.state.performer != AGENT or standing.ended_at is not None:
            raise NotAllowed("call_over")
        return standing.state

    def _in_call(self, conn: sqlite3.Connection, user_id: int, call_id: int) -> desks.Desk:
        """The desk; while its agent completes the record the call may go on as somebody else's."""
        desk = self._on_desk(conn, user_id, call_id)
        if desk.state not in desks.IN_CALL:
            raise NotAllowed("call_over")
        return desk

    def _line(self, conn: sqlite3.Connection, user_id: int, call_id: int) -> tuple[desks.Desk, str]:
        desk = self._in_call(conn, user_id, call_id)
        sid = state.read(conn, call_id).carrier_sid
        if not sid:
            raise NotAllowed("no_line")
        return desk, sid
