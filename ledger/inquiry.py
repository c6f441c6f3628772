"""Why a contact was called or not: one task with its attempts and every decision of the gate."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed

TASK = """
select t.id, t.campaign_id, t.status, t.attempts, t.due_from, t.due_by, t.next_at, t.held, t.outcome,
  t.outcome_reason, t.finished_at, t.last_attempt_at, t.missing, k.row, k.policy_no, k.facts, k.flags,
  (select json_group_array(n.number) from numbers n where n.contact_id = k.id), t.number_position
from tasks t join contacts k on k.id = t.contact_id
where t.id = ? and t.campaign_id = ?
"""
DECISIONS = """
select at, verdict, rule, version, until, call_id from gate_decisions
where task_id = ? order by id desc limit ?
"""
CALLS = """
select id, direction, status, outcome, outcome_reason, performer, claimed_at, answered_at, ended_at,
  answered_by
from calls where task_id = ? order by id desc limit ?
"""
LISTING = """
select t.id, t.status, t.attempts, t.due_by, t.outcome, t.outcome_reason, k.row, k.policy_no
from tasks t {index} join contacts k on k.id = t.contact_id
where t.campaign_id = :campaign_id and t.id > :after and {where} order by t.id limit :limit
"""
BY_REASON = LISTING.format(
    index="indexed by tasks_reason",
    where="t.outcome_reason = :reason and t.outcome_reason <> '' and (:state = '' or t.state = :state)",
)
BY_POLICY = LISTING.format(
    index="",
    where="t.contact_id in (select k.id from contacts k join campaigns c on c.list_id = k.list_id"
    " where c.id = :campaign_id and k.policy_no = :policy_no)",
)
LEFT_OUT = """
select e.rule, e.at from exclusions e join contacts k on k.id = e.contact_id
where e.campaign_id = ? and k.policy_no = ?
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate decided: allow, defer or block, by which rule of which version, until when."""

    at: datetime
    verdict: str
    rule: str
    version: str
    until: datetime | None
    call_id: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call of the task."""

    call_id: int
    direction: str
    status: str
    outcome: str
    reason: str
    performer: str
    claimed_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    answered_by: str


@dataclass(frozen=True, slots=True)
class Task:
    """A task with what its list says; `facts`, `flags` and `numbers` are JSON, `missing` names facts."""

    task_id: int
    campaign_id: int
    status: str
    attempts: int
    due_from: datetime | None
    due_by: datetime | None
    next_at: datetime
    held: bool
    outcome: str
    reason: str
    finished_at: datetime | None
    last_attempt_at: datetime | None
    missing: str
    row: int
    policy_no: str
    facts: str
    flags: str
    numbers: str
    number_position: int


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task in a listing."""

    task_id: int
    status: str
    attempts: int
    due_by: datetime | None
    outcome: str
    reason: str
    row: int
    policy_no: str


def task(conn: sqlite3.Connection, campaign_id: int, task_id: int) -> Task | None:
    """The task, if it is of that campaign."""
    row = conn.execute(TASK, (task_id, campaign_id)).fetchone()
    return None if row is None else Task(*timed(row, 4, 5, 6, 10, 11))


def decisions(conn: sqlite3.Connection, task_id: int, limit: int) -> list[Decision]:
    """The decisions of the gate, the latest first."""
    return [Decision(*timed(row, 0, 4)) for row in conn.execute(DECISIONS, (task_id, limit))]


def attempts(conn: sqlite3.Connection, task_id: int, limit: int) -> list[Attempt]:
    """The calls of the task, the latest first."""
    return [Attempt(*timed(row, 6, 7, 8)) for row in conn.execute(CALLS, (task_id, limit))]


def by_reason(
    conn: sqlite3.Connection, campaign_id: int, reason: str, *, state: str = "", after: int = 0, limit: int
) -> list[TaskLine]:
    """The tasks whose last word is this reason or rule; `state` is open or how they are over."""
    keys = {"campaign_id": campaign_id, "reason": reason, "state": state, "after": after, "limit": limit}
    return [TaskLine(*timed(row, 3)) for row in conn.execute(BY_REASON, keys)]


def by_policy(conn: sqlite3.Connection, campaign_id: int, policy_no: str) -> list[TaskLine]:
    """The task of a policy or claim."""
    keys = {"campaign_id": campaign_id, "policy_no": policy_no, "after": 0, "limit": 1}
    return [TaskLine(*timed(row, 3)) for row in conn.execute(BY_POLICY, keys)]


def left_out(conn: sqlite3.Connection, campaign_id: int, policy_no: str) -> str:
    """The rule by which a contact was left out and has no task; empty where it was not."""
    row = conn.execute(LEFT_OUT, (campaign_id, policy_no)).fetchone()
    return "" if row is None else str(row[0])
