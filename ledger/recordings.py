"""The audio of calls: announced by the carrier, then fetched and sealed, or given up."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.canonical import Json
from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.evidence import sealed
from ledger.times import timed, to_text

ANNOUNCE = """
insert into recordings (call_id, carrier_sid, url, announced_at, duration_ms, channels, next_at, status)
values (?, ?, ?, ?, ?, ?, ?, 'announced')
"""
DUE = """
select id, call_id, carrier_sid, url, duration_ms, attempts, announced_at
from recordings where status = 'announced' and next_at <= ? order by next_at limit ?
"""
STORED = """
update recordings set status = 'stored', path = ?, bytes = ?, sha256 = ?, duration_ms = ?, channels = ?,
  stored_at = ?, detail = ?, attempts = attempts + 1, next_at = null
where id = ? and status = 'announced' returning call_id
"""
LISTING = """
select id, call_id, carrier_sid, url, status, path, bytes, sha256, duration_ms, channels, detail, attempts,
  next_at, announced_at, stored_at
from recordings
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A recording to be fetched now."""

    recording_id: int
    call_id: int
    carrier_sid: str
    url: str
    duration_ms: int | None
    attempts: int
    announced_at: datetime


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A row of `recordings`."""

    recording_id: int
    call_id: int
    carrier_sid: str
    url: str
    status: str
    path: str
    bytes: int | None
    sha256: str | None
    duration_ms: int | None
    channels: int | None
    detail: str
    attempts: int
    next_at: datetime | None
    announced_at: datetime
    stored_at: datetime | None


def announce(
    conn: sqlite3.Connection,
    *,
    call_id: int,
    carrier_sid: str,
    url: str,
    duration_ms: int | None,
    channels: int | None,
    now: datetime,
) -> bool:
    """Note a recording to be fetched; announced again, it changes nothing and gives False."""
    if conn.execute("select 1 from recordings where carrier_sid = ?", (carrier_sid,)).fetchone():
        return False
    at = to_text(now)
    seal = (call_id, carrier_sid, url, at)
    recording_id = insert(conn, ANNOUNCE, (*seal, duration_ms, channels, at))
    events.append(conn, "recording_announced", sealed({"recordings": [(recording_id, seal)]}), now, call_id)
    return True


def due(conn: sqlite3.Connection, now: datetime, limit: int) -> list[Due]:
    """The recordings to be fetched now, longest waiting first."""
    rows = conn.execute(DUE, (to_text(now), limit))
    return [Due(*timed(row, 6)) for row in rows]


def stored(
    conn: sqlite3.Connection,
    recording_id: int,
    *,
    path: str,
    bytes: int,  # noqa: A002 the column's name
    sha256: str,
    duration_ms: int,
    channels: int,
    detail: str,
    now: datetime,
) -> None:
    """The audio is at rest under `path`; its digest is sealed."""
    seal = (path, bytes, sha256, duration_ms, channels, to_text(now))
    row = conn.execute(STORED, (*seal, detail, recording_id)).fetchone()
    if row is None:
        raise LedgerError(f"recording {recording_id}: not waiting to be stored; look at its status")
    events.append(conn, "recording_stored", sealed({"audio": [(recording_id, seal)]}), now, row[0])


def retry(
    conn: sqlite3.Connection, recording_id: int, *, next_at: datetime, detail: str, now: datetime
) -> None:
    """It could not be fetched; try again at `next_at`."""
    conn.execute(
        "update recordings set attempts = attempts + 1, next_at = ?, detail = ?"
        " where id = ? and status = 'announced'",
        (to_text(next_at), detail, recording_id),
    )


def failed(conn: sqlite3.Connection, recording_id: int, *, status: str, detail: str, now: datetime) -> None:
    """It will not be fetched; `status` says why (missing, corrupt …)."""
    row = conn.execute(
        "update recordings set status = ?, detail = ?, attempts = attempts + 1, next_at = null"
        " where id = ? and status = 'announced' returning call_id",
        (status, detail, recording_id),
    ).fetchone()
    if row is not None:
        data: dict[str, Json] = {"recording": recording_id, "status": status, "detail": detail}
        events.append(conn, "recording_failed", data, now, row[0])


def listing(conn: sqlite3.Connection) -> list[RecordingRow]:
    """All recordings in the order they were announced."""
    return [_row(row) for row in conn.execute(LISTING + "order by id")]


def of_call(conn: sqlite3.Connection, call_id: int) -> list[RecordingRow]:
    """The recordings of one call."""
    return [_row(row) for row in conn.execute(LISTING + "where call_id = ? order by id", (call_id,))]


def _row(row: sqlite3.Row) -> RecordingRow:
    return RecordingRow(*timed(row, 12, 13, 14))
