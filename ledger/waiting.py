"""The tasks of a campaign that are not over, as the gate sees them; read only, for a preview."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date

from ledger import dnc
from ledger.records import ClaimFacts
from ledger.times import timed

WAITING = """
select t.id, t.contact_id, n.number, k.customer_key, t.missing, t.attempts,
  iif(t.attempts_day = :today, t.attempts_today, 0), t.last_attempt_at, t.due_from, t.due_by,
  exists (select 1 from calls o where o.to_number = n.number and o.ended_at is null)
    or exists (select 1 from calls o
      where o.from_number = n.number and o.direction = 'inbound' and o.ended_at is null),
  exists (select 1 from dnc_numbers d where d.number = n.number)
    or exists (select 1 from dnc_customers d where d.customer_key = k.customer_key),
  (select s.status in ('active', 'superseded') from campaigns c join scripts s on s.digest = c.script_digest
    where c.id = :campaign_id)
from tasks t join contacts k on k.id = t.contact_id
  left join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
where t.campaign_id = :campaign_id and t.status = 'ready' order by t.id
"""


def waiting(conn: sqlite3.Connection, campaign_id: int, today: date) -> Iterator[ClaimFacts]:
    """The facts that a claim would read; `today` is the day by which attempts are counted."""
    for row in conn.execute(WAITING, {"campaign_id": campaign_id, "today": today.isoformat()}):
        in_progress, in_force = bool(row[10]), bool(row[12])
        forbidden = dnc.entries(conn, row[2], row[3]) if row[11] else ()
        yield ClaimFacts(*timed([*row[:10], in_progress, in_force, forbidden], 7, 8, 9))
