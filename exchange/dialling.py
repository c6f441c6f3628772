"""The life of a call, from the queue to its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from exchange import amd, tones
from exchange.account import sid
from exchange.board import Board
from exchange.call import Call, Life
from exchange.handset import Handset
from exchange.leg import Leg
from exchange.line import HungUp, Line, Moved
from exchange.order import Detection, Order
from exchange.overhearing import overhear
from exchange.person import FarSide
from exchange.progress import answer, end, report
from exchange.ringing import ring
from exchange.session import Session
from exchange.tape import ROBOT
from exchange.verbs.verb import End, Goto

Talk = Callable[[Leg, amd.Greeting], Awaitable[str]]
"""What an answered call does; gives the status it ends with."""

Params = tuple[tuple[str, str], ...]


def place(board: Board, order: Order) -> Call:
    """Queues a call to be dialled when the calls per second allow it; then its document is performed."""
    now = board.clock.time()
    slot = board.slot(now)
    leg = _leg(board, Call(sid("CA"), order, "outbound-api", now, round((slot - now) * 1000), updated=now))
    board.tasks.spawn(_outbound(leg, slot, _talk))
    return leg.call


def dial(
    board: Board, order: Order, talk: Talk, *, direction: str = "outbound-dial", parent: Call | None = None
) -> Leg:
    """Dials at once, for a `<Dial>` or a participant; calls per second do not count these."""
    now = board.clock.time()
    leg = _leg(board, Call(sid("CA"), order, direction, now, updated=now, parent=parent))
    board.tasks.spawn(_outbound(leg, now, talk))
    return leg


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
    leg = _leg(board, Call(sid("CA"), order, "inbound", now, status="ringing", updated=now, started=now))
    leg.life.listener, leg.life.handset = far(leg.life.line), handset
    board.tasks.spawn(_inbound(leg, params))
    return leg.call


def _leg(board: Board, call: Call) -> Leg:
    call.life = Life(Line(board.clock))
    overhear(board.journal, call.life.line, call.sid)
    board.journal.note(call.sid, "status", status=call.status, to=call.order.to, caller=call.order.caller)
    board.register.add_call(call)
    return Leg(board, call, call.life)


async def _outbound(leg: Leg, slot: float, talk: Talk) -> None:
    ending = "failed"
    try:
        await leg.life.line.wait(slot - leg.board.clock.time())
        ending = await _dial(leg, talk)
    except HungUp as hung:
        ending = hung.status
    finally:
        end(leg, ending)


async def _dial(leg: Leg, talk: Talk) -> str:
    leg.call.started = leg.board.clock.time()
    report(leg, "initiated", "initiated")
    greeting = await ring(leg)
    if isinstance(greeting, str):
        return greeting
    try:
        return await talk(leg, greeting)
    except Moved as moved:
        return await _perform(leg, Goto(moved.document))


async def _inbound(leg: Leg, params: Params) -> None:
    ending = "failed"
    try:
        ending = await _perform(leg, Goto(leg.call.order.document, params))
    except HungUp as hung:
        ending = hung.status
    finally:
        end(leg, ending)


async def _perform(leg: Leg, first: Goto) -> str:
    ending = await Session(leg, lambda: answer(leg)).run(first)
    return ending.status if isinstance(ending, End) else "completed"


async def _talk(leg: Leg, greeting: amd.Greeting) -> str:
    """What a call placed by the REST API does: its document."""
    if leg.call.order.send_digits:
        digits = tones.dtmf(leg.call.order.send_digits)
        leg.life.line.sound(ROBOT, digits)
        await leg.life.line.wait(digits.seconds)
    return await _perform(leg, Goto(leg.call.order.document, await _listen(leg, greeting)))


async def _listen(leg: Leg, greeting: amd.Greeting) -> Params:
    """Looks for an answering machine; returns what the first request for a document says of it."""
    detection = leg.call.order.detection
    if detection is None or leg.call.order.send_digits:  # Twilio: detection is ignored with SendDigits
        return ()
    verdict = amd.judge(greeting, detection)
    if detection.asynchronous:
        leg.life.side_tasks.add(leg.board.tasks.spawn(_detect(leg, detection, verdict)))
        return ()
    await leg.life.line.wait(verdict.seconds)
    return _verdict(leg, verdict)


async def _detect(leg: Leg, detection: Detection, verdict: amd.Verdict) -> None:
    await leg.board.clock.sleep(verdict.seconds)
    params = [("CallSid", leg.call.sid), ("AccountSid", leg.board.account.sid), *_verdict(leg, verdict)]
    if detection.callback is None:
        leg.board.notify(leg.call.sid, 21262, "AsyncAmd without AsyncAmdStatusCallback", level="warning")
    else:
        leg.board.post.send("amd", leg.call, detection.callback, params)


def _verdict(leg: Leg, verdict: amd.Verdict) -> Params:
    leg.call.answered_by = verdict.answered_by
    leg.call.updated = leg.board.clock.time()
    return (
        ("AnsweredBy", verdict.answered_by),
        ("MachineDetectionDuration", str(round(verdict.seconds * 1000))),
    )
