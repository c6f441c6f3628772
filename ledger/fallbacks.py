"""Duties that go on by other ways than the telephone; each step is sealed, nothing is taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from ledger import events
from ledger.connection import insert
from ledger.evidence import sealed
from ledger.times import maybe_text, timed, to_text

OPEN, STOPPED = "open", "stopped"
LINK, VISIT, LETTER = "link", "visit", "letter"

DUTY = """
select t.id, t.campaign_id, t.status, t.outcome, t.outcome_reason, p.purpose, l.kind, k.facts, t.due_by
from tasks t join campaigns p on p.id = t.campaign_id join lists l on l.id = p.list_id
  join contacts k on k.id = t.contact_id
where t.id = ?
"""
# A link by SMS is promised for other things as well; in place of the call only where calls were refused.
WISHED = """
select a.kind from calls c join appointments a indexed by appointments_call on a.call_id = c.id
where c.task_id = ? and (a.kind in ('letter', 'visit') or (a.kind = 'sms' and c.outcome = 'REFUSED'))
order by a.id desc limit 1
"""
WAYS = """
select id, task_id, channel, status, why, branch, visitor_id, opened_at, due_at, closed_at from fallbacks
"""
OPENED = """
insert into fallbacks (task_id, channel, status, why, branch, opened_at, due_at, campaign_id)
values (?, ?, ?, ?, ?, ?, ?, (select campaign_id from tasks where id = ?))
"""
STEP = """
insert into fallback_steps (fallback_id, task_id, step, day, reference, note, user, at)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
STEPS = "select step, day, reference, note, user, at from fallback_steps where task_id = ? order by id"
ELSEWHERE = """
update tasks set status = 'elsewhere', offered_to = null, finished_at = null,
  outcome_reason = iif(outcome_reason = '', ?, outcome_reason)
where id = ? and status <> 'elsewhere'
"""
OVER = """
update tasks set status = 'done', outcome = ?, outcome_reason = ?, finished_at = ? where id = ?
"""
ATTEMPTS = """
select claimed_at, status, outcome, outcome_reason from calls where task_id = ? and direction = 'outbound'
order by id
"""
# The callbacks of a campaign that are made at all, and those of them that became visits or letters.
SHARE = """
select (select ifnull(sum(tasks), 0) from task_tally where campaign_id = :campaign_id
    and state not in ('spare', 'cancelled')),
  (select ifnull(sum(tasks), 0) from outside_tally where campaign_id = :campaign_id)
"""

# A branch's callbacks are those of the campaigns in which it has visits or letters.
PORTIONS = """
select 'campaign', p.name, (select ifnull(sum(tasks), 0) from task_tally y where y.campaign_id = p.id
    and y.state not in ('spare', 'cancelled')), count(distinct f.task_id)
from fallbacks f join campaigns p on p.id = f.campaign_id
where f.channel <> 'link' and f.status not in ('stopped', 'cancelled') group by p.id
union all
select 'branch', f.branch, (select count(*) from tasks t join contacts k on k.id = t.contact_id
    where t.campaign_id in (select distinct o.campaign_id from fallbacks o where o.branch = f.branch)
      and t.status not in ('spare', 'cancelled') and ifnull(k.facts ->> 'branch', '') = f.branch),
  count(distinct f.task_id)
from fallbacks f where f.channel <> 'link' and f.status not in ('stopped', 'cancelled') group by f.branch
union all
select 'month', substr(f.opened_at, 1, 7), (select ifnull(sum(y.tasks), 0) from task_tally y
    join campaigns p on p.id = y.campaign_id
    where substr(p.started_at, 1, 7) <= substr(f.opened_at, 1, 7) and p.purpose = 'duty'
      and ifnull(substr(p.ended_at, 1, 7), '9999') >= substr(f.opened_at, 1, 7)
      and y.state not in ('spare', 'cancelled')), count(distinct f.task_id)
from fallbacks f where f.channel <> 'link' and f.status not in ('stopped', 'cancelled')
group by substr(f.opened_at, 1, 7)
"""


@dataclass(frozen=True, slots=True)
class Portion:
    """Visits and letters beside all callbacks of a campaign, a branch or a month."""

    of: str
    name: str
    all: int
    outside: int


@dataclass(frozen=True, slots=True)
class Duty:
    """A task as those see it who decide how its duty goes on; `facts` is JSON."""

    task_id: int
    campaign_id: int
    status: str
    outcome: str
    outcome_reason: str
    purpose: str
    kind: str
    facts: str
    due_by: datetime | None


