"""The line of one call: what is heard on it, and waiting that a hang-up or a new document interrupts."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TypeVar

from exchange.clock import Clock
from exchange.order import Target
from exchange.sound.clip import Clip
from exchange.sound.sounding import Sounding, Tap

T = TypeVar("T")


class Interruption(Exception):
    """What ends a wait before its time; a hang-up weighs more than a new document."""

    weight = 0


class HungUp(Interruption):
    """Somebody ended the call; `status` is the status it ends with."""

    weight = 2

    def __init__(self, status: str = "completed") -> None:
        super().__init__(status)
        self.status = status


class Moved(Interruption):
    """The application sent the call to another document in the middle of this one."""

    weight = 1

    def __init__(self, document: Target | str) -> None:
        super().__init__("moved")
        self.document = document


class Summoned(Interruption):
    """What the call was waiting for has come, for example the start of a conference."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Roused(Summoned):
    """Something began that lets the same wait go on in another way; whatever else is due weighs more."""

    weight = -1


@dataclass(frozen=True, slots=True)
class Key:
    """The far side pressed a key."""

    key: str


@dataclass(frozen=True, slots=True)
class Words:
    """The far side said something, understood with this confidence (0 to 1)."""

    text: str
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Stirred:
    """Something happened that is worth a look: words were heard, or somebody begins to speak."""


Event = Key | Words | Stirred


class Line:
    """Sound and time of one call; `ends_at` is the second of the clock at which the far side hangs up."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ends_at = math.inf
        self.rested = False  # whether anybody waited, as far as whoever sets it back can tell
        self.on_event: Callable[[Event], None] = _unseen
        self._taps: list[Tap] = []
        self._sounding: list[tuple[int, Sounding]] = []
        self._events: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._listening = False
        self._pending: Interruption | None = None

    def sound(self, channel: int, clip: Clip, words: str = "") -> Sounding:
        """Begins a sound now, which may be cut later."""
        sounding = Sounding(self.clock.time(), clip, words)
        self.begin(channel, sounding)
        return sounding

    def play(self, channel: int, moment: float, clip: Clip, seconds: float, words: str = "") -> None:
        """Puts on the line what was or will be heard from this moment on, for so long."""
        self.begin(channel, Sounding(moment, clip, words, ends=max(0.0, min(seconds, clip.seconds))))

    def begin(self, channel: int, sounding: Sounding) -> None:
        """Tells everybody on the line of a sound."""
        now = self.clock.time()
        if self._sounding:
            self._sounding = [kept for kept in self._sounding if not kept[1].over(now)]
        if not sounding.over(now):
            self._sounding.append((channel, sounding))
        for tap in tuple(self._taps):
            tap.start(channel, sounding)

    def tap(self, tap: Tap) -> None:
        """Lets a tape, a room or a browser hear the line from now on, the sounds that run included."""
        self._taps.append(tap)
        now = self.clock.time()
        for channel, sounding in tuple(self._sounding):
            if not sounding.over(now):
                tap.start(channel, sounding)

    def untap(self, tap: Tap) -> None:
        """Undoes `tap`; nothing happens to one that is not on the line."""
        if tap in self._taps:
            self._taps.remove(tap)

    def running(self, channel: int) -> list[Sounding]:
        """What is heard on a channel at this moment."""
        now = self.clock.time()
        return [sounding for on, sounding in self._sounding if on == channel and not sounding.over(now)]

    def silence(self, channel: int) -> None:
        """Cuts everything that is heard on a channel."""
        now = self.clock.time()
        for sounding in self.running(channel):
            sounding.cut(now)

    def interrupt(self, interruption: Interruption) -> None:
        """Ends the present wait, or the next one; what weighs less never displaces what is due."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(interruption)
        elif self._pending is None or self._pending.weight < interruption.weight:
            self._pending = interruption

    def unsummon(self) -> None:
        """Whoever was waited for is not waited for any more."""
        if isinstance(self._pending, Summoned):
            self._pending = None

    def put(self, event: Event) -> None:
        """The far side did something; whoever waits for an event is woken."""
        self._events.append(event)
        self.on_event(event)
        if self._listening:
            self._wake_up(event)

    def stir(self) -> None:
        """Something happened that whoever waits for an event should look at."""
        if not any(isinstance(event, Stirred) for event in self._events):
            self.put(Stirred())

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
        until = self.clock.time() + seconds
        while (left := min(until, self.ends_at) - self.clock.time()) > 0:
            self.rested = True
            await self._until(left)
        if self.ends_at < until:
            raise HungUp

    def limit(self, ends_at: float) -> None:
        """The far side hangs up at another moment than it was going to; who waits learns of it."""
        self.ends_at = ends_at
        self._wake_up(None)

    def forget_events(self) -> None:
        """What the far side did until now counts no more."""
        self._events.clear()

    async def event(self, seconds: float) -> Event | None:
        """The next thing the far side does, nothing after so many seconds; raises interruptions as `wait`."""
        until = self.clock.time() + seconds
        while True:
            self.check()
            if self._events:
                return self._events.popleft()
            left = min(until, self.ends_at) - self.clock.time()
            if left <= 0:
                self.check()
                return None
            self.rested = True
            await self._listen(left)

    async def act(self, seconds: float) -> Key | Words | None:
        """The next key or words of the far side, nothing after so many seconds."""
        until = self.clock.time() + seconds
        while (event := await self.event(until - self.clock.time())) is not None:
            if not isinstance(event, Stirred):
                return event
        return None

    async def during(self, work: Coroutine[None, None, T], seconds: float) -> T | None:
        """What the work gives, nothing after so many seconds; an interruption cancels it."""
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._wake_up)
        until = self.clock.time() + seconds
        try:
            while not task.done():
                self.check()
                if (left := min(until, self.ends_at) - self.clock.time()) <= 0:
                    return None
                await self._until(left)
            return task.result()
        finally:
            task.cancel()

    def _wake_up(self, _: object) -> None:
        if self._waiter is not None:
            _wake(self._waiter)

    async def _listen(self, seconds: float) -> None:
        self._listening = True
        try:
            await self._until(seconds)
        finally:
            self._listening = False

    async def _until(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        timer = loop.call_later(self.clock.real(seconds), _wake, waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None


def _unseen(event: Event) -> None:
    """Nobody takes notes."""


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
