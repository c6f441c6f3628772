"""The audit: which person read or changed what, and when."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed, to_text

INSERT = "insert into audit (user, action, subject, at) values (?, ?, ?, ?)"
NOTED = "select exists (select 1 from audit where subject = ? and user = ? and action = ?)"
LISTING = "select id, user, action, subject, at from audit where {} order by id desc limit :limit"
CONDITIONS = {
    "user": "user = :user",
    "subject": "(subject = :subject or substr(subject, 1, length(:subject) + 1) = :subject || ':')",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "id < :before",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of `audit`; `user` is a log-in name, `subject` a kind and a number like `call:5`."""

    entry_id: int
    user: str
    action: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of a person, about a subject or all of a kind, from a moment until before another."""

    user: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def note(conn: sqlite3.Connection, user: str, action: str, subject: str, now: datetime) -> None:
    """Add an entry."""
    conn.execute(INSERT, (user, action, subject, to_text(now)))


def is_noted(conn: sqlite3.Connection, user: str, action: str, subject: str) -> bool:
    """Whether this person did this to the subject before: what a page shows again and again is noted once."""
    row: tuple[int] = conn.execute(NOTED, (subject, user, action)).fetchone()
    return bool(row[0])


def listing(
    conn: sqlite3.Connection, wanted: Wanted, *, limit: int, before: int | None = None
) -> list[Entry]:
    """The newest entries, or the newest below an id."""
    keys: dict[str, str | int] = {"limit": limit}
    if wanted.user:
        keys["user"] = wanted.user
    if wanted.subject:
        keys["subject"] = wanted.subject
    if wanted.since is not None:
        keys["since"] = to_text(wanted.since)
    if wanted.until is not None:
        keys["until"] = to_text(wanted.until)
    if before is not None:
        keys["before"] = before
    where = " and ".join(CONDITIONS[key] for key in CONDITIONS.keys() & keys.keys()) or "true"
    rows = conn.execute(LISTING.format(where), keys)
    return [Entry(*timed(row, 4)) for row in rows]
