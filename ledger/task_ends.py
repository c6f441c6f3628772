"""Whether what is over is over for a reason that is sealed: a call, the gate, news, a way, a quota."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

_CALL = "exists (select 1 from calls c where c.task_id = t.id and c.ended_at is not null and {})"
_STEP = "exists (select 1 from fallback_steps f where f.task_id = t.id)"
# The trigger of a quota is the reason of those that are not called for it any more.
UNPROVEN = f"""
select t.id, t.status from tasks t where case t.status
  when 'done' then {_CALL.format("c.outcome = t.outcome")} or {_STEP}
  when 'blocked' then {_CALL.format("c.status = 'withdrawn'")}
    or exists (select 1 from gate_decisions d where d.task_id = t.id and d.verdict = 'block')
  when 'cancelled' then exists (select 1 from cancellations x where x.task_id = t.id)
    or exists (select 1 from exclusions e where e.campaign_id = t.campaign_id and e.contact_id = t.contact_id)
    or t.outcome_reason = 'quota_met' and exists (select 1 from draws d where d.task_id = t.id)
  when 'elsewhere' then {_STEP}
  else true end = 0
order by t.id
"""
# What a person leaves out later had a task, and keeps it.
MISCOUNTED = """
select s.campaign_id from selections s
where s.contacts - s.chosen <> (select count(*) from exclusions e
    where e.campaign_id = s.campaign_id and e.user = '')
  or s.chosen > (select count(*) from tasks t where t.campaign_id = s.campaign_id)
order by s.campaign_id
"""


def unproven(conn: sqlite3.Connection) -> Iterator[str]:
    """Tasks that are over though nothing sealed says so, and campaigns that lack tasks or exclusions."""
    for task_id, status in conn.execute(UNPROVEN):
        yield f"tasks {task_id}: is {status}, but nothing that is sealed says so"
    for (campaign_id,) in conn.execute(MISCOUNTED):
        yield f"campaigns {campaign_id}: has other tasks and exclusions than it was selected with"
