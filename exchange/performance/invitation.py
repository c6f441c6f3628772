"""Calling somebody into a conference."""

from __future__ import annotations

from exchange.board import Board
from exchange.calls.amd import Greeting
from exchange.calls.detecting import detect
from exchange.calls.leg import Leg
from exchange.calls.outgoing import go, queued
from exchange.calls.progress import answer
from exchange.order import Order
from exchange.performance.session import Session
from exchange.rooms.conference import Conference
from exchange.rooms.entry import Entry
from exchange.rooms.participant import Participant, attend
from exchange.sound.line import Moved
from exchange.verb import Goto


def invite(board: Board, conference: Conference, order: Order, entry: Entry) -> Participant:
    """Queues a call to be dialled when the calls per second allow it; who answers takes part."""
    leg, slot = queued(board, order)
    participant = conference.invite(Session(leg, lambda: answer(leg)), entry)

    if entry.early_media:
        leg.life.on_ringing = participant.ring

    async def talk(leg: Leg, greeting: Greeting) -> str:
        return await _take_part(participant, greeting)

    def over(leg: Leg) -> None:
        conference.leave(participant, "participant_add_failed", leg.call.status)

    board.tasks.spawn(go(leg, slot, talk, over))
    return participant


async def _take_part(participant: Participant, greeting: Greeting) -> str:
    try:
        await detect(participant.leg, greeting)
        await attend(participant)
    except Moved as moved:
        participant.conference.leave(participant, "participant_updated_via_api", "in-progress")
        return await participant.session.to_the_end(Goto(moved.document))
    return "completed"
