"""`<Play>`: a sound file, or keys. https://www.twilio.com/docs/voice/twiml/play"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.errors import WebhookError
from exchange.order import Target
from exchange.people.customer import TELEPHONE
from exchange.sound import tones
from exchange.sound.clip import SoundError
from exchange.sound.soundfiles import read
from exchange.sound.sounding import Sound
from exchange.verb import Next, Verb, repeated, whole

if TYPE_CHECKING:
    from exchange.performance.session import Session

_LIMIT = 16 * 1024 * 1024


async def sounds(element: Element, session: Session) -> list[Sound]:
    """The keys or the file, as often as the element says; a file that cannot be had is left out."""
    if digits := element.attributes.get("digits"):
        return _keys(digits)
    try:
        reply = await session.fetch_sound(Target(session.resolve(element.text()), "GET"), _LIMIT)
        clip = await asyncio.to_thread(read, reply.body)
    except WebhookError as error:
        session.notify(error.code, str(error), error.url)
        return []
    except SoundError as error:
        session.notify(12300, str(error))
        return []
    return repeated([Sound(clip)], whole(element, "loop", 1))


async def perform(element: Element, session: Session) -> Next:
    """Plays the sounds."""
    await session.play(await sounds(element, session))
    return None


def _keys(digits: str) -> list[Sound]:
    """The tones; characters that are no keys are passed over (the schema warns of them: 13430)."""
    return [Sound(tones.dtmf("".join(key for key in digits if key in TELEPHONE)))]


VERB = Verb("Play", perform)
