"""How far a campaign is: counts for the progress bar and the final table, each read from one small index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Key = TypeVar("Key", str, tuple[str, str])

WAITING = """
select
  (select count(*) from tasks where campaign_id = :id and status = 'ready' and held = 0)
  + (select count(*) from tasks where campaign_id = :id and status = 'ready' and held = 1)
  + (select count(*) from tasks where campaign_id = :id and offered_to is not null),
  (select count(*) from tasks where campaign_id = :id and status = 'ready' and attempts > 0),
  (select count(*) from tasks where campaign_id = :id)
"""
OVER = """
select status, outcome, outcome_reason, count(*), total(attempts > 0) from tasks
where campaign_id = ? and status in ('done', 'blocked') group by status, outcome, outcome_reason
"""
RETRYING = """
select outcome, outcome_reason, count(*) from tasks
where campaign_id = ? and status = 'ready' and attempts > 0 group by outcome, outcome_reason
"""
REACHED = """
select count(distinct task_id) from calls
where campaign_id = ? and answered_at is not null and answered_by in ('', 'human', 'unknown')
"""
PROBLEMS = """
select p.code, count(distinct p.task_id) from problems p join tasks t on t.id = p.task_id
where t.campaign_id = ? group by p.code order by p.code
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of tasks: `due` is all of them; `waiting`, `in_progress`, `finished` and `blocked` add up to it.

    `retrying` are those waiting after an attempt; `dialed` those with an attempt, `reached` those where a
    person answered; `outcomes` and `reasons` (outcome, reason) count what came of the last attempt, of those
    to be tried again as well; `problems` counts tasks by problem code.
    """

    due: int
    waiting: int
    retrying: int
    in_progress: int
    finished: int
    dialed: int
    reached: int
    outcomes: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]
    problems: Mapping[str, int]
    blocked: Mapping[str, int]


def progress(conn: sqlite3.Connection, campaign_id: int) -> Progress:
    """The counts as they stand."""
    waiting, retrying, due = conn.execute(WAITING, {"id": campaign_id}).fetchone()
    over = conn.execute(OVER, (campaign_id,)).fetchall()
    ended = [((row[1], row[2]), row[3]) for row in over if row[0] == "done"]
    again = [((row[0], row[1]), row[2]) for row in conn.execute(RETRYING, (campaign_id,))]
    reasons = _summed([*ended, *again])
    blocked = _summed((row[2], row[3]) for row in over if row[0] == "blocked")
    finished = sum(count for _, count in ended)
    in_progress = due - waiting - finished - sum(blocked.values())
    return Progress(
        due=due,
        waiting=waiting,
        retrying=retrying,
        in_progress=in_progress,
        finished=finished,
        dialed=retrying + in_progress + sum(int(row[4]) for row in over),
        reached=conn.execute(REACHED, (campaign_id,)).fetchone()[0],
        outcomes=_summed((outcome, count) for (outcome, _), count in reasons.items()),
        reasons=reasons,
        problems=dict(conn.execute(PROBLEMS, (campaign_id,)).fetchall()),
        blocked=blocked,
    )


def _summed(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return sums
