"""Reading the form of `POST /Calls.json` into an order; every refusal has Twilio's code."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from urllib.parse import parse_qsl

from exchange.directory import Application, Directory
from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.order import EVENTS, LONGEST, Detection, Order, RecordingOrder, Target
from exchange.rest.fields import Form, is_url

_NUMBER = re.compile(r"\+?[1-9]\d{4,14}")
_ADDRESS = re.compile(r"(?:client|sip|sips):\S+")
_DIGITS = re.compile(r"[0-9A-D*#wW]{0,32}")
_TWIML_LIMIT = 4000
_RECORDING_EVENTS = ("in-progress", "completed", "absent")

# Magic numbers: https://www.twilio.com/docs/iam/test-credentials
_GEO_PERMISSIONS = (
    "Perhaps you need to enable some international permissions: "
    "https://www.twilio.com/console/voice/calls/geo-permissions/low-risk"
)
_UNREACHABLE = {
    "+15005550001": (21217, "Phone number does not appear to be valid: {}"),
    "+15005550002": (21214, "The phone number {} cannot be reached."),
    "+15005550003": (21215, f"Account not authorized to call {{}}. {_GEO_PERMISSIONS}"),
    "+15005550004": (21216, "Account not allowed to call {}."),
}
_NO_CALLER, _ANY_CALLER = "+15005550001", "+15005550006"


def order(form: Form, directory: Directory, vouched: str = "") -> Order:
    """The order a form asks for; an application answers all that concerns webhooks.

    A call token lets the account call on with the number of somebody who called it: `vouched`.
    """
    to, _, custom = _to(form).partition("?")
    caller = _caller(form, to, directory, vouched)
    wanted = Order(
        to=to,
        caller=caller,
        document=document(form, directory, wanted=True) or "",
        timeout=min(_whole(form, "Timeout", 60, code=21208, least=1), 600),
        time_limit=time_limit(form),
        send_digits=_send_digits(form),
        recording=recording(form, trims=True) if _true(form, "Record") else None,
        detection=_detection(form),
        phone_number_sid=directory.phone_number_sid(caller),
        custom=dict(parse_qsl(custom, keep_blank_values=True)),
    )
    if application := application_of(form, directory):
        voice = application.answering
        return replace(
            wanted, fallback=voice.fallback, status=voice.status, application_sid=voice.application_sid
        )
    return replace(
        wanted,
        fallback=target(form, "FallbackUrl", "FallbackMethod"),
        status=target(form, "StatusCallback", "StatusCallbackMethod", code=21609),
        events=_events(form.getall("StatusCallbackEvent", []), EVENTS),
    )


def unknown_events(form: Form) -> list[str]:
    """The status callback events that do not exist: Twilio takes the order, and warns of them with 21626."""
    return [event for event in form.getall("StatusCallbackEvent", []) if event and event not in EVENTS]


def document(form: Form, directory: Directory, *, wanted: bool) -> Target | str | None:
    """The document of a call: the application's, else that of `Url`, else `Twiml`."""
    if application := application_of(form, directory):
        if (answer := application.answering.voice) is None:
            raise RestError(400, 21218, f"Application {application.sid} has no VoiceUrl")
        return answer
    if url := target(form, "Url", "Method"):
        return url
    twiml = form.get("Twiml", "")
    if len(twiml) > _TWIML_LIMIT:
        raise RestError(400, 32018, f"Twiml is longer than {_TWIML_LIMIT} characters")
    if twiml:
        return twiml
    if wanted:
        raise RestError(400, 21205, "Url parameter is required.")
    return None


def application_of(form: Form, directory: Directory) -> Application | None:
    """The application a form names, if it names one."""
    name = form.get("ApplicationSid", "")
    if name and directory.application(name) is None:
        raise RestError(400, 21218, f"ApplicationSid is not valid: {name}")
    return directory.application(name)


def target(form: Form, url: str, method: str, *, code: int = 21205) -> Target | None:
    """A webhook of the form, if it has one."""
    text, verb = form.get(url, ""), form.get(method, "").upper() or "POST"
    if verb not in ("GET", "POST"):
        raise RestError(400, 21209, f"{method} must be GET or POST")
    if not text:
        return None
    if not is_url(text):
        raise RestError(400, code, f"{url} is not a valid URL: {text}")
    return Target(text, verb)


