"""`<Dial><Queue>`: taking the call at the front of a queue. https://www.twilio.com/docs/voice/twiml/queue"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.calls.leg import Leg
from exchange.calls.mingle import mingle
from exchange.document import Element
from exchange.order import LONGEST, Target
from exchange.rooms.bridge import Outcome
from exchange.rooms.meeting import Meeting
from exchange.rooms.queue import Queue, Waiter
from exchange.rooms.terms import Terms
from exchange.sound import tones
from exchange.sound.line import Interruption, Summoned
from exchange.sound.tape import ROBOT
from exchange.verb import Params, method

if TYPE_CHECKING:
    from exchange.performance.session import Session
    from exchange.verbs.taping import DialTape


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
    ringing = line.sound(ROBOT, tones.RINGING)
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
            await leg.life.line.during(meeting.settled(), LONGEST)
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
    line.forget_events()
    try:
        with terms.limiting(line):
            if meeting.ended is None:
                await mingle(leg, lambda key: terms.press(line, key))
    except Summoned:
        return
    finally:
        meeting.part(leg)
        line.unsummon()


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
