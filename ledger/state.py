"""A call as it stands, read in one statement."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.errors import UnknownCall
from ledger.records import CallState
from ledger.times import maybe_moment, timed

SELECT = """
select c.id, c.task_id, c.campaign_id, t.contact_id, ifnull(k.customer_key, ''),
  iif(c.direction = 'inbound', c.from_number, c.to_number), c.direction, c.status, c.script_digest,
  ifnull((select p.facts from parts p where p.call_id = c.id order by p.turn desc limit 1),
    iif(c.facts <> '{}', c.facts,
      ifnull(json_patch(json_patch(k.facts,
        ifnull((select f.facts from follow_ons f where f.made_task_id = t.id), '{}')),
        ifnull((select f.facts from fresh_facts f where f.call_id = c.id), '{}')), '{}'))),
  c.progress, ifnull(t.resume, ''), c.turn, ifnull(t.attempts, 0),
  ifnull(t.attempts_today, 0), t.due_by, c.answered_at, c.said_at, c.answered_by, c.outcome, c.outcome_reason,
  (select count(*) from numbers n where n.contact_id = t.contact_id and n.position > t.number_position),
  c.performer, c.agent_id, c.carrier_sid, c.sequence, c.ended_at
from calls c left join tasks t on t.id = c.task_id left join contacts k on k.id = t.contact_id
where c.id = ?
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state that decisions see, and what only the ledger looks at."""

    state: CallState
    carrier_sid: str | None
    sequence: int
    ended_at: datetime | None


def read(conn: sqlite3.Connection, call_id: int) -> Standing:
    """The call as it stands now; UnknownCall when there is none."""
    row = conn.execute(SELECT, (call_id,)).fetchone()
    if row is None:
        raise UnknownCall(f"call {call_id}: not in this ledger; check the address the carrier was given")
    state = CallState(*timed(row[:24], 15, 16, 17))
    return Standing(state, row[24], row[25], maybe_moment(row[26]))


def belongs(standing: Standing, carrier_sid: str) -> None:
    """Refuse what the carrier says about another of its calls."""
    if standing.carrier_sid and carrier_sid and standing.carrier_sid != carrier_sid:
        raise UnknownCall(f"call {standing.state.call_id}: the carrier knows it by another id")
