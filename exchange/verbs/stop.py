"""`<Stop>`: the end of what `<Start>` began under this name. https://www.twilio.com/docs/voice/twiml/stop"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import Next, Verb

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Ends the recordings it names; one nobody started is passed over."""
    names = {noun.attributes.get("name", "") for noun in element.children() if noun.name == "Recording"}
    for tape in session.board.tapes.running(session.call.sid):
        if tape.name and tape.name in names:
            session.board.tapes.stop(tape)
    return None


VERB = Verb("Stop", perform)
