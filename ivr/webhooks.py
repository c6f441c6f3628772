"""The carrier's webhooks. Every one is signed, may come twice, late, out of order or never."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import wraps
from urllib.parse import unquote_plus

from flask import Blueprint, Response, abort, current_app, request
from werkzeug.exceptions import HTTPException

from ivr import twiml
from ivr.conversation import FETCHED, Audio, Conversation
from ivr.signature import SignatureCheck
from ledger import LedgerBusy, UnknownCall
from ledger.calls import ENDED
from ledger.records import StatusUpdate
from scripts.values import Heard, Input

log = logging.getLogger(__name__)
LARGEST = 2**63 - 1
NUMBER = re.compile("[0-9]{1,9}")
calls = Blueprint("calls", __name__, url_prefix=f"/calls/<int(max={LARGEST}):call_id>")

SORRY = "抱歉，系统临时出了问题，今天先不往下说了，我们会再联系您。再见。"
STATUSES = ENDED | {"queued", "initiated", "ringing", "in-progress"}
Form = dict[str, str]
View = Callable[[int, Form], Response]


class Edge:
    """What the webhooks of one application share; kept in the application's extensions."""

    def __init__(self, conversation: Conversation, check: SignatureCheck, public_url: str) -> None:
        self.conversation = conversation
        self.check = check
        self.public_url = public_url
        self.refused = 0


def edge() -> Edge:
    """Return the edge of the application that answers this request."""
    found = current_app.extensions["huifang"]
    assert isinstance(found, Edge)
    return found


def signed(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let only the carrier in: 403 for anyone else, and no trace but a counter."""

    @wraps(view)
    def checked(call_id: int, **rest: int) -> Response:
        pairs = parameters(request.get_data(cache=False).decode("utf-8", "replace"))
        here = edge()
        url = here.public_url + request.full_path.removesuffix("?")
        if not here.check.holds(url, pairs, request.headers.get("X-Twilio-Signature", "")):
            here.refused += 1
            return Response("signature does not match\n", 403, content_type="text/plain")
        return view(call_id, form=dict(pairs), **rest)

    return checked


def spoken(view: Callable[..., str]) -> Callable[..., Response]:
    """Answer with TwiML whatever happens: the customer hears a polite sentence, never the carrier's error."""

    @wraps(view)
    def answer(call_id: int, **rest: object) -> Response:
        try:
            document = view(call_id, **rest)
        except UnknownCall:
            log.warning("webhook for a call the ledger does not know", extra={"call_id": call_id})
            document = twiml.nothing()
        except HTTPException:
            raise
        except LedgerBusy:
            log.error("the ledger was locked, the call is given up", extra={"call_id": call_id})
            document = twiml.sentence(SORRY)
        except Exception:
            log.exception("a turn failed", extra={"call_id": call_id})
            document = _broken(call_id)
        return Response(document, content_type="text/xml; charset=utf-8")

    return answer


def _broken(call_id: int) -> str:
    try:
        return edge().conversation.broken(call_id)
    except Exception:
        log.exception("a call could not be ended in its script", extra={"call_id": call_id})
        return twiml.sentence(SORRY)


@calls.post("/answered")
@signed
@spoken
def answered(call_id: int, form: Form) -> str:
    """The call was picked up: speak the first turn."""
    return edge().conversation.answered(call_id, needed(form, "CallSid"))


@calls.post(f"/turns/<int(max={LARGEST}):n>")
@signed
@spoken
def turn(call_id: int, n: int, form: Form) -> str:
    """Something was heard, or nothing: speak the next turn."""
    return edge().conversation.turn(call_id, n, heard(form))


@calls.post("/fallback")
@signed
@spoken
def fallback(call_id: int, form: Form) -> str:
    """The carrier could not use our answer: say goodbye politely."""
    log.warning("fallback asked for", extra={"call_id": call_id, "error_code": form.get("ErrorCode", "")[:8]})
    return edge().conversation.broken(call_id)


@calls.post("/status")
@signed
def status(call_id: int, form: Form) -> Response:
    """The call rings, was answered, or is over."""
    word = needed(form, "CallStatus")
    if word not in STATUSES:
        abort(400, "CallStatus: unknown")
    update = StatusUpdate(
        carrier_sid=needed(form, "CallSid"),
        status=word,
        sequence=number(form, "SequenceNumber") or 0,
        at=_moment(form.get("Timestamp", "")) or edge().conversation.now(),
        duration=number(form, "CallDuration"),
        error=form.get("ErrorCode", ""),
    )
    audio = _audio(form, FETCHED) if form.get("RecordingUrl") else None
    return _quietly(call_id, lambda: edge().conversation.status(call_id, update, audio))


@calls.post("/amd")
@signed
def amd(call_id: int, form: Form) -> Response:
    """The carrier decided whether a person or a machine answered."""
    answered_by = needed(form, "AnsweredBy")
    return _quietly(call_id, lambda: edge().conversation.machine(call_id, answered_by))


@calls.post("/recording")
@signed
def recording(call_id: int, form: Form) -> Response:
    """A recording is ready, or will never be."""
    audio = _audio(form, needed(form, "RecordingStatus"))
    return _quietly(call_id, lambda: edge().conversation.recording(call_id, audio))


def _audio(form: Form, status: str) -> Audio:
    return Audio(
        carrier_sid=needed(form, "RecordingSid"),
        status=status,
        url=form.get("RecordingUrl", ""),
        seconds=number(form, "RecordingDuration"),
        channels=number(form, "RecordingChannels"),
        error=form.get("ErrorCode", ""),
    )


def _quietly(call_id: int, act: Callable[[], object]) -> Response:
    """Status callbacks want no words: 204, and also for an unknown call, so that it is not sent again.

    What could not be written gets 503: the carrier was asked to try once more after an answer of this kind.
    """
    try:
        act()
    except UnknownCall:
        log.warning("callback for a call the ledger does not know", extra={"call_id": call_id})
    except Exception:
        log.exception("a callback failed", extra={"call_id": call_id})
        return Response(status=503)
    return Response(status=204)


def needed(form: Form, name: str) -> str:
    """Return a parameter that the carrier always sends; 400 for whoever does not."""
    return form.get(name) or abort(400, f"{name}: is missing")


def number(form: Form, name: str) -> int | None:
    """Return a whole number, None where there is none; 400 for what is no number."""
    text = form.get(name, "")
    if text and not NUMBER.fullmatch(text):
        abort(400, f"{name}: is no whole number")
    return int(text) if text else None


def parameters(body: str) -> list[tuple[str, str]]:
    """Return the parameters of a form; most need no decoding, on which `parse_qsl` spends its time."""
    return [
        (_plain(name), _plain(value))
        for name, found, value in (field.partition("=") for field in body.split("&"))
        if found
    ]


def _plain(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


def heard(form: Form) -> Heard:
    """Return what the Gather reports: keys before speech; neither is silence."""
    if digits := form.get("Digits", ""):
        return Heard(Input.KEYS, digits)
    if words := form.get("SpeechResult", ""):
        return Heard(Input.SPEECH, words)
    return Heard(Input.SILENCE)


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
