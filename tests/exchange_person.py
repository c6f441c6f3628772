"""A live person on the line of a test: somebody whose voice comes in as samples while the clock runs."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
from exchange_studio import FROM, TO, Line

from exchange.calls.call import Call
from exchange.order import Order, Target
from exchange.people.person import Person
from exchange.performance.dialling import arrive
from exchange.sound.line import HungUp

RATE = 8000


def tone(hertz: float, seconds: float, level: float = 8000.0) -> Any:
    times = np.arange(round(seconds * RATE)) / RATE
    return np.round(level * np.sin(2 * np.pi * hertz * times)).astype(np.int16)


def voice(hertz: float, seconds: float) -> Any:
    """Syllables of this pitch: a tone that never ends is no speech."""
    syllable = np.concatenate([tone(hertz, 0.3), np.zeros(RATE // 10, np.int16)])
    return np.tile(syllable, round(seconds / 0.4) + 1)[: round(seconds * RATE)]


class Caller:
    """Somebody who calls the application and does what the test says; his microphone is open."""

    def __init__(self, line: Line, path: str = "/voice", *, caller: str = FROM, base: str = "") -> None:
        self._line = line
        self._voice, self._is_on = np.zeros(0, np.int16), True
        self.person: Person
        document = Target(base + path if base else line.url(path))
        order = Order(to=TO, caller=caller, document=document)
        self.call: Call = self._run(self._arrive(order))

    def speak(self, hertz: float, seconds: float) -> None:
        """Speaks for so many seconds of the clock."""
        self._run(self._speak(voice(hertz, seconds)))

    def switch_off(self) -> None:
        """The microphone sends nothing any more."""
        self._is_on = False

    def press(self, keys: str) -> None:
        self._run(self._do(lambda: self.person.press(keys)))

    def say(self, words: str) -> None:
        self._run(self._do(lambda: self.person.say(words)))

    def hang_up(self) -> None:
        self._run(self._do(self.person.hang_up))

    def until_answered(self) -> None:
        self._line.until(lambda: self.call.status == "in-progress")

    def wait(self, seconds: float) -> None:
        self._run(self._line.board.clock.sleep(seconds))

    def ends_after(self, seconds: float) -> None:
        """The line's own timer hangs up."""
        assert self.call.life is not None
        self.call.life.line.ends_at = self._line.board.clock.time() + seconds
        self._run(self._do(lambda: self.call.life and self.call.life.line.stir()))

    def interrupt(self, status: str = "completed") -> None:
        assert self.call.life is not None
        line = self.call.life.line
        self._run(self._do(lambda: line.interrupt(HungUp(status))))

    async def _arrive(self, order: Order) -> Call:
        def far(line: Any) -> Person:
            self.person = Person(line)
            return self.person

        call = arrive(self._line.board, order, far)
        self._line.board.tasks.spawn(self._microphone(call))
        return call

    async def _microphone(self, call: Call) -> None:
        """Sends what came in since the last time, as a browser does."""
        clock = self._line.board.clock
        began, sent = clock.time(), 0
        while self._is_on and not call.over:
            await clock.sleep(0.1)
            due = round((clock.time() - began) * RATE) - sent
            said, self._voice = self._voice[:due], self._voice[due:]
            self.person.push(np.concatenate([said, np.zeros(due - len(said), np.int16)]))
            sent += due

    async def _speak(self, samples: Any) -> None:
        self._voice = np.concatenate([self._voice, samples])
        while len(self._voice) and not self.call.over:
            await self._line.board.clock.sleep(0.1)

    async def _do(self, work: Any) -> None:
        work()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._line.loop).result(20)
