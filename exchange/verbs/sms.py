"""`<Sms>`: a message in the middle of a call; none is sent. https://www.twilio.com/docs/api/errors/13803"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import Next, Verb

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Error 13803, and the next verb follows."""
    session.notify(13803, "<Sms> is not supported here: no message is sent")
    return None


VERB = Verb("Sms", perform)
