"""`<Reject>`: an incoming call is not taken. https://www.twilio.com/docs/voice/twiml/reject"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import End, Next, Verb

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Ends a ringing call as busy or not answered; a call already answered is hung up."""
    if session.call.answered is not None:
        return End()
    return End("busy" if element.attributes.get("reason") == "busy" else "no-answer")


VERB = Verb("Reject", perform, answers=lambda _: False)
