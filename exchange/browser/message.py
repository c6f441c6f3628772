"""Messages between the Voice SDK and its gateway: JSON objects of type, version and payload."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.errors import SignalError

Payload = Mapping[str, Any]

HEARTBEAT = "\n"
"""What either side sends to show that it is there."""

_VERSION = "1.6"

# The SDK gives refused tokens other codes on the wire than in its errors; those that are not here are 31204,
# which it shows as 20101.
_ON_THE_WIRE = {20104: 31205, 20151: 31201}


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    type: str
    payload: Payload


def read(text: str) -> Message:
    """The message in a text, or error 31100."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text
    except (ValueError, RecursionError) as error:
        raise SignalError(31100, "a message must be JSON") from error
    payload = found.get("payload") or {} if isinstance(found, dict) else None
    if not isinstance(payload, dict) or not isinstance(found.get("type"), str):
        raise SignalError(31100, "a message must have a type, and its payload must be an object")
    return Message(found["type"], payload)


def write(kind: str, payload: Payload) -> str:
    """The text of a message."""
    return json.dumps({"type": kind, "version": _VERSION, "payload": payload})


def error(refusal: SignalError) -> dict[str, Any]:
    """A refusal as the SDK reads it."""
    code = refusal.code
    wire = _ON_THE_WIRE.get(code, 31204) if 20100 < code < 20200 else code
    return {"error": {"code": wire, "message": refusal.message}}


def text(payload: Payload, name: str) -> str:
    """A text in a payload, or error 31100."""
    value = payload.get(name)
    if not isinstance(value, str):
        raise SignalError(31100, f"{name} is missing or no text")
    return value
