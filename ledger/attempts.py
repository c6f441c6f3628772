"""Failed attempts to log in: each counts before it is judged, so that many at once gain nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.times import from_text, maybe_moment, to_text

COUNT = """
insert into attempts (key, failures, failed_at, locked_until) values (:key, :failures, :at, :locked_until)
on conflict (key) do update set
  failures = excluded.failures, failed_at = excluded.failed_at, locked_until = excluded.locked_until
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """After `free` failures each further one locks, twice as long each time up to `longest`.

    What lies further back than `forget` does not count.
    """

    free: int
    first: timedelta
    longest: timedelta
    forget: timedelta

    def lock(self, failures: int) -> timedelta | None:
        """How long that many failures in a row lock."""
        if failures < self.free:
            return None
        return min(self.first * (1 << min(failures - self.free, 20)), self.longest)


def begin(conn: sqlite3.Connection, key: str, rule: Rule, now: datetime) -> datetime | None:
    """Count an attempt as failed until it is forgiven; None: judge it, else until when not to."""
    conn.execute("delete from attempts where failed_at < ?", (to_text(now - timedelta(days=1)),))
    row = conn.execute(
        "select failures, failed_at, locked_until from attempts where key = ?", (key,)
    ).fetchone()
    failures, failed_at, locked_until = row or (0, to_text(now), None)
    locked = maybe_moment(locked_until)
    if locked is not None and now < locked:
        return locked
    failures = 1 if from_text(failed_at) < now - rule.forget else failures + 1
    pause = rule.lock(failures)
    until = None if pause is None else to_text(now + pause)
    conn.execute(COUNT, {"key": key, "failures": failures, "at": to_text(now), "locked_until": until})
    return None


def forgive(conn: sqlite3.Connection, key: str) -> None:
    """Forget all: the attempt was right."""
    conn.execute("delete from attempts where key = ?", (key,))


def give_back(conn: sqlite3.Connection, key: str) -> None:
    """Forget one: the attempt was right, those of others from the same place were not."""
    conn.execute(
        "update attempts set failures = failures - 1, locked_until = null where key = ? and failures > 0",
        (key,),
    )
