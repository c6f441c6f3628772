"""Certificates of practice: without a valid one nobody is given a call (S001-05, S001-06)."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import connection, events
from ledger.times import timed, to_text

INSERT = """
insert into certificates (user_id, reference, valid_from, valid_until, created_at) values (?, ?, ?, ?, ?)
"""
LISTING = """
select id, user_id, reference, valid_from, valid_until, created_at from certificates
where user_id = ? order by valid_until desc, id desc
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A row of `certificates`; its days are the mainland's, `2027-05-01`, and both belong to it."""

    certificate_id: int
    user_id: int
    reference: str
    valid_from: str
    valid_until: str
    created_at: datetime


def add(
    conn: sqlite3.Connection,
    user_id: int,
    reference: str,
    days: tuple[str, str],
    now: datetime,
    *,
    by: int | None,
) -> int:
    """Enter a certificate that is valid from the first day to the last; what was entered stays."""
    row = (user_id, reference, *days, to_text(now))
    certificate_id = connection.insert(conn, INSERT, row)
    data = {"user": user_id, "by": by, "certificate": certificate_id, "reference": reference}
    events.append(conn, "certified", {**data, "from": days[0], "until": days[1]}, now)
    return certificate_id


def listing(conn: sqlite3.Connection, user_id: int) -> list[Certificate]:
    """A person's certificates, the longest valid first."""
    rows = conn.execute(LISTING, (user_id,))
    return [Certificate(*timed(row, 5)) for row in rows]


def until(conn: sqlite3.Connection) -> dict[int, str]:
    """The last day of each person's certificates."""
    return dict(
        conn.execute("select user_id, max(valid_until) from certificates group by user_id").fetchall()
    )
