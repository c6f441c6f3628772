"""`<Say>`: words read aloud. https://www.twilio.com/docs/voice/twiml/say"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.people.person import Person
from exchange.sound import tones
from exchange.sound.sounding import Sound
from exchange.speaking.speech import sentences
from exchange.speaking.voices import pick
from exchange.verb import Next, Verb, repeated, whole
from exchange.verbs.ssml import Run, runs

if TYPE_CHECKING:
    from exchange.performance.session import Session

_PATIENCE = 60.0  # seconds after which a sentence that is still not rendered is left out


async def sounds(element: Element, session: Session) -> list[Sound]:
    """The words of the element, as often as it says."""
    spoken = [await _sound(run, element, session) for run in runs(element)]
    return repeated(spoken, whole(element, "loop", 1)) if spoken else []


async def perform(element: Element, session: Session) -> Next:
    """Reads the words aloud; to somebody alive, each sentence while the next is being rendered."""
    if not isinstance(session.listener, Person):
        await session.play(await sounds(element, session))
        return None
    read = await _read(_pieces(element), element, session)
    await session.play(repeated(read, whole(element, "loop", 1))[len(read) :] if read else [])
    return None


async def _read(pieces: list[Run], element: Element, session: Session) -> list[Sound]:
    read: list[Sound] = []
    ahead: asyncio.Task[Sound] | None = None
    try:
        for place, piece in enumerate(pieces):
            rendering = ahead or asyncio.create_task(_sound(piece, element, session))
            sound = await session.leg.life.line.during(_result(rendering), _PATIENCE)
            following = pieces[place + 1 : place + 2]
            ahead = asyncio.create_task(_sound(following[0], element, session)) if following else None
            if sound is not None:
                read.append(sound)
                await session.play([sound])
    finally:
        if ahead is not None:
            ahead.cancel()
    return read


async def _result(rendering: asyncio.Task[Sound]) -> Sound:
    return await rendering


def _pieces(element: Element) -> list[Run]:
    """The sentences and pauses of the element."""
    return [
        piece
        for run in runs(element)
        for piece in ([Run(sentence, run.rate) for sentence in sentences(run.words)] if run.words else [run])
    ]


async def _sound(run: Run, element: Element, session: Session) -> Sound:
    if not run.words:
        return Sound(tones.silence(run.pause))
    speech, attributes = session.board.speech, element.attributes
    voice = pick(attributes.get("voice", ""), attributes.get("language", ""), run.words)
    if isinstance(session.listener, Person):
        return Sound(await speech.ready(run.words, voice=voice, rate=run.rate), run.words)
    return Sound(speech.clip(run.words, voice=voice, rate=run.rate), run.words)


VERB = Verb("Say", perform)
