"""`<Refer>`: a SIP leg is sent elsewhere; no leg here is one. https://www.twilio.com/docs/voice/twiml/refer"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import Target
from exchange.verb import Goto, Next, Verb, method

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Error 13801; the action URL is told of the failure, without one the next verb follows."""
    session.notify(13801, "<Refer> is not allowed on a leg that is not SIP")
    action = element.attributes.get("action")
    if not action:
        return None
    return Goto(Target(session.resolve(action), method(element)), (("ReferCallStatus", "failed"),))


VERB = Verb("Refer", perform)
