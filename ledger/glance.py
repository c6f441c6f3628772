"""What a desk shows at one moment, in three statements: the desk, its call, and what happened before."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.certificates import LAST_DAY
from ledger.times import local_day, timed, to_text

# Calls that ended since the day began and in which somebody was spoken to.
DESK = f"""
select d.state, d.reason, d.since, d.pause_next, d.call_id, d.task_id, d.leg_sid is not null, d.device,
  d.version, d.seen_at, d.held,
  (select {LAST_DAY} from certificates k where k.user_id = u.id and k.valid_from <= :day),
  (select count(*) from waits), count(c.id), ifnull(sum(c.outcome = 'SUCCESS'), 0)
from users u left join desks d on d.user_id = u.id left join calls c
  on c.agent_id = u.id and c.ended_at >= :since and c.answered_at is not null
where u.id = :user_id
"""
CALL = """
select c.id, c.task_id, c.turn, c.direction, c.status, c.performer, c.answered_at, c.said_at, c.ended_at,
  c.answered_by, c.script_digest, iif(c.facts <> '{}', c.facts, ifnull(k.facts, '{}')), c.progress, t.due_by,
  c.outcome, c.outcome_reason,
  (select json_group_array(json_array(n, heard, reply)) from
    (select n, heard, reply from turns where call_id = c.id order by n desc limit 2)),
  (select json_group_array(code) from (select code from problems where call_id = c.id order by id)),
  (select json_group_array(json_array(at, text)) from
    (select at, text from notes where call_id = c.id order by id)),
  (select json_group_array(json_array(kind, due_at)) from
    (select kind, due_at from appointments where call_id = c.id order by id)),
  (select json_group_array(json_array(turn, step, category, raw, script)) from
    (select a.turn, a.step, a.category, a.raw, ifnull((select p.script_digest from parts p
        where p.call_id = c.id and p.turn < a.turn order by p.turn desc limit 1), c.script_digest) as script
      from answers a where a.call_id = c.id order by a.id desc limit 40)),
  (select json_group_array(json_extract(heard, '$.kind')) from
    (select heard from turns where call_id = c.id order by n))
from calls c left join tasks t on t.id = c.task_id left join contacts k on k.id = t.contact_id
where c.id = ?
"""
TASK = """
select t.id, p.script_digest,
  json_patch(k.facts, ifnull((select f.facts from follow_ons f where f.made_task_id = t.id), '{}')), t.due_by
from tasks t join campaigns p on p.id = t.campaign_id join contacts k on k.id = t.contact_id
where t.id = ?
"""
STORY = """
select at, kind, word, detail from (
  select ifnull(answered_at, claimed_at) as at, iif(answered_at is null, 'missed', 'talked') as kind,
    iif(outcome_reason = '', status, outcome_reason) as word,
    iif(answered_at is null, cast((julianday(ended_at) - julianday(placed_at)) * 86400 as integer),
      duration) as detail
  from calls where task_id = :task_id and id < :before and ended_at is not null
  union all
  select made_at, 'promise', kind, due_at from appointments where task_id = :task_id and call_id < :before
  union all
  select opened_at, 'problem', code, null from problems where task_id = :task_id and call_id < :before
) order by at desc limit 8
"""
NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class DeskRow:
    """An agent's desk with today's figures; `done` counts the calls in which somebody was spoken to."""

    state: str
    reason: str
    since: datetime | None
    pause_next: str
    call_id: int | None
    task_id: int | None
    leg: bool
    device: str
    version: int
    seen_at: datetime | None
    held: bool
    certificate_until: str | None
    queue: int
    done: int
    success: int


@dataclass(frozen=True, slots=True)
class GivenRow:
    """An answer of a call, with the digest of the script that asked for it."""

    turn: int
    step: str
    category: str
    raw: str
    script: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call as its agent sees it; `turns` are the last two, newest first, as (n, heard, reply).

    `given` are its answers, the forty newest, oldest first; `heard` is what sort of thing each turn heard.
    """

    call_id: int
    task_id: int | None
    turn: int
    direction: str
    status: str
    performer: str
    answered_at: datetime | None
    said_at: datetime | None
    ended_at: datetime | None
    answered_by: str
    script_digest: str
    facts: str
    progress: str
    due_by: datetime | None
    outcome: str
    outcome_reason: str
    turns: list[tuple[int, str, str]]
    problems: list[str]
    notes: list[tuple[str, str]]
    promises: list[tuple[str, str | None]]
    given: list[GivenRow]
    heard: list[str | None]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A contact that is offered to an agent, who has not dialed yet."""

    task_id: int
    script_digest: str
    facts: str
    due_by: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened before: a call missed or talked, a promise, a problem case."""

    at: datetime
    kind: str
    word: str
    detail: str | int | None


def desk(conn: sqlite3.Connection, user_id: int, now: datetime, began: datetime) -> DeskRow:
    """The desk of an agent; `began` is when the day did."""
    keys = {"user_id": user_id, "day": local_day(now), "since": to_text(began)}
    row = timed(conn.execute(DESK, keys).fetchone(), 2, 9)
    if row[0] is None:
        row[:11] = ["off", "", None, "", None, None, 0, "", 0, None, 0]
    row[6], row[10] = bool(row[6]), bool(row[10])
    return DeskRow(*row)


def call(conn: sqlite3.Connection, call_id: int) -> CallRow:
    """The call of a desk."""
    row: list[Any] = timed(conn.execute(CALL, (call_id,)).fetchone(), 6, 7, 8, 13)
    row[16:22] = [json.loads(text) for text in row[16:22]]
    row[20] = [GivenRow(*one) for one in reversed(row[20])]
    return CallRow(*row)


def task(conn: sqlite3.Connection, task_id: int) -> TaskRow | None:
    """The contact of a task."""
    row = conn.execute(TASK, (task_id,)).fetchone()
    return None if row is None else TaskRow(*timed(row, 3))


def story(conn: sqlite3.Connection, task_id: int, before: int = NEWEST) -> tuple[Past, ...]:
    """What happened with a task before a call, newest first."""
    rows = conn.execute(STORY, {"task_id": task_id, "before": before})
    return tuple(Past(*timed(row, 0)) for row in rows)