def number(text: str, code: int, message: str) -> str:
    """A phone number in E.164 form; refused with this code if it is none."""
    plain = re.sub(r"[ ().-]", "", text)
    if not _NUMBER.fullmatch(plain):
        raise RestError(400, code, message)
    return plain if plain.startswith("+") else f"+{plain}"


def address(text: str, code: int, message: str) -> str:
    """Something that can be called: a number, or the address of a client or of SIP."""
    return text if _ADDRESS.fullmatch(text) else number(text, code, message)


def time_limit(form: Form) -> int:
    """How many seconds a call may last."""
    return _whole(form, "TimeLimit", LONGEST)


def _to(form: Form) -> str:
    text = form.get("To", "")
    if not text:
        raise RestError(400, 21201, "No 'To' number is specified")
    to = address(text, 21211, f"The phone number you are attempting to call, {text}, is not valid.")
    if to in _UNREACHABLE:
        code, message = _UNREACHABLE[to]
        raise RestError(400, code, message.format(to))
    return to


def _caller(form: Form, to: str, directory: Directory, vouched: str) -> str:
    text = form.get("From", "")
    if not text:
        raise RestError(400, 21213, "No 'From' number is specified")
    refusal = f"From is not a valid phone number: {text}"
    caller = address(text, 21212, refusal)
    if caller == _NO_CALLER or (to.startswith("+") and not caller.startswith("+")):
        raise RestError(400, 21212, refusal)
    if caller not in (_ANY_CALLER, vouched) and not directory.may_call_from(caller):
        raise RestError(
            400,
            21210,
            f"The source phone number provided, {caller}, is not yet verified for your account. You may only "
            "make calls from phone numbers that you've verified or purchased from Twilio.",
        )
    return caller


def _send_digits(form: Form) -> str:
    text = form.get("SendDigits", "")
    if not _DIGITS.fullmatch(text):
        raise RestError(400, 21206, "SendDigits may hold 32 of 0-9, A-D, *, #, w and W")
    return text


def recording(form: Form, *, trims: bool) -> RecordingOrder:
    """How a form wants a recording; `trims` is what holds when nothing is said."""
    named = form.getall("RecordingStatusCallbackEvent", [])
    return RecordingOrder(
        channels=2 if form.get("RecordingChannels") == "dual" else 1,
        track=form.get("RecordingTrack", "both"),
        trims={"trim-silence": True, "do-not-trim": False}.get(form.get("Trim", ""), trims),
        callback=target(form, "RecordingStatusCallback", "RecordingStatusCallbackMethod", code=21609),
        events=_events(" ".join(named).split(), _RECORDING_EVENTS),
    )


def _detection(form: Form) -> Detection | None:
    """How a machine is looked for: https://www.twilio.com/docs/voice/answering-machine-detection."""
    kind = form.get("MachineDetection", "")
    if not kind:
        return None
    if kind not in ("Enable", "DetectMessageEnd"):
        raise RestError(400, 21234, f"MachineDetection must be Enable or DetectMessageEnd, not {kind}")
    return Detection(
        waits_for_end=kind == "DetectMessageEnd",
        timeout=_tuned(form, "Timeout", 30, 3, 60),
        speech=_tuned(form, "SpeechThreshold", 2400, 1000, 6000) / 1000,
        speech_end=_tuned(form, "SpeechEndThreshold", 1200, 500, 5000) / 1000,
        silence=_tuned(form, "SilenceTimeout", 5000, 2000, 10_000) / 1000,
        asynchronous=_true(form, "AsyncAmd"),
        callback=target(form, "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod"),
    )


def _tuned(form: Form, name: str, default: int, least: int, most: int) -> int:
    name = f"MachineDetection{name}"
    value = _whole(form, name, default, code=21234, least=least)
    if value > most:
        raise RestError(400, 21234, f"{name} must be between {least} and {most}")
    return value


def _events(named: Collection[str], known: Collection[str]) -> frozenset[str]:
    """The events asked for; `completed` when none is named, none when all the named are unknown."""
    return frozenset(named) & frozenset(known) if any(named) else frozenset({"completed"})


def _true(form: Form, name: str) -> bool:
    return form.get(name, "").lower() == "true"


def _whole(form: Form, name: str, default: int, *, code: int = 20001, least: int = 0) -> int:
    text = form.get(name, "")
    if text == "":
        return default
    if not is_whole(text) or int(text) < least:
        raise RestError(400, code, f"{name} must be a whole number from {least} on")
    return int(text)
