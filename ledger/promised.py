"""What customers were promised, open and kept, and the times that are booked after a call."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import agreed, events
from ledger.connection import insert
from ledger.evidence import sealed
from ledger.records import Agreed
from ledger.times import maybe_text, timed, to_text

LISTING = """
select a.id, a.call_id, a.task_id, a.kind, a.due_at, a.status, a.made_at from appointments a
  join calls c on c.id = a.call_id
where c.restricted = 0 and (:kind = '' or a.kind = :kind) and (:status = '' or a.status = :status)
order by ifnull(a.due_at, '9999'), a.id limit :most
"""
BOOKED = """
insert into appointments (call_id, task_id, kind, due_at, note, made_at, status)
values (?, ?, 'appointment', ?, '', ?, 'open')
"""
TERMS = "insert into appointment_terms (id, call_id, since, agent_id) values (?, ?, ?, ?)"
KEPT = "update appointments set status = 'kept' where id = ? and status = 'open'"
WAITING = """
select t.id, t.campaign_id from calls c join tasks t on t.id = c.task_id
where c.id = ? and t.status = 'ready'
"""
AGAIN = "update tasks set held = 1, next_at = ? where id = ? and status = 'ready'"


@dataclass(frozen=True, slots=True)
class Promised:
    """A row of `appointments`."""

    appointment_id: int
    call_id: int
    task_id: int | None
    kind: str
    due_at: datetime | None
    status: str
    made_at: datetime


def listing(
    conn: sqlite3.Connection, *, kind: str = "", status: str = "open", most: int = 1000
) -> list[Promised]:
    """What was promised, of a kind and status or of all, first what is due first."""
    keys = {"kind": kind, "status": status, "most": most}
    return [Promised(*timed(row, 4, 6)) for row in conn.execute(LISTING, keys)]


def keep(conn: sqlite3.Connection, appointment_id: int, user: str, now: datetime) -> bool:
    """Somebody has done what was promised; False where it was not open."""
    if conn.execute(KEPT, (appointment_id,)).rowcount == 0:
        return False
    events.append(conn, "promise_kept", {"appointment": appointment_id, "user": user}, now)
    return True


def waiting(conn: sqlite3.Connection, call_id: int) -> tuple[int, int] | None:
    """The task of a call, and its campaign, if it waits for its next call."""
    found: tuple[int, int] | None = conn.execute(WAITING, (call_id,)).fetchone()
    return found


def book(conn: sqlite3.Connection, call_id: int, task_id: int | None, time: Agreed, now: datetime) -> None:
    """A time agreed in a call, sealed; a call that goes on keeps it at its end."""
    row = (call_id, task_id, to_text(time.until), to_text(now))
    appointment_id = insert(conn, BOOKED, row)
    since = maybe_text(time.since)
    terms = (call_id, since, time.agent_id)
    conn.execute(TERMS, (appointment_id, *terms))
    seal = (call_id, task_id, "appointment", to_text(time.until), "", to_text(now))
    data = sealed({"appointments": [(appointment_id, seal)], "terms": [(appointment_id, terms)]})
    events.append(conn, "booked", data, now, call_id)


def rearm(conn: sqlite3.Connection, task_id: int, campaign_id: int, time: Agreed, next_at: datetime) -> None:
    """A waiting task keeps this time; in the queue, for anybody, it is from `next_at` on."""
    if conn.execute(AGAIN, (to_text(next_at), task_id)).rowcount:
        agreed.keep(conn, task_id, campaign_id, time)
