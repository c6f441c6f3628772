"""A caller finishes the callback that was missed: the call goes on in its script, at the first open item."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from dialer import notes
from dialer.ending import Book
from ivr.hotline.leading_on import Step, leads_on, led_on, went_on
from ivr.occasion import Occasion
from ledger import callers, inbound
from ledger.callers import Callback
from ledger.records import CallState
from scripts.engine import advance
from scripts.progress import Progress
from scripts.values import Facts, Heard

TAKEN_UP = "taken_up"
"""The reason of the end of the hotline's script that is the beginning of another."""


class TakingUp:
    """Lets a call go on in the script of the customer's open callback."""

    def __init__(self, book: Book, occasion: Occasion) -> None:
        self._book = book
        self._occasion = occasion

    def after(
        self, conn: sqlite3.Connection, call: CallState, heard: Heard, step: Step, now: datetime
    ) -> Step:
        """The turn itself, or in its place the first one of the callback, or the script, that it leads to.

        Who was recognised and proved to be the customer gets there; when the callback was made meanwhile,
        the caller is told that none is open.
        """
        if call.direction != "inbound":
            return step
        if leads_on(step):
            return led_on(conn, call, step, now)
        if step.turn.progress.reason != TAKEN_UP:
            return step
        caller = callers.recognise(conn, call.number)
        taken = caller.callback and self._taken(conn, call, caller.callback, step, now)
        if taken:
            return taken
        facts = {**step.facts, "callback_open": False}
        turn = advance(step.script, facts, Progress.from_json(call.progress), heard)
        return replace(step, turn=turn)

    def _taken(
        self, conn: sqlite3.Connection, call: CallState, callback: Callback, step: Step, now: datetime
    ) -> Step | None:
        script = self._book.needed(callback.script_digest)
        facts = {**self._occasion.of_task(conn, callback, now), **_speaker(step.facts)}
        if not inbound.taken_up(conn, call.call_id, call.turn + 1, callback, notes.pack(facts), now):
            return None
        resume = Progress.from_json(callback.resume) if callback.resume else None
        return went_on(script, facts, resume, step)


def _speaker(facts: Facts) -> Facts:
    """Who speaks goes on speaking: the robot, or the agent who has the call."""
    return {name: facts[name] for name in ("staff_name", "staff_no") if name in facts}
