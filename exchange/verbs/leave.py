"""`<Leave>`: the call leaves the queue it waits in. https://www.twilio.com/docs/voice/twiml/leave"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import Leave, Next, Verb

if TYPE_CHECKING:
    from exchange.performance.session import Session


async def perform(element: Element, session: Session) -> Next:
    """Goes on after the `<Enqueue>`; a call that is in no queue has nothing to leave, and ends."""
    return Leave()


VERB = Verb("Leave", perform)
