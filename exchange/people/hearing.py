"""Follows a live person's microphone while a verb waits: his words, and keys that come as tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from exchange.people.person import Person
from exchange.sound.clip import Samples
from exchange.sound.keypad import Keypad
from exchange.sound.line import Key
from exchange.speaking.ears import Ears, Heard
from exchange.speaking.endpointer import FRAME, Endpointer, Turn

_EVERY = 0.1  # real seconds: live people run at the speed of the wall clock
_ECHO = 1.5  # seconds in which the tone of a pressed key may come back through the microphone
_REMINDS = 50  # frames: whoever waits is told each second that somebody still speaks


@dataclass(frozen=True, slots=True)
class Attention:
    """What is listened for: the pause that ends words, answers to be expected, the language."""

    pause: float
    hints: Sequence[str] = ()
    language: str = "en-US"


class Microphone:
    """What the person says from now on, in frames of 20 ms."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._place = len(person.stream.samples()) if person.stream else 0

    def frames(self) -> Iterator[Samples]:
        """The frames that came in since they were last asked for."""
        if self._person.stream is None:
            return
        samples = self._person.stream.samples()
        while self._place + FRAME <= len(samples):
            self._place += FRAME
            yield samples[self._place - FRAME : self._place]


class Hearing:
    """Turns what one person says into events of his line."""

    def __init__(self, person: Person, ears: Ears | None, attention: Attention | None) -> None:
        self._person, self._attention = person, attention
        self._ears = ears if attention is not None else None
        self._keypad = Keypad()
        self._endpointer = Endpointer(attention.pause if attention else 1.0)
        self._spoken = 0

    async def follow(self) -> None:
        """Listens until it is cancelled."""
        microphone = Microphone(self._person)
        while True:
            await asyncio.sleep(_EVERY)
            for frame in microphone.frames():
                self._press(self._keypad.hear(frame))
                if self._ears is not None and self._attention is not None:
                    await self._listen(frame, self._ears, self._attention)

    def _press(self, keys: str) -> None:
        line = self._person.line
        if keys and line.clock.time() - self._person.pressed > _ECHO:
            for key in keys:
                line.put(Key(key))

    async def _listen(self, frame: Samples, ears: Ears, attention: Attention) -> None:
        turn = self._endpointer.hear(frame)
        self._spoken = self._spoken + 1 if self._endpointer.speaking else 0
        if turn is Turn.BEGAN or (self._spoken and self._spoken % _REMINDS == 0):
            self._person.line.stir()
        if turn is Turn.ENDED:
            heard = await self._understood(ears, attention)
            if heard.words:
                self._person.say(heard.words, heard.confidence)

    async def _understood(self, ears: Ears, attention: Attention) -> Heard:
        """What was said; whoever waits for it is kept waiting while it is worked out."""
        work = asyncio.ensure_future(
            ears.recognise(self._endpointer.said(), hints=attention.hints, language=attention.language)
        )
        try:
            while not work.done():
                self._person.line.stir()
                await asyncio.wait({work}, timeout=0.5)
            return work.result()
        finally:
            work.cancel()


@asynccontextmanager
async def listening(person: Person, ears: Ears | None, attention: Attention | None) -> AsyncIterator[None]:
    """Hears the person until the block is left; words only with ears and attention to them."""
    task = asyncio.create_task(Hearing(person, ears, attention).follow())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
