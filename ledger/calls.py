"""A call from the moment it may be placed to its end; its turns are in `ledger.turns`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ledger import agreed, desks, dnc, events, news, state, turns
from ledger.evidence import sealed
from ledger.records import CallState, Ending, OpenCall, StatusUpdate
from ledger.state import Standing
from ledger.times import maybe_text, timed, to_text
from ledger.turns import answered, turn

__all__ = [
    "ENDED",
    "answered",
    "machine",
    "placed",
    "placing",
    "refused",
    "status",
    "turn",
    "unknown",
    "unsettled",
]

Decide = Callable[[CallState], Ending]

ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""The statuses with which the carrier ends a call."""

PLACED = """
update calls set carrier_sid = ifnull(carrier_sid, :sid), placed_at = ifnull(placed_at, :at),
  status = iif(status in ('claimed', 'placing', 'unknown'), 'placed', status)
where id = :call_id and ended_at is null
"""
PROGRESSED = """
update calls set status = :status, sequence = :sequence, carrier_sid = ifnull(carrier_sid, nullif(:sid, '')),
  placed_at = ifnull(placed_at, :at),
  answered_at = iif(:status = 'in-progress', ifnull(answered_at, :at), answered_at)
where id = :call_id
"""
END = """
update calls set status = :status, outcome = :outcome, outcome_reason = :reason, ended_at = :at,
  duration = :duration, error = :error, carrier_sid = ifnull(carrier_sid, nullif(:sid, '')),
  sequence = max(sequence, :sequence)
where id = :call_id
"""
REACHED = ("SUCCESS", "PROBLEM", "PARTIAL")
"""The outcomes of a talk with the customer."""
KEPT = """
update appointments set status = 'kept'
where status = 'open' and kind in ('callback', 'appointment') and call_id < :call_id
  and (task_id = :task_id or id in (select appointment_id from kept_by where task_id = :task_id))
"""
TASK_DONE = """
update tasks set status = 'done', outcome = :outcome, outcome_reason = :reason, finished_at = :at
where id = :task_id and status = 'leased'
"""
TASK_AGAIN = """
update tasks set status = 'ready', held = 1, next_at = :next_at, resume = :resume, outcome = :outcome,
  outcome_reason = :reason, number_position = number_position + :next_number,
  broken_at = iif(:outcome = 'PARTIAL' and broken_at = 0, attempts, broken_at)
where id = :task_id and status = 'leased'
"""
TASK_CANCELLED = """
update tasks set status = 'cancelled', outcome = :outcome, finished_at = :at, outcome_reason =
  (select n.state from cancellations x join policy_news n on n.id = x.news_id where x.task_id = :task_id)
where id = :task_id and status = 'leased'
"""
TASK_WITHDRAWN = """
update tasks set status = 'blocked', outcome_reason = 'withdrawn', attempts = attempts - 1,
  attempts_today = attempts_today - 1, finished_at = :at
where id = :task_id and status = 'leased'
"""
UNSETTLED = """
select c.id, c.task_id, ifnull(c.carrier_sid, ''), c.status, c.to_number, c.from_number, c.claimed_at,
  c.placed_at, c.answered_at, c.answered_by, c.turn,
  exists (select 1 from desks d where d.call_id = c.id and d.state = 'dialing'),
  exists (select 1 from desks d where d.call_id = c.id and d.state = 'talking')
    or exists (select 1 from waits w where w.call_id = c.id)
from calls c where c.ended_at is null and c.claimed_at < ? order by c.id
"""


def placing(conn: sqlite3.Connection, call_id: int, now: datetime) -> bool:
    """The last do-not-call look before the carrier is asked; False: withdrawn, never ask the carrier."""
    standing = state.read(conn, call_id)
    if standing.state.status != "claimed":
        return False
    if _forbidden(conn, standing.state, now) or news.is_cancelled(conn, standing.state.task_id):
        _withdraw(conn, standing, now)
        return False
    conn.execute("update calls set status = 'placing', placing_at = ? where id = ?", (to_text(now), call_id))
    events.append(conn, "placing", {}, now, call_id)
    return True


def placed(conn: sqlite3.Connection, call_id: int, carrier_sid: str, now: datetime) -> None:
    """The carrier took the call; whatever its callbacks said meanwhile stays."""
    state.belongs(state.read(conn, call_id), carrier_sid)
    conn.execute(PLACED, {"sid": carrier_sid, "at": to_text(now), "call_id": call_id})
    events.append(conn, "placed", {"carrier_sid": carrier_sid}, now, call_id)


def unknown(conn: sqlite3.Connection, call_id: int, now: datetime) -> None:
    """Nobody knows whether the carrier took the call: to be asked, never to be dialed again."""
    cursor = conn.execute(
        "update calls set status = 'unknown' where id = ? and status = 'placing'", (call_id,)
    )
    if cursor.rowcount == 1:
        events.append(conn, "submission_unknown", {}, now, call_id)


