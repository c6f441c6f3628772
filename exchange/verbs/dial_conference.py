"""`<Conference>` in a `<Dial>`: https://www.twilio.com/docs/voice/twiml/conference"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.document import Element
from exchange.order import RecordingOrder, Target
from exchange.rooms.conference import Conference
from exchange.rooms.entry import EVENTS, MOST, MUSIC, Callback, Entry, beeps, is_label
from exchange.rooms.participant import attend
from exchange.rooms.terms import Terms
from exchange.verb import flag, method, whole

if TYPE_CHECKING:
    from exchange.performance.session import Session

_LONGEST_NAME = 128


async def confer(element: Element, session: Session, terms: Terms) -> str | None:
    """Takes part in the conference; gives the `DialCallStatus`, or nothing where the verb is skipped."""
    name, entry = element.text()[:_LONGEST_NAME], entry_of(element, session)
    conference = session.board.conferences.named(name) or Conference(session.board, name, entry)
    if not _has_label(conference, entry, session):
        return None
    if not _has_place(conference, entry, session):
        return "failed"
    if not conference.participants:
        session.board.conferences.add(conference)
    session.pick_up()
    participant = conference.invite(session, entry)
    line = session.leg.life.line
    with terms.limiting(line):
        return await attend(participant, lambda key: terms.press(line, key))


def entry_of(element: Element, session: Session) -> Entry:
    """The attributes with their defaults."""
    in_and_out = beeps(element.attributes.get("beep", "true"))
    return Entry(
        muted=flag(element, "muted", default=False),
        beeps_on_enter=in_and_out[0],
        beeps_on_exit=in_and_out[1],
        starts=flag(element, "startConferenceOnEnter", default=True),
        ends=flag(element, "endConferenceOnExit", default=False),
        label=element.attributes.get("participantLabel", ""),
        coaches=element.attributes.get("coach") or None,
        wait=_target(element, session, "waitUrl", "waitMethod") if "waitUrl" in element.attributes else MUSIC,
        most=min(whole(element, "maxParticipants", MOST, least=1), MOST),
        region=element.attributes.get("region", ""),
        callback=_callback(element, session),
        recording=_recording(element, session),
        recorded=_recorded(element, session),
    )


def _has_label(conference: Conference, entry: Entry, session: Session) -> bool:
    if not is_label(entry.label):
        session.notify(16023, "participantLabel: 128 characters at most, no '/', nothing like a CallSid")
        return False
    if conference.labelled(entry.label) is not None:
        session.notify(16025, "participantLabel: somebody in the conference has it already")
        return False
    return True


def _has_place(conference: Conference, entry: Entry, session: Session) -> bool:
    if len(conference.participants) >= entry.most:
        session.notify(16020, f"the conference is full: {entry.most} participants")
        return False
    if entry.coaches is not None and entry.coaches not in conference.participants:
        session.notify(13240, "coach: no call of this SID is in the conference")
        return False
    return True


def _callback(element: Element, session: Session) -> Callback | None:
    target = _target(element, session, "statusCallback", "statusCallbackMethod")
    events = frozenset(element.attributes.get("statusCallbackEvent", "").split()) & frozenset(EVENTS)
    return Callback(target, events) if target is not None else None


def _recording(element: Element, session: Session) -> RecordingOrder | None:
    if element.attributes.get("record") not in ("record-from-start", "true"):
        return None
    return RecordingOrder(
        trims=element.attributes.get("trim", "trim-silence") != "do-not-trim",
        callback=_target(element, session, "recordingStatusCallback", "recordingStatusCallbackMethod"),
        events=frozenset(element.attributes.get("recordingStatusCallbackEvent", "completed").split()),
    )


def _recorded(element: Element, session: Session) -> Target | None:
    """Twilio: nothing is sent to `eventCallbackUrl` where there is a `recordingStatusCallback`."""
    if element.attributes.get("recordingStatusCallback"):
        return None
    return _target(element, session, "eventCallbackUrl", "eventCallbackMethod")


def _target(element: Element, session: Session, url: str, how: str) -> Target | None:
    text = element.attributes.get(url, "").strip()
    return Target(session.resolve(text), method(element, how)) if text else None
