"""Claiming: the most urgent tasks become calls, decided by the gate inside the claiming transaction.

Where agents speak, a call is opened only together with the reservation of a free agent for it.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ledger import agreed, claim_facts, crew, desks, events
from ledger.campaigns import PROGRESSIVE, ROBOT
from ledger.canonical import Row
from ledger.claim_facts import EVER, FACTS, Asked, Standing
from ledger.connection import transaction
from ledger.evidence import sealed
from ledger.records import Action, Claimed, ClaimFacts, Verdict
from ledger.times import maybe_text, to_text

Gate = Callable[[ClaimFacts], Verdict]
Blocked = Callable[[sqlite3.Connection, int, str, datetime], object]
"""What follows for a task that the gate has blocked, and by which rule; in the same transaction."""

# How many tasks one claim looks at beyond its limit, and how many held ones it moves to the queue: bounds on
# how long it keeps others from writing.
LOOKS = 200
MOVES = 500
GATE_ERROR_PAUSE = timedelta(minutes=15)

log = logging.getLogger(__name__)

RUNNING = """
select (select ifnull(max(id), 0) + 1 from calls), (select ifnull(max(id), 0) + 1 from gate_decisions)
from campaigns where id = ? and status = 'running'
"""
RELEASE_HELD = """
update tasks set held = 0 where id in (
  select id from tasks indexed by tasks_held
  where campaign_id = :campaign_id and status = 'ready' and held = 1 and next_at <= :now
  order by next_at, ifnull(due_by, '9999'), id limit :moves)
"""
MOST_URGENT = " order by ifnull(t.due_by, '9999'), t.id limit :limit"
PICK = FACTS.format(index="indexed by tasks_queue", where="t.held = 0") + MOST_URGENT
THIS = FACTS.format(index="", where="t.id = :task_id")
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


@dataclass(frozen=True, slots=True)
class Terms:
    """What a claim is made under; `today` is the day by which attempts are counted.

    Earlier calls are told to the gate that were made after `since`; `blocked` is told what it blocks.
    """

    campaign_id: int
    now: datetime
    today: date
    gate: Gate
    from_number: int
    since: datetime = EVER
    blocked: Blocked | None = None

    @property
    def asked(self) -> Asked:
        """Which facts the gate is told."""
        return Asked(self.campaign_id, self.today, self.since)


@dataclass(frozen=True, slots=True)
class Permit:
    """A task that the gate allows, and the number to be called."""

    facts: ClaimFacts
    number: int
    verdict: Verdict


@dataclass(slots=True)
class Claiming:
    """What one claim has decided so far; written at its end, table by table.

    `crew` are the agents for whom calls are opened, in turn, `served` of them by now; empty where the robot
    speaks. `agreed` are the tasks that were looked at because of a time agreed with the customer.
    """

    terms: Terms
    standing: Standing
    at: str
    today: str
    next_call: int
    next_decision: int
    crew: list[int] = field(default_factory=list)
    claimed: list[Claimed] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    decisions: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    leases: list[Row] = field(default_factory=list)
    reserved: list[tuple[int, int]] = field(default_factory=list)
    deferrals: list[Row] = field(default_factory=list)
    agreed: set[int] = field(default_factory=set)
    served: int = 0
    blocks: list[tuple[str, str, int]] = field(default_factory=list)
    events: list[events.Event] = field(default_factory=list)

    @property
    def last_rule(self) -> str:
        """The rule that decided last."""
        return str(self.decisions[-1][4])


def claim(conn: sqlite3.Connection, terms: Terms, limit: int) -> list[Claimed]:
    """Open calls for up to `limit` of the most urgent due tasks of a running campaign, in a transaction.

    Every task looked at is decided by the gate and its decision kept. Fewer than `limit` may come back though
    more tasks are due: what a claim looks at is bounded.
    """
    with transaction(conn):
        claiming = begin(conn, terms)
        if claiming is None:
            return []
        if claiming.standing.mode != ROBOT:
            claiming.crew = _crew(conn, claiming)
            limit = min(limit, len(claiming.crew))
        if limit:
            for permit in allowed(conn, claiming, limit):
                open_call(claiming, permit)
            write(conn, claiming)
    return claiming.claimed


def _crew(conn: sqlite3.Connection, claiming: Claiming) -> list[int]:
    """The agents who may each be given one call; in preview they dial only what they were offered."""
    if claiming.standing.mode != PROGRESSIVE:
        return []
    return crew.spare(conn, claiming.terms.now, claiming.standing.unit_id)


def begin(conn: sqlite3.Connection, terms: Terms) -> Claiming | None:
    """A claim of a campaign in which nothing is decided yet; None unless the campaign is running."""
    found = conn.execute(RUNNING, (terms.campaign_id,)).fetchone()
    if found is None:
        return None
    standing = claim_facts.standing(conn, terms.campaign_id)
    return Claiming(terms, standing, to_text(terms.now), terms.today.isoformat(), *found)


def allowed(conn: sqlite3.Connection, claiming: Claiming, limit: int) -> Iterator[Permit]:
    """Up to so many of the most urgent due tasks that the gate allows; what it withholds is noted."""
    held = {"campaign_id": claiming.terms.campaign_id, "now": claiming.at, "moves": MOVES}
    conn.execute(RELEASE_HELD, held)
    for facts in _in_order(conn, claiming, limit):
        if permit := judge(claiming, facts):
            yield permit
            claiming.served += 1
            limit -= 1
        if not limit:
            return


def _in_order(conn: sqlite3.Connection, claiming: Claiming, limit: int) -> Iterator[ClaimFacts]:
    """What is due, agreed times before the queue; what was agreed with an agent waits for that one."""
    for task_id, agent_id in agreed.due(conn, claiming.terms.campaign_id, claiming.at):
        if agent_id is None or claiming.standing.mode == ROBOT or _calls_next(claiming, agent_id):
            claiming.agreed.add(task_id)
            yield this(conn, claiming, task_id)
    for facts in _read(conn, claiming, PICK, limit=limit + LOOKS):
        if facts.task_id not in claiming.agreed:
            yield facts


def _calls_next(claiming: Claiming, agent_id: int) -> bool:
    """Bring the agent to the front of those for whom no call was opened yet; False: not free."""
    free = claiming.crew[claiming.served :]
    if agent_id not in free:
        return False
    free.remove(agent_id)
    claiming.crew[claiming.served :] = [agent_id, *free]
    return True


def this(conn: sqlite3.Connection, claiming: Claiming, task_id: int) -> ClaimFacts:
    """What the gate is to know of one waiting task."""
    (facts,) = _read(conn, claiming, THIS, task_id=task_id, limit=1)
    return replace(facts, agreed=agreed.is_due(conn, task_id, claiming.at))


def judge(claiming: Claiming, facts: ClaimFacts) -> Permit | None:
    """The gate's permission; None, and the refusal is noted, without it."""
    verdict = _verdict(claiming.terms, facts)
    if verdict.action is Action.ALLOW and facts.number is not None:
        return Permit(facts, facts.number, verdict)
    _withhold(claiming, facts, verdict)
    return None


