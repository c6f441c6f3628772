"""What the chain says has ended since somebody looked last, so that what follows is done once and for all."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed

NAME = "duties"
SPAN = 20_000
"""How many events one look passes over at most: turns are many, endings few."""
MOST = 50
"""How many endings one look brings, so that others do not wait for long."""
HAPPENED = """
select e.id, c.id, c.campaign_id, t.id, c.status, c.outcome, c.outcome_reason, t.status, t.outcome,
  t.outcome_reason, ifnull(p.purpose, ''), ifnull(l.kind, ''), k.facts, c.ended_at
from events e join calls c on c.id = e.call_id join tasks t on t.id = c.task_id
  join campaigns p on p.id = t.campaign_id join lists l on l.id = p.list_id
  join contacts k on k.id = t.contact_id
where e.id > :after and e.id <= :until and e.kind = 'ended'
union all
select e.id, null, t.campaign_id, t.id, '', '', d.rule, t.status, t.outcome, t.outcome_reason, p.purpose,
  l.kind, k.facts, e.at
from events e join gate_decisions d on d.id = json_extract(e.data, '$.decisions[0]')
  join tasks t on t.id = d.task_id join campaigns p on p.id = t.campaign_id join lists l on l.id = p.list_id
  join contacts k on k.id = t.contact_id
where e.id > :after and e.id <= :until and e.kind = 'blocked'
order by 1 limit :most
"""
HEAD = "select ifnull(max(id), 0) from events"


@dataclass(frozen=True, slots=True)
class Happened:
    """A call of a task that has ended or, without `call_id`, a task that the gate has blocked by `reason`."""

    event_id: int
    call_id: int | None
    campaign_id: int
    task_id: int
    status: str
    outcome: str
    reason: str
    task_status: str
    task_outcome: str
    task_reason: str
    purpose: str
    kind: str
    facts: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """What has happened, up to which event, and whether there is more."""

    happened: list[Happened]
    until: int
    more: bool


def look(conn: sqlite3.Connection) -> Look:
    """The next of what has happened since the mark."""
    after = int(conn.execute("select place from marks where name = ?", (NAME,)).fetchone()[0])
    head = int(conn.execute(HEAD).fetchone()[0])
    until = min(head, after + SPAN)
    rows = conn.execute(HAPPENED, {"after": after, "until": until, "most": MOST}).fetchall()
    found = [Happened(*timed(row, 13)) for row in rows]
    reached = found[-1].event_id if len(found) == MOST else until
    return Look(found, reached, reached < head)


def mark(conn: sqlite3.Connection, event_id: int) -> None:
    """Everything up to this event is done."""
    conn.execute("update marks set place = ? where name = ?", (event_id, NAME))


def said(conn: sqlite3.Connection, call_id: int) -> frozenset[str]:
    """What a call has promised and which problem cases it opened."""
    rows = conn.execute(
        "select kind from appointments where call_id = :call_id"
        " union select code from problems where call_id = :call_id",
        {"call_id": call_id},
    )
    return frozenset(word for (word,) in rows)


def unkept(conn: sqlite3.Connection, call_id: int) -> list[tuple[int, str, datetime | None]]:
    """The calls that were promised in a call and that no task will make: id, kind and moment."""
    rows = conn.execute(
        "select id, kind, due_at from appointments where call_id = ? and status = 'open'"
        " and kind in ('callback', 'appointment') and id not in (select appointment_id from kept_by)"
        " order by id",
        (call_id,),
    )
    return [(one, kind, due_at) for one, kind, due_at in (timed(row, 2) for row in rows)]


def kept_by(conn: sqlite3.Connection, appointment_id: int, task_id: int) -> None:
    """Another task keeps the promise."""
    conn.execute(
        "insert or ignore into kept_by (appointment_id, task_id) values (?, ?)", (appointment_id, task_id)
    )
