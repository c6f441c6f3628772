"""How a call ended, in the carrier's own words, where its callbacks were lost."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from dialer.carrier import Carrier, CarrierCall, CarrierRecording
from dialer.submission import Decide
from ledger import calls, recordings
from ledger.records import StatusUpdate


@dataclass(frozen=True, slots=True)
class Farewell:
    """The last status of a call, and its recordings."""

    update: StatusUpdate
    audio: list[CarrierRecording]


def ask(carrier: Carrier, carrier_sid: str, now: datetime) -> Farewell | None:
    """The carrier's word for a call that is over or unknown to it; None for one that goes on."""
    found = carrier.fetch(carrier_sid)
    if found is not None and found.status not in calls.ENDED:
        return None
    return told(carrier, carrier_sid, found, now)


def told(carrier: Carrier, carrier_sid: str, found: CarrierCall | None, now: datetime) -> Farewell:
    """What a call that is over left behind; one the carrier does not know has failed."""
    status = found.status if found else "failed"
    at = (found and found.ended_at) or now
    error = "" if found else "unknown to the carrier"
    update = StatusUpdate(carrier_sid, status, 0, at, found.duration if found else None, error)
    audio = carrier.recordings(carrier_sid) if found and status == "completed" else []
    return Farewell(update, audio)


def write(conn: sqlite3.Connection, call_id: int, farewell: Farewell, now: datetime, decide: Decide) -> bool:
    """Apply it as if the callbacks had come; False where they had. Announced recordings stay."""
    done = calls.status(conn, call_id, farewell.update, now, decide)
    for one in farewell.audio:
        recordings.announce(
            conn,
            call_id=call_id,
            carrier_sid=one.sid,
            url=one.url,
            duration_ms=None if one.seconds is None else one.seconds * 1000,
            channels=one.channels,
            now=now,
        )
    return done
