"""How far a campaign is: counts that the ledger keeps itself, read in a few rows whatever the size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

Key = TypeVar("Key", str, tuple[str, str])

TASKS = """
select state, outcome, outcome_reason, sum(tasks), sum(tasks * tried) from task_tally
where campaign_id = ? group by state, outcome, outcome_reason having sum(tasks) > 0
"""
# What is in a call has a call without an end, and of those there are no more than lines.
CALLING = """
select count(*), total(t.outcome <> '')
from (select distinct task_id from calls indexed by calls_open where ended_at is null) c
  cross join tasks t on t.id = c.task_id
where t.status = 'leased' and t.campaign_id = :id
"""
REACHED = "select ifnull(sum(reached), 0) from call_tally where campaign_id = ?"
PROBLEMS = "select code, tasks from problem_tally where campaign_id = ? order by code"


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of tasks: `waiting`, `in_progress`, `finished`, `blocked` and `elsewhere` add up to `due`.

    `retrying` are those waiting after an attempt; `dialed` those with an attempt, `reached` those where a
    person answered; `outcomes` and `reasons` (outcome, reason) count what came of the last attempt, of those
    to be tried again as well; `problems` counts tasks by problem code. `blocked` is by rule, `elsewhere` (the
    duty goes on by e-link, visit or letter) and `cancelled` (no longer due) are by reason; neither the
    cancelled nor the `spare` ones, which may still be drawn, are due.
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
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    cancelled: Mapping[str, int] = field(default_factory=dict)
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How many tasks are in one state, with the outcome and reason of the last attempt; `tried` when over."""

    state: str
    outcome: str
    reason: str
    tasks: int
    tried: int


def progress(conn: sqlite3.Connection, campaign_id: int) -> Progress:
    """The counts as they stand."""
    found = [Standing(*row) for row in conn.execute(TASKS, (campaign_id,))]
    in_progress, again = map(int, conn.execute(CALLING, {"id": campaign_id}).fetchone())
    attempted = [one for one in found if one.outcome and one.state in ("open", "done")]
    reasons = _summed(((one.outcome, one.reason), one.tasks) for one in attempted)
    waiting = _count(found, "open") - in_progress
    retrying = sum(one.tasks for one in attempted if one.state == "open") - again
    blocked, elsewhere = _by_reason(found, "blocked"), _by_reason(found, "elsewhere")
    finished = _count(found, "done")
    return Progress(
        due=waiting + in_progress + finished + sum(blocked.values()) + sum(elsewhere.values()),
        waiting=waiting,
        retrying=retrying,
        in_progress=in_progress,
        finished=finished,
        dialed=retrying + in_progress + sum(one.tried for one in found),
        reached=conn.execute(REACHED, (campaign_id,)).fetchone()[0],
        outcomes=_summed((outcome, count) for (outcome, _), count in reasons.items()),
        reasons=reasons,
        problems=dict(conn.execute(PROBLEMS, (campaign_id,)).fetchall()),
        blocked=blocked,
        elsewhere=elsewhere,
        cancelled=_by_reason(found, "cancelled"),
        spare=_count(found, "spare"),
    )


def _count(found: Iterable[Standing], state: str) -> int:
    return sum(one.tasks for one in found if one.state == state)


def _by_reason(found: Iterable[Standing], state: str) -> dict[str, int]:
    return _summed((one.reason, one.tasks) for one in found if one.state == state)


def _summed(pairs: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    sums: dict[Key, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return sums
