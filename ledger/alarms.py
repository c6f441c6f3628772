"""Alarm points: the moments at which a task that is still open is to be noticed."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.times import timed, to_text

OVERDUE = "overdue"
"""The alarm of the deadline itself."""

ADD = """
insert into alarms (task_id, campaign_id, kind, due_at)
values ((select id from tasks where campaign_id = :campaign_id and contact_id = :contact_id), :campaign_id,
  :kind, :due_at)
"""
# A spare task is not due, and a stopped campaign has been given up.
DUE = """
select a.id, a.task_id, a.campaign_id, a.kind,
  t.status in ('ready', 'offered', 'accepted', 'leased') and c.status not in ('stopped', 'done')
    or a.kind = 'overdue' and t.outcome_reason = 'deadline_expired'
from alarms a indexed by alarms_waiting join tasks t on t.id = a.task_id
  join campaigns c on c.id = a.campaign_id
where a.status = 'waiting' and a.due_at <= :now order by a.due_at, a.id limit :limit
"""
SETTLE = "update alarms set status = ?, raised_at = ? where id = ?"
RAISED = """
select kind, count(*) from alarms where campaign_id = ? and status = 'raised' group by kind order by kind
"""
LISTING = """
select a.id, a.task_id, k.row, k.policy_no, a.kind, a.due_at, a.raised_at, t.status, t.due_by
from alarms a join tasks t on t.id = a.task_id join contacts k on k.id = t.contact_id
where a.campaign_id = :campaign_id and a.status = 'raised' and a.id > :after
  and (:kind = '' or a.kind = :kind)
order by a.id limit :limit
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a contact's task."""

    contact_id: int
    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Alarm:
    """A raised alarm, with the row of the list and the policy or claim, and how the task stands now."""

    alarm_id: int
    task_id: int
    row: int
    policy_no: str
    kind: str
    due_at: datetime
    raised_at: datetime
    status: str
    due_by: datetime | None


def add(conn: sqlite3.Connection, campaign_id: int, points: Iterable[Point]) -> None:
    """Set the alarm points of tasks, found by contact."""
    rows = (
        {
            "campaign_id": campaign_id,
            "contact_id": point.contact_id,
            "kind": point.kind,
            "due_at": to_text(point.due_at),
        }
        for point in points
    )
    conn.executemany(ADD, rows)


def raise_due(conn: sqlite3.Connection, now: datetime, limit: int) -> tuple[int, int]:
    """Raise up to `limit` alarms whose moment has come: how many were looked at, and raised; each once.

    In a transaction. What is over is moot; what is raised is an event by campaign and kind.
    """
    found = conn.execute(DUE, {"now": to_text(now), "limit": limit}).fetchall()
    at = to_text(now)
    conn.executemany(
        SETTLE, (("raised" if live else "moot", at if live else None, row[0]) for *row, live in found)
    )
    raised: dict[tuple[int, str], list[int]] = defaultdict(list)
    for _, task_id, campaign_id, kind, live in found:
        if live:
            raised[campaign_id, kind].append(task_id)
    for (campaign_id, kind), tasks in raised.items():
        events.append(conn, "alarm", {"campaign": campaign_id, "alarm": kind, "tasks": tasks}, now)
    return len(found), sum(map(len, raised.values()))


def raised(conn: sqlite3.Connection, campaign_id: int) -> dict[str, int]:
    """How many alarms of a campaign were raised, by kind."""
    return dict(conn.execute(RAISED, (campaign_id,)).fetchall())


def listing(
    conn: sqlite3.Connection, campaign_id: int, *, kind: str = "", after: int = 0, limit: int
) -> list[Alarm]:
    """The raised alarms of a campaign, in the order in which they were set; of all kinds without one."""
    keys = {"campaign_id": campaign_id, "kind": kind, "after": after, "limit": limit}
    return [Alarm(*timed(row, 5, 6, 8)) for row in conn.execute(LISTING, keys)]
