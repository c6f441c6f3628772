"""Tokens of other systems: known by number, kept as digests, and what each may do."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.times import maybe_text, timed, to_text

SCOPES = (
    "lists:write",
    "campaigns:read",
    "campaigns:write",
    "policies:write",
    "dnc:write",
    "results:read",
)
KEPT = timedelta(days=1)
"""How long the answer to a request is kept, to be given again."""
ABANDONED = timedelta(minutes=5)
"""After this a request that never ended may be made again: its process was killed."""

INSERT = "insert into tokens (name, hash, scopes, created_at, expires_at) values (?, ?, ?, ?, ?)"
TOKENS = "select id, name, hash, scopes, created_at, expires_at, last_used_at, revoked_at from tokens"
RESERVE = """
insert into replies (token_id, key, request, at) values (:token_id, :key, :request, :at)
on conflict (token_id, key) do update set at = excluded.at
where request = excluded.request and status is null and at < :abandoned
"""
NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """A row of `tokens`."""

    token_id: int
    name: str
    hash: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def valid(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request was answered; `status` is None while it is being worked."""

    request: str
    status: int | None
    body: str


def add(
    conn: sqlite3.Connection,
    name: str,
    secret: str,
    scopes: Collection[str],
    now: datetime,
    *,
    expires_at: datetime | None = None,
) -> int:
    """Keep the digest of a secret under a name that no token in force has; returns the token's number."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise LedgerError(f"scope {unknown[0]}: is unknown; it must be one of {', '.join(SCOPES)}")
    if by_name(conn, name) is not None:
        raise LedgerError(f"token {name}: there is one of this name; revoke it or choose another")
    kept = " ".join(scope for scope in SCOPES if scope in scopes)
    return insert(conn, INSERT, (name, digest(secret), kept, to_text(now), maybe_text(expires_at)))


def find(conn: sqlite3.Connection, token_id: int, secret: str, now: datetime) -> Token | None:
    """The token of this number, if the secret is its own and it is in force.

    The comparison takes as long for a number that does not exist.
    """
    row = conn.execute(f"{TOKENS} where id = ?", (token_id,)).fetchone()
    token = None if row is None else _token(row)
    right = hmac.compare_digest(token.hash if token else NOBODY, digest(secret))
    return token if token and right and token.valid(now) else None


def by_name(conn: sqlite3.Connection, name: str) -> Token | None:
    """The token of this name that is not revoked."""
    row = conn.execute(f"{TOKENS} where name = ? and revoked_at is null", (name,)).fetchone()
    return None if row is None else _token(row)


def listing(conn: sqlite3.Connection) -> list[Token]:
    """All tokens, oldest first; revoked ones are history."""
    return [_token(row) for row in conn.execute(f"{TOKENS} order by id")]


def revoke(conn: sqlite3.Connection, token_id: int, now: datetime) -> bool:
    """Take a token out of force; False when it was before."""
    statement = "update tokens set revoked_at = ? where id = ? and revoked_at is null"
    return conn.execute(statement, (to_text(now), token_id)).rowcount == 1


def used(conn: sqlite3.Connection, token_id: int, now: datetime) -> None:
    """Note when it was used last."""
    conn.execute("update tokens set last_used_at = ? where id = ?", (to_text(now), token_id))


def reserve(conn: sqlite3.Connection, token_id: int, key: str, request: str, now: datetime) -> Reply | None:
    """Begin a request under a key of the token; None: it is the caller's to do, else what is known of it."""
    conn.execute("delete from replies where at < ?", (to_text(now - KEPT),))
    keys = {
        "token_id": token_id,
        "key": key,
        "request": request,
        "at": to_text(now),
        "abandoned": to_text(now - ABANDONED),
    }
    if conn.execute(RESERVE, keys).rowcount == 1:
        return None
    row = conn.execute(
        "select request, status, body from replies where token_id = ? and key = ?", (token_id, key)
    ).fetchone()
    return Reply(*row)


def answer(conn: sqlite3.Connection, token_id: int, key: str, status: int, body: str) -> None:
    """Keep what the request was answered."""
    conn.execute(
        "update replies set status = ?, body = ? where token_id = ? and key = ?",
        (status, body, token_id, key),
    )


def release(conn: sqlite3.Connection, token_id: int, key: str) -> None:
    """Forget a request that did nothing, so that it can be made again."""
    conn.execute("delete from replies where token_id = ? and key = ? and status is null", (token_id, key))


def digest(secret: str) -> str:
    """What is kept of a secret; it has 256 random bits, so that a fast digest is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: sqlite3.Row) -> Token:
    values = timed(row, 4, 5, 6, 7)
    values[3] = tuple(values[3].split())
    return Token(*values)
