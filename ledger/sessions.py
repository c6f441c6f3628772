"""Sessions: who is signed in, known by the digest of a cookie."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.times import from_text, to_text

KEPT = timedelta(days=30)
"""Ended sessions are kept so long, to see who was signed in."""

OPEN = """
select token, user_id, passed, totp, seen_at from sessions
where token = :token and ended_at is null and created_at > :begun
  and seen_at > case when passed then :seen else :pending end
"""


@dataclass(frozen=True, slots=True)
class Session:
    """An open row of `sessions`; `totp` is the secret of a second factor that is being set up."""

    token: str
    user_id: int
    passed: bool
    totp: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: without a sign of life, before the second factor, and in all."""

    idle: timedelta
    pending: timedelta
    longest: timedelta


def begin(conn: sqlite3.Connection, cookie: str, user_id: int, *, passed: bool, now: datetime) -> None:
    """Open a session for the bearer of this cookie."""
    at = to_text(now)
    conn.execute("delete from sessions where created_at < ?", (to_text(now - KEPT),))
    conn.execute(
        "insert into sessions (token, user_id, passed, created_at, seen_at) values (?, ?, ?, ?, ?)",
        (_digest(cookie), user_id, int(passed), at, at),
    )


def find(conn: sqlite3.Connection, cookie: str, limits: Limits, now: datetime) -> Session | None:
    """The open session of this cookie."""
    keys = {
        "token": _digest(cookie),
        "begun": to_text(now - limits.longest),
        "seen": to_text(now - limits.idle),
        "pending": to_text(now - limits.pending),
    }
    row = conn.execute(OPEN, keys).fetchone()
    return None if row is None else Session(row[0], row[1], bool(row[2]), row[3], from_text(row[4]))


def seen(conn: sqlite3.Connection, token: str, now: datetime) -> None:
    """Note a sign of life."""
    conn.execute("update sessions set seen_at = ? where token = ?", (to_text(now), token))


def enrol(conn: sqlite3.Connection, token: str, totp: str) -> None:
    """Keep the secret that the person's telephone is being given."""
    conn.execute("update sessions set totp = ? where token = ?", (totp, token))


def end(conn: sqlite3.Connection, token: str, now: datetime) -> None:
    """End one session."""
    conn.execute(
        "update sessions set ended_at = ? where token = ? and ended_at is null", (to_text(now), token)
    )


def end_all(conn: sqlite3.Connection, user_id: int, now: datetime) -> int:
    """End every session of a person; returns how many there were."""
    statement = "update sessions set ended_at = ? where user_id = ? and ended_at is null"
    return conn.execute(statement, (to_text(now), user_id)).rowcount


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
