"""One turn of a call: what was heard and everything it brings, at once; a repeat writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from ledger import callers, dnc, events, inbound, state, waits
from ledger.canonical import Json
from ledger.connection import insert
from ledger.errors import NothingSaid
from ledger.evidence import SealedRow, sealed
from ledger.records import Answer, Block, CallState, Disclosure, Problem, Promise, TurnRecord
from ledger.times import maybe_text, milliseconds, to_text

Decide = Callable[[CallState], TurnRecord]

ANSWER = "insert into answers (call_id, turn, step, category, raw, at) values (?, ?, ?, ?, ?, ?)"
# Told again: the first time counts.
DISCLOSURE = """
insert or ignore into disclosures (call_id, step, text_digest, told_at, offset_ms) values (?, ?, ?, ?, ?)
"""
AFFIRM = """
update disclosures set affirmed_at = ? where call_id = ? and step = ? and affirmed_at is null returning id
"""
PROBLEM = """
insert into problems (call_id, task_id, code, step, severity, note, opened_at, due_at, status)
values (?, ?, ?, ?, ?, ?, ?, ?, 'open')
"""
APPOINTMENT = """
insert into appointments (call_id, task_id, kind, due_at, note, made_at, status)
values (?, ?, ?, ?, ?, ?, 'open')
"""
TURN = "insert into turns (call_id, n, at, heard, reply) values (?, ?, ?, ?, ?)"
CALL = "update calls set turn = ?, said_at = ?, progress = ?, outcome = ?, outcome_reason = ? where id = ?"
FACTS = "update calls set facts = ? where id = ?"
ANSWERED = """
update calls set status = 'in-progress', carrier_sid = ifnull(carrier_sid, nullif(:sid, '')),
  placed_at = ifnull(placed_at, :at), answered_at = :at
