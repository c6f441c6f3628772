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
TRAINING = "insert into trainings (user_id, reference, trained_on, created_at) values (?, ?, ?, ?)"
IN_FORCE = """
  exists (select 1 from certificates k where k.user_id = {user}
    and :today between k.valid_from and k.valid_until
    and (k.valid_from > date(:today, '-1 year') or exists (select 1 from trainings g
      where g.user_id = k.user_id and g.trained_on <= :today and g.trained_on > date(:today, '-1 year'))))
"""
"""Whether somebody has a certificate of today, and exam or training within a year (S001-05, S001-06)."""
LAST_DAY = """
max(min(k.valid_until, date(max(k.valid_from, ifnull((select max(g.trained_on) from trainings g
  where g.user_id = k.user_id), '')), '+1 year', '-1 day')))
"""
"""The last day of somebody's certificates `k`, as exam and trainings stand."""


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


def train(
    conn: sqlite3.Connection, user_id: int, reference: str, day: str, now: datetime, *, by: int | None
) -> int:
    """Enter a training, from whose day on certificates are good for another year; what was entered stays."""
    training_id = connection.insert(conn, TRAINING, (user_id, reference, day, to_text(now)))
    data = {"user": user_id, "by": by, "training": training_id, "reference": reference, "on": day}
    events.append(conn, "trained", data, now)
    return training_id


def listing(conn: sqlite3.Connection, user_id: int) -> list[Certificate]:
    """A person's certificates, the longest valid first."""
    rows = conn.execute(LISTING, (user_id,))
    return [Certificate(*timed(row, 5)) for row in rows]


def until(conn: sqlite3.Connection) -> dict[int, str]:
    """The last day of each person's certificates."""
    return dict(conn.execute(f"select user_id, {LAST_DAY} from certificates k group by user_id").fetchall())
