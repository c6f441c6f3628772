"""The life of a call, from the queue to its end."""

from __future__ import annotations

import random

from exchange import amd, parameters
from exchange.account import sid
from exchange.board import Board
from exchange.call import Call, Life
from exchange.clip import Clip
from exchange.customer import Customer, Listener
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
    now, slot = board.clock.time(), board.slot()
    call = Call(sid("CA"), order, "outbound-api", now, round((slot - now) * 1000), updated=now)
    call.life = Life(Line(board.clock))
    board.register.add_call(call)
    board.tasks.spawn(_outbound(board, call, call.life, slot))
    return call


def arrive(board: Board, order: Order, caller: Listener) -> Call:
    """An incoming call, which the application's document answers."""
    now = board.clock.time()
    call = Call(sid("CA"), order, "inbound", now, status="ringing", updated=now, started=now)
    call.life = Life(Line(board.clock), listener=caller)
    board.register.add_call(call)
    board.tasks.spawn(_inbound(board, call, call.life, caller))
    return call


async def _outbound(board: Board, call: Call, life: Life, slot: float) -> None:
    ending = "failed"
    try:
        await life.line.wait(slot - board.clock.time())
        ending = await _dial(board, call, life)
    except HungUp as hung:
        ending = hung.status
    finally:
        _end(board, call, life, ending)


async def _inbound(board: Board, call: Call, life: Life, caller: Listener) -> None:
    ending = "failed"
    try:
        session = Session(board, call, life, caller, lambda: _answer(board, call, life))
        ending = (await session.run(Goto(call.order.document))).status
    except HungUp as hung:
        ending = hung.status
    finally:
        _end(board, call, life, ending)


async def _dial(board: Board, call: Call, life: Life) -> str:
    call.started = board.clock.time()
    _report(board, call, "initiated", "initiated")
    number, town = call.order.to, board.plan.town
    persona, attempt = town.at(number), board.register.next_attempt(number)
    call.persona = persona.name
    dice = random.Random(town.dice_seed(number, attempt))
    await life.line.wait(_CONNECTING_SECONDS)
    does = persona.line_at(attempt) if number.startswith("+") else "failed"
    rings = await _ring(board, call, life, does, dice.uniform(*persona.rings))
    if rings != "answered":
        return rings
    _answer(board, call, life)
    if persona.hangs_up_after:
        life.line.ends_at = min(life.line.ends_at, board.clock.time() + dice.uniform(*persona.hangs_up_after))
    customer = life.listener = Customer(persona, town.facts(number), dice, town.voice(number), attempt)
    greeting = _greet(board, life, customer, attempt)
    return await _talk(board, call, life, customer, _heard(persona, greeting))


async def _ring(board: Board, call: Call, life: Life, does: str, seconds: float) -> str:
    """Rings until somebody answers; returns `answered` or the status the call ends with."""
    if does in ("busy", "failed"):
        await life.line.wait(_BUSY_SECONDS)
        return does
    _change(board, call, "ringing")
    _report(board, call, "ringing", "ringing")
    patience = call.order.timeout + BUFFER_SECONDS
    if does == "no-answer" or seconds > patience:
        await life.line.wait(patience)
        return "no-answer"
    await life.line.wait(seconds)
    return "answered"


def _answer(board: Board, call: Call, life: Life) -> None:
    """The parties are connected; does nothing when they were."""
    if call.answered is not None:
        return
    call.answered = board.clock.time()
    life.line.ends_at = call.answered + call.order.time_limit
    _change(board, call, "in-progress")
    if call.order.recording is not None:
        call.tape = board.tapes.start(call, "OutboundAPI", call.order.recording)
    _report(board, call, "answered", "in-progress")


def _greet(board: Board, life: Life, customer: Customer, attempt: int) -> Clip | None:
    persona = customer.persona
    if not persona.greeting:
        return None
    words = persona.greeting[min(attempt, len(persona.greeting) - 1)]
    clip = board.speech.clip(words, voice=customer.voice)
    life.line.play(CUSTOMER, board.clock.time() + persona.greeting_after, clip, clip.seconds)
    return clip


def _heard(persona: Persona, greeting: Clip | None) -> amd.Greeting:
    return amd.Greeting(
        persona.greeting_after, greeting.seconds if greeting else 0.0, persona.beep, persona.fax
    )


async def _talk(board: Board, call: Call, life: Life, listener: Listener, greeting: amd.Greeting) -> str:
    try:
        first = Goto(call.order.document, await _listen(board, call, life, greeting))
    except Moved as moved:
        first = Goto(moved.document)
    session = Session(board, call, life, listener, lambda: None)
    return (await session.run(first)).status


async def _listen(
    board: Board, call: Call, life: Life, greeting: amd.Greeting
) -> tuple[tuple[str, str], ...]:
    """Looks for an answering machine; returns what the first request for a document says of it."""
    detection = call.order.detection
    if detection is None or call.order.send_digits:  # Twilio: detection is ignored with SendDigits
        return ()
    verdict = amd.judge(greeting, detection)
    if detection.asynchronous:
        life.side_tasks.add(board.tasks.spawn(_detect(board, call, detection, verdict)))
        return ()
    await life.line.wait(verdict.seconds)
    return _verdict(board, call, verdict)


async def _detect(board: Board, call: Call, detection: Detection, verdict: amd.Verdict) -> None:
    await board.clock.sleep(verdict.seconds)
    params = [("CallSid", call.sid), ("AccountSid", board.account.sid), *_verdict(board, call, verdict)]
    if detection.callback is None:
        board.notify(call.sid, 21262, "AsyncAmd without AsyncAmdStatusCallback", level="warning")
    else:
        board.post.send("amd", call, detection.callback, params)


def _verdict(board: Board, call: Call, verdict: amd.Verdict) -> tuple[tuple[str, str], ...]:
    call.answered_by = verdict.answered_by
    call.updated = board.clock.time()
    return (
        ("AnsweredBy", verdict.answered_by),
        ("MachineDetectionDuration", str(round(verdict.seconds * 1000))),
    )


def _end(board: Board, call: Call, life: Life, ending: str) -> None:
    """Stops what runs for the call, tells the application, and keeps only what is listed."""
    dialled = call.started is not None
    call.ended = board.clock.time()
    _change(board, call, ending)
    for task in life.side_tasks:
        task.cancel()
    if call.tape is not None and call.order.recording is not None:
        board.tapes.stop(call, call.tape, call.order.recording)
    if dialled:  # Twilio: a call canceled in the queue fires no callback
        _report(board, call, "completed", ending)
    call.life = None
    board.log.counts[f"call {ending}"] += 1


def _change(board: Board, call: Call, status: str) -> None:
    call.status = status
    call.updated = board.clock.time()


def _report(board: Board, call: Call, event: str, status: str) -> None:
    """Sends a status callback if this event was asked for."""
    order = call.order
    if order.status is None or event not in order.events:
        return
    now = board.clock.time()
    params = parameters.of_status(call, board.account, board.base_url, now, status=status)
    call.sequence += 1
    board.post.send("status", call, order.status, params)
