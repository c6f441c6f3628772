"""`<Say>`: words read aloud. https://www.twilio.com/docs/voice/twiml/say"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange import tones
from exchange.document import Element
from exchange.sounding import Sound
from exchange.verbs.ssml import Run, runs
from exchange.verbs.verb import Next, Verb, repeated, whole

if TYPE_CHECKING:
    from exchange.session import Session

VOICE = "robot"
"""The voice the exchange reads with, whatever voice is asked for."""


async def sounds(element: Element, session: Session) -> list[Sound]:
    """The words of the element, as often as it says."""
    spoken = [_sound(run, session) for run in runs(element)]
    return repeated(spoken, whole(element, "loop", 1)) if spoken else []


async def perform(element: Element, session: Session) -> Next:
    """Reads the words aloud."""
    await session.play(await sounds(element, session))
    return None


def _sound(run: Run, session: Session) -> Sound:
    if not run.words:
        return Sound(tones.silence(run.pause))
    return Sound(session.board.speech.clip(run.words, voice=VOICE, rate=run.rate), run.words)


VERB = Verb("Say", frozenset({"voice", "loop", "language"}), perform, sounds)
