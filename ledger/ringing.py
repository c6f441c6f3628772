"""Calls that have not been answered yet and that a refusal has overtaken."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import dnc, events, news

# Open calls are few; each costs two look-ups in the compact tables.
OVERTAKEN = """
select c.id, c.carrier_sid, c.to_number, ifnull(k.customer_key, ''), ifnull(p.purpose, '')
from calls c indexed by calls_open left join tasks t on t.id = c.task_id
  left join contacts k on k.id = t.contact_id left join campaigns p on p.id = c.campaign_id
where c.ended_at is null and c.answered_at is null and c.direction = 'outbound' and c.carrier_sid is not null
  and (exists (select 1 from dnc_numbers d where d.number = c.to_number)
    or exists (select 1 from dnc_customers d where d.customer_key = k.customer_key))
"""


@dataclass(frozen=True, slots=True)
class Ringing:
    """A call that the carrier still queues or rings, and why it should not."""

    call_id: int
    carrier_sid: str
    why: str


def overtaken(conn: sqlite3.Connection, now: datetime) -> list[Ringing]:
    """The calls that nobody has answered and that an entry forbids by now, or that are no longer due."""
    forbidden = [
        Ringing(call_id, carrier_sid, "do_not_call")
        for call_id, carrier_sid, number, customer_key, purpose in conn.execute(OVERTAKEN).fetchall()
        if dnc.forbids(conn, number, customer_key, purpose, now)
    ]
    return forbidden + [Ringing(*call, "cancelled") for call in news.ringing(conn)]


def recalled(conn: sqlite3.Connection, call: Ringing, now: datetime) -> None:
    """Keep that we have hung up ourselves; the carrier's status ends the call like any other."""
    events.append(conn, "recalled", {"why": call.why}, now, call.call_id)
