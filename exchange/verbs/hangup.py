"""`<Hangup>`: the end of the call. https://www.twilio.com/docs/voice/twiml/hangup"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verbs.verb import End, Next, Verb

if TYPE_CHECKING:
    from exchange.calls.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Ends the call."""
    return End()


VERB = Verb("Hangup", perform)
