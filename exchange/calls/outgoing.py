"""A leg on its way out: from the queue over ringing to what it does when somebody answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from exchange.account import sid
from exchange.board import Board
from exchange.calls.amd import Greeting
from exchange.calls.call import Call, Life
from exchange.calls.leg import Leg
from exchange.calls.overhearing import overhear
from exchange.calls.progress import end, report
from exchange.calls.ringing import ring
from exchange.order import Order
from exchange.sound import tones
from exchange.sound.line import HungUp, Line
from exchange.sound.tape import ROBOT

Talk = Callable[[Leg, Greeting], Awaitable[str]]
"""What an answered call does; gives the status it ends with."""


def _nobody(leg: Leg) -> None:
    """Nobody waits for the end of this leg."""


def dial(
    board: Board,
    order: Order,
    talk: Talk,
    *,
    direction: str = "outbound-dial",
    parent: Call | None = None,
    over: Callable[[Leg], None] = _nobody,
) -> Leg:
    """Dials at once, for a `<Dial>` or a participant; calls per second do not count these."""
    now = board.clock.time()
    leg = enter(board, Call(sid("CA"), order, direction, now, updated=now, parent=parent))
    board.tasks.spawn(go(leg, now, talk, over))
    return leg


def enter(board: Board, call: Call) -> Leg:
    """Gives a new call its line and a place in the register."""
    call.life = Life(Line(board.clock))
    overhear(board.journal, call.life.line, call.sid)
    board.journal.note(call.sid, "status", status=call.status, to=call.order.to, caller=call.order.caller)
    board.register.add_call(call)
    return Leg(board, call, call.life)


def queued(board: Board, order: Order) -> tuple[Leg, float]:
    """A call of the REST API, and the clock's second at which the calls per second let it be dialled."""
    now = board.clock.time()
    slot = board.slot(now)
    call = Call(sid("CA"), order, "outbound-api", now, round((slot - now) * 1000), updated=now)
    return enter(board, call), slot


async def send_digits(leg: Leg) -> None:
    """Presses the keys that the order wants pressed when somebody answers."""
    if leg.call.order.send_digits:
        digits = tones.dtmf(leg.call.order.send_digits)
        leg.life.line.sound(ROBOT, digits)
        await leg.life.line.wait(digits.seconds)


async def go(leg: Leg, slot: float, talk: Talk, over: Callable[[Leg], None] = _nobody) -> None:
    """Dials at the clock's second `slot`, sees the call to its end, and tells who waits for that."""
    ending = "failed"
    try:
        await leg.life.line.wait(slot - leg.board.clock.time())
        leg.call.started = leg.board.clock.time()
        report(leg, "initiated", "initiated")
        greeting = await ring(leg)
        ending = greeting if isinstance(greeting, str) else await talk(leg, greeting)
    except HungUp as hung:
        ending = hung.status
    finally:
        end(leg, ending)
        over(leg)
