"""Calls that wait for somebody: https://www.twilio.com/docs/voice/api/queue-resource."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from exchange.account import sid
from exchange.sound.line import Summoned

if TYPE_CHECKING:
    from exchange.calls.leg import Leg
    from exchange.rooms.meeting import Meeting

LIMIT, MOST = 1000, 5000
"""How many calls a queue holds unless it is told otherwise, and how many it may be told."""

NAME_LIMIT = 64


@dataclass(slots=True, eq=False)
class Waiter:
    """A call in a queue; `meeting` is with whoever took it out to talk to it."""

    leg: Leg
    queue: Queue
    created: float
    left: float | None = None
    meeting: Meeting | None = None

    @property
    def sid(self) -> str:
        """The SID of the call."""
        return self.leg.call.sid

    @property
    def position(self) -> int:
        """Its place, 1 for the front; 0 when it waits no more."""
        return self.queue.waiting.index(self) + 1 if self in self.queue.waiting else 0

    def seconds(self, now: float) -> int:
        """How long it has waited, or did."""
        return int((now if self.left is None else self.left) - self.created)

    def meet(self, meeting: Meeting) -> None:
        """Calls it to a meeting, out of whatever it hears."""
        self.meeting = meeting
        self.leg.life.line.interrupt(Summoned("dequeued"))


@dataclass(slots=True, eq=False)
class Queue:
    """One queue, first come first served, on both sides: of the calls and of those who take them."""

    sid: str
    name: str
    created: float
    limit: int = LIMIT
    updated: float = 0.0
    waiting: list[Waiter] = field(default_factory=list)
    _seekers: list[asyncio.Event] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether no more calls are taken in."""
        return len(self.waiting) >= self.limit

    def average(self, now: float) -> int:
        """How long the calls in it have waited, on the average."""
        return sum(waiter.seconds(now) for waiter in self.waiting) // max(1, len(self.waiting))

    def join(self, leg: Leg, now: float) -> Waiter:
        """A call lines up."""
        waiter = Waiter(leg, self, now)
        self.waiting.append(waiter)
        self._call_next()
        return waiter

    def leave(self, waiter: Waiter, now: float) -> None:
        """A call waits no more; nothing happens to one that left before."""
        if waiter in self.waiting:
            self.waiting.remove(waiter)
            waiter.left = now

    def put_back(self, waiter: Waiter) -> None:
        """A call takes its old place again, because nobody talked to it after all."""
        waiter.left, waiter.meeting = None, None
        self.waiting.append(waiter)
        self.waiting.sort(key=lambda one: one.created)
        self._call_next()

    def take(self, now: float) -> Waiter | None:
        """The call at the front, which leaves the queue."""
        if not self.waiting:
            return None
        front = self.waiting[0]
        self.leave(front, now)
        return front

    @contextmanager
    def seeking(self) -> Iterator[asyncio.Event]:
        """Lines up for a call; the event is set when one is there for whoever lined up first."""
        seeker = asyncio.Event()
        self._seekers.append(seeker)
        self._call_next()
        try:
            yield seeker
        finally:
            self._seekers.remove(seeker)
            self._call_next()

    def _call_next(self) -> None:
        if self.waiting and self._seekers:
            self._seekers[0].set()


class Queues:
    """The queues of the account."""

    def __init__(self) -> None:
        self._queues: dict[str, Queue] = {}

    def add(self, name: str, now: float, limit: int = LIMIT) -> Queue:
        """A new queue."""
        queue = Queue(sid("QU"), name, now, limit, now)
        self._queues[queue.sid] = queue
        return queue

    def at(self, sid: str) -> Queue | None:
        """The queue of this SID."""
        return self._queues.get(sid)

    def named(self, name: str) -> Queue | None:
        """The queue of this name."""
        return next((queue for queue in self._queues.values() if queue.name == name), None)

    def remove(self, queue: Queue) -> None:
        """Forgets a queue."""
        del self._queues[queue.sid]

    def newest(self) -> Iterator[Queue]:
        """The queues, newest first."""
        return reversed(tuple(self._queues.values()))
