"""Reading the form of `POST /Calls.json` into an order; every refusal has Twilio's code."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from multidict import MultiMapping

from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.order import EVENTS, Detection, Order, RecordingOrder, Target

_NUMBER = re.compile(r"\+?[1-9]\d{4,14}")
_ADDRESS = re.compile(r"(?:client|sip|sips):\S+")
_DIGITS = re.compile(r"[0-9A-D*#wW]{0,32}")
_TWIML_LIMIT = 4000
_MAGIC = {"+15005550001": 21217, "+15005550002": 21214, "+15005550003": 21215, "+15005550004": 21216}
_RECORDING_EVENTS = ("in-progress", "completed", "absent")

Form = MultiMapping[str]


def order(form: Form) -> Order:
    """The order a form asks for."""
    return Order(
        to=_to(form),
        caller=_caller(form),
        document=document(form, wanted=True) or "",
        fallback=target(form, "FallbackUrl", "FallbackMethod"),
        status=target(form, "StatusCallback", "StatusCallbackMethod", code=21609),
        events=_events(form, "StatusCallbackEvent", EVENTS),
        timeout=min(_whole(form, "Timeout", 60), 600),
        time_limit=_whole(form, "TimeLimit", 14_400),
        send_digits=_send_digits(form),
        recording=_recording(form),
        detection=_detection(form),
    )


def document(form: Form, *, wanted: bool) -> Target | str | None:
    """The document of a call: `Url` is heard before `Twiml`."""
    if url := target(form, "Url", "Method"):
        return url
    twiml = form.get("Twiml", "")
    if len(twiml) > _TWIML_LIMIT:
        raise RestError(400, 32018, f"Twiml is longer than {_TWIML_LIMIT} characters")
    if twiml:
        return twiml
    if form.get("ApplicationSid"):
        raise RestError(400, 21218, "ApplicationSid is not valid: this exchange has no applications")
    if wanted:
        raise RestError(400, 21205, "Url parameter is required.")
    return None


def target(form: Form, url: str, method: str, *, code: int = 21205) -> Target | None:
    """A webhook of the form, if it has one."""
    text = form.get(url, "")
    if not text:
        return None
    if not _is_url(text):
        raise RestError(400, code, f"{url} is not a valid URL")
    return Target(text, "GET" if form.get(method, "").upper() == "GET" else "POST")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text


def _to(form: Form) -> str:
    text = form.get("To", "")
    if not text:
        raise RestError(400, 21201, "No 'To' number specified")
    number = _number(text, 21211, "To")
    if number in _MAGIC:
        raise RestError(400, _MAGIC[number], "The 'To' number cannot be called")
    return number


def _caller(form: Form) -> str:
    text = form.get("From", "")
    if not text:
        raise RestError(400, 21213, "Caller phone number is required")
    number = _number(text, 21212, "From")
    if number == "+15005550001":  # Twilio's test credentials: never valid as a caller
        raise RestError(400, 21212, "The 'From' number is not valid")
    return number


def _number(text: str, code: int, name: str) -> str:
    if _ADDRESS.fullmatch(text):
        return text
    plain = re.sub(r"[ ().-]", "", text)
    if not _NUMBER.fullmatch(plain):
        raise RestError(400, code, f"The '{name}' number is not a valid phone number")
    return plain if plain.startswith("+") else f"+{plain}"


def _send_digits(form: Form) -> str:
    text = form.get("SendDigits", "")
    if not _DIGITS.fullmatch(text):
        raise RestError(400, 13201, "SendDigits may hold 32 of 0-9, A-D, *, #, w and W")
    return text


def _recording(form: Form) -> RecordingOrder | None:
    if not _true(form, "Record"):
        return None
    return RecordingOrder(
        channels=2 if form.get("RecordingChannels") == "dual" else 1,
        track=form.get("RecordingTrack", "both"),
        trims=form.get("Trim", "trim-silence") != "do-not-trim",
        callback=target(form, "RecordingStatusCallback", "RecordingStatusCallbackMethod", code=21609),
        events=_events(form, "RecordingStatusCallbackEvent", _RECORDING_EVENTS),
    )


def _detection(form: Form) -> Detection | None:
    kind = form.get("MachineDetection", "")
    if kind not in ("Enable", "DetectMessageEnd"):
        return None
    return Detection(
        waits_for_end=kind == "DetectMessageEnd",
        timeout=_whole(form, "MachineDetectionTimeout", 30),
        speech=_whole(form, "MachineDetectionSpeechThreshold", 2400) / 1000,
        speech_end=_whole(form, "MachineDetectionSpeechEndThreshold", 1200) / 1000,
        silence=_whole(form, "MachineDetectionSilenceTimeout", 5000) / 1000,
        asynchronous=_true(form, "AsyncAmd"),
        callback=target(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod"),
    )


def _events(form: Form, name: str, known: Collection[str]) -> frozenset[str]:
    """The events asked for, as repeated fields or in one with spaces; `completed` when none is named."""
    named = {event for text in form.getall(name, []) for event in text.split()}
    return frozenset(named & set(known)) or frozenset({"completed"})


def _true(form: Form, name: str) -> bool:
    return form.get(name, "").lower() == "true"


def _whole(form: Form, name: str, default: int) -> int:
    text = form.get(name, "")
    if text == "":
        return default
    if not is_whole(text):
        raise RestError(400, 20001, f"{name} must be a whole number")
    return int(text)
