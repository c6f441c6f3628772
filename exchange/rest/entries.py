"""Reading the form that calls somebody into a conference."""

from __future__ import annotations

import re

from aiohttp import web
from multidict import MultiDict

from exchange.directory import Directory
from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.order import Order, RecordingOrder, Target
from exchange.rest import forms
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import Form, flag
from exchange.rooms.conference import Conference
from exchange.rooms.entry import EVENTS, MOST, MUSIC, Callback, Entry, beeps, is_label

_CONFERENCE_SID = re.compile(r"CF[0-9a-fA-F]{32}")
_DETECTED = {
    "AmdStatusCallback": "AsyncAmdStatusCallback",
    "AmdStatusCallbackMethod": "AsyncAmdStatusCallbackMethod",
}
_OF_CALLS = ("Url", "ApplicationSid", "SendDigits", "FallbackUrl")
_NO_DOCUMENT = "<Response/>"


def order(form: Form, directory: Directory) -> Order:
    """The call to be placed: as `POST /Calls.json` reads it, with what participants name differently."""
    named = MultiDict((_DETECTED.get(name, name), value) for name, value in form.items())
    for name in _OF_CALLS:
        named.popall(name, None)
    named["Twiml"], named["AsyncAmd"] = _NO_DOCUMENT, "true"
    if form.get("CallerId"):
        named["From"] = form["CallerId"]
    return forms.order(named, directory)


def entry(form: Form) -> Entry:
    """How the participant takes part."""
    label, in_and_out = form.get("Label", ""), beeps(form.get("Beep", "true"))
    if not is_label(label):
        raise RestError(400, 16023, "Label: 128 characters at most, no '/', nothing like a CallSid")
    return Entry(
        muted=_flag(form, "Muted", default=False),
        beeps_on_enter=in_and_out[0],
        beeps_on_exit=in_and_out[1],
        starts=_flag(form, "StartConferenceOnEnter", default=True),
        ends=_flag(form, "EndConferenceOnExit", default=False),
        label=label,
        coaches=coached(form, None),
        wait=wait(form, MUSIC),
        most=_most(form),
        region=form.get("Region", ""),
        early_media=_flag(form, "EarlyMedia", default=True),
        callback=_callback(form),
        recording=_recording(form),
    )


def conference(request: web.Request, new: Entry) -> Conference:
    """The conference the path names by SID or by name, where this participant may come in."""
    board, name = request.app[BOARD], request.match_info["conference"]
    found = board.conferences.get(name) if _CONFERENCE_SID.fullmatch(name) else board.conferences.named(name)
    if found is None and _CONFERENCE_SID.fullmatch(name):
        raise missing(request)
    if found is not None and found.over:
        raise RestError(400, 16099, "Unexpected conference status: the conference is completed")
    found = found or Conference(board, name, new)
    _check(found, new)
    if not found.participants:
        board.conferences.add(found)
    return found


def coached(form: Form, before: str | None) -> str | None:
    """Whose coach the participant is: naming somebody is enough, `Coaching=false` ends it."""
    named = form.get("CallSidToCoach") or before
    if "Coaching" in form and not flag(form, "Coaching"):
        return None
    if "Coaching" in form and named is None:
        raise RestError(400, 20001, "Coaching needs CallSidToCoach")
    return named


def wait(form: Form, before: Target | None) -> Target | None:
    """What is heard in waiting; an empty address is silence."""
    if "WaitUrl" not in form:
        return before
    return forms.target(form, "WaitUrl", "WaitMethod")


def _check(found: Conference, new: Entry) -> None:
    if len(found.participants) >= new.most:
        raise RestError(400, 16020, "Conference is full")
    if found.labelled(new.label) is not None:
        raise RestError(400, 16025, "Participant label is in use by another participant")
    if new.coaches is not None and new.coaches not in found.participants:
        raise RestError(400, 13240, "CallSidToCoach is not in the conference")


def _most(form: Form) -> int:
    text = form.get("MaxParticipants", "") or str(MOST)
    if not is_whole(text) or not 2 <= int(text) <= MOST:
        raise RestError(400, 20001, f"MaxParticipants must be between 2 and {MOST}")
    return int(text)


def _callback(form: Form) -> Callback | None:
    target = forms.target(form, "ConferenceStatusCallback", "ConferenceStatusCallbackMethod", code=21609)
    events = _events(form, "ConferenceStatusCallbackEvent") & frozenset(EVENTS)
    return Callback(target, events or frozenset({"start", "end"})) if target is not None else None


def _recording(form: Form) -> RecordingOrder | None:
    if form.get("ConferenceRecord", "").lower() not in ("true", "record-from-start"):
        return None
    url, method = "ConferenceRecordingStatusCallback", "ConferenceRecordingStatusCallbackMethod"
    return RecordingOrder(
        trims=form.get("ConferenceTrim", "trim-silence") != "do-not-trim",
        callback=forms.target(form, url, method, code=21609),
        events=_events(form, "ConferenceRecordingStatusCallbackEvent") or frozenset({"completed"}),
    )


def _events(form: Form, name: str) -> frozenset[str]:
    return frozenset(event for text in form.getall(name, []) for event in text.split())


def _flag(form: Form, name: str, *, default: bool) -> bool:
    return flag(form, name) if name in form else default
