"""What other systems are told: the outbox that triggers fill, and what is known of its rows."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed

# The newest answer to each step counts; calls for a few are nobody else's.
FINISHED = """
select o.id, t.id, t.campaign_id, c.list_id, k.row, k.policy_no, t.status, t.outcome, t.outcome_reason,
  t.attempts, t.finished_at,
  (select json_group_array(distinct p.code) from problems p
    join calls x on x.id = p.call_id and not x.restricted where p.task_id = t.id),
  (select json_group_object(step, category) from
    (select a.step, a.category, max(a.id) from answers a join calls x on x.id = a.call_id and not x.restricted
      where x.task_id = t.id group by a.step))
from outbox o join tasks t on t.id = o.row_id join campaigns c on c.id = t.campaign_id
  join contacts k on k.id = t.contact_id
where o.kind = 'task_finished' and o.id > :after and (:campaign_id = 0 or t.campaign_id = :campaign_id)
order by o.id limit :limit
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """A task as it stands now, at the place in the outbox where it was finished."""

    cursor: int
    task_id: int
    campaign_id: int
    list_id: int
    row: int
    policy_no: str
    status: str
    outcome: str
    reason: str
    attempts: int
    finished_at: datetime | None
    problems: list[str]
    answers: dict[str, str]


def finished(conn: sqlite3.Connection, *, after: int, limit: int, campaign_id: int = 0) -> list[Finished]:
    """The next finished tasks behind a cursor; of all campaigns without one."""
    keys = {"after": after, "limit": limit, "campaign_id": campaign_id}
    return [_finished(row) for row in conn.execute(FINISHED, keys)]


def _finished(row: sqlite3.Row) -> Finished:
    values = timed(row, 10)
    values[11], values[12] = sorted(json.loads(values[11])), json.loads(values[12])
    return Finished(*values)
