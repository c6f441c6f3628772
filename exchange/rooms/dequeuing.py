"""`<Dial><Queue>`: taking the call at the front of a queue. https://www.twilio.com/docs/voice/twiml/queue"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.calls.leg import Leg
from exchange.calls.mingle import mingle
from exchange.document import Element
from exchange.order import Target
from exchange.rooms.bridge import Outcome, Terms
from exchange.rooms.meeting import Meeting
from exchange.rooms.queue import Queue, Waiter
from exchange.sound import tones
from exchange.sound.clip import joined
from exchange.sound.line import Interruption, Summoned
from exchange.sound.tape import ROBOT
from exchange.verb import Params, method

if TYPE_CHECKING:
    from exchange.performance.session import Session
    from exchange.verbs.taping import DialTape

_RINGING = joined(tones.ringback().parts * 121, "ringback")  # the longest timeout there is
_LONG = 14_400.0


@dataclass(frozen=True, slots=True)
class Dequeued:
    """What became of it, and what the action URL is told besides."""

    outcome: Outcome
    params: Params


async def dequeue(
    element: Element, session: Session, *, seconds: float, terms: Terms, tape: DialTape
) -> Dequeued:
    """Waits so long for a call in the queue, and talks with it."""
    queue = session.board.queues.named(element.text())
    if queue is None:
        return Dequeued(Outcome("failed"), (("DequeueResult", "error"),))
    whisper = _whisper(element, session)
    line = session.leg.life.line
    tape.rings()
    ringing = line.sound(ROBOT, _RINGING)
    try:
        meeting = await _meeting(queue, session.leg, whisper, seconds)
    finally:
        ringing.cut(line.clock.time())
    if meeting is None:
        return Dequeued(Outcome("no-answer"), (("QueueSid", queue.sid), ("DequeueResult", "timeout")))
    session.pick_up()
    tape.connects()
    await _talk(meeting, session.leg, terms)
    outcome = Outcome("completed", meeting.waiter.leg.call, bridged=True, seconds=meeting.seconds())
    return Dequeued(outcome, _params(meeting))


async def _meeting(queue: Queue, leg: Leg, whisper: Target | None, seconds: float) -> Meeting | None:
    """The first meeting that comes about; a call that goes before it is connected is not counted."""
    clock = leg.board.clock
    until = clock.time() + seconds
    while (waiter := await _next(queue, leg, until - clock.time())) is not None:
        meeting = Meeting(leg, waiter, whisper)
        waiter.meet(meeting)
        try:
            await leg.life.line.during(meeting.settled(), _LONG)
        except Summoned:
            pass
        except Interruption:
            meeting.part(leg)
            raise
        if meeting.connected:
            return meeting
    return None


async def _next(queue: Queue, leg: Leg, seconds: float) -> Waiter | None:
    with queue.seeking() as seeker:
        if not seeker.is_set():
            await leg.life.line.during(seeker.wait(), seconds)
        return queue.take(leg.board.clock.time()) if seeker.is_set() else None


async def _talk(meeting: Meeting, leg: Leg, terms: Terms) -> None:
    line = leg.life.line
    limit = asyncio.get_running_loop().call_later(
        line.clock.real(terms.time_limit), line.interrupt, Summoned("time")
    )
    line.forget_events()
    try:
        if meeting.ended is None:
            await mingle(leg, lambda key: _press(leg, key, terms))
    except Summoned:
        return
    finally:
        limit.cancel()
        meeting.part(leg)
        line.unsummon()


def _press(leg: Leg, key: str, terms: Terms) -> None:
    if key == "*" and terms.hangs_up_on_star:
        leg.life.line.interrupt(Summoned("star"))


def _whisper(element: Element, session: Session) -> Target | None:
    url = element.attributes.get("url", "")
    return Target(session.resolve(url), method(element)) if url else None


def _params(meeting: Meeting) -> Params:
    waiter = meeting.waiter
    waited = str(waiter.seconds(meeting.taken))
    return (
        ("QueueSid", waiter.queue.sid),
        ("QueueTime", waited),
        ("DequeueResult", "bridged"),
        ("DequeuedCallSid", waiter.sid),
        ("DequeuedCallQueueTime", waited),
        ("DequeuedCallDuration", str(meeting.seconds())),
    )
