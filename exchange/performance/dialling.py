"""Calls that a document performs: placed by the REST API, or coming in."""

from __future__ import annotations

from collections.abc import Callable

from exchange.account import sid
from exchange.board import Board
from exchange.calls import amd
from exchange.calls.call import Call
from exchange.calls.detecting import Params, detect
from exchange.calls.leg import Leg
from exchange.calls.outgoing import enter, go, queued, send_digits
from exchange.calls.progress import answer, end
from exchange.order import Order
from exchange.people.handset import Handset
from exchange.people.person import FarSide
from exchange.performance.session import Session
from exchange.sound.line import HungUp, Line, Moved
from exchange.verb import Goto


def place(board: Board, order: Order) -> Call:
    """Queues a call to be dialled when the calls per second allow it; then its document is performed."""
    leg, slot = queued(board, order)
    board.tasks.spawn(go(leg, slot, _talk))
    return leg.call


def arrive(
    board: Board,
    order: Order,
    far: Callable[[Line], FarSide],
    *,
    handset: Handset | None = None,
    params: Params = (),
) -> Call:
    """An incoming call, which the application's document answers; `params` go with the first request only."""
    now = board.clock.time()
    leg = enter(board, Call(sid("CA"), order, "inbound", now, status="ringing", updated=now, started=now))
    leg.life.listener, leg.life.handset = far(leg.life.line), handset
    board.tasks.spawn(_inbound(leg, params))
    return leg.call


async def _inbound(leg: Leg, params: Params) -> None:
    ending = "failed"
    try:
        ending = await perform(leg, Goto(leg.call.order.document, params))
    except HungUp as hung:
        ending = hung.status
    finally:
        end(leg, ending)


async def perform(leg: Leg, first: Goto) -> str:
    """Performs documents until one ends the call, and gives the status it ends with."""
    return await Session(leg, lambda: answer(leg)).to_the_end(first)


async def _talk(leg: Leg, greeting: amd.Greeting) -> str:
    """What a call placed by the REST API does: its document."""
    await send_digits(leg)
    try:
        first = Goto(leg.call.order.document, await detect(leg, greeting))
    except Moved as moved:
        first = Goto(moved.document)
    return await perform(leg, first)
