"""What other systems are told: the outbox that triggers fill, and what is known of its rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.canonical import Json
from ledger.connection import transaction
from ledger.times import timed, to_text

# The newest answer to each step counts; calls for a few are nobody else's.
FINISHED = """
select o.id, t.id, t.campaign_id, c.list_id, k.row, k.policy_no, t.status, t.outcome, t.outcome_reason,
  t.attempts, t.finished_at,
  (select json_group_array(distinct p.code) from problems p
    join calls x on x.id = p.call_id and not x.restricted where p.task_id = t.id),
  (select json_group_object(step, category) from
    (select a.step, a.category, max(a.id) from answers a join calls x on x.id = a.call_id and not x.restricted
      where x.task_id = t.id group by a.step))
from outbox o join tasks t on t.id = o.row_id join campaigns c on c.id = t.campaign_id
  join contacts k on k.id = t.contact_id
where o.kind = 'task_finished' and o.id > :after and (:campaign_id = 0 or t.campaign_id = :campaign_id)
order by o.id limit :limit
"""
# What is told of a row, by kind: nothing that was said, no name, no number; `at` is when it happened.
TOLD = {
    "task_finished": """
select t.id as task_id, t.campaign_id, c.list_id, k.row, k.policy_no, t.status, t.outcome,
  t.outcome_reason as reason, t.attempts, (select json_group_array(distinct p.code) from problems p
    join calls x on x.id = p.call_id and not x.restricted where p.task_id = t.id) as problems,
  coalesce(t.finished_at, (select max(f.opened_at) from fallbacks f where f.task_id = t.id),
    c.created_at) as at
from tasks t join campaigns c on c.id = t.campaign_id join contacts k on k.id = t.contact_id where t.id = ?
""",
    "problem_opened": """
select p.id as problem_id, p.code, p.severity, p.due_at, p.call_id, p.task_id, t.campaign_id, k.policy_no,
  p.opened_at as at
from problems p join calls x on x.id = p.call_id and not x.restricted left join tasks t on t.id = p.task_id
  left join contacts k on k.id = t.contact_id
where p.id = ?
""",
    "campaign_done": """
select id as campaign_id, list_id, status, ifnull(ended_at, created_at) as at from campaigns where id = ?
""",
    "list_imported": """
select id as list_id, kind, digest, rows, accepted, refused, created_at as at from lists where id = ?
""",
    "alarm_raised": """
select a.id as alarm_id, a.kind, a.due_at, a.task_id, a.campaign_id, k.policy_no, a.raised_at as at
from alarms a join tasks t on t.id = a.task_id join contacts k on k.id = t.contact_id where a.id = ?
""",
}
# A target that is new is told from now on.
PLACE = """
insert into posts (target, outbox_id) select :target, ifnull(max(id), 0) from outbox where true
on conflict (target) do nothing
"""
UNADDRESSED = """
select o.id, o.kind, o.task_id from outbox o
where o.id > (select outbox_id from posts where target = :target) order by o.id limit :limit
"""
ADDRESS = """
insert into deliveries (target, outbox_id, task_id, status, next_at) values (?, ?, ?, 'waiting', ?)
"""
DELIVERIES = """
select d.id, d.target, d.outbox_id, o.kind, d.status, d.attempts, d.next_at, d.first_at, d.ended_at, d.error
from deliveries d join outbox o on o.id = d.outbox_id
"""
# What belongs to a task waits until what came before it was taken, or given up.
DUE = (
    DELIVERIES
    + """
where d.target = :target and d.status = 'waiting' and d.next_at <= :now and not exists (
  select 1 from deliveries e where e.target = d.target and e.task_id = d.task_id and e.status = 'waiting'
    and e.id < d.id)
order by d.next_at, d.id limit :limit
"""
)
LATER = """
update deliveries set attempts = attempts + 1, error = ?, first_at = ifnull(first_at, ?), next_at = ?
where id = ?
"""
ENDED = """
update deliveries set status = ?, attempts = attempts + 1, error = ?, first_at = ifnull(first_at, ?),
  ended_at = ?
