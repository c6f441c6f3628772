"""Two calls that a queue brings together: one waited in it, the other takes it out."""

from __future__ import annotations

import asyncio

from exchange.calls.leg import Leg
from exchange.order import Target
from exchange.rooms.queue import Waiter
from exchange.rooms.room import Room
from exchange.sound.line import Summoned


class Meeting:
    """From the moment a waiting call is taken until one of the two goes."""

    def __init__(self, taker: Leg, waiter: Waiter, whisper: Target | None) -> None:
        self.taker, self.waiter, self.whisper = taker, waiter, whisper
        self.taken = taker.board.clock.time()
        self.began: float | None = None
        self.ended: float | None = None
        self._room = Room()
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the two talk, or did."""
        return self.began is not None

    def connect(self) -> None:
        """The waiting call has heard the whisper: the two hear one another."""
        if self.ended is not None:
            return
        self.began = self.taker.board.clock.time()
        self._room.join(self.taker)
        self._room.join(self.waiter.leg)
        self._changed.set()

    async def settled(self) -> None:
        """Waits until the two are connected, or the waiting call is gone."""
        await self._changed.wait()

    def part(self, leg: Leg) -> None:
        """One of the two goes; the other is told. Nothing happens the second time."""
        if self.ended is not None:
            return
        self.ended = self.taker.board.clock.time()
        for member in tuple(self._room.members.values()):
            self._room.leave(member)
        self._changed.set()
        other = self.waiter.leg if leg is self.taker else self.taker
        other.life.line.interrupt(Summoned("parted"))

    def seconds(self) -> int:
        """How long they talked, begun seconds counted."""
        if self.began is None:
            return 0
        ended = self.taker.board.clock.time() if self.ended is None else self.ended
        return max(1, round(ended - self.began))
