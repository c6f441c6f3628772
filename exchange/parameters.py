"""The parameters of webhooks: https://www.twilio.com/docs/voice/twiml#request-parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

from exchange.account import API_VERSION, Account
from exchange.call import Call
from exchange.tape import Tape

Params = list[tuple[str, str]]

_SIP = {"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}
_COUNTRIES = (("+86", "CN"), ("+852", "HK"), ("+853", "MO"), ("+886", "TW"), ("+44", "GB"), ("+1", "US"))


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
    ]
    params += [
        (f"{name}Country", country) for name in ("From", "Caller") if (country := _country(order.caller))
    ]
    params += [(f"{name}Country", country) for name in ("To", "Called") if (country := _country(order.to))]
    return params


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
        ("RecordingTrack", "both" if len(tape.tracks) > 1 else "inbound"),
        ("ErrorCode", "0"),
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


def _country(number: str) -> str:
    return next((country for prefix, country in _COUNTRIES if number.startswith(prefix)), "")
