"""What a live person gives a `<Gather>`: keys and words as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.sound.line import Event, Key, Stirred, Words
from exchange.sound.sounding import Sound
from exchange.sound.tape import ROBOT
from exchange.verbs.collecting import Asked, Collected

if TYPE_CHECKING:
    from exchange.performance.session import Session


@dataclass(slots=True)
class _Taken:
    """What was given until now."""

    asked: Asked
    digits: str = ""
    words: str = ""
    confidence: float = 0.9
    finished_on: str = ""
    done: bool = False

    def take(self, event: object) -> bool:
        """Takes an event; whether it was one that is asked for."""
        if isinstance(event, Key) and self.asked.keys:
            self._press(event.key)
            return True
        if isinstance(event, Words) and self.asked.speech and not self.digits:
            self.words, self.confidence, self.done = event.text, event.confidence, True
            return True
        return False

    def _press(self, key: str) -> None:
        if key in self.asked.finish:
            self.finished_on, self.done = key, True
            return
        self.digits += key
        self.done = self.asked.digits is not None and len(self.digits) >= self.asked.digits


async def listen(session: Session, asked: Asked, prompt: Sequence[Sound]) -> Collected:
    """Plays the prompt until the first key or word, then waits for the rest."""
    session.leg.life.line.forget_events()
    return await _collect(session, asked, _Taken(asked), prompt)


async def go_on(session: Session, asked: Asked, first: Event) -> Collected:
    """Somebody took a simulated person's place in the middle of a question: what he did ends the prompt."""
    taken = _Taken(asked)
    taken.take(first)
    return await _collect(session, asked, taken, ())


async def _collect(session: Session, asked: Asked, taken: _Taken, prompt: Sequence[Sound]) -> Collected:
    line = session.leg.life.line
    try:
        await _prompt(session, asked, taken, prompt)
        while not taken.done and (event := await line.event(asked.timeout)) is not None:
            taken.take(event)
    finally:
        line.silence(ROBOT)
    return Collected(
        0.0,
        0.0,
        digits=taken.digits,
        words=taken.words,
        confidence=taken.confidence,
        finished_on=taken.finished_on,
    )


async def _prompt(session: Session, asked: Asked, taken: _Taken, prompt: Sequence[Sound]) -> None:
    line = session.leg.life.line
    for sound in prompt:
        sounding = line.sound(ROBOT, sound.clip, sound.words)
        if sound.words:
            session.listener.hear(sound.words)
        ends = sounding.moment + sound.clip.seconds
        while (left := ends - line.clock.time()) > 0:
            event = await line.event(left)
            begins_to_speak = asked.speech and isinstance(event, Stirred)
            if (asked.barge_in or isinstance(event, Key)) and (taken.take(event) or begins_to_speak):
                return
