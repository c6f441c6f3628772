"""What a live person gives a `<Record>`: he is listened to until he is silent, presses a key or hangs up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.clip import RATE
from exchange.line import Key, Words
from exchange.loudness import heard_between
from exchange.person import Person

if TYPE_CHECKING:
    from exchange.session import Session

_LOOK_SECONDS = 0.2  # how often the microphone is looked at


@dataclass(slots=True)
class _Ear:
    """Notices whether something new was said."""

    person: Person
    passed: int

    def notices(self) -> bool:
        """Whether anything was heard since the last look."""
        if self.person.stream is None:
            return False
        fresh = self.person.stream.samples()[self.passed :]
        self.passed += len(fresh)
        return heard_between(fresh) is not None


async def dictate(session: Session, person: Person, *, timeout: float, longest: float, finish: str) -> str:
    """Listens; the key that ended it, nothing for silence and for the longest time there is."""
    line = session.leg.life.line
    line.forget_events()
    ear = _Ear(person, round(person.stream.seconds * RATE) if person.stream else 0)
    began = last = line.clock.time()
    while (left := _left(line.clock.time(), began + longest, last + timeout)) > 0:
        event = await line.event(min(left, _LOOK_SECONDS))
        if isinstance(event, Key) and event.key in finish:
            return event.key
        if ear.notices() or isinstance(event, Words):
            last = line.clock.time()
    return ""


def _left(now: float, *ends: float) -> float:
    return min(ends) - now
