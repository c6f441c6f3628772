"""Claiming: the most urgent tasks become calls, decided by the gate inside the claiming transaction."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ledger import dnc, events
from ledger.canonical import Row
from ledger.connection import transaction
from ledger.evidence import sealed
from ledger.records import Action, Claimed, ClaimFacts, Verdict
from ledger.times import maybe_text, timed, to_text

Gate = Callable[[ClaimFacts], Verdict]

# How many tasks one claim looks at beyond its limit, and how many held ones it moves to the queue: bounds on
# how long it keeps others from writing.
LOOKS = 200
MOVES = 500
GATE_ERROR_PAUSE = timedelta(minutes=15)

log = logging.getLogger(__name__)

RELEASE_HELD = """
update tasks set held = 0 where id in (
  select id from tasks indexed by tasks_held
  where campaign_id = :campaign_id and status = 'ready' and held = 1 and next_at <= :now
  order by next_at, ifnull(due_by, '9999'), id limit :moves)
"""
PICK = """
select t.id, t.contact_id, n.number, k.customer_key, t.missing, t.attempts,
  iif(t.attempts_day = :today, t.attempts_today, 0), t.last_attempt_at, t.due_from, t.due_by,
  exists (select 1 from calls o where o.to_number = n.number and o.ended_at is null)
    or exists (select 1 from calls o
      where o.from_number = n.number and o.direction = 'inbound' and o.ended_at is null),
  exists (select 1 from dnc_numbers d where d.number = n.number)
    or exists (select 1 from dnc_customers d where d.customer_key = k.customer_key)
from tasks t indexed by tasks_queue
  join contacts k on k.id = t.contact_id
  left join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
where t.campaign_id = :campaign_id and t.status = 'ready' and t.held = 0
order by ifnull(t.due_by, '9999'), t.id limit :limit
"""
DECISION = """
insert into gate_decisions (id, task_id, call_id, verdict, rule, version, until, at)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
CALL = """
insert into calls (id, task_id, campaign_id, direction, to_number, from_number, script_digest, claimed_at,
  status)
values (?, ?, ?, ?, ?, ?, ?, ?, 'claimed')
"""
LEASE = """
update tasks set status = 'leased', attempts = attempts + 1, attempts_today = ?, attempts_day = ?,
  last_attempt_at = ?
where id = ?
"""
DEFER = "update tasks set held = 1, next_at = ? where id = ?"
BLOCK = "update tasks set status = 'blocked', outcome_reason = ?, finished_at = ? where id = ?"


@dataclass(slots=True)
class _Claiming:
    """What one claim has decided so far; written at its end, table by table."""

    campaign_id: int
    script_digest: str
    from_number: int
    now: datetime
    at: str
    today: str
    next_call: int
    next_decision: int
    claimed: list[Claimed] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    decisions: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    leases: list[Row] = field(default_factory=list)
    deferrals: list[Row] = field(default_factory=list)
    blocks: list[Row] = field(default_factory=list)
    events: list[events.Event] = field(default_factory=list)


def claim(
    conn: sqlite3.Connection,
    *,
    campaign_id: int,
    now: datetime,
    today: date,
    gate: Gate,
    limit: int,
    from_number: int,
) -> list[Claimed]:
    """Open calls for up to `limit` of the most urgent due tasks of a running campaign, in a transaction.

    Every task looked at is decided by the gate and its decision kept. Fewer than `limit` may come back though
    more tasks are due: what a claim looks at is bounded. `today` is the day by which attempts are counted.
    """
    at = to_text(now)
    with transaction(conn):
        script = conn.execute(
            "select script_digest from campaigns where id = ? and status = 'running'", (campaign_id,)
        ).fetchone()
        if script is None:
            return []
        conn.execute(RELEASE_HELD, {"campaign_id": campaign_id, "now": at, "moves": MOVES})
        claiming = _Claiming(
            campaign_id, script[0], from_number, now, at, today.isoformat(), *_next_ids(conn)
        )
        _look(conn, claiming, gate, limit)
        _write(conn, claiming)
    return claiming.claimed


def _next_ids(conn: sqlite3.Connection) -> tuple[int, int]:
    row: tuple[int, int] = conn.execute(
        "select (select ifnull(max(id), 0) + 1 from calls),"
        " (select ifnull(max(id), 0) + 1 from gate_decisions)"
    ).fetchone()
    return row


