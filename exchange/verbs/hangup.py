"""`<Hangup>`: the end of the call. https://www.twilio.com/docs/voice/twiml/hangup"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import End, Next, Verb

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Ends the call."""
    return End()


VERB = Verb("Hangup", perform)
