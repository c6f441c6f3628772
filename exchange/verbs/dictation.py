"""What a live person says into a `<Record>`: until he is silent, presses a key or hangs up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.people.hearing import Microphone
from exchange.people.person import Person
from exchange.sound.line import Event, Key, Line, Words
from exchange.sound.tape import CUSTOMER
from exchange.speaking.endpointer import Endpointer

if TYPE_CHECKING:
    from exchange.performance.session import Session

_LOOK_SECONDS = 0.1  # how often the microphone is looked at
_FADE_SECONDS = 0.3  # between syllables nobody is silent


@dataclass(frozen=True, slots=True)
class Limits:
    """When a recording ends: seconds of silence (0 for never), seconds in all, and the keys that end it."""

    timeout: float
    longest: float
    finish: str


@dataclass(frozen=True, slots=True)
class Said:
    """What ended a recording, and whether it was noticed that somebody spoke."""

    ended_by: str = ""
    noticed: bool = False


async def dictate(session: Session, person: Person, limits: Limits, first: Event | None = None) -> Said:
    """Lets the person speak, who may have done something first; the line's tapes record him meanwhile."""
    line, noticed, event = session.leg.life.line, False, first
    if first is None:
        line.forget_events()
    ear = _Ear(person)
    began = last = line.clock.time()
    while (left := _left(limits, line.clock.time(), began, last)) > 0:
        event = event or await line.event(min(left, _LOOK_SECONDS))
        if isinstance(event, Key) and event.key in limits.finish:
            return Said(event.key, noticed or ear.notices())
        if ear.notices() or isinstance(event, Words) or (noticed and _is_speaking(line)):
            noticed, last = True, line.clock.time()
        event = None
    return Said("", noticed)


def _is_speaking(line: Line) -> bool:
    """Whether words that were typed are being spoken."""
    return any(sounding.clip.source.startswith("speech:") for sounding in line.running(CUSTOMER))


class _Ear:
    """Notices whether somebody speaks."""

    def __init__(self, person: Person) -> None:
        self._microphone, self._endpointer = Microphone(person), Endpointer(_FADE_SECONDS)

    def notices(self) -> bool:
        """Whether there was speech in what came in since the last look."""
        speech = False
        for frame in self._microphone.frames():
            self._endpointer.hear(frame)
            speech |= self._endpointer.speaking
        return speech


def _left(limits: Limits, now: float, began: float, last: float) -> float:
    whole = began + limits.longest - now
    return min(whole, last + limits.timeout - now) if limits.timeout else whole
