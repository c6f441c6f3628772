"""Read what the carrier's callbacks carry: status, machine detection, recording."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ivr.conversation import FETCHED, Audio
from ivr.door import Form
from ledger.calls import ENDED
from ledger.records import StatusUpdate

STATUSES = ENDED | {"queued", "initiated", "ringing", "in-progress"}
REFUSED = ("403", "603", "607", "608")
"""SIP codes of a network that refuses a call (RFC 3261, 8197, 8688)."""
NUMBER = re.compile("[0-9]{1,9}")


class Malformed(ValueError):
    """A parameter is missing or no value of its kind; the message names it."""


def status(form: Form, now: datetime) -> tuple[StatusUpdate, Audio | None]:
    """Return a status, and the recording that the last one names as well."""
    word = needed(form, "CallStatus")
    if word not in STATUSES:
        raise Malformed("CallStatus: unknown")
    update = StatusUpdate(
        carrier_sid=needed(form, "CallSid"),
        status=word,
        sequence=number(form, "SequenceNumber") or 0,
        at=_moment(form.get("Timestamp", "")) or now,
        duration=number(form, "CallDuration"),
        error=form.get("ErrorCode", ""),
        refused=word == "failed" and form.get("SipResponseCode", "") in REFUSED,
    )
    return update, _audio(form, FETCHED) if form.get("RecordingUrl") else None


def recording(form: Form) -> Audio:
    """Return what is said of a recording."""
    return _audio(form, needed(form, "RecordingStatus"))


def _audio(form: Form, status: str) -> Audio:
    return Audio(
        carrier_sid=needed(form, "RecordingSid"),
        status=status,
        url=form.get("RecordingUrl", ""),
        seconds=number(form, "RecordingDuration"),
        channels=number(form, "RecordingChannels"),
        error=form.get("ErrorCode", ""),
    )


def needed(form: Form, name: str) -> str:
    """Return a parameter that the carrier always sends; Malformed for whoever does not."""
    if value := form.get(name):
        return value
    raise Malformed(f"{name}: is missing")


def number(form: Form, name: str) -> int | None:
    """Return a whole number, None where there is none; Malformed for what is no number."""
    text = form.get(name, "")
    if text and not NUMBER.fullmatch(text):
        raise Malformed(f"{name}: is no whole number")
    return int(text) if text else None


def _moment(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
