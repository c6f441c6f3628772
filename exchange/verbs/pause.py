"""`<Pause>`: nothing for some seconds. https://www.twilio.com/docs/voice/twiml/pause"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.sound import tones
from exchange.sound.sounding import Sound
from exchange.verb import Next, Verb, whole

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def sounds(element: Element, session: Session) -> list[Sound]:
    """Silence of the length asked for, one second by default."""
    return [Sound(tones.silence(whole(element, "length", 1)))]


async def perform(element: Element, session: Session) -> Next:
    """Waits."""
    await session.play(await sounds(element, session))
    return None


VERB = Verb("Pause", perform)
