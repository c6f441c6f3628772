"""How long a caller will wait for a person: from those who were last put through, never from a guess."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from ledger.times import from_text, to_text

LAST = 20
"""So many callers who were put through are looked at."""
FRESH = timedelta(hours=1)
"""What was longer ago says nothing about now."""
# Each caller who was put through to an agent after waiting: since when, and when.
SERVED = """
select
  (select max(w.at) from events w where w.call_id = a.call_id and w.kind = 'waiting' and w.id < a.id), a.at
from (select id, call_id, at from events where kind = 'agent' order by id desc limit :last) a
where a.at >= :since order by a.id
"""


def expected(conn: sqlite3.Connection, ahead: int, now: datetime) -> timedelta | None:
    """The wait of a caller with so many before them; None without anything to go by.

    Where callers waited in turn, the usual time from one to the next counts; where they did not, the usual
    wait of one who was the next.
    """
    served = _served(conn, now)
    gaps = [later - sooner for (_, sooner), (since, later) in pairwise(served) if since < sooner]
    if gaps:
        return _usual(gaps) * (ahead + 1)
    if ahead == 0 and served:
        return _usual([put_through - since for since, put_through in served])
    return None


def _usual(spans: list[timedelta]) -> timedelta:
    return timedelta(seconds=median(span.total_seconds() for span in spans))


def _served(conn: sqlite3.Connection, now: datetime) -> list[tuple[datetime, datetime]]:
    rows = conn.execute(SERVED, {"last": LAST, "since": to_text(now - FRESH)})
    return [(from_text(since), from_text(at)) for since, at in rows if since is not None]