def _look(conn: sqlite3.Connection, claiming: _Claiming, gate: Gate, limit: int) -> None:
    """Judge one task after another until enough are claimed."""
    for facts in _pick(conn, claiming, limit + LOOKS):
        if len(claiming.claimed) == limit:
            return
        verdict = _judge(gate, facts, claiming.now)
        if verdict.action is Action.ALLOW and facts.number is not None:
            _allow(claiming, facts, facts.number, verdict)
        else:
            _withhold(claiming, facts, verdict)


def _pick(conn: sqlite3.Connection, claiming: _Claiming, limit: int) -> Iterator[ClaimFacts]:
    key = {"campaign_id": claiming.campaign_id, "today": claiming.today, "limit": limit}
    for row in conn.execute(PICK, key):
        number, customer_key, listed = row[2], row[3], row[11]
        in_progress = bool(row[10]) or number in claiming.numbers
        entries = dnc.entries(conn, number, customer_key) if listed else ()
        yield ClaimFacts(*timed((*row[:10], in_progress, entries), 7, 8, 9))


def _judge(gate: Gate, facts: ClaimFacts, now: datetime) -> Verdict:
    """What the gate says; a gate that fails, or allows a call without a number, defers (fail closed)."""
    later = now + GATE_ERROR_PAUSE
    try:
        verdict = gate(facts)
    except Exception as error:  # noqa: BLE001 one bad task must not stop the others, nor be dialed
        log.error("the gate failed", extra={"task_id": facts.task_id, "error": type(error).__name__})
        return Verdict(Action.DEFER, "gate_error", "", later)
    if verdict.action is Action.ALLOW and facts.number is None:
        return Verdict(Action.DEFER, "gate_error", verdict.version, later)
    if verdict.action is Action.DEFER and (verdict.until is None or verdict.until <= now):
        return Verdict(Action.DEFER, verdict.rule, verdict.version, later)
    return verdict


def _allow(claiming: _Claiming, facts: ClaimFacts, number: int, verdict: Verdict) -> None:
    call_id = claiming.next_call
    claiming.next_call += 1
    claiming.claimed.append(Claimed(call_id, facts.task_id, number, claiming.from_number))
    claiming.numbers.add(number)
    call = (
        facts.task_id,
        claiming.campaign_id,
        "outbound",
        number,
        claiming.from_number,
        claiming.script_digest,
        claiming.at,
    )
    decision_id, decision = _decide(claiming, facts, verdict, call_id)
    claiming.calls.append((call_id, *call))
    claiming.leases.append((facts.attempts_today + 1, claiming.today, claiming.at, facts.task_id))
    seals = sealed({"calls": [(call_id, call)], "decisions": [(decision_id, decision)]})
    claiming.events.append(events.Event("claimed", seals, call_id))


def _withhold(claiming: _Claiming, facts: ClaimFacts, verdict: Verdict) -> None:
    decision_id, decision = _decide(claiming, facts, verdict, None)
    if verdict.action is Action.DEFER:
        claiming.deferrals.append((maybe_text(verdict.until), facts.task_id))
        return
    claiming.blocks.append((verdict.rule, claiming.at, facts.task_id))
    claiming.events.append(events.Event("blocked", sealed({"decisions": [(decision_id, decision)]})))


def _decide(claiming: _Claiming, facts: ClaimFacts, verdict: Verdict, call_id: int | None) -> tuple[int, Row]:
    decision_id = claiming.next_decision
    claiming.next_decision += 1
    row = (
        facts.task_id,
        call_id,
        verdict.action.value,
        verdict.rule,
        verdict.version,
        maybe_text(verdict.until),
        claiming.at,
    )
    claiming.decisions.append((decision_id, *row))
    return decision_id, row


def _write(conn: sqlite3.Connection, claiming: _Claiming) -> None:
    conn.executemany(CALL, claiming.calls)
    conn.executemany(DECISION, claiming.decisions)
    conn.executemany(LEASE, claiming.leases)
    conn.executemany(DEFER, claiming.deferrals)
    conn.executemany(BLOCK, claiming.blocks)
    if claiming.events:
        events.append_all(conn, claiming.events, claiming.now)
