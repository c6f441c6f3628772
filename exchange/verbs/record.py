"""`<Record>`: the person's words are kept. https://www.twilio.com/docs/voice/twiml/record"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange import tones
from exchange.customer import Response, Wants
from exchange.document import Element
from exchange.line import HungUp
from exchange.order import Target
from exchange.parameters import media_path, seconds
from exchange.person import Person
from exchange.postscript import tell
from exchange.sounding import Sound
from exchange.tape import CUSTOMER, Tape
from exchange.verbs import transcribing
from exchange.verbs.collecting import Collected
from exchange.verbs.dictation import dictate
from exchange.verbs.taping import recording_order
from exchange.verbs.verb import Goto, Next, Params, Verb, flag, method, whole

if TYPE_CHECKING:
    from exchange.session import Session


_LONGEST, _LONGEST_TRANSCRIBED, _LONGEST_OF_CLIENTS = 3600, 120, 600


@dataclass(frozen=True, slots=True)
class Limits:
    """When a recording ends: seconds of silence (0 for never), seconds in all, and the keys that end it."""

    timeout: int
    longest: int
    finish: str


@dataclass(frozen=True, slots=True)
class Taken:
    """How a simulated person's recording goes: when it ends, and what ends it."""

    ends: float
    ended_by: str = ""


def limits(element: Element, session: Session) -> Limits:
    """The attributes with their defaults."""
    usual = _LONGEST_TRANSCRIBED if transcribing.is_asked(element) else _LONGEST
    longest = whole(element, "maxLength", usual, least=1)
    is_client = session.call.order.caller.startswith("client:") and session.call.direction == "inbound"
    return Limits(
        timeout=whole(element, "timeout", 5),
        longest=min(longest, _LONGEST_OF_CLIENTS if is_client else 14_400),
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
    hung_up: HungUp | None = None
    try:
        ended_by = await _listen(element, session)
    except HungUp as error:
        ended_by, hung_up = "hangup", error
    finally:
        tapes.stop(tape, needs_sound=True)
        transcribing.order(element, session, tape)
    return await _next(element, session, tape, ended_by=ended_by, hung_up=hung_up)


async def _listen(element: Element, session: Session) -> str:
    """Listens to the person; the key that ended it, if it was one."""
    listener, wanted = session.listener, limits(element, session)
    if isinstance(listener, Person):
        return await dictate(
            session,
            listener,
            timeout=wanted.timeout or wanted.longest,
            longest=wanted.longest,
            finish=wanted.finish,
        )
    response = listener.respond(Wants(keys=True, speech=True))
    clip = session.board.speech.clip(response.words, voice=listener.voice)
    taken = take(wanted, response, clip.seconds)
    await session.converse([], Collected(taken.ends, 0.0, response.after, words=response.words), clip)
    if taken.ended_by == "hangup":
        raise HungUp
    return taken.ended_by


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
