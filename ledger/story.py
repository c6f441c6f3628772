"""One call as a story: everything the ledger knows of it, to be read or printed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger import asides, inbound, problems, recordings
from ledger.asides import Aside, Speaker
from ledger.errors import UnknownCall
from ledger.inbound import Part
from ledger.problems import Case
from ledger.recordings import RecordingRow
from ledger.times import timed

CALL = """
select c.id, c.task_id, c.campaign_id, c.direction, c.to_number, c.from_number, c.carrier_sid,
  c.script_digest, c.status, c.outcome, c.outcome_reason, c.performer,
  ifnull((select p.facts from parts p where p.call_id = c.id order by p.turn desc limit 1),
    iif(c.facts <> '{}', c.facts, ifnull(k.facts, '{}'))), c.answered_by,
  c.duration, c.error, c.claimed_at, c.placing_at, c.placed_at, c.answered_at, c.ended_at, c.restricted
from calls c left join tasks t on t.id = c.task_id left join contacts k on k.id = t.contact_id
where c.id = ?
"""
TURNS = "select n, at, heard, reply from turns where call_id = ? order by n"
ANSWERS = "select turn, step, category, raw, at from answers where call_id = ? order by id"
DISCLOSURES = """
select step, text_digest, told_at, affirmed_at, offset_ms from disclosures where call_id = ? order by id
"""
APPOINTMENTS = "select kind, due_at, note, status, made_at from appointments where call_id = ? order by id"
DECISIONS = """
select verdict, rule, version, until, at, call_id from gate_decisions where task_id = ? order by id
"""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A row of `calls`; `facts` is JSON; a `restricted` one is not to be shown."""

    call_id: int
    task_id: int | None
    campaign_id: int | None
    direction: str
    to_number: int
    from_number: int
    carrier_sid: str | None
    script_digest: str
    status: str
    outcome: str
    outcome_reason: str
    performer: str
    facts: str
    answered_by: str
    duration: int | None
    error: str
    claimed_at: datetime
    placing_at: datetime | None
    placed_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    restricted: int


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A row of `turns`; `heard` and `reply` are JSON, `speaker` says the reply."""

    n: int
    at: datetime
    heard: str
    reply: str
    speaker: Speaker


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A row of `answers`."""

    turn: int
    step: str
    category: str
    raw: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DisclosureRow:
    """A row of `disclosures`; `offset_ms` is its place in the recording."""

    step: str
    text_digest: str
    told_at: datetime
    affirmed_at: datetime | None
    offset_ms: int


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """A row of `appointments`."""

    kind: str
    due_at: datetime | None
    note: str
    status: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A row of `gate_decisions`; `call_id` is the call it allowed."""

    verdict: str
    rule: str
    version: str
    until: datetime | None
    at: datetime
    call_id: int | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A call with everything said, heard and decided, in order; `decisions` are all those of its task."""

    call: CallRow
    decisions: tuple[DecisionRow, ...]
    turns: tuple[TurnRow, ...]
    answers: tuple[AnswerRow, ...]
    disclosures: tuple[DisclosureRow, ...]
    problems: tuple[Case, ...]
    appointments: tuple[AppointmentRow, ...]
    recordings: tuple[RecordingRow, ...]
    parts: tuple[Part, ...]
    asides: tuple[Aside, ...]


def conversation(conn: sqlite3.Connection, call_id: int) -> Conversation:
    """Everything about one call; UnknownCall when there is none."""
    call = _call(conn, call_id)
    told = asides.telling(conn, call_id)
    return Conversation(
        call=call,
        decisions=tuple(DecisionRow(*timed(row, 3, 4)) for row in _rows(conn, DECISIONS, call.task_id)),
        turns=tuple(
            TurnRow(*[*timed(row, 1), told.speakers.get(row[0], Speaker())])
            for row in _rows(conn, TURNS, call_id)
        ),
        answers=tuple(AnswerRow(*timed(row, 4)) for row in _rows(conn, ANSWERS, call_id)),
        disclosures=tuple(DisclosureRow(*timed(row, 2, 3)) for row in _rows(conn, DISCLOSURES, call_id)),
        problems=tuple(problems.of_call(conn, call_id)),
        appointments=tuple(AppointmentRow(*timed(row, 1, 4)) for row in _rows(conn, APPOINTMENTS, call_id)),
        recordings=tuple(recordings.of_call(conn, call_id)),
        parts=tuple(inbound.parts(conn, call_id)),
        asides=tuple(told.asides),
    )


def _call(conn: sqlite3.Connection, call_id: int) -> CallRow:
    row = conn.execute(CALL, (call_id,)).fetchone()
    if row is None:
        raise UnknownCall(f"call {call_id}: not in this ledger; look at the calls of the campaign")
    return CallRow(*timed(row, 16, 17, 18, 19, 20))


def _rows(conn: sqlite3.Connection, statement: str, key: int | None) -> list[Any]:
    return conn.execute(statement, (key,)).fetchall()