where id = ?
"""
AGAIN = """
update deliveries set status = 'waiting', attempts = 0, next_at = :at, ended_at = null
where status = 'dead' and (:id is null or id = :id)
"""


@dataclass(frozen=True, slots=True)
class Happened:
    """A row of the outbox as it is told; `data` holds ids, codes and times."""

    outbox_id: int
    kind: str
    at: str
    data: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one target: waiting, delivered, or dead after its last try."""

    delivery_id: int
    target: str
    outbox_id: int
    kind: str
    status: str
    attempts: int
    next_at: datetime
    first_at: datetime | None
    ended_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A task as it stands now, at the place in the outbox where it was finished."""

    cursor: int
    task_id: int
    campaign_id: int
    list_id: int
    row: int
    policy_no: str
    status: str
    outcome: str
    reason: str
    attempts: int
    finished_at: datetime | None
    problems: list[str]
    answers: dict[str, str]


def finished(conn: sqlite3.Connection, *, after: int, limit: int, campaign_id: int = 0) -> list[Finished]:
    """The next finished tasks behind a cursor; of all campaigns without one."""
    keys = {"after": after, "limit": limit, "campaign_id": campaign_id}
    return [_finished(row) for row in conn.execute(FINISHED, keys)]


def _finished(row: sqlite3.Row) -> Finished:
    values = timed(row, 10)
    values[11], values[12] = sorted(json.loads(values[11])), json.loads(values[12])
    return Finished(*values)


def happened(conn: sqlite3.Connection, outbox_id: int) -> Happened | None:
    """What is told of a row; None of a call for a few, of which nobody else is told."""
    kind, row_id = conn.execute("select kind, row_id from outbox where id = ?", (outbox_id,)).fetchone()
    cursor = conn.execute(TOLD[kind], (row_id,))
    row = cursor.fetchone()
    if row is None:
        return None
    data = dict(zip((column[0] for column in cursor.description), row, strict=True))
    if "problems" in data:
        data["problems"] = sorted(json.loads(data["problems"]))
    return Happened(outbox_id, kind, data.pop("at"), data)


def address(conn: sqlite3.Connection, target: str, kinds: Collection[str], now: datetime, limit: int) -> int:
    """Make deliveries of the next rows that a target wants, in a transaction of its own if there are any."""
    known = conn.execute("select 1 from posts where target = ?", (target,)).fetchone()
    if not known:
        with transaction(conn):
            conn.execute(PLACE, {"target": target})
    rows = conn.execute(UNADDRESSED, {"target": target, "limit": limit}).fetchall()
    if not rows:
        return 0
    wanted = [(target, row[0], row[2], to_text(now)) for row in rows if row[1] in kinds]
    with transaction(conn):
        conn.executemany(ADDRESS, wanted)
        conn.execute("update posts set outbox_id = ? where target = ?", (rows[-1][0], target))
    return len(wanted)


def due(conn: sqlite3.Connection, target: str, now: datetime, limit: int) -> list[Delivery]:
    """What is to be posted to a target now, the longest waiting first."""
    rows = conn.execute(DUE, {"target": target, "now": to_text(now), "limit": limit})
    return [_delivery(row) for row in rows]


def delivered(conn: sqlite3.Connection, delivery_id: int, now: datetime) -> None:
    """Note that the target took it."""
    at = to_text(now)
    conn.execute(ENDED, ("delivered", "", at, at, delivery_id))


def later(conn: sqlite3.Connection, delivery_id: int, problem: str, now: datetime, next_at: datetime) -> None:
    """Note a failed try, and when the next one is."""
    conn.execute(LATER, (problem, to_text(now), to_text(next_at), delivery_id))


def dead(conn: sqlite3.Connection, delivery_id: int, problem: str, now: datetime) -> None:
    """Note that the last try failed."""
    at = to_text(now)
    conn.execute(ENDED, ("dead", problem, at, at, delivery_id))


def again(conn: sqlite3.Connection, delivery_id: int | None, now: datetime) -> int:
    """Try a dead message from the beginning, or all of them; returns how many."""
    return conn.execute(AGAIN, {"id": delivery_id, "at": to_text(now)}).rowcount


def open_deliveries(conn: sqlite3.Connection, *, limit: int) -> list[Delivery]:
    """What waits or is dead, oldest first."""
    rows = conn.execute(DELIVERIES + "where d.status in ('waiting', 'dead') order by d.id limit ?", (limit,))
    return [_delivery(row) for row in rows]


def _delivery(row: sqlite3.Row) -> Delivery:
    return Delivery(*timed(row, 6, 7, 8))