@dataclass(frozen=True, slots=True)
class Way:
    """A row of `fallbacks`."""

    fallback_id: int
    task_id: int
    channel: str
    status: str
    why: str
    branch: str
    visitor_id: int | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """What happened on a way: told by whom, on which day; `reference`: a file, or the number of a letter."""

    step: str
    day: date | None = None
    reference: str = ""
    note: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call of a task, as the record of why a customer was not reached tells it."""

    at: datetime
    status: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Share:
    """How many callbacks a campaign makes, and how many of them became visits or letters."""

    all: int
    outside: int


def duty(conn: sqlite3.Connection, task_id: int) -> Duty | None:
    """The task with what decides how its duty goes on."""
    row = conn.execute(DUTY, (task_id,)).fetchone()
    return None if row is None else Duty(*timed(row, 8))


def wished(conn: sqlite3.Connection, task_id: int) -> str:
    """The way that the customer asked for in a talk: `sms`, `letter`, `visit`, or none."""
    row = conn.execute(WISHED, (task_id,)).fetchone()
    return "" if row is None else str(row[0])


def of_task(conn: sqlite3.Connection, task_id: int) -> list[Way]:
    """The ways that were taken for a task, in their order."""
    return list(_ways(conn, "where task_id = ? order by id", task_id))


def get(conn: sqlite3.Connection, fallback_id: int) -> Way | None:
    """The way with this id."""
    return next(_ways(conn, "where id = ?", fallback_id), None)


def listing(conn: sqlite3.Connection, status: str, limit: int = 1000) -> list[Way]:
    """The ways of a status, those due first at the top."""
    where = "where status = ? order by ifnull(due_at, '9999'), id limit ?"
    return list(_ways(conn, where, status, limit))


def unanswered(conn: sqlite3.Connection, now: datetime, limit: int) -> list[Way]:
    """The oldest of the open links and letters whose time is over."""
    where = "where status = 'open' and channel <> 'visit' and due_at < ? order by due_at limit ?"
    return list(_ways(conn, where, to_text(now), limit))


def open_way(conn: sqlite3.Connection, way: Way, now: datetime) -> int:
    """Go on with a duty this way; its task is called no more. Returns the id."""
    row = (
        way.task_id, way.channel, way.status, way.why, way.branch, to_text(now), maybe_text(way.due_at),
        way.task_id,
    )  # fmt: skip
    fallback_id = insert(conn, OPENED, row)
    conn.execute(ELSEWHERE, (way.why, way.task_id))
    name = "stopped" if way.status == STOPPED else "opened"
    add_step(conn, fallback_id, way.task_id, Step(name, note=way.why), now)
    return fallback_id


def add_step(conn: sqlite3.Connection, fallback_id: int, task_id: int, step: Step, now: datetime) -> None:
    """Write down what happened on a way, sealed."""
    day = step.day.isoformat() if step.day else None
    row = (fallback_id, task_id, step.step, day, step.reference, step.note, step.user, to_text(now))
    seal = sealed({"fallback_steps": [(insert(conn, STEP, row), row)]})
    events.append(conn, "fallback", seal, now)


def steps(conn: sqlite3.Connection, task_id: int) -> list[tuple[Step, datetime]]:
    """Everything that happened on the ways of a task, with its moment."""
    found = []
    for step, day, reference, note, user, at in conn.execute(STEPS, (task_id,)):
        told = Step(step, date.fromisoformat(day) if day else None, reference, note, user)
        found.append((told, datetime.fromisoformat(at)))
    return found


def set_status(conn: sqlite3.Connection, fallback_id: int, status: str, due_at: datetime | None) -> None:
    """Say how a way stands while it is not over."""
    conn.execute(
        "update fallbacks set status = ?, due_at = ? where id = ?", (status, maybe_text(due_at), fallback_id)
    )


def set_visitor(conn: sqlite3.Connection, fallback_id: int, user_id: int) -> None:
    """Say who makes the visit."""
    conn.execute("update fallbacks set visitor_id = ? where id = ?", (user_id, fallback_id))


def close(conn: sqlite3.Connection, fallback_id: int, status: str, now: datetime) -> None:
    """End a way."""
    conn.execute(
        "update fallbacks set status = ?, closed_at = ? where id = ?", (status, to_text(now), fallback_id)
    )


def finish(conn: sqlite3.Connection, task_id: int, outcome: str, reason: str, now: datetime) -> None:
    """End the task: its duty is discharged, or every way was tried."""
    conn.execute(OVER, (outcome, reason, to_text(now), task_id))


def attempts(conn: sqlite3.Connection, task_id: int) -> list[Attempt]:
    """The calls of a task, in their order."""
    return [Attempt(*timed(row, 0)) for row in conn.execute(ATTEMPTS, (task_id,))]


def share(conn: sqlite3.Connection, campaign_id: int) -> Share:
    """How many of a campaign's callbacks became visits or letters (S002-97)."""
    return Share(*conn.execute(SHARE, {"campaign_id": campaign_id}).fetchone())


def portions(conn: sqlite3.Connection) -> list[Portion]:
    """Visits and letters by campaign, branch and month, where there are any."""
    return [Portion(*row) for row in conn.execute(PORTIONS)]


def _ways(conn: sqlite3.Connection, where: str, *keys: int | str) -> Iterator[Way]:
    for row in conn.execute(WAYS + where, keys):
        yield Way(*timed(row, 7, 8, 9))
