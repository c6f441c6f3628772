"""The parameters of webhooks: https://www.twilio.com/docs/voice/twiml#request-parameters."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from exchange.account import API_VERSION, Account
from exchange.calls.call import Call
from exchange.sound.tape import Tape
from exchange.web.geo import place_of

Params = list[tuple[str, str]]

_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}


def of_call(call: Call, account: Account, *, status: str | None = None) -> Params:
    """What every webhook of a call says, the older names included."""
    order = call.order
    params = [
        ("CallSid", call.sid),
        ("AccountSid", account.sid),
        ("From", order.caller),
        ("To", order.to),
        ("Caller", order.caller),
        ("Called", order.to),
        ("CallStatus", status or call.status),
        ("ApiVersion", API_VERSION),
        ("Direction", call.direction),
        *_geography(order.caller, "From", "Caller"),
        *_geography(order.to, "To", "Called"),
    ]
    if call.parent is not None:
        params.append(("ParentCallSid", call.parent.sid))
    if order.application_sid:
        params.append(("ApplicationSid", order.application_sid))
    if call.direction == "inbound":
        params += _inbound(call)
    return params


def _inbound(call: Call) -> Params:
    """What only incoming calls carry."""
    order = call.order
    params = [("CallToken", call_token(call))]
    if order.forwarded_from:
        params.append(("ForwardedFrom", order.forwarded_from))
    if order.caller_name:
        params.append(("CallerName", order.caller_name))
    if order.caller.startswith("+1"):  # https://www.twilio.com/docs/voice/trusted-calling-with-shakenstir
        params.append(("StirVerstat", "TN-Validation-Passed-A"))
    return params


def call_token(call: Call) -> str:
    """What an application gives back to call on with the caller's own number; opaque to it."""
    body = base64.urlsafe_b64encode(json.dumps({"callSid": call.sid}).encode()).decode().rstrip("=")
    token = {"parentCallInfoToken": f"eyJhbGciOiJFUzI1NiJ9.{body}.", "identityHeaderTokens": []}
    return quote(json.dumps(token, separators=(",", ":")))


@lru_cache(maxsize=8192)
def _geography(number: str, *names: str) -> tuple[tuple[str, str], ...]:
    place = place_of(number)
    if place is None:
        return ()
    parts = (("City", place.city), ("State", place.state), ("Zip", ""), ("Country", place.country))
    return tuple((f"{name}{part}", value) for name in names for part, value in parts)


def of_status(call: Call, account: Account, base_url: str, moment: float, *, status: str) -> Params:
    """What a status callback adds; the caller counts the sequence."""
    params = of_call(call, account, status=status)
    params += [
        ("Timestamp", rfc2822(moment)),
        ("CallbackSource", "call-progress-events"),
        ("SequenceNumber", str(call.sequence)),
    ]
    if call.over:
        params.append(("SipResponseCode", _SIP[call.status]))
        params += [("CallDuration", str(call.seconds)), ("Duration", str(-(-call.seconds // 60)))]
    if call.over and call.tape is not None:
        params += [
            ("RecordingUrl", base_url + media_path(call.tape, account)),
            ("RecordingSid", call.tape.sid),
            ("RecordingDuration", seconds(call.tape)),
        ]
    return params


def of_recording(tape: Tape, account: Account, base_url: str) -> Params:
    """What a recording status callback says."""
    params = [
        ("AccountSid", account.sid),
        ("ConferenceSid", tape.conference_sid) if tape.conference_sid else ("CallSid", tape.call_sid),
        ("RecordingSid", tape.sid),
        ("RecordingUrl", base_url + media_path(tape, account)),
        ("RecordingStatus", tape.status),
        ("RecordingChannels", str(tape.channels)),
        ("RecordingStartTime", rfc2822(tape.started)),
        ("RecordingSource", tape.source),
        ("RecordingTrack", tape.track),
        ("ErrorCode", str(tape.error or 0)),
    ]
    if tape.ended is not None:
        params.append(("RecordingDuration", seconds(tape)))
    return params


def media_path(tape: Tape, account: Account) -> str:
    """Where the sound of a recording is, without its ending."""
    return f"{account.uri}/Recordings/{tape.sid}"


def seconds(tape: Tape) -> str:
    """The length of a recording in whole seconds."""
    return str(round(tape.duration))


def rfc2822(moment: float) -> str:
    """A moment of the clock as Twilio writes it."""
    return format_datetime(datetime.fromtimestamp(int(moment), UTC))
