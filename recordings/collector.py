"""Fetches announced recordings until each is stored, or is given up after a day of tries."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import ledger
from ledger import recordings as rows
from ledger.recordings import Due
from recordings import store
from recordings.errors import RecordingsError, Unasked, Unsound
from recordings.sound import inspect
from recordings.store import Sealed

Fetch = Callable[[str], bytes]
"""The WAV file behind a recording's URL; raises `Unfetched`."""

DELAYS = tuple(timedelta(seconds=s) for s in (5, 15, 60, 300, 900, 3600, 4 * 3600, 18 * 3600))
"""How long to wait after each failed try; the try after the last of them is the last."""

OUR_FAULT = timedelta(minutes=5)
"""How long to wait while credentials or the disk keep every recording from being stored."""

_BATCH = 20
_PAUSE = 0.5  # seconds, when nothing is due
_NEVER = threading.Event()

log = logging.getLogger(__name__)


def run(
    database: Path, home: Path, fetch: Fetch, clock: Callable[[], datetime], stop: threading.Event
) -> None:
    """Collects until `stop` is set; the recording in hand is finished first."""
    with store.alone(home) as alone:
        if alone:
            store.sweep(home)
    while not stop.is_set():
        try:
            tried = collect_once(database, home, fetch, clock(), stop)
        except ledger.LedgerBusy as error:
            log.warning("%s", error)
            tried = 0
        if not tried:
            stop.wait(_PAUSE)


def collect_once(
    database: Path, home: Path, fetch: Fetch, now: datetime, stop: threading.Event = _NEVER
) -> int:
    """Tries the recordings that are due now and counts them; 0 as well while another process collects."""
    with store.alone(home) as alone, closing(ledger.connect(database)) as conn:
        if not alone:
            return 0
        with ledger.transaction(conn):
            due = rows.due(conn, now, _BATCH)
        for tried, recording in enumerate(due):
            if stop.is_set():
                return tried
            _try(conn, home, fetch, recording, now)
        return len(due)


def _try(conn: sqlite3.Connection, home: Path, fetch: Fetch, recording: Due, now: datetime) -> None:
    """Audio first, ledger second: killed in between, the same file is fetched and written again."""
    try:
        sealed = _stored(home, fetch, recording)
    except RecordingsError as error:
        log.warning("recording %d: try %d: %s", recording.recording_id, recording.attempts + 1, error)
        with ledger.transaction(conn):
            _postpone(conn, recording, error, now)
    else:
        with ledger.transaction(conn):
            _seal(conn, recording, sealed, now)


def _stored(home: Path, fetch: Fetch, recording: Due) -> Sealed:
    sound = inspect(fetch(recording.url), recording.duration_ms)
    try:
        return store.keep(
            home,
            sound,
            call_id=recording.call_id,
            carrier_sid=recording.carrier_sid,
            day=recording.announced_at,
        )
    except OSError as error:
        raise Unasked(f"the audio cannot be written: {error.strerror}: free or mount the disk") from error


def _seal(conn: sqlite3.Connection, recording: Due, sealed: Sealed, now: datetime) -> None:
    rows.stored(
        conn,
        recording.recording_id,
        path=sealed.path,
        bytes=sealed.bytes,
        sha256=sealed.sha256,
        duration_ms=sealed.duration_ms,
        channels=sealed.channels,
        detail=f"samples sha256 {sealed.sound_sha256}",
        now=now,
    )


def _postpone(conn: sqlite3.Connection, recording: Due, error: RecordingsError, now: datetime) -> None:
    if isinstance(error, Unasked):
        rows.retry(conn, recording.recording_id, next_at=now + OUR_FAULT, detail=str(error), now=now)
    elif recording.attempts < len(DELAYS):
        next_at = now + DELAYS[recording.attempts]
        rows.retry(conn, recording.recording_id, next_at=next_at, detail=str(error), now=now)
    else:
        status = "broken" if isinstance(error, Unsound) else "absent"
        rows.failed(conn, recording.recording_id, status=status, detail=str(error), now=now)
