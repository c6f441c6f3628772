"""What a live person says into a `<Record>`: until a key, a pause, the longest length or his hanging up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.endpointer import Endpointer, Turn
from exchange.hearing import Microphone
from exchange.line import Event, HungUp, Key, Words
from exchange.person import Person

if TYPE_CHECKING:
    from exchange.session import Session

_LOOK = 0.1  # seconds between two looks at what came in


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a recording; a timeout of 0 never does."""

    timeout: float
    longest: float
    finish: str


@dataclass(slots=True)
class Kept:
    """What came in until now."""

    ended_by: str = ""
    spoken: bool = False
    typed: float | None = None
    over: bool = False


async def keep(session: Session, person: Person, limits: Limits) -> Kept:
    """Lets the person speak; the line's tapes record him meanwhile."""
    line, kept = person.line, Kept()
    line.forget_events()
    microphone, endpointer = Microphone(person), Endpointer(limits.timeout or limits.longest)
    until, quiet = line.clock.time() + limits.longest, line.clock.time() + limits.timeout
    try:
        while not kept.over and (left := until - line.clock.time()) > 0:
            _take(kept, await line.event(min(_LOOK, left)), limits, line.clock.time())
            for frame in microphone.frames():
                turn = endpointer.hear(frame)
                kept.spoken |= turn is Turn.BEGAN
                kept.over |= turn is Turn.ENDED
            since = quiet if kept.typed is None else kept.typed + limits.timeout
            silent = not endpointer.speaking and (not kept.spoken or kept.typed is not None)
            kept.over |= bool(limits.timeout) and silent and line.clock.time() >= since
    except HungUp:
        kept.ended_by = "hangup"
    return kept


def _take(kept: Kept, event: Event | None, limits: Limits, now: float) -> None:
    if isinstance(event, Key) and event.key in limits.finish:
        kept.ended_by, kept.over = event.key, True
    elif isinstance(event, Words):
        kept.spoken, kept.typed = True, now
