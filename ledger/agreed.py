"""Times agreed with customers, which go before the queue: exact, between, before; with one agent or any."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from ledger.records import Agreed, CallState
from ledger.times import from_text, maybe_moment, to_text

# A callback is promised before its moment, an appointment at it, unless its terms say since when.
OF_CALL = """
select iif(x.id is null, iif(a.kind = 'callback', null, a.due_at), x.since), a.due_at, x.agent_id
from appointments a left join appointment_terms x on x.id = a.id
where a.call_id = ? and a.kind in ('appointment', 'callback') and a.status = 'open' and a.due_at is not null
order by a.id desc limit 1
"""
HISTORY = """
select t.broken_at,
  (select json_group_array(claimed_at) from
    (select o.claimed_at from calls o where o.task_id = t.id and o.direction = 'outbound' order by o.id))
from tasks t where t.id = ?
"""
KEEP = """
insert or replace into appointed (task_id, campaign_id, since, until, exact, agent_id)
values (?, ?, ?, ?, ?, ?)
"""
CLEAR = "delete from appointed where task_id = ?"
MOVE = "update appointed set since = ? where task_id = ?"
# Few wait at any moment: those whose moment has come, what was promised exactly before what only has an end.
DUE = """
select a.task_id, iif(t.next_at > :now, a.agent_id, null), t.status
from appointed a join tasks t on t.id = a.task_id
where a.campaign_id = :campaign_id and a.since <= :now order by a.exact desc, a.until, a.task_id
"""
OPEN = ("ready", "leased", "offered", "accepted")


def at_end(conn: sqlite3.Connection, call: CallState) -> CallState:
    """The call with what decides about the next one."""
    row = conn.execute(HISTORY, (call.task_id,)).fetchone()
    if row is None:
        return call
    tried = tuple(from_text(at) for at in json.loads(row[1]))
    return replace(call, broken_at=row[0], tried=tried, agreed=_of_call(conn, call.call_id))


def keep(conn: sqlite3.Connection, task_id: int, campaign_id: int, agreed: Agreed) -> None:
    """The task's next call keeps this time."""
    since, until = agreed.since or agreed.until, agreed.until
    row = (task_id, campaign_id, to_text(since), to_text(until), int(agreed.exact), agreed.agent_id)
    conn.execute(KEEP, row)


def clear(conn: sqlite3.Connection, task_id: int | None) -> None:
    """The time was kept, or there is nothing to be kept any more."""
    conn.execute(CLEAR, (task_id,))


def due(conn: sqlite3.Connection, campaign_id: int, at: str) -> list[tuple[int, int | None]]:
    """The waiting tasks whose agreed time has come, the first ones first, with the agent that they wait for.

    What is over by now is forgotten.
    """
    found = conn.execute(DUE, {"campaign_id": campaign_id, "now": at}).fetchall()
    for task_id, _, status in found:
        if status not in OPEN:
            clear(conn, task_id)
    return [(task_id, agent_id) for task_id, agent_id, status in found if status == "ready"]


def is_due(conn: sqlite3.Connection, task_id: int, at: str) -> bool:
    """Whether the customer has agreed to be called by now."""
    row: tuple[int] = conn.execute(
        "select exists (select 1 from appointed where task_id = ? and since <= ?)", (task_id, at)
    ).fetchone()
    return bool(row[0])


def _of_call(conn: sqlite3.Connection, call_id: int) -> Agreed | None:
    row = conn.execute(OF_CALL, (call_id,)).fetchone()
    return None if row is None else Agreed(maybe_moment(row[0]), from_text(row[1]), row[2])
