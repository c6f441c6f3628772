"""The supervisor's board: who is doing what, every open call, who waits, what was promised, what runs.

Every statement reads only what is open now, by an index of open things: none grows with a campaign's size.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.connection import snapshot
from ledger.times import timed, to_text

MOST_PROMISES = 50
"""Promised callbacks that are named, those due first; the rest is only counted."""

# A campaign or caller of no unit belongs to every unit; who sees no unit sees none of them.
SEEN = """(:scope is null or {0} in (select value from json_each(:scope))
  or ({0} is null and json_array_length(:scope) > 0))"""

AGENTS = """
select u.id, ifnull(nullif(u.full_name, ''), u.name), u.staff_no, ifnull(n.name, ''), d.state, d.reason,
  d.since, d.pause_next, d.call_id, d.leg_sid is not null, d.device,
  (select count(*) from calls c where c.agent_id = u.id and c.ended_at >= :today)
from desks d join users u on u.id = d.user_id left join units n on n.id = u.unit_id
where d.state <> 'off' and (:scope is null or u.unit_id in (select value from json_each(:scope)))
order by u.id
"""
CALLS = f"""
select c.id, c.campaign_id, c.direction, c.status, c.performer, ifnull(d.user_id, c.agent_id),
  iif(c.direction = 'inbound', c.from_number, c.to_number),
  iif(c.facts <> '{{}}', c.facts, ifnull(k.facts, '{{}}')), c.script_digest, ifnull(s.title, ''),
  c.progress, c.claimed_at, c.answered_at, c.said_at, w.since, ifnull(w.reason, ''),
  ifnull(d.state, '') = 'talking'
from calls c indexed by calls_open left join tasks t on t.id = c.task_id
  left join contacts k on k.id = t.contact_id left join campaigns p on p.id = c.campaign_id
  left join scripts s on s.digest = c.script_digest left join waits w on w.call_id = c.id
  left join desks d on d.call_id = c.id left join users u on u.id = ifnull(d.user_id, c.agent_id)
where c.ended_at is null and c.restricted = 0
  and {SEEN.format("coalesce(u.unit_id, w.unit_id, p.unit_id)")} order by c.id
"""
SHOWN = f"""
select 1 from calls c left join campaigns p on p.id = c.campaign_id left join waits w on w.call_id = c.id
  left join desks d on d.call_id = c.id left join users u on u.id = ifnull(d.user_id, c.agent_id)
where c.id = :call_id and c.restricted = 0 and {SEEN.format("coalesce(u.unit_id, w.unit_id, p.unit_id)")}
"""
QUEUE = """
select w.call_id, w.since, w.reason, w.rank, w.until, w.unit_id from waits w join calls c on c.id = w.call_id
where c.ended_at is null order by w.rank, w.since, w.call_id
"""
# A promise is open until a later call has reached the customer, or its task is over.
OPEN_PROMISES = f"""
from appointments a indexed by appointments_open left join tasks t on t.id = a.task_id
  left join campaigns p on p.id = t.campaign_id
where a.status = 'open' and a.kind in ('callback', 'appointment') and ifnull(t.status, 'ready') = 'ready'
  and {SEEN.format("p.unit_id")}
