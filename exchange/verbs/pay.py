"""`<Pay>`: there is no Pay Connector to pay through. https://www.twilio.com/docs/voice/twiml/pay"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import Target
from exchange.verb import Goto, Next, Verb, method

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Error 64004; the action URL is told of the failure, without one the next verb follows."""
    connector = element.attributes.get("paymentConnector", "Default")
    session.notify(64004, f"<Pay> paymentConnector: there is no Pay Connector {connector!r}")
    action = element.attributes.get("action")
    if not action:
        return None
    return Goto(Target(session.resolve(action), method(element)), (("Result", "payment-connector-error"),))


VERB = Verb("Pay", perform)
