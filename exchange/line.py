"""The line of one call: what is heard on it, and waiting that a hang-up or a new document interrupts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from exchange.clip import Clip
from exchange.clock import Clock
from exchange.order import Target
from exchange.tape import Tape


class Interruption(Exception):
    """What ends a wait before its time."""


class HungUp(Interruption):
    """Somebody ended the call; `status` is the status it ends with."""

    def __init__(self, status: str = "completed") -> None:
        super().__init__(status)
        self.status = status


class Moved(Interruption):
    """The application sent the call to another document in the middle of this one."""

    def __init__(self, document: Target | str) -> None:
        super().__init__("moved")
        self.document = document


@dataclass(frozen=True, slots=True)
class Sound:
    """A clip, and the words in it."""

    clip: Clip
    words: str = ""


class Line:
    """Sound and time of one call; `ends_at` is the second of the clock at which the far side hangs up."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ends_at = math.inf
        self.tapes: list[Tape] = []
        self._waiter: asyncio.Future[None] | None = None
        self._pending: Interruption | None = None

    def play(self, channel: int, moment: float, clip: Clip, seconds: float) -> None:
        """Puts on every running tape what was heard from this moment on."""
        for tape in self.tapes:
            tape.play(channel, moment, clip, seconds)

    def interrupt(self, interruption: Interruption) -> None:
        """Ends the present wait, or the next one."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(interruption)
        else:
            self._pending = interruption

    def check(self) -> None:
        """Raises what is due: an interruption, or the hang-up whose time has come."""
        if self._pending is not None:
            pending, self._pending = self._pending, None
            raise pending
        if self.clock.time() >= self.ends_at:
            raise HungUp

    async def wait(self, seconds: float) -> None:
        """Lets the clock run; raises the interruption that came meanwhile."""
        self.check()
        now = self.clock.time()
        until = min(now + seconds, self.ends_at)
        await self._until(until - now)
        if until < now + seconds:
            raise HungUp

    async def _until(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = loop.call_later(self.clock.real(seconds), _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
