"""Whether the API answers, and what this token may."""

from __future__ import annotations

from typing import Literal

from pydantic.dataclasses import dataclass

from ivr.api.operations import Operation, part, token
from ivr.api.values import Moment
from ivr.edge import now, store
from ledger import intakes

health = part("health")


@dataclass(frozen=True, slots=True)
class Health:
    """The process answers and reads its ledger; `waiting`: a file waits to be imported or is."""

    status: Literal["ok"]
    at: Moment
    token: str
    scopes: list[str]
    importing: bool


@health.operation(Operation("GET", "/health", "Whether it answers, and what this token may", Health))
def state() -> Health:
    """Read something, so that a ledger that cannot be read is no health."""
    with store().read() as conn:
        busy = intakes.upcoming(conn) is not None
    return Health("ok", now(), token().name, list(token().scopes), busy)
