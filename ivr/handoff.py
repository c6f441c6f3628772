"""From robot to agent and back, inside the ledger's transaction; the engine goes on at the same step."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from dialer import notes
from dialer.ending import Book
from ivr.home import Company
from ivr.hotline.leading_on import Step
from ivr.hotline.promises import Promises
from ivr.hotline.taking_up import TakingUp
from ivr.occasion import Occasion
from ledger import calls, desks, state, waits
from ledger.records import CallState, TurnRecord, Wish
from scripts.engine import advance
from scripts.model import NotOffered
from scripts.progress import Progress
from scripts.reading import hold_ms, interrupts
from scripts.values import Facts, Heard, Input, Said

AGENT, ROBOT = "agent", "robot"
"""Who performs a call."""
AGENT_LOST = "agent_lost"
"""Why a caller waits whose agent disappeared; such callers are served before all others."""
PATIENCE = timedelta(seconds=60)
"""So long a caller whose agent disappeared waits for another one."""


@dataclass(frozen=True, slots=True)
class PutThrough:
    """A caller who waits no longer; the carrier is yet to be told."""

    call_id: int
    carrier_sid: str


class Handoff:
    """Gives waiting callers to free agents, and takes calls away from agents who are gone."""

    def __init__(self, book: Book, company: Company) -> None:
        self.taking_up = TakingUp(book, Occasion(company, book))
        self.promises = Promises(company)
        self._book = book

    def serve(self, conn: sqlite3.Connection, now: datetime, unheard: int = 0) -> list[PutThrough]:
        """Give callers to agents until one of the two runs out; nobody waits for an empty shift.

        `unheard` is the call whose latest words are not spoken yet: put through, it will not hear them.
        """
        served = []
        while found := waits.match(conn, now):
            self.take(conn, found.call_id, found.user_id, now, whole=found.call_id != unheard)
            served.append(_put_through(conn, found.call_id))
        for call_id in waits.hopeless(conn, now):
            self._give_up(conn, state.read(conn, call_id).state, now)
            served.append(_put_through(conn, call_id))
        return served

    def take(
        self, conn: sqlite3.Connection, call_id: int, user_id: int, now: datetime, *, whole: bool
    ) -> None:
        """The agent performs the call from here on, at the step where it stands."""
        desks.talk(conn, user_id, call_id, now)
        call = state.read(conn, call_id).state
        staff = desks.staff(conn, user_id)
        self.turn(conn, call, Heard(Input.AGENT, whole=whole), now, staff)

    def for_answered(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> int | None:
        """The agent who takes a call that was placed for agents: the reserved one, or one who is free now.

        Whoever was reserved may be given calls no longer by the time somebody answers. None: the robot
        begins, so that no customer is greeted by silence.
        """
        desk = desks.of_call(conn, call.call_id)
        if desk is not None and desks.is_fit(conn, desk.user_id, now):
            user_id = desk.user_id
        else:
            found = desks.free_for(conn, call.campaign_id, now)
            desks.hand_back(conn, call.call_id, now)
            if found is None:
                return None
            user_id = found
        desks.talk(conn, user_id, call.call_id, now)
        return user_id

    def overdue(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> None:
        """No agent came in time: the script promises what it promises then."""
        place = waits.place(conn, call.call_id)
        if place is None or now < place.until:
            return
        self.serve(conn, now)
        if waits.place(conn, call.call_id) is not None:
            self._give_up(conn, call, now)

    def _give_up(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> None:
        """The robot goes on where an agent was lost; at a person's step a callback is promised."""
        waits.leave(conn, call.call_id)
        try:
            self.turn(conn, call, Heard(Input.ROBOT), now)
        except NotOffered:
            self.turn(conn, call, Heard(Input.NO_AGENT), now)

    def hand_back(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> None:
        """The robot performs the call from here on."""
        if call.performer == AGENT:
            self.turn(conn, call, Heard(Input.ROBOT), now)
            desks.hand_back(conn, call.call_id, now)

    def left(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> None:
        """The caller is out of the agent's room: waits again, before all others."""
        if call.performer == AGENT:
            desks.hand_back(conn, call.call_id, now)
            waits.join(conn, call.call_id, Wish(AGENT_LOST, 0, now + PATIENCE), now)

    def phantom(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> bool:
        """The caller entered the room and the agent was not there: the agent's line is not what it seemed."""
        desk = desks.of_call(conn, call.call_id)
        if desk is not None and desk.leg_sid is not None:
            desks.leg_lost(conn, desk.user_id, desk.leg_sid, now)
        self.left(conn, call, now)
        return True

    def unattended(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> bool:
        """Whether the caller was taken from an agent whose line has been lost for too long."""
        desk = desks.of_call(conn, call.call_id)
        if desk is None or desk.leg_sid is not None or desk.leg_at is None:
            return desk is None
        if now - desk.leg_at < PATIENCE:
            return False
        self.left(conn, call, now)
        return True

    def turn(
        self,
        conn: sqlite3.Connection,
        call: CallState,
        heard: Heard,
        now: datetime,
        staff: dict[str, str] | None = None,
    ) -> str:
        """Advance the script by one turn of its own; returns the stored reply."""

        def decide(call: CallState) -> TurnRecord:
            step = self.taking_up.after(conn, call, heard, self._step(call, heard, staff), now)
            return self.promises.kept(conn, call, self._record(step, heard, now, staff), now)

        return calls.turn(conn, call.call_id, call.turn + 1, now, "", decide)

    def reading_ends(self, call: CallState, say: Iterable[Said]) -> datetime:
        """The first moment at which these words can have been said in full."""
        script = self._book.needed(call.script_digest)
        begun = call.said_at or call.answered_at or datetime.min.replace(tzinfo=UTC)
        return begun + timedelta(milliseconds=hold_ms(script, say))

    def may_interrupt(self, call: CallState, heard: Heard) -> bool:
        """Whether the script may be interrupted with this."""
        script = self._book.needed(call.script_digest)
        return interrupts(script, json.loads(call.facts), Progress.from_json(call.progress), heard)

    def record(
        self, call: CallState, heard: Heard, now: datetime, staff: dict[str, str] | None = None
    ) -> TurnRecord:
        """What the next turn would write; `staff` is who speaks from here on."""
        return self._record(self._step(call, heard, staff), heard, now, staff)

    def _step(self, call: CallState, heard: Heard, staff: dict[str, str] | None) -> Step:
        script = self._book.needed(call.script_digest)
        facts: Facts = {**json.loads(call.facts), **(staff or {})}
        return Step(script, facts, advance(script, facts, Progress.from_json(call.progress), heard))

    def _record(self, step: Step, heard: Heard, now: datetime, staff: dict[str, str] | None) -> TurnRecord:
        record = notes.record(step.turn, heard, facts=step.facts, now=now, calendar=self._book.calendar)
        return replace(record, facts=notes.pack(step.facts)) if staff else record


def _put_through(conn: sqlite3.Connection, call_id: int) -> PutThrough:
    return PutThrough(call_id, state.read(conn, call_id).carrier_sid or "")
