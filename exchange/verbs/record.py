"""`<Record>`: the person's words are kept. https://www.twilio.com/docs/voice/twiml/record"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.calls.parameters import media_path, seconds
from exchange.calls.postscript import tell
from exchange.document import Element
from exchange.order import LONGEST, Target
from exchange.people.customer import Response, Wants
from exchange.people.person import Person
from exchange.sound import tones
from exchange.sound.line import HungUp
from exchange.sound.sounding import Sound
from exchange.sound.tape import CUSTOMER, Tape
from exchange.verb import Goto, Next, Params, Verb, flag, method, whole
from exchange.verbs import transcribing
from exchange.verbs.collecting import Collected
from exchange.verbs.dictation import Limits, Said, dictate
from exchange.verbs.taping import recording_order

if TYPE_CHECKING:
    from exchange.performance.session import Session


# Seconds: https://www.twilio.com/docs/voice/twiml/record#transcribe and #maxlength
_LONGEST, _TRANSCRIBED, _LONGEST_OF_CLIENTS = 3600, 120, 600


@dataclass(frozen=True, slots=True)
class Taken:
    """How a simulated person's recording goes: when it ends, and what ends it."""

    ends: float
    ended_by: str = ""


def limits(element: Element, session: Session) -> Limits:
    """The attributes that end a recording; one that is transcribed is two minutes long at most."""
    longest = whole(
        element, "maxLength", _TRANSCRIBED if transcribing.is_asked(element) else _LONGEST, least=1
    )
    order, direction = session.call.order, session.call.direction
    is_client = order.caller.startswith("client:") and direction == "inbound"
    return Limits(
        timeout=float(whole(element, "timeout", 5)),
        longest=float(min(longest, _LONGEST_OF_CLIENTS if is_client else LONGEST)),
        finish=element.attributes.get("finishOnKey", "1234567890*#"),
    )


def take(limits: Limits, response: Response, spoken: float) -> Taken:
    """What comes of this response: silence, a key, hanging up or the longest length ends it. Pure."""
    begins, longest = response.after, limits.longest
    if response.hangs_up:
        return Taken(min(begins, longest), "hangup")
    if response.keys and response.keys[0] in limits.finish:
        return Taken(min(begins, longest), response.keys[0])
    if not response.words:
        return Taken(min(limits.timeout or longest, longest))
    return Taken(min(begins + spoken + limits.timeout if limits.timeout else longest, longest))


async def perform(element: Element, session: Session) -> Next:
    """Records; an empty recording goes on with the next verb, any other asks the action URL."""
    if flag(element, "playBeep", default=True):
        await session.play([Sound(tones.beep())])
    tapes, order = session.board.tapes, recording_order(element, session, trims=True)
    tape = tapes.start(session.call, "RecordVerb", order, frozenset({CUSTOMER}))
    said = Said()
    hung_up: HungUp | None = None
    try:
        said = await _listen(element, session)
    except HungUp as error:
        said, hung_up = Said("hangup"), error
    finally:
        tapes.stop(tape, needs_sound=not said.noticed)
        transcribing.order(element, session, tape)
    return await _next(element, session, tape, ended_by=said.ended_by, hung_up=hung_up)


async def _listen(element: Element, session: Session) -> Said:
    """Lets the person speak, who is alive or simulated."""
    person, wanted = session.listener, limits(element, session)
    if isinstance(person, Person):
        return await dictate(session, person, wanted)
    response = person.respond(Wants(keys=True, speech=True))
    clip = session.board.speech.clip(response.words, voice=person.voice)
    taken = take(wanted, response, clip.seconds)
    collected = Collected(taken.ends, 0.0, response.after, words=response.words)
    event = await session.converse([], collected, clip)
    if event is not None and isinstance(session.listener, Person):
        return await dictate(session, session.listener, wanted, event)
    if taken.ended_by == "hangup":
        raise HungUp
    return Said(taken.ended_by)


async def _next(
    element: Element, session: Session, tape: Tape, *, ended_by: str, hung_up: HungUp | None
) -> Next:
    if tape.error is not None and hung_up is None:
        return None
    action = Target(session.resolve(element.attributes.get("action", "")), method(element))
    params = _result(session, tape, ended_by)
    if hung_up is not None:
        await tell(session, action, params, gone=True)
        raise hung_up
    return Goto(action, params)


def _result(session: Session, tape: Tape, ended_by: str) -> Params:
    board = session.board
    return (
        ("RecordingUrl", board.base_url + media_path(tape, board.account)),
        ("RecordingSid", tape.sid),
        ("RecordingDuration", seconds(tape)),
        ("Digits", ended_by),
    )


VERB = Verb("Record", perform)