"""
PROMISES = (
    f"select a.id, a.call_id, a.kind, a.due_at, a.made_at, p.id {OPEN_PROMISES} order by a.due_at limit :most"
)
PROMISED = f"select count(*), ifnull(sum(a.due_at < :now), 0) {OPEN_PROMISES}"
CAMPAIGNS = f"""
select p.id, p.name, p.mode, p.status, ifnull(n.name, ''), l.accepted, p.started_at
from campaigns p join lists l on l.id = p.list_id left join units n on n.id = p.unit_id
where p.status in ('draft', 'running', 'paused') and {SEEN.format("p.unit_id")} order by p.id
"""
SHOWN_CAMPAIGN = f"select 1 from campaigns p where p.id = :campaign_id and {SEEN.format('p.unit_id')}"
FINISHED = (
    "select ifnull(sum(tasks), 0) from task_tally where campaign_id = ? and state not in ('open', 'spare')"
)


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody on shift; `today` counts the calls that ended since the day began."""

    user_id: int
    name: str
    staff_no: str
    unit: str
    state: str
    reason: str
    since: datetime
    pause_next: str
    call_id: int | None
    leg: bool
    device: str
    today: int


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that is not over; `facts` and `progress` are JSON, `talking` says that an agent talks."""

    call_id: int
    campaign_id: int | None
    direction: str
    status: str
    performer: str
    agent_id: int | None
    number: str
    facts: str
    script_digest: str
    title: str
    progress: str
    claimed_at: datetime
    answered_at: datetime | None
    said_at: datetime | None
    waiting_since: datetime | None
    waiting_for: str
    talking: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller who waits for a person; `position` counts from 1 over all who wait."""

    position: int
    call_id: int
    since: datetime
    reason: str
    rank: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback that was promised and has not been made yet."""

    appointment_id: int
    call_id: int
    kind: str
    due_at: datetime | None
    made_at: datetime
    campaign_id: int | None


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign that is not over; `tasks` is how many it has."""

    campaign_id: int
    name: str
    mode: str
    status: str
    unit: str
    tasks: int
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything at one moment; `promised` and `overdue` count all open promises, named or not."""

    agents: tuple[Agent, ...]
    calls: tuple[OpenCall, ...]
    queue: tuple[Waiting, ...]
    promises: tuple[Promise, ...]
    promised: int
    overdue: int
    campaigns: tuple[Running, ...]


def board(conn: sqlite3.Connection, scope: Collection[int] | None, now: datetime, today: datetime) -> Board:
    """The board of these units, or of all; `today` is when the day began."""
    keys = {
        "scope": None if scope is None else json.dumps(sorted(scope)),
        "now": to_text(now),
        "today": to_text(today),
        "most": MOST_PROMISES,
    }
    with snapshot(conn):
        promised, overdue = conn.execute(PROMISED, keys).fetchone()
        return Board(
            agents=tuple(_agent(row) for row in conn.execute(AGENTS, keys)),
            calls=tuple(_call(row) for row in conn.execute(CALLS, keys)),
            queue=_queue(conn, scope),
            promises=tuple(Promise(*timed(row, 3, 4)) for row in conn.execute(PROMISES, keys)),
            promised=promised,
            overdue=overdue,
            campaigns=tuple(Running(*timed(row, 6)) for row in conn.execute(CAMPAIGNS, keys)),
        )


def shows(conn: sqlite3.Connection, scope: Collection[int] | None, call_id: int) -> bool:
    """Whether a call, open or over, belongs to these units."""
    keys = {"scope": None if scope is None else json.dumps(sorted(scope)), "call_id": call_id}
    return conn.execute(SHOWN, keys).fetchone() is not None


def shows_campaign(conn: sqlite3.Connection, scope: Collection[int] | None, campaign_id: int) -> bool:
    """Whether a campaign belongs to these units."""
    keys = {"scope": None if scope is None else json.dumps(sorted(scope)), "campaign_id": campaign_id}
    return conn.execute(SHOWN_CAMPAIGN, keys).fetchone() is not None


def finished(conn: sqlite3.Connection, campaign_id: int) -> int:
    """How many tasks of a campaign are over."""
    row: tuple[int] = conn.execute(FINISHED, (campaign_id,)).fetchone()
    return row[0]


def masked(number: int) -> str:
    """A number to be shown: the first three and the last four digits, without the country's 86."""
    digits = str(number).removeprefix("86") if number > 10**12 else str(number)
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else "****"


def _agent(row: Any) -> Agent:
    values = timed(row, 6)
    values[9] = bool(values[9])
    return Agent(*values)


def _call(row: Any) -> OpenCall:
    row = timed(row, 11, 12, 13, 14)
    row[6], row[16] = masked(row[6]), bool(row[16])
    return OpenCall(*row)


def _queue(conn: sqlite3.Connection, scope: Collection[int] | None) -> tuple[Waiting, ...]:
    """The place of each caller among all, of whom only those of the scope are shown."""
    found = []
    for position, row in enumerate(conn.execute(QUEUE).fetchall(), start=1):
        call_id, since, reason, rank, until, unit_id = timed(row, 1, 4)
        if scope is None or unit_id in scope or (scope and unit_id is None):
            found.append(Waiting(position, call_id, since, reason, rank, until))
    return tuple(found)
