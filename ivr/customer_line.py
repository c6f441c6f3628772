"""What the customer's line hears now: the robot's words, an agent's room, or one more round of waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dialer import notes
from dialer.ending import Book
from ivr import room_twiml, twiml
from ivr.handoff import AGENT, PutThrough
from ivr.hotline.promises import KEPT
from ivr.queue_words import queue_words
from ledger import inbound, state, turns, waits
from ledger.expected import expected
from ledger.records import CallState
from ledger.waits import Place
from scripts.model import Script
from scripts.progress import Progress
from scripts.values import Input, Turn


@dataclass(frozen=True, slots=True)
class Moment:
    """A call as its line finds it: the stored reply of turn `n`, where it waits, and who was put through.

    `before` is the reply of the turn before, where nobody has heard it yet.
    """

    call: CallState
    n: int
    before: str
    reply: str
    place: Place | None
    over: bool
    served: Sequence[PutThrough]
    words: Sequence[str]


class CustomerLine:
    """Renders moments as documents."""

    def __init__(self, book: Book, public_url: str) -> None:
        self._book = book
        self._public_url = public_url

    def moment(
        self,
        conn: sqlite3.Connection,
        call_id: int,
        n: int | None,
        served: Sequence[PutThrough],
        now: datetime,
    ) -> Moment:
        """Read the call; without `n` its latest turn."""
        standing = state.read(conn, call_id)
        call = standing.state
        said = call.turn if n is None else min(n, call.turn)
        before = ""
        if turns.heard_kind(conn, call_id, said + 1) == Input.NO_AGENT.value and n is not None:
            before, said = turns.reply(conn, call, said), said + 1
        reply = turns.reply(conn, call, said)
        digest = inbound.digest_at(conn, call_id, said) or call.script_digest
        place = waits.place(conn, call_id)
        words = self._queue_words(conn, call, place, now) if place else ()
        over = standing.ended_at is not None
        return Moment(replace(call, script_digest=digest), said, before, reply, place, over, served, words)

    def _queue_words(
        self, conn: sqlite3.Connection, call: CallState, place: Place, now: datetime
    ) -> tuple[str, ...]:
        """What the caller hears in the queue, in the words of the script that stands there now."""
        script = self._book.needed(call.script_digest)
        step = Progress.from_json(call.progress).step
        keeps = step in script.steps and KEPT in (script.step(step).answers or ())
        return queue_words(place, expected(conn, place.ahead, now), keeps_place=keeps)

    def document(self, moment: Moment) -> str:
        """An agent's room before everything else, then the words; who waits is led to the queue by them."""
        call = moment.call
        if not call.outcome and call.performer == AGENT and call.agent_id is not None:
            return room_twiml.join(self._public_url, call.agent_id, call.call_id)
        script = self._book.needed(call.script_digest)
        reply = notes.reply_from_json(moment.reply)
        if moment.place is None or call.outcome or moment.over:
            before = notes.reply_from_json(moment.before).say if moment.before else ()
            return twiml.render(
                script, (*before, *reply.say), reply.wait, self._action(call.call_id, moment.n + 1)
            )
        return twiml.lead_on(script, reply.say, f"{self._public_url}/calls/{call.call_id}/waiting")

    def robot(self, call_id: int, n: int, script: Script, turn: Turn) -> str:
        """The robot's turn `n`, as it was just decided."""
        return twiml.render(script, turn.say, turn.wait, self._action(call_id, n + 1))

    def queue(self, moment: Moment, words: Sequence[str]) -> str:
        """One round of waiting."""
        action = f"/calls/{moment.call.call_id}/turns/{moment.call.turn + 1}"
        return room_twiml.waiting(self._public_url, moment.call.call_id, words, action)

    def held(self) -> str:
        """What a customer hears whose agent is not there."""
        return room_twiml.hold_words(self._public_url)

    def _action(self, call_id: int, n: int) -> str:
        return f"{self._public_url}/calls/{call_id}/turns/{n}"
