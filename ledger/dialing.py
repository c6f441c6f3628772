"""What the loop and the sweeper ask of the ledger beside claims and calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import events
from ledger.times import from_text, maybe_moment, to_text

RUNNING = """
select c.id, c.purpose, c.from_number, c.mode, c.unit_id, c.priority, c.max_lines, c.max_per_second,
  (select ifnull(t.due_by, '9999') from tasks t indexed by tasks_queue
   where t.campaign_id = c.id and t.status = 'ready' and t.held = 0
   order by ifnull(t.due_by, '9999'), t.id limit 1) as head,
  (select ifnull(t.due_by, '9999') from tasks t indexed by tasks_held
   where t.campaign_id = c.id and t.status = 'ready' and t.held = 1 and t.next_at <= :now
   order by t.next_at limit 1) as woken,
  exists (select 1 from appointed a join tasks t on t.id = a.task_id
    where a.campaign_id = c.id and a.since <= :now and t.status = 'ready')
from campaigns c where c.status = 'running' order by min(ifnull(head, '9999'), ifnull(woken, '9999')), c.id
"""
LINES = """
select campaign_id, direction, count(*) from calls indexed by calls_open where ended_at is null
group by campaign_id, direction
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
NEVER = "9999"
"""How the queue sorts what has no deadline."""
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
    """A campaign that may be dialed, with what its gate and its share need.

    `ready`: a task of it waits for nothing; `due`: that, or the moment of a held one has come. `due_by` is
    the deadline of the one that would be called; `max_lines` and `max_per_second` are its own caps. `agreed`:
    a time agreed with a customer has come.
    """

    campaign_id: int
    purpose: str
    from_number: int
    mode: str
    unit_id: int | None
    priority: int
    max_lines: int | None
    max_per_second: float | None
    ready: bool
    due: bool
    due_by: datetime | None
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """The calls that have not ended, as far as the ledger has heard; `outbound` by campaign."""

    outbound: Mapping[int | None, int]
    inbound: int

    @property
    def out(self) -> int:
        """All calls that went out."""
        return sum(self.outbound.values())


def running(conn: sqlite3.Connection, now: datetime) -> list[RunningCampaign]:
    """The running campaigns, the one with the most urgent task first."""
    return [_running(row) for row in conn.execute(RUNNING, {"now": to_text(now)})]


def _running(row: tuple[Any, ...]) -> RunningCampaign:
    campaign_id, purpose, number, mode, unit_id, priority, most, rate, head, woken, agreed = row
    first = min(head or NEVER, woken or NEVER)
    due_by = None if first == NEVER else from_text(first)
    ready, due = head is not None, bool(head or woken or agreed)
    return RunningCampaign(
        campaign_id, purpose, number, mode, unit_id, priority, most, rate, ready, due, due_by, bool(agreed)
    )


def lines(conn: sqlite3.Connection) -> Lines:
    """Who holds the lines."""
    outbound: dict[int | None, int] = {}
    inbound = 0
    for campaign_id, direction, count in conn.execute(LINES):
        if direction == "inbound":
            inbound += count
        else:
            outbound[campaign_id] = count
    return Lines(outbound, inbound)


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
