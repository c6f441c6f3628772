"""Calls that customers make to us: opened once, continued in another script, as that of a missed callback.

A part is a stretch of a call under one script and one set of facts; a call that went out has parts only where
its facts changed, as when an agent took over.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.callers import Callback
from ledger.canonical import Row
from ledger.connection import insert
from ledger.evidence import SealedRow, sealed
from ledger.times import to_text

CALL = """
insert into calls (direction, to_number, from_number, carrier_sid, script_digest, status, claimed_at,
  placed_at)
values ('inbound', ?, ?, ?, ?, 'ringing', ?, ?)
"""
PART = """
insert into parts (call_id, turn, script_digest, task_id, campaign_id, facts, at) values (?, ?, ?, ?, ?, ?, ?)
"""
CURRENT = "update calls set script_digest = ?, task_id = ?, campaign_id = ? where id = ?"
CONTINUED = """
update calls set script_digest = :digest, restricted = max(restricted, :restricted) where id = :call_id
"""
LEASE = "update tasks set status = 'leased', offered_to = null where id = ? and status = 'ready'"
DIGEST_AT = """
select script_digest from parts where call_id = :call_id and turn <= :turn order by turn desc limit 1
"""
PARTS = """
select turn, script_digest, task_id from parts where call_id = ? order by turn
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the carrier says of a call that comes in; `caller` is 0 for a number that is not shown."""

    carrier_sid: str
    caller: int
    called: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a call under one script, from its turn on."""

    turn: int
    script_digest: str
    task_id: int | None


def opened(conn: sqlite3.Connection, arrival: Arrival, script_digest: str, now: datetime) -> int:
    """The id of the call; the first webhook that names it makes its row, a later one finds it."""
    found = of_carrier(conn, arrival.carrier_sid)
    if found is not None:
        return found
    at = to_text(now)
    row = (arrival.called, arrival.caller, arrival.carrier_sid, script_digest, at, at)
    call_id = insert(conn, CALL, row)
    seal = (call_id, ("inbound", arrival.called, arrival.caller, at))
    events.append(conn, "inbound", sealed({"inbound": [seal]}), now, call_id)
    return call_id


def of_carrier(conn: sqlite3.Connection, carrier_sid: str) -> int | None:
    """The call that the carrier knows by this id."""
    row = conn.execute("select id from calls where carrier_sid = ?", (carrier_sid,)).fetchone()
    return None if row is None else int(row[0])


def taken_up(
    conn: sqlite3.Connection, call_id: int, turn: int, callback: Callback, facts: str, now: datetime
) -> bool:
    """From this turn on the call is the callback that was missed; False when its task is not open."""
    if conn.execute(LEASE, (callback.task_id,)).rowcount == 0:
        return False
    now_of = (callback.script_digest, callback.task_id, callback.campaign_id)
    conn.execute(CURRENT, (*now_of, call_id))
    row = part(conn, (call_id, turn, *now_of, facts, to_text(now)))
    events.append(conn, "taken_up", sealed({"parts": [row]}), now, call_id)
    return True


def continued(
    conn: sqlite3.Connection,
    call_id: int,
    turn: int,
    script_digest: str,
    facts: str,
    now: datetime,
    *,
    restricted: bool,
) -> None:
    """From this turn on the call goes on in another script; a restricted one is shown to nobody any more."""
    keys = {"digest": script_digest, "restricted": int(restricted), "call_id": call_id}
    conn.execute(CONTINUED, keys)
    row = part(conn, (call_id, turn, script_digest, None, None, facts, to_text(now)))
    events.append(conn, "continued", sealed({"parts": [row]}), now, call_id)


def part(conn: sqlite3.Connection, row: Row) -> SealedRow:
    """Write a part; the caller's event seals what is returned."""
    return insert(conn, PART, row), row


def digest_at(conn: sqlite3.Connection, call_id: int, turn: int) -> str | None:
    """The script by which this turn was spoken; None for a call that has no parts, as one that went out."""
    row = conn.execute(DIGEST_AT, {"call_id": call_id, "turn": turn}).fetchone()
    return None if row is None else str(row[0])


def parts(conn: sqlite3.Connection, call_id: int) -> list[Part]:
    """The parts of a call in their order; none of a call that went out."""
    return [Part(*row) for row in conn.execute(PARTS, (call_id,))]