def refused(conn: sqlite3.Connection, call_id: int, reason: str, now: datetime, decide: Decide) -> bool:
    """The carrier did not take the call; False when it is over already."""
    standing = state.read(conn, call_id)
    if standing.ended_at is not None:
        return False
    update = StatusUpdate("", "refused", standing.sequence, now, error=reason)
    _end(conn, standing, update, decide(agreed.at_end(conn, standing.state)), now)
    return True


def status(
    conn: sqlite3.Connection, call_id: int, update: StatusUpdate, now: datetime, decide: Decide
) -> bool:
    """Take a status of the carrier; late, repeated and reordered ones change nothing and give False."""
    standing = state.read(conn, call_id)
    state.belongs(standing, update.carrier_sid)
    if standing.ended_at is not None:
        return False
    if update.status in ENDED:
        _end(conn, standing, update, decide(agreed.at_end(conn, standing.state)), now)
        return True
    if update.sequence <= standing.sequence:
        return False
    _progress(conn, call_id, update, now)
    return True


def machine(conn: sqlite3.Connection, call_id: int, answered_by: str, now: datetime) -> None:
    """Note who picked up, as the carrier heard it, for robot and agent; said again, it changes nothing."""
    if state.read(conn, call_id).state.answered_by:
        return
    conn.execute("update calls set answered_by = ? where id = ?", (answered_by, call_id))
    desks.touch(conn, call_id)
    events.append(conn, "answered_by", {"answered_by": answered_by}, now, call_id)


def unsettled(conn: sqlite3.Connection, *, before: datetime) -> list[OpenCall]:
    """The calls claimed before a moment whose end the ledger has not heard of."""
    rows = conn.execute(UNSETTLED, (to_text(before),))
    return [OpenCall(*timed(row, 6, 7, 8)) for row in rows]


def _forbidden(conn: sqlite3.Connection, call: CallState, now: datetime) -> bool:
    purpose = conn.execute("select purpose from campaigns where id = ?", (call.campaign_id,)).fetchone()
    return dnc.forbids(conn, call.number, call.customer_key, purpose[0] if purpose else "", now)


def _withdraw(conn: sqlite3.Connection, standing: Standing, now: datetime) -> None:
    update = StatusUpdate("", "withdrawn", standing.sequence, now)
    _close(conn, standing.state, update, "", "withdrawn", now)
    conn.execute(TASK_WITHDRAWN, {"at": to_text(now), "task_id": standing.state.task_id})


def _progress(conn: sqlite3.Connection, call_id: int, update: StatusUpdate, now: datetime) -> None:
    row = {
        "status": update.status,
        "sequence": update.sequence,
        "sid": update.carrier_sid,
        "at": to_text(update.at),
        "call_id": call_id,
    }
    conn.execute(PROGRESSED, row)
    desks.touch(conn, call_id)
    events.append(conn, "status", {"status": update.status, "sequence": update.sequence}, now, call_id)


def _end(
    conn: sqlite3.Connection, standing: Standing, update: StatusUpdate, ending: Ending, now: datetime
) -> None:
    """Write the last word, close the call, and give the task back or finish it."""
    call, progress = standing.state, standing.state.progress
    outcome, reason = call.outcome, call.outcome_reason
    if ending.record is not None:
        turns.write(conn, call, call.turn + 1, now, ending.record)
        progress = ending.record.progress
    if ending.outcome:
        outcome, reason = ending.outcome, ending.outcome_reason
    _close(conn, call, update, outcome, reason, now)
    task = {
        "task_id": call.task_id,
        "outcome": outcome,
        "reason": reason,
        "at": to_text(now),
        "next_at": maybe_text(ending.next_at),
        "resume": progress or call.resume,
        "next_number": int(ending.next_number),
    }
    _settle(conn, call, ending, task)
    if outcome in REACHED:
        conn.execute(KEPT, {"task_id": call.task_id, "call_id": call.call_id})


def _settle(conn: sqlite3.Connection, call: CallState, ending: Ending, task: dict[str, Any]) -> None:
    """Finish the task, or give it back with the time agreed; what is no longer due is not called again."""
    agreed.clear(conn, call.task_id)
    if ending.next_at is None:
        conn.execute(TASK_DONE, task)
    elif news.is_cancelled(conn, call.task_id):
        conn.execute(TASK_CANCELLED, task)
    elif conn.execute(TASK_AGAIN, task).rowcount and ending.agreed and call.task_id and call.campaign_id:
        agreed.keep(conn, call.task_id, call.campaign_id, ending.agreed)


def _close(
    conn: sqlite3.Connection, call: CallState, update: StatusUpdate, outcome: str, reason: str, now: datetime
) -> None:
    at = to_text(update.at)
    row = {
        "status": update.status,
        "outcome": outcome,
        "reason": reason,
        "at": at,
        "duration": update.duration,
        "error": update.error,
        "sid": update.carrier_sid,
        "sequence": update.sequence,
        "call_id": call.call_id,
    }
    conn.execute(END, row)
    desks.release(conn, call.call_id, now)
    seal = (update.status, outcome, reason, update.duration, at)
    events.append(conn, "ended", sealed({"endings": [(call.call_id, seal)]}), now, call.call_id)
