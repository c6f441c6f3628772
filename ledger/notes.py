"""What agents write down beside the script; a note is never changed, only followed by another."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.connection import insert
from ledger.evidence import sealed
from ledger.times import timed, to_text

NOTE = "insert into notes (call_id, user_id, at, text) values (?, ?, ?, ?)"
LISTING = "select id, call_id, user_id, at, text from notes where call_id = ? order by id"


@dataclass(frozen=True, slots=True)
class Note:
    """A row of `notes`."""

    note_id: int
    call_id: int
    user_id: int | None
    at: datetime
    text: str


def add(conn: sqlite3.Connection, call_id: int, user_id: int, text: str, now: datetime) -> int:
    """Keep a note of an agent with the call."""
    row = (call_id, user_id, to_text(now), text)
    note_id = insert(conn, NOTE, row)
    events.append(conn, "note", sealed({"notes": [(note_id, row)]}), now, call_id)
    return note_id


def of_call(conn: sqlite3.Connection, call_id: int) -> list[Note]:
    """The notes of a call, oldest first."""
    return [Note(*timed(row, 3)) for row in conn.execute(LISTING, (call_id,))]
