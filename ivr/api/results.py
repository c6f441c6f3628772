"""Results over HTTP: tasks in the order in which they were finished, read on from a cursor."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from ivr.api.operations import Operation, part, who
from ivr.api.values import MOST, STRICT, Moment
from ivr.edge import now, store
from ledger import audit, outbox

results = part("results")


@dataclass(frozen=True, slots=True, config=STRICT)
class Wanted:
    """Which results: `after` is the `next` of the part before; `campaign_id`: of one campaign only."""

    after: Annotated[int, Field(ge=0, le=MOST)] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    campaign_id: Annotated[int, Field(ge=0, le=MOST)] = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a task; it may come again when that changes. `answers`: category by step.

    `status` is done, blocked (by the rule in `reason`), cancelled (no longer due: `reason`), or elsewhere
    (the duty goes on by e-link, visit or letter).
    """

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
    finished_at: Moment | None
    problems: list[str]
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Results:
    """A part of the results; the next one is asked for with `next` as `after`, now or later."""

    items: list[Result]
    next: int


@results.operation(
    Operation("GET", "/results", "Finished tasks, in order", Results, ("results:read",), query=Wanted)
)
def listing(query: Wanted) -> Results:
    """A part of the results; neither audio nor what was said word for word."""
    by, at = who(), now()
    store().write(lambda conn: audit.note(conn, by, "results_read", "results", at))
    with store().read() as conn:
        found = outbox.finished(conn, after=query.after, limit=query.limit, campaign_id=query.campaign_id)
    return Results([Result(**asdict(one)) for one in found], found[-1].cursor if found else query.after)
