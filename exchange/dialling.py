"""The life of a call, from the queue to its end."""

from __future__ import annotations

import random

from exchange import amd, parameters
from exchange.account import sid
from exchange.board import Board
from exchange.call import Call, Life
from exchange.clip import Clip
from exchange.customer import Customer, Listener
from exchange.leg import Leg
from exchange.line import HungUp, Line, Moved
from exchange.order import Detection, Order
from exchange.persona import Persona
from exchange.session import Session
from exchange.tape import CUSTOMER
from exchange.verbs.verb import Goto

BUFFER_SECONDS = 5
"""Twilio rings this much longer than `Timeout` says."""

_CONNECTING_SECONDS = 1.0
_BUSY_SECONDS = 1.5


def place(board: Board, order: Order) -> Call:
    """Queues a call to be dialled when the calls per second allow it."""
    now = board.clock.time()
    slot = board.slot(now)
    call = Call(sid("CA"), order, "outbound-api", now, round((slot - now) * 1000), updated=now)
    call.life = Life(Line(board.clock))
    board.register.add_call(call)
    board.tasks.spawn(_outbound(Leg(board, call, call.life), slot))
    return call


def arrive(board: Board, order: Order, caller: Listener) -> Call:
    """An incoming call, which the application's document answers."""
    now = board.clock.time()
    call = Call(sid("CA"), order, "inbound", now, status="ringing", updated=now, started=now)
    call.life = Life(Line(board.clock), listener=caller)
    board.register.add_call(call)
    board.tasks.spawn(_inbound(Leg(board, call, call.life), caller))
    return call


async def _outbound(leg: Leg, slot: float) -> None:
    ending = "failed"
    try:
        await leg.life.line.wait(slot - leg.board.clock.time())
        ending = await _dial(leg)
    except HungUp as hung:
        ending = hung.status
    finally:
        _end(leg, ending)


async def _inbound(leg: Leg, caller: Listener) -> None:
    ending = "failed"
    try:
        session = Session(leg, caller, lambda: _answer(leg))
        ending = (await session.run(Goto(leg.call.order.document))).status
    except HungUp as hung:
        ending = hung.status
    finally:
        _end(leg, ending)


async def _dial(leg: Leg) -> str:
    leg.call.started = leg.board.clock.time()
    _report(leg, "initiated", "initiated")
    number, town = leg.call.order.to, leg.board.plan.town
    persona, attempt = town.at(number), leg.board.register.next_attempt(number)
    leg.call.persona = persona.name
    dice = random.Random(town.dice_seed(number, attempt))
    await leg.life.line.wait(_CONNECTING_SECONDS)
    does = persona.line_at(attempt) if number.startswith("+") else "failed"
    rings = await _ring(leg, does, dice.uniform(*persona.rings))
    if rings != "answered":
        return rings
    _answer(leg)
    if persona.hangs_up_after:
        leg.life.line.ends_at = min(
            leg.life.line.ends_at, leg.board.clock.time() + dice.uniform(*persona.hangs_up_after)
        )
    customer = leg.life.listener = Customer(persona, town.facts(number), dice, town.voice(number), attempt)
    greeting = _greet(leg, customer, attempt)
    return await _talk(leg, customer, _heard(persona, greeting))


async def _ring(leg: Leg, does: str, seconds: float) -> str:
    """Rings until somebody answers; returns `answered` or the status the call ends with."""
    if does in ("busy", "failed"):
        await leg.life.line.wait(_BUSY_SECONDS)
        return does
    _change(leg, "ringing")
    _report(leg, "ringing", "ringing")
    patience = leg.call.order.timeout + BUFFER_SECONDS
    if does == "no-answer" or seconds > patience:
        await leg.life.line.wait(patience)
        return "no-answer"
    await leg.life.line.wait(seconds)
    return "answered"


def _answer(leg: Leg) -> None:
    """The parties are connected; does nothing when they were."""
    if leg.call.answered is not None:
        return
    leg.call.answered = leg.board.clock.time()
    leg.life.line.ends_at = leg.call.answered + leg.call.order.time_limit
    _change(leg, "in-progress")
    if leg.call.order.recording is not None:
        leg.call.tape = leg.board.tapes.start(leg.call, "OutboundAPI", leg.call.order.recording)
    _report(leg, "answered", "in-progress")


def _greet(leg: Leg, customer: Customer, attempt: int) -> Clip | None:
    persona = customer.persona
    if not persona.greeting:
        return None
    words = persona.greeting[min(attempt, len(persona.greeting) - 1)]
    clip = leg.board.speech.clip(words, voice=customer.voice)
    leg.life.line.play(CUSTOMER, leg.board.clock.time() + persona.greeting_after, clip, clip.seconds)
    return clip


def _heard(persona: Persona, greeting: Clip | None) -> amd.Greeting:
    return amd.Greeting(
        persona.greeting_after, greeting.seconds if greeting else 0.0, persona.beep, persona.fax
    )


async def _talk(leg: Leg, listener: Listener, greeting: amd.Greeting) -> str:
    try:
        first = Goto(leg.call.order.document, await _listen(leg, greeting))
    except Moved as moved:
        first = Goto(moved.document)
    session = Session(leg, listener, lambda: None)
    return (await session.run(first)).status


async def _listen(leg: Leg, greeting: amd.Greeting) -> tuple[tuple[str, str], ...]:
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


def _verdict(leg: Leg, verdict: amd.Verdict) -> tuple[tuple[str, str], ...]:
    leg.call.answered_by = verdict.answered_by
    leg.call.updated = leg.board.clock.time()
    return (
        ("AnsweredBy", verdict.answered_by),
        ("MachineDetectionDuration", str(round(verdict.seconds * 1000))),
    )


def _end(leg: Leg, ending: str) -> None:
    """Stops what runs for the call, tells the application, and keeps only what is listed."""
    dialled = leg.call.started is not None
    leg.call.ended = leg.board.clock.time()
    _change(leg, ending)
    for task in leg.life.side_tasks:
        task.cancel()
    if leg.call.tape is not None and leg.call.order.recording is not None:
        leg.board.tapes.stop(leg.call, leg.call.tape, leg.call.order.recording)
    if dialled:  # Twilio: a call canceled in the queue fires no callback
        _report(leg, "completed", ending)
    leg.call.life = None
    leg.board.log.counts[f"call {ending}"] += 1


def _change(leg: Leg, status: str) -> None:
    leg.call.status = status
    leg.call.updated = leg.board.clock.time()


def _report(leg: Leg, event: str, status: str) -> None:
    """Sends a status callback if this event was asked for."""
    order = leg.call.order
    if order.status is None or event not in order.events:
        return
    now = leg.board.clock.time()
    params = parameters.of_status(leg.call, leg.board.account, leg.board.base_url, now, status=status)
    leg.call.sequence += 1
    leg.board.post.send("status", leg.call, order.status, params)