def _read(conn: sqlite3.Connection, claiming: Claiming, query: str, **key: int) -> Iterator[ClaimFacts]:
    """The facts, and what this claim has decided so far: who is about to be called is in a call."""
    for facts in claim_facts.read(conn, query, claiming.terms.asked, claiming.standing, **key):
        taken = facts.number in claiming.numbers or facts.customer_key in claiming.customers
        yield replace(facts, in_progress=True) if taken else facts


def _verdict(terms: Terms, facts: ClaimFacts) -> Verdict:
    """What the gate says; a gate that fails, or allows a call without a number, defers (fail closed)."""
    now, later = terms.now, terms.now + GATE_ERROR_PAUSE
    try:
        verdict = terms.gate(facts)
    except Exception as error:  # noqa: BLE001 one bad task must not stop the others, nor be dialed
        log.error("the gate failed", extra={"task_id": facts.task_id, "error": type(error).__name__})
        return Verdict(Action.DEFER, "gate_error", "", later)
    if verdict.action is Action.ALLOW and facts.number is None:
        return Verdict(Action.DEFER, "gate_error", verdict.version, later)
    if verdict.action is Action.DEFER and (verdict.until is None or verdict.until <= now):
        return Verdict(Action.DEFER, verdict.rule, verdict.version, later)
    return verdict


def open_call(claiming: Claiming, permit: Permit) -> None:
    """The task becomes a call, for the next of the crew where agents speak."""
    facts, number, call_id, terms = permit.facts, permit.number, claiming.next_call, claiming.terms
    claiming.next_call += 1
    agent = claiming.crew[len(claiming.claimed)] if claiming.crew else None
    claiming.claimed.append(Claimed(call_id, facts.task_id, number, terms.from_number))
    take(claiming, number, facts.customer_key)
    call = (
        facts.task_id,
        terms.campaign_id,
        "outbound",
        number,
        terms.from_number,
        claiming.standing.script_digest,
        claiming.at,
    )
    decision_id, decision = _decide(claiming, facts, permit.verdict, call_id)
    claiming.calls.append((call_id, *call))
    claiming.leases.append((facts.attempts_today + 1, claiming.today, claiming.at, facts.task_id))
    data = sealed({"calls": [(call_id, call)], "decisions": [(decision_id, decision)]})
    if agent is not None:
        data["agent"] = agent
        claiming.reserved.append((agent, call_id))
    claiming.events.append(events.Event("claimed", data, call_id))


def take(claiming: Claiming, number: int, customer_key: str) -> None:
    """Nobody else is given this customer in this claim."""
    claiming.numbers.add(number)
    if customer_key:
        claiming.customers.add(customer_key)


def _withhold(claiming: Claiming, facts: ClaimFacts, verdict: Verdict) -> None:
    decision_id, decision = _decide(claiming, facts, verdict, None)
    if verdict.action is Action.DEFER:
        claiming.deferrals.append((maybe_text(verdict.until), facts.task_id))
        return
    claiming.blocks.append((verdict.rule, claiming.at, facts.task_id))
    claiming.events.append(events.Event("blocked", sealed({"decisions": [(decision_id, decision)]})))


def _decide(claiming: Claiming, facts: ClaimFacts, verdict: Verdict, call_id: int | None) -> tuple[int, Row]:
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


def write(conn: sqlite3.Connection, claiming: Claiming) -> None:
    """Write what was decided."""
    conn.executemany(CALL, claiming.calls)
    conn.executemany(DECISION, claiming.decisions)
    conn.executemany(LEASE, claiming.leases)
    conn.executemany(DEFER, claiming.deferrals)
    conn.executemany(agreed.MOVE, (row for row in claiming.deferrals if row[1] in claiming.agreed))
    conn.executemany(BLOCK, claiming.blocks)
    if claiming.terms.blocked is not None:
        for rule, _, task_id in claiming.blocks:
            claiming.terms.blocked(conn, task_id, rule, claiming.terms.now)
    for user_id, call_id in claiming.reserved:
        desks.reserve(conn, user_id, call_id, claiming.terms.now)
    if claiming.events:
        events.append_all(conn, claiming.events, claiming.terms.now)
