"""`<Start>`: something that goes on beside the verbs; here a recording.

https://www.twilio.com/docs/voice/twiml/recording
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.verb import Next, Verb
from exchange.verbs.taping import recording_order

if TYPE_CHECKING:
    from exchange.performance.session import Session

_SOURCE = "StartCallRecordingTwiML"
_OTHERS = frozenset({"Stream", "Siprec", "Transcription"})
_NOT_PERFORMED = 13750  # https://www.twilio.com/docs/api/errors/13750


async def perform(element: Element, session: Session) -> Next:
    """Starts what it names, and goes on with the next verb."""
    for noun in element.children():
        if noun.name == "Recording":
            _record(noun, session)
        elif noun.name in _OTHERS:
            session.notify(_NOT_PERFORMED, f"<Start><{noun.name}> is not performed by this exchange")
    return None


def _record(noun: Element, session: Session) -> None:
    """Records the call from now on; nothing happens while a recording started so runs."""
    session.pick_up()
    tapes, call = session.board.tapes, session.call
    if any(tape.source == _SOURCE for tape in tapes.running(call.sid)):
        return
    order = recording_order(
        noun,
        session,
        trims=True,
        channels=1 if noun.attributes.get("channels") == "mono" else 2,
        track=noun.attributes.get("track", "both"),
    )
    tapes.start(call, _SOURCE, order).name = noun.attributes.get("name", "")


VERB = Verb("Start", perform)
