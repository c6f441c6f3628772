"""Calling somebody into a conference."""

from __future__ import annotations

from exchange.account import sid
from exchange.amd import Greeting
from exchange.board import Board
from exchange.call import Call
from exchange.conference import Conference
from exchange.detecting import detect
from exchange.entry import Entry
from exchange.leg import Leg
from exchange.line import Moved
from exchange.order import Order
from exchange.outgoing import enter, go
from exchange.participant import Participant, attend
from exchange.progress import answer
from exchange.session import Session
from exchange.verbs.verb import Goto


def invite(board: Board, conference: Conference, order: Order, entry: Entry) -> Participant:
    """Queues a call to be dialled when the calls per second allow it; who answers takes part."""
    now = board.clock.time()
    slot = board.slot(now)
    call = Call(sid("CA"), order, "outbound-api", now, round((slot - now) * 1000), updated=now)
    leg = enter(board, call)
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
