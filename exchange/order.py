"""What a request to place or answer a call asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVENTS = ("initiated", "ringing", "answered", "completed")
"""The events a status callback may be asked for."""


LONGEST = 14_400
"""Seconds that a call lasts at most: https://www.twilio.com/docs/voice/twiml/dial#timelimit."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Detection:
    """How an answering machine is looked for; seconds."""

    waits_for_end: bool
    timeout: float = 30.0
    speech: float = 2.4
    speech_end: float = 1.2
    silence: float = 5.0
    asynchronous: bool = False
    callback: Target | None = None


@dataclass(frozen=True, slots=True)
class RecordingOrder:
    """How a call is recorded."""

    channels: int = 1
    track: str = "both"
    trims: bool = True
    callback: Target | None = None
    events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, slots=True)
class Order:
    """One call: from whom to whom, which document, and who wants to know how it goes."""

    to: str
    caller: str
    document: Target | str
    fallback: Target | None = None
    status: Target | None = None
    events: frozenset[str] = frozenset({"completed"})
    timeout: int = 60
    time_limit: int = LONGEST
    send_digits: str = ""
    recording: RecordingOrder | None = None
    detection: Detection | None = None
    application_sid: str | None = None
    phone_number_sid: str | None = None
    forwarded_from: str = ""
    caller_name: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    """What a browser is told of the call that rings it."""
