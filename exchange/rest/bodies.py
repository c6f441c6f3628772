"""Resources as JSON, key for key as Twilio's description has them."""

from __future__ import annotations

import re
from typing import Any

from exchange.account import API_VERSION, Account
from exchange.calls.call import Call
from exchange.calls.parameters import media_path, rfc2822, seconds
from exchange.sound.tape import Tape

Body = dict[str, Any]

_CALL_PARTS = {
    "notifications": "Notifications",
    "recordings": "Recordings",
    "payments": "Payments",
    "events": "Events",
    "siprec": "Siprec",
    "streams": "Streams",
    "transcriptions": "Transcriptions",
    "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
    "user_defined_messages": "UserDefinedMessages",
}


def call(one: Call, account: Account) -> Body:
    """A Call resource."""
    path = f"{account.uri}/Calls/{one.sid}"
    return {
        "sid": one.sid,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "parent_call_sid": one.parent.sid if one.parent else None,
        "account_sid": account.sid,
        "to": one.order.to,
        "to_formatted": formatted(one.order.to),
        "from": one.order.caller,
        "from_formatted": formatted(one.order.caller),
        "phone_number_sid": one.order.phone_number_sid,
        "status": one.status,
        "start_time": _moment(one.started),
        "end_time": _moment(one.ended),
        "duration": str(one.seconds) if one.over else None,
        "price": None,
        "price_unit": "USD",
        "direction": one.direction,
        "answered_by": one.answered_by,
        "api_version": API_VERSION,
        "forwarded_from": one.order.forwarded_from or None,
        "group_sid": None,
        "caller_name": one.order.caller_name or None,
        "queue_time": str(one.queue_ms),
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {name: f"{path}/{part}.json" for name, part in _CALL_PARTS.items()},
    }


# <Start><Recording> is a source of its own in callbacks, but the description has no such one.
_SOURCES = {"StartCallRecordingTwiML": "StartCallRecordingAPI"}


def recording(tape: Tape, account: Account, base_url: str) -> Body:
    """A Recording resource of the account."""
    path = media_path(tape, account)
    return _recording(tape, account) | {
        "uri": f"{path}.json",
        "subresource_uris": {
            "add_on_results": f"{path}/AddOnResults.json",
            "transcriptions": f"{path}/Transcriptions.json",
        },
        "media_url": base_url + path,
    }


def call_recording(tape: Tape, account: Account) -> Body:
    """A Recording resource below its call."""
    return _recording(tape, account) | {
        "uri": f"{account.uri}/Calls/{tape.call_sid}/Recordings/{tape.sid}.json",
        "track": tape.track,
    }


def _recording(tape: Tape, account: Account) -> Body:
    return {
        "account_sid": account.sid,
        "api_version": API_VERSION,
        "call_sid": tape.call_sid,
        "conference_sid": tape.conference_sid,
        "date_created": rfc2822(tape.started),
        "date_updated": rfc2822(tape.updated),
        "start_time": rfc2822(tape.started),
        "duration": None if tape.ended is None else seconds(tape),
        "sid": tape.sid,
        "price": None,
        "price_unit": "USD",
        "status": tape.status,
        "channels": tape.channels,
        "source": _SOURCES.get(tape.source, tape.source),
        "error_code": tape.error,
        "encryption_details": None,
    }


def _moment(moment: float | None) -> str | None:
    return None if moment is None else rfc2822(moment)


def formatted(number: str) -> str:
    """A number for people, as Twilio names numbers of the United States and Canada."""
    found = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", number)
    return f"({found[1]}) {found[2]}-{found[3]}" if found else number
