"""The crew: agents for whom a campaign may place calls, and the desks that something has left hanging."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import desks
from ledger.certificates import IN_FORCE
from ledger.connection import transaction
from ledger.desks import FREE_DESK, UNIT_FITS, free_at
from ledger.times import local_day, to_text

# Waiting callers are few, open calls many: a cross join keeps the callers outermost.
SPARE = f"""
select d.user_id from desks d where {FREE_DESK} and {UNIT_FITS.format(unit=":unit_id")}
  and not exists (select 1 from waits w cross join calls c on c.id = w.call_id
    where c.ended_at is null and {UNIT_FITS.format(unit="w.unit_id")})
order by d.since, d.user_id
"""
OVER = """
select d.call_id from desks d join calls c on c.id = d.call_id
where d.state in ('dialing', 'talking') and c.ended_at is not null
"""
LAPSED = f"""
select d.user_id from desks d where d.state = 'ready' and not {IN_FORCE.format(user="d.user_id")}
"""
IN_CALL = """
select d.user_id, d.state, d.call_id, c.carrier_sid, d.leg_sid is not null, d.held from desks d
join calls c on c.id = d.call_id
where d.state in ('dialing', 'talking') and d.since < :before and c.ended_at is null
  and c.carrier_sid is not null
order by d.since
"""
FORSAKEN = """
select c.id, c.carrier_sid from waits w join calls c on c.id = w.call_id
where w.until < :before and c.ended_at is null and c.carrier_sid is not null
union
select c.id, c.carrier_sid from calls c
where c.ended_at is null and c.performer = 'agent' and c.outcome = '' and c.said_at < :before
  and c.carrier_sid is not null
  and not exists (select 1 from desks d where d.call_id = c.id and d.state in ('dialing', 'talking'))
  and not exists (select 1 from waits w where w.call_id = c.id)
"""


@dataclass(frozen=True, slots=True)
class Table:
    """An agent and the customer whom the agent talks to, or who is being called for the agent."""

    user_id: int
    state: str
    call_id: int
    carrier_sid: str
    has_line: bool
    held: bool


def spare(conn: sqlite3.Connection, now: datetime, unit_id: int | None) -> list[int]:
    """The free agents of a unit for whom no caller waits already, the longest idle first."""
    rows = conn.execute(SPARE, free_at(now) | {"unit_id": unit_id})
    return [user_id for (user_id,) in rows]


def settle(conn: sqlite3.Connection, now: datetime) -> int:
    """Free the agents whose call is over, and pause those whose certificate has lapsed; returns how many.

    In a transaction, if there are any.
    """
    if not any(_hanging(conn, now)):
        return 0
    with transaction(conn):
        over, lapsed = _hanging(conn, now)
        for call_id in over:
            desks.release(conn, call_id, now)
        for user_id in lapsed:
            desks.pause(conn, user_id, desks.NO_CERTIFICATE, now)
    return len(over) + len(lapsed)


def in_call(conn: sqlite3.Connection, *, before: datetime) -> list[Table]:
    """The agents in a call since before a moment."""
    rows = conn.execute(IN_CALL, {"before": to_text(before)})
    return [
        Table(user_id, state, call_id, sid, bool(line), bool(held))
        for user_id, state, call_id, sid, line, held in rows
    ]


def forsaken(conn: sqlite3.Connection, *, before: datetime) -> list[tuple[int, str]]:
    """Callers whose promise of a callback is overdue, and customers of no agent: call and carrier's id."""
    return conn.execute(FORSAKEN, {"before": to_text(before)}).fetchall()


def _hanging(conn: sqlite3.Connection, now: datetime) -> tuple[list[int], list[int]]:
    """Calls that are over for all but a desk, and agents who wait without a certificate."""
    over = [call_id for (call_id,) in conn.execute(OVER)]
    lapsed = [user_id for (user_id,) in conn.execute(LAPSED, {"today": local_day(now)})]
    return over, lapsed
