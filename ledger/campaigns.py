"""Campaigns and their tasks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ledger import script_life
from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.progress import Progress as Progress
from ledger.progress import progress as progress
from ledger.records import TaskRow
from ledger.times import maybe_text, timed, to_text

STATUSES = ("draft", "running", "paused", "stopped", "done")
ROBOT, PREVIEW, PROGRESSIVE = "robot", "preview", "progressive"
MODES = (ROBOT, PREVIEW, PROGRESSIVE)
"""Who speaks: the robot; an agent who sees the contact and then dials; an agent for whom calls are placed."""

CAMPAIGN = """
insert into campaigns (name, list_id, script_digest, purpose, status, from_number, profile, mode, unit_id,
  created_at)
values (?, ?, ?, ?, 'draft', ?, ?, ?, ?, ?)
"""
CAMPAIGNS = """
select id, name, list_id, script_digest, purpose, status, from_number, profile, created_at,
  started_at, ended_at, mode, unit_id, priority, max_lines, max_per_second, stop_reason
from campaigns
"""
# What is due before the campaign exists goes straight to the queue.
TASK = """
insert into tasks (campaign_id, contact_id, status, missing, due_from, due_by, next_at, held)
values (:campaign_id, :contact_id, :status, :missing, :due_from, :due_by, :next_at, :next_at > :created_at)
"""
SET_STATUS = """
update campaigns set status = :status,
  started_at = iif(:status = 'running', ifnull(started_at, :at), started_at),
  ended_at = iif(:status in ('stopped', 'done'), :at, null)
where id = :campaign_id
"""
SET_SHARE = "update campaigns set priority = ?, max_lines = ?, max_per_second = ? where id = ?"
UNMADE = "select exists (select 1 from makings where campaign_id = ? and ended_at is null)"
SET_MODE = """
update campaigns set mode = ?, unit_id = ? where id = ? and status in ('draft', 'paused')
"""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of `campaigns`; `unit_id`: only its agents and those of units below it are given the calls."""

    campaign_id: int
    name: str
    list_id: int
    script_digest: str
    purpose: str
    status: str
    from_number: int
    profile: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    mode: str = ROBOT
    unit_id: int | None = None
    priority: int = 3
    max_lines: int | None = None
    max_per_second: float | None = None
    stop_reason: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What a campaign may take of the account: its priority, 1 to 5, and its own caps, if any."""

    priority: int = 3
    max_lines: int | None = None
    max_per_second: float | None = None


def create(
    conn: sqlite3.Connection,
    *,
    name: str,
    list_id: int,
    script_digest: str,
    purpose: str,
    from_number: int,
    profile: str,
    now: datetime,
    mode: str = ROBOT,
    unit_id: int | None = None,
) -> int:
    """Open a campaign as a draft; its name must be new, and its script active."""
    _check_mode(name, mode)
    if by_name(conn, name) is not None:
        raise LedgerError(f"campaign {name!r}: there is one of this name; choose another")
    script_life.begin_with(conn, script_digest)
    row = (name, list_id, script_digest, purpose, from_number, profile, mode, unit_id, to_text(now))
    return insert(conn, CAMPAIGN, row)


def add_tasks(conn: sqlite3.Connection, campaign_id: int, rows: Iterable[TaskRow]) -> None:
    """Make contacts the tasks of a campaign; ten thousand at a time keep others waiting least."""
    campaign = get(conn, campaign_id)
    if campaign is None:
        raise LedgerError(f"campaign {campaign_id}: there is none; create it before its tasks")
    created_at = to_text(campaign.created_at)
    conn.executemany(TASK, (_task(row, campaign_id, created_at) for row in rows))


def begin_making(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> None:
    """Keep a campaign from being started until `end_making`, as its tasks come in several transactions."""
    conn.execute("insert into makings (campaign_id, began_at) values (?, ?)", (campaign_id, to_text(now)))


def end_making(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> None:
    """All tasks are there."""
    conn.execute("update makings set ended_at = ? where campaign_id = ?", (to_text(now), campaign_id))


def set_status(conn: sqlite3.Connection, campaign_id: int, status: str, now: datetime) -> None:
    """Start, pause, stop or finish a campaign; only a running one is dialed.

    It starts with the active version of its script; one that has begun goes on with a superseded one.
    """
    if status not in STATUSES:
        raise LedgerError(
            f"campaign {campaign_id}: status {status!r}; it must be one of {', '.join(STATUSES)}"
        )
    if status == "running" and conn.execute(UNMADE, (campaign_id,)).fetchone()[0]:
        raise LedgerError(
            f"campaign {campaign_id}: is still being made, or was cut off; stop it, make a new one"
        )
    if status == "running" and (found := get(conn, campaign_id)) is not None:
        in_time = script_life.IN_FORCE if found.started_at else (script_life.ACTIVE,)
        script_life.begin_with(conn, found.script_digest, in_time)
    conn.execute(SET_STATUS, {"status": status, "at": to_text(now), "campaign_id": campaign_id})


def stop(conn: sqlite3.Connection, campaign_id: int, reason: str, now: datetime) -> None:
    """End a campaign for good, and keep why."""
    set_status(conn, campaign_id, "stopped", now)
    conn.execute("update campaigns set stop_reason = ? where id = ?", (reason, campaign_id))


def set_share(conn: sqlite3.Connection, campaign_id: int, share: Share) -> None:
    """Set priority and caps; a running dialer keeps to them from its next call on."""
    conn.execute(SET_SHARE, (share.priority, share.max_lines, share.max_per_second, campaign_id))


def set_mode(conn: sqlite3.Connection, campaign_id: int, mode: str, unit_id: int | None) -> None:
    """Choose who speaks, and the unit whose agents do; only while nothing of the campaign is dialed."""
    _check_mode(campaign_id, mode)
    if conn.execute(SET_MODE, (mode, unit_id, campaign_id)).rowcount == 0:
        raise LedgerError(f"campaign {campaign_id}: its mode stays as it is while it runs; pause it first")


def unit_named(conn: sqlite3.Connection, name: str) -> int | None:
    """The organisation unit of this name."""
    row: tuple[int] | None = conn.execute("select id from units where name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def get(conn: sqlite3.Connection, campaign_id: int) -> Campaign | None:
    """The campaign with this id."""
    return next(_read(conn, "where id = ?", campaign_id), None)


def by_name(conn: sqlite3.Connection, name: str) -> Campaign | None:
    """The campaign of this name."""
    return next(_read(conn, "where name = ?", name), None)


def listing(conn: sqlite3.Connection) -> list[Campaign]:
    """All campaigns, oldest first."""
    return list(_read(conn, "where id > ? order by id", 0))


def _read(conn: sqlite3.Connection, where: str, key: int | str) -> Iterator[Campaign]:
    for row in conn.execute(CAMPAIGNS + where, (key,)):
        yield Campaign(*timed(row, 8, 9, 10))


def _check_mode(campaign: int | str, mode: str) -> None:
    if mode not in MODES:
        raise LedgerError(f"campaign {campaign}: mode {mode!r}; it must be one of {', '.join(MODES)}")


def _task(row: TaskRow, campaign_id: int, created_at: str) -> dict[str, int | str | None]:
    return {
        "campaign_id": campaign_id,
        "contact_id": row.contact_id,
        "status": row.status,
        "missing": row.missing,
        "due_from": maybe_text(row.due_from),
        "due_by": maybe_text(row.due_by),
        "next_at": to_text(row.next_at),
        "created_at": created_at,
    }