where id = :call_id
"""


def answered(conn: sqlite3.Connection, call_id: int, carrier_sid: str, now: datetime, decide: Decide) -> str:
    """The customer picked up: turn 0. Also settles a submission whose answer was lost."""
    standing = state.read(conn, call_id)
    state.belongs(standing, carrier_sid)
    if standing.state.turn >= 0 or standing.ended_at is not None:
        return reply(conn, standing.state, 0)
    conn.execute(ANSWERED, {"sid": carrier_sid, "at": to_text(now), "call_id": call_id})
    fresh = state.read(conn, call_id)
    return write(conn, fresh.state, 0, now, decide(fresh.state))


def turn(
    conn: sqlite3.Connection, call_id: int, n: int, now: datetime, heard_json: str, decide: Decide
) -> str:
    """The next turn, or the stored reply when it is not the next: said before, too far ahead, or over."""
    standing = state.read(conn, call_id)
    if n != standing.state.turn + 1 or n == 0 or standing.ended_at is not None:
        return reply(conn, standing.state, n)
    return write(conn, standing.state, n, now, decide(standing.state), heard_json)


def write(
    conn: sqlite3.Connection, call: CallState, n: int, now: datetime, record: TurnRecord, heard: str = ""
) -> str:
    """Write everything a turn brings, seal it in one event, and return the reply."""
    at = to_text(now)
    turn_row = (call.call_id, n, at, heard or record.heard, record.reply)
    conn.execute(TURN, turn_row)
    rows: dict[str, list[SealedRow]] = {
        "turns": [(n, turn_row)],
        "answers": [_answer(conn, call, n, at, answer) for answer in record.answers],
        "disclosures": _disclosures(conn, call, now, record.told),
        "affirmed": _affirmed(conn, call, at, record),
        "problems": [_problem(conn, call, at, problem) for problem in record.problems],
        "appointments": [_promise(conn, call, at, promise) for promise in record.promises],
        "dnc": [row for block in record.blocks for row in _block(conn, call, now, block)],
        "revoked": _taken_back(conn, call, now) if record.withdrawn else [],
    }
    outcome, reason = _outcome(call, record)
    conn.execute(CALL, (n, at, record.progress, outcome, reason, call.call_id))
    if record.facts and n == 0 and call.direction == "outbound":
        conn.execute(FACTS, (record.facts, call.call_id))
        rows["facts"] = [(call.call_id, (record.facts,))]
    elif record.facts:
        of = (call.script_digest, call.task_id, call.campaign_id)
        rows["parts"] = [inbound.part(conn, (call.call_id, n, *of, record.facts, at))]
    data: dict[str, Json] = sealed(rows)
    if record.outcome:
        data["outcome"] = [outcome, reason]
    events.append(conn, "turn", data, now, call.call_id)
    if record.wish:
        waits.join(conn, call.call_id, record.wish, now)
    return record.reply


def _outcome(call: CallState, record: TurnRecord) -> tuple[str, str]:
    if record.outcome:
        return record.outcome, record.outcome_reason
    return call.outcome, call.outcome_reason


def reply(conn: sqlite3.Connection, call: CallState, n: int) -> str:
    """What was said at a turn, or at the latest one before it; NothingSaid where there is none."""
    row = conn.execute(
        "select reply from turns where call_id = ? and n = ?", (call.call_id, min(n, call.turn))
    ).fetchone()
    if row is None:
        raise NothingSaid(f"call {call.call_id}: turn {n} cannot be repeated, nothing was said; hang up")
    return str(row[0])


def heard_kind(conn: sqlite3.Connection, call_id: int, n: int) -> str:
    """What kind of input turn `n` answered; '' where there is no such turn, or nothing was heard."""
    row = conn.execute(
        "select heard ->> 'kind' from turns where call_id = ? and n = ?", (call_id, n)
    ).fetchone()
    return str(row[0] or "") if row else ""


def _answer(conn: sqlite3.Connection, call: CallState, n: int, at: str, answer: Answer) -> SealedRow:
    row = (call.call_id, n, answer.step, answer.category, answer.raw, at)
    return insert(conn, ANSWER, row), row


def _disclosures(
    conn: sqlite3.Connection, call: CallState, now: datetime, told: tuple[Disclosure, ...]
) -> list[SealedRow]:
    """Told at the moment the turn that spoke them was given out, counted from the beginning of the audio."""
    said_at = call.said_at or now
    at, offset = to_text(said_at), milliseconds(call.answered_at or said_at, said_at)
    rows: list[SealedRow] = []
    for disclosure in told:
        row = (call.call_id, disclosure.step, disclosure.text_digest, at, offset)
        cursor = conn.execute(DISCLOSURE, row)
        if cursor.rowcount == 1 and cursor.lastrowid is not None:
            rows.append((cursor.lastrowid, row))
    return rows


def _affirmed(conn: sqlite3.Connection, call: CallState, at: str, record: TurnRecord) -> list[SealedRow]:
    steps = dict.fromkeys([*(one.step for one in record.told if one.affirmed), *record.affirmed])
    found = [conn.execute(AFFIRM, (at, call.call_id, step)).fetchall() for step in steps]
    return [(disclosure_id, (at,)) for rows in found for (disclosure_id,) in rows]


def _problem(conn: sqlite3.Connection, call: CallState, at: str, problem: Problem) -> SealedRow:
    due_at = maybe_text(problem.due_at)
    row = (
        call.call_id, call.task_id, problem.code, problem.step, problem.severity, problem.note, at, due_at
    )  # fmt: skip
    return insert(conn, PROBLEM, row), row


def _promise(conn: sqlite3.Connection, call: CallState, at: str, promise: Promise) -> SealedRow:
    task_id = promise.task_id or call.task_id
    row = (call.call_id, task_id, promise.kind, maybe_text(promise.due_at), promise.note, at)
    return insert(conn, APPOINTMENT, row), row


def _taken_back(conn: sqlite3.Connection, call: CallState, now: datetime) -> list[SealedRow]:
    """Take back what the caller asked for in calls, for the number on the line and for the customer.

    The script lets only who proved to be the customer get here; on the hotline that is the one the number
    is known for. What a list or a regulator forbade stays.
    """
    customer_key = call.customer_key or callers.recognise(conn, call.number).customer_key
    return dnc.take_back(conn, call.number, customer_key, now)


def _block(conn: sqlite3.Connection, call: CallState, now: datetime, block: Block) -> list[SealedRow]:
    """Forbid the number on the line, the customer, and every number known under the customer's key.

    Of who calls us the customer is known only with the task that was taken up, after the identity check; a
    caller whose number is hidden leaves nothing that could be forbidden.
    """
    numbers = [call.number] if call.number else []
    if call.customer_key:
        numbers += dnc.numbers_of(conn, call.customer_key)
    tail = (
        block.purpose, "company", block.reason, "call", call.call_id, to_text(now), maybe_text(block.ends_at)
    )  # fmt: skip
    return dnc.insert(conn, numbers, call.customer_key, tail, now)
