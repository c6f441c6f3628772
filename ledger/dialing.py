"""What the loop and the sweeper ask of the ledger beside claims and calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.times import maybe_moment, to_text

# A time agreed with a customer is kept before anything else of any campaign is called.
AGREED = """exists (select 1 from appointed a join tasks t on t.id = a.task_id
  where a.campaign_id = c.id and a.since <= :now and t.status = 'ready')"""
RUNNING = f"""
select c.id, c.purpose, c.from_number, c.mode, c.unit_id,
  (select ifnull(t.due_by, '9999') from tasks t indexed by tasks_queue
   where t.campaign_id = c.id and t.status = 'ready' and t.held = 0
   order by ifnull(t.due_by, '9999'), t.id limit 1) as urgency,
  exists (select 1 from tasks t indexed by tasks_held
   where t.campaign_id = c.id and t.status = 'ready' and t.held = 1 and t.next_at <= :now) or {AGREED}
from campaigns c where c.status = 'running' order by {AGREED} desc, ifnull(urgency, '9999'), c.id
"""
NEXT = """
select min((select min(t.next_at) from tasks t indexed by tasks_held
  where t.campaign_id = c.id and t.status = 'ready' and t.held = 1))
from campaigns c where c.status = 'running'
"""
OPEN = """
select exists (select 1 from tasks t indexed by tasks_queue
    where t.campaign_id = :campaign_id and t.status = 'ready' and t.held = 0)
  or exists (select 1 from tasks t indexed by tasks_held
    where t.campaign_id = :campaign_id and t.status = 'ready' and t.held = 1)
  or exists (select 1 from tasks t indexed by tasks_offered
    where t.campaign_id = :campaign_id and t.offered_to is not null)
  or exists (select 1 from calls where ended_at is null and campaign_id = :campaign_id)
"""
QUIET = """
select not exists (select 1 from tasks t indexed by tasks_queue
    where t.campaign_id = :campaign_id and t.status = 'ready' and t.held = 0)
  and not exists (select 1 from tasks t indexed by tasks_held
    where t.campaign_id = :campaign_id and t.status = 'ready' and t.held = 1 and t.next_at <= :until)
  and not exists (select 1 from tasks t indexed by tasks_offered
    where t.campaign_id = :campaign_id and t.offered_to is not null)
  and not exists (select 1 from calls where ended_at is null and campaign_id = :campaign_id)
"""
LAST_HEARD = """
select max(ifnull(said_at, ''), ifnull(answered_at, ''), ifnull(placed_at, ''), ifnull(placing_at, ''),
  claimed_at)
from calls where id = ?
"""
UNCOUNT = """
update tasks set attempts = attempts - 1, attempts_today = attempts_today - 1,
  last_attempt_at = (select max(o.claimed_at) from calls o
    where o.task_id = tasks.id and o.id <> :call_id and o.placed_at is not null)
where id = (select task_id from calls where id = :call_id) and status = 'leased'
"""


@dataclass(frozen=True, slots=True)
class RunningCampaign:
    """A campaign that may be dialed, with what its gate needs.

    `ready`: a task of it waits for nothing; `due`: that, or the moment of a held one has come.
    """

    campaign_id: int
    purpose: str
    from_number: int
    mode: str
    unit_id: int | None
    ready: bool
    due: bool


def running(conn: sqlite3.Connection, now: datetime) -> list[RunningCampaign]:
    """The running campaigns, the one with the most urgent task first."""
    return [
        RunningCampaign(one, purpose, number, mode, unit_id, head is not None, head is not None or bool(due))
        for one, purpose, number, mode, unit_id, head, due in conn.execute(RUNNING, {"now": to_text(now)})
    ]


def version(conn: sqlite3.Connection) -> int:
    """A number that is another one whenever somebody else has written since the last look."""
    row: tuple[int] = conn.execute("pragma data_version").fetchone()
    return row[0]


def in_progress(conn: sqlite3.Connection) -> int:
    """How many calls have not ended, as far as the ledger has heard; all of them hold a line."""
    row: tuple[int] = conn.execute("select count(*) from calls where ended_at is null").fetchone()
    return row[0]


def next_moment(conn: sqlite3.Connection) -> datetime | None:
    """When the first of the held tasks of the running campaigns becomes due."""
    row: tuple[str | None] = conn.execute(NEXT).fetchone()
    return maybe_moment(row[0])


def is_over(conn: sqlite3.Connection, campaign_id: int) -> bool:
    """Whether no task of the campaign is ready, deferred or in a call."""
    row: tuple[int] = conn.execute(OPEN, {"campaign_id": campaign_id}).fetchone()
    return not row[0]


def is_quiet(conn: sqlite3.Connection, campaign_id: int, until: datetime) -> bool:
    """Whether no call of the campaign is in progress and none becomes due before that moment."""
    key = {"campaign_id": campaign_id, "until": to_text(until)}
    row: tuple[int] = conn.execute(QUIET, key).fetchone()
    return bool(row[0])


def owned(conn: sqlite3.Connection, carrier_sids: Collection[str]) -> set[str]:
    """Those of the carrier's calls that are rows of the ledger already."""
    found = "select carrier_sid from calls where carrier_sid = ?"
    return {sid for sid in carrier_sids if conn.execute(found, (sid,)).fetchone()}


def unknown_since(conn: sqlite3.Connection, call_id: int) -> datetime | None:
    """When the carrier's answer was given up."""
    row: tuple[str | None] = conn.execute(
        "select max(at) from events where call_id = ? and kind = 'submission_unknown'", (call_id,)
    ).fetchone()
    return maybe_moment(row[0])


def last_heard(conn: sqlite3.Connection, call_id: int) -> datetime | None:
    """When the call last moved: claimed, placed, answered or spoken to."""
    row = conn.execute(LAST_HEARD, (call_id,)).fetchone()
    return maybe_moment(row[0]) if row else None


def not_an_attempt(conn: sqlite3.Connection, call_id: int, now: datetime) -> None:
    """Take the attempt back from the task: the customer's telephone never rang."""
    if conn.execute(UNCOUNT, {"call_id": call_id}).rowcount:
        events.append(conn, "not_an_attempt", {}, now, call_id)
