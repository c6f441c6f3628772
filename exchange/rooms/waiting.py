"""What a call in a queue hears, until somebody takes it or it leaves."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from exchange.calls.mingle import mingle
from exchange.errors import ExchangeError
from exchange.order import LONGEST, Target
from exchange.rooms.meeting import Meeting
from exchange.rooms.queue import Waiter
from exchange.sound import music
from exchange.sound.line import Summoned
from exchange.sound.sounding import Sound
from exchange.verb import End, Goto, Leave
from exchange.within import Within

if TYPE_CHECKING:
    from exchange.performance.session import Session

ROUND_SECONDS = 1.0
"""A hold document that takes less is not asked for again before; so an empty one cannot spin."""

_HOLD = frozenset({"Say", "Play", "Pause", "Hangup", "Redirect", "Leave", "Gather"})
_WHISPER = frozenset({"Say", "Play", "Pause", "Redirect"})


async def wait(session: Session, waiter: Waiter, hold: Target | None) -> End | str:
    """Waits to the end: of the call, or with the `QueueResult`, `leave` or `bridged`."""
    while True:
        try:
            return await _listen(session, waiter, hold)
        except Summoned:
            if waiter.meeting is None:
                continue
            if await _meet(session, waiter, waiter.meeting):
                return "bridged"
            waiter.queue.put_back(waiter)


async def _listen(session: Session, waiter: Waiter, hold: Target | None) -> End | str:
    """Hears the hold document again and again."""
    line, clock = session.leg.life.line, session.board.clock
    if hold is None:
        while True:
            await session.play([Sound(music.hold())])
    if not hold.url:
        while True:
            await line.wait(LONGEST)
    while True:
        began = clock.time()
        inner = session.fork(session.leg, _while_waiting(session, waiter))
        ending = await inner.run(Goto(hold))
        if ending is not None:
            return "leave" if isinstance(ending, Leave) else ending
        await line.wait(max(0.0, began + ROUND_SECONDS - clock.time()))


async def _meet(session: Session, waiter: Waiter, meeting: Meeting) -> bool:
    """Hears the whisper, then talks until one of the two goes; whether they came to talk."""
    try:
        if meeting.whisper is not None:
            await _whisper(session, _before_talking(waiter, meeting), meeting.whisper)
        session.leg.life.line.forget_events()
        meeting.connect()
        await mingle(session.leg)
    except Summoned:
        return meeting.connected
    finally:
        meeting.part(session.leg)


async def _whisper(session: Session, within: Within, target: Target) -> None:
    """What the caller hears before he is connected; a document that cannot be had is passed over."""
    with suppress(ExchangeError):  # the session has noted it
        await session.fork(session.leg, within).run(Goto(target))


def _while_waiting(session: Session, waiter: Waiter) -> Within:
    queue, clock = waiter.queue, session.board.clock

    def params() -> list[tuple[str, str]]:
        now = clock.time()
        return [
            ("QueuePosition", str(waiter.position)),
            ("QueueSid", queue.sid),
            ("QueueTime", str(waiter.seconds(now))),
            ("AvgQueueTime", str(queue.average(now))),
            ("CurrentQueueSize", str(len(queue.waiting))),
            ("MaxQueueSize", str(queue.limit)),
        ]

    return Within("while a call waits in a queue", _HOLD, 14202, params, strict=True, kind="queue")


def _before_talking(waiter: Waiter, meeting: Meeting) -> Within:
    def params() -> list[tuple[str, str]]:
        return [
            ("QueueSid", waiter.queue.sid),
            ("QueueTime", str(waiter.seconds(meeting.taken))),
            ("DequeingCallSid", meeting.taker.call.sid),
        ]

    return Within(
        "before a call from a queue is connected", _WHISPER, 14211, params, strict=True, kind="queue"
    )
