"""Agents at their desks, for tests of whatever gives them calls."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from ledger import desks
from ledger.times import to_text

CERTIFIED = ("2026-01-01", "2026-12-31")


def agent(
    conn: sqlite3.Connection,
    name: str,
    now: datetime,
    *,
    role: str = "agent",
    unit_id: int | None = None,
    certified: tuple[str, str] | None = CERTIFIED,
) -> int:
    """A user, with a certificate that is valid this year."""
    user_id = conn.execute(
        "insert into users (name, role, full_name, staff_no, unit_id, created_at) values (?, ?, ?, ?, ?, ?)",
        (name, role, f"{name}某", f"1{abs(hash(name)) % 10**6:06}", unit_id, to_text(now)),
    ).lastrowid
    assert user_id is not None
    if certified:
        conn.execute(
            "insert into certificates (user_id, reference, valid_from, valid_until, created_at)"
            " values (?, 'C-1', ?, ?, ?)",
            (user_id, *certified, to_text(now)),
        )
    return user_id


def at_desk(conn: sqlite3.Connection, user_id: int, now: datetime) -> int:
    """The agent signs on, the own line stands, and calls may come."""
    desks.sign_on(conn, user_id, now)
    desks.leg(conn, user_id, f"CA{user_id:032x}", "CF" + "0" * 32, "browser", now)
    desks.ready(conn, user_id, now)
    return user_id


def ready_agent(conn: sqlite3.Connection, name: str, now: datetime, *, unit_id: int | None = None) -> int:
    """An agent who waits for a call."""
    return at_desk(conn, agent(conn, name, now, unit_id=unit_id), now)


def busy_agent(conn: sqlite3.Connection, name: str, now: datetime) -> int:
    """An agent who is on shift and takes no calls now."""
    user_id = ready_agent(conn, name, now)
    desks.pause(conn, user_id, "meal", now)
    return user_id


def inbound(conn: sqlite3.Connection, number: int, now: datetime) -> int:
    """A caller on the line."""
    call_id = conn.execute(
        "insert into calls (direction, to_number, from_number, status, claimed_at, answered_at)"
        " values ('inbound', 95500, ?, 'in-progress', ?, ?)",
        (number, to_text(now), to_text(now)),
    ).lastrowid
    assert call_id is not None
    return call_id
