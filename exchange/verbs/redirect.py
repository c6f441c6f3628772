"""`<Redirect>`: the call goes on with another document. https://www.twilio.com/docs/voice/twiml/redirect"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import Target
from exchange.verb import Goto, Next, Verb, method

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Goes to the URL, which is read against the present document's."""
    return Goto(Target(session.resolve(element.text()), method(element)))


VERB = Verb("Redirect", perform)
