"""Offers (preview): an agent sees the most urgent task that the gate allows, and dials it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import claims, crew, desks, events
from ledger.campaigns import PREVIEW
from ledger.claims import Claiming, Terms
from ledger.connection import transaction
from ledger.desks import FIT_DESK, free_at
from ledger.errors import NotAllowed
from ledger.records import Claimed
from ledger.times import to_text

TAKEN_WITHIN = timedelta(seconds=60)
"""An offer that its agent neither dials nor leaves for so long goes to somebody else."""

MISSED = "missed"
"""Why an agent is paused who let an offer pass."""

CANCELLED = "cancelled"
"""Why an offer is taken back whose task is no longer due."""

OFFER = "update tasks set status = 'offered', offered_to = ? where id = ?"
ACCEPT = "update tasks set status = 'accepted' where id = ? and offered_to = ? and status = 'offered'"
BACK = "update tasks set status = 'ready', offered_to = null where id = ? and offered_to is not null"
OFFERED = """
select n.number, k.customer_key from tasks t indexed by tasks_offered
  join contacts k on k.id = t.contact_id
  join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
where t.offered_to is not null
"""
ACCEPTED = f"""
select t.id, t.offered_to from tasks t indexed by tasks_offered
  join desks d on d.user_id = t.offered_to and d.task_id = t.id and d.state = 'offered'
where t.campaign_id = :campaign_id and t.status = 'accepted' and t.offered_to is not null and {FIT_DESK}
order by d.since, t.id limit 1
"""
STALE = f"""
select t.id, t.offered_to, case
    when d.user_id is null then 'left'
    when c.status <> 'running' or c.mode <> 'preview' then 'campaign'
    when not ({FIT_DESK}) then 'agent'
    else 'missed' end
from tasks t indexed by tasks_offered join campaigns c on c.id = t.campaign_id
  left join desks d on d.user_id = t.offered_to and d.task_id = t.id and d.state = 'offered'
where t.offered_to is not null
  and (d.user_id is null or c.status <> 'running' or c.mode <> 'preview' or not ({FIT_DESK})
    or (t.status = 'offered' and d.since <= :missed_since))
order by t.id
"""


@dataclass(frozen=True, slots=True)
class Offer:
    """A task shown to an agent."""

    task_id: int
    user_id: int


def offer(conn: sqlite3.Connection, terms: Terms) -> list[Offer]:
    """Show each free agent one task of a running preview campaign, in a transaction.

    The most urgent task that the gate allows goes to the agent who is idle longest (S002-67: nobody picks).
    The gate's refusals are kept as those of a claim; its permission is asked for again when the agent dials.
    """
    with transaction(conn):
        claiming = _begin(conn, terms)
        agents = crew.spare(conn, terms.now, claiming.standing.unit_id) if claiming else []
        if claiming is None or not agents:
            return []
        for number, customer_key in conn.execute(OFFERED):
            claims.take(claiming, number, customer_key)
        made = []
        claiming.crew = agents
        for permit in claims.allowed(conn, claiming, len(agents)):
            claims.take(claiming, permit.number, permit.facts.customer_key)
            made.append(Offer(permit.facts.task_id, agents[claiming.served]))
        claims.write(conn, claiming)
        for one in made:
            _show(conn, one, terms.now)
    return made


def accept(conn: sqlite3.Connection, user_id: int, now: datetime) -> None:
    """The agent dials what is offered; the loop places the call. Pressed twice it is accepted once."""
    desk = desks.get(conn, user_id)
    if desk is None or desk.state != desks.OFFERED or desk.task_id is None:
        raise NotAllowed("no_offer")
    if not desks.is_certified(conn, user_id, now):
        raise NotAllowed(desks.NO_CERTIFICATE)
    if conn.execute(ACCEPT, (desk.task_id, user_id)).rowcount:
        desks.offer(conn, user_id, desk.task_id, now, desks.ACCEPTED)
    elif desk.reason != desks.ACCEPTED:
        raise NotAllowed("no_offer")


def claim(conn: sqlite3.Connection, terms: Terms) -> list[Claimed]:
    """Open the call of the agent who has waited longest since pressing dial, in a transaction.

    The gate decides again on that very task; when it refuses, the agent is ready with its rule as the reason.
    """
    with transaction(conn):
        claiming = _begin(conn, terms)
        accepted = _accepted(conn, terms.campaign_id, terms.now)
        if claiming is None or accepted is None:
            return []
        conn.execute(BACK, (accepted.task_id,))
        claiming.crew = [accepted.user_id]
        if permit := claims.judge(claiming, claims.this(conn, claiming, accepted.task_id)):
            claims.open_call(claiming, permit)
        claims.write(conn, claiming)
        if permit is None:
            desks.back(conn, accepted.user_id, claiming.last_rule, terms.now)
    return claiming.claimed


def is_accepted(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> bool:
    """Whether an agent has pressed dial for a task of this campaign."""
    return _accepted(conn, campaign_id, now) is not None


def tidy(conn: sqlite3.Connection, now: datetime) -> int:
    """Put back what nobody will dial: not taken in time, its agent gone, its campaign paused.

    In a transaction. An agent who let an offer pass is paused, so that no other offer waits for nobody.
    """
    if not _stale(conn, now):
        return 0
    with transaction(conn):
        stale = _stale(conn, now)
        for task_id, user_id, why in stale:
            conn.execute(BACK, (task_id,))
            _free(conn, user_id, why, now)
            events.append(conn, "offer_returned", {"task": task_id, "agent": user_id, "why": why}, now)
    return len(stale)


def withdraw(conn: sqlite3.Connection, task_id: int, now: datetime) -> None:
    """Take back the offer of a task that is no longer due."""
    row = conn.execute("select offered_to from tasks where id = ?", (task_id,)).fetchone()
    if row is None or row[0] is None:
        return
    conn.execute(BACK, (task_id,))
    desk = desks.get(conn, row[0])
    if desk is not None and desk.state == desks.OFFERED and desk.task_id == task_id:
        _free(conn, row[0], CANCELLED, now)
    events.append(conn, "offer_returned", {"task": task_id, "agent": row[0], "why": CANCELLED}, now)


def _begin(conn: sqlite3.Connection, terms: Terms) -> Claiming | None:
    claiming = claims.begin(conn, terms)
    return claiming if claiming is not None and claiming.standing.mode == PREVIEW else None


def _show(conn: sqlite3.Connection, one: Offer, now: datetime) -> None:
    conn.execute(OFFER, (one.user_id, one.task_id))
    desks.offer(conn, one.user_id, one.task_id, now)
    events.append(conn, "offered", {"task": one.task_id, "agent": one.user_id}, now)


def _accepted(conn: sqlite3.Connection, campaign_id: int, now: datetime) -> Offer | None:
    row = conn.execute(ACCEPTED, free_at(now) | {"campaign_id": campaign_id}).fetchone()
    return None if row is None else Offer(*row)


def _stale(conn: sqlite3.Connection, now: datetime) -> list[tuple[int, int, str]]:
    return conn.execute(STALE, free_at(now) | {"missed_since": to_text(now - TAKEN_WITHIN)}).fetchall()


def _free(conn: sqlite3.Connection, user_id: int, why: str, now: datetime) -> None:
    """What becomes of the desk; one that has left the offer stays as it is."""
    if why == "left":
        return
    if why == "missed":
        desks.pause(conn, user_id, MISSED, now)
    elif not desks.is_certified(conn, user_id, now):
        desks.pause(conn, user_id, desks.NO_CERTIFICATE, now)
    else:
        desks.back(conn, user_id, why, now)
