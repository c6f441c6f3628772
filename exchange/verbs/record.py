"""`<Record>`: the person's words are kept. https://www.twilio.com/docs/voice/twiml/record"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange import tones
from exchange.customer import Response, Wants
from exchange.document import Element
from exchange.line import HungUp
from exchange.order import RecordingOrder, Target
from exchange.parameters import media_path, seconds
from exchange.person import Person
from exchange.sounding import Sound
from exchange.tape import CUSTOMER, Tape
from exchange.verbs import transcribing
from exchange.verbs.collecting import Collected
from exchange.verbs.keeping import Limits, keep
from exchange.verbs.verb import Goto, Next, Verb, flag, method, whole

if TYPE_CHECKING:
    from exchange.session import Session

_TRANSCRIBED = 120  # seconds: https://www.twilio.com/docs/voice/twiml/record#transcribe


@dataclass(frozen=True, slots=True)
class Taken:
    """How a recording goes: when it ends, what ends it, and whether anything is on it."""

    ends: float
    ended_by: str = ""
    empty: bool = False


def limits(element: Element) -> Limits:
    """The attributes that end a recording; one that is transcribed is two minutes long at most."""
    longest = whole(element, "maxLength", _TRANSCRIBED if transcribing.is_asked(element) else 3600, least=1)
    finish = element.attributes.get("finishOnKey", "1234567890*#")
    return Limits(float(whole(element, "timeout", 5)), float(longest), finish)


def take(limits: Limits, response: Response, spoken: float) -> Taken:
    """What comes of this response: silence, a key, hanging up or the longest length ends it. Pure."""
    timeout, longest, finish = limits.timeout, limits.longest, limits.finish
    begins = response.after
    if response.hangs_up:
        return Taken(min(begins, longest), "hangup", empty=True)
    if response.keys and response.keys[0] in finish:
        return Taken(min(begins, longest), response.keys[0], empty=True)
    if not response.words:
        return Taken(min(timeout or longest, longest), empty=True)
    return Taken(min(begins + spoken + timeout if timeout else longest, longest))


async def perform(element: Element, session: Session) -> Next:
    """Records; an empty recording goes on with the next verb, any other asks the action URL."""
    if flag(element, "playBeep", default=True):
        await session.play([Sound(tones.beep())])
    taken = Taken(0.0)
    tape = session.board.tapes.start(
        session.call, "RecordVerb", _order(element, session), frozenset({CUSTOMER})
    )
    try:
        taken = await _take(element, session)
    finally:
        session.board.tapes.stop(session.call, tape, _order(element, session), absent=taken.empty)
        transcribing.order(element, session, tape)
    return await _next(element, session, taken, tape)


async def _take(element: Element, session: Session) -> Taken:
    """Lets the person speak, who is alive or simulated."""
    person = session.listener
    if isinstance(person, Person):
        kept = await keep(session, person, limits(element))
        return Taken(0.0, kept.ended_by, empty=not kept.spoken)
    response = person.respond(Wants(keys=True, speech=True))
    clip = session.board.speech.clip(response.words, voice=person.voice)
    taken = take(limits(element), response, clip.seconds)
    await session.converse([], Collected(taken.ends, 0.0, response.after, words=response.words), clip)
    return taken


async def _next(element: Element, session: Session, taken: Taken, tape: Tape) -> Next:
    hung_up = taken.ended_by == "hangup"
    if taken.empty and not hung_up:
        return None
    action = Target(session.resolve(element.attributes.get("action", "")), method(element))
    result = Goto(action, tuple(_result(session, taken, tape)))
    if hung_up:
        await session.fetch(result)
        raise HungUp
    return result


def _result(session: Session, taken: Taken, tape: Tape) -> list[tuple[str, str]]:
    board = session.board
    return [
        ("RecordingUrl", board.base_url + media_path(tape, board.account)),
        ("RecordingSid", tape.sid),
        ("RecordingDuration", seconds(tape)),
        ("Digits", taken.ended_by),
    ]


def _order(element: Element, session: Session) -> RecordingOrder:
    url = element.attributes.get("recordingStatusCallback")
    return RecordingOrder(
        trims=element.attributes.get("trim", "trim-silence") != "do-not-trim",
        callback=Target(session.resolve(url), method(element, "recordingStatusCallbackMethod"))
        if url
        else None,
        events=frozenset(element.attributes.get("recordingStatusCallbackEvent", "completed").split()),
    )


VERB = Verb(
    "Record",
    frozenset(
        {
            "action",
            "method",
            "timeout",
            "finishOnKey",
            "maxLength",
            "playBeep",
            "trim",
            "recordingStatusCallback",
            "recordingStatusCallbackMethod",
            "recordingStatusCallbackEvent",
            "transcribe",
            "transcribeCallback",
        }
    ),
    perform,
)
