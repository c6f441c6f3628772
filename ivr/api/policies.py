"""News of policies and claims: what is paid, reinstated or surrendered is no longer called."""

from __future__ import annotations

import sqlite3
from typing import Literal

from pydantic.dataclasses import dataclass

from dialer import updates
from dialer.updates import Cancelled
from ivr.api.operations import Operation, part, who
from ivr.api.reading import refuse
from ivr.api.values import STRICT
from ivr.edge import now, store
from ledger import audit

policies = part("policies")
WRITE = ("policies:write",)
LONGEST = 100


@dataclass(frozen=True, slots=True, config=STRICT)
class News:
    """What became of it."""

    state: Literal["paid", "reinstated", "surrendered", "settled", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What the news changed; `new` is false where nothing did, as when it is said again.

    `tasks` are called no more, `rounds` not made. `talking` are calls that go on and are the last ones,
    `ringing` such as are withdrawn.
    """

    new: bool
    tasks: int
    rounds: int
    talking: int
    ringing: int


@policies.operation(
    Operation(
        "POST",
        "/policies/<path:policy_no>/state",
        "Say what became of a policy",
        Applied,
        WRITE,
        body=News,
    )
)
def policy_state(policy_no: str, body: News) -> Applied:
    """Cancel what is no longer due for a policy, in every campaign."""
    return _applied("policy_no", policy_no, body)


@policies.operation(
    Operation(
        "POST", "/claims/<path:claim_no>/state", "Say what became of a claim", Applied, WRITE, body=News
    )
)
def claim_state(claim_no: str, body: News) -> Applied:
    """Cancel what is no longer due for a claim, in every campaign."""
    return _applied("claim_no", claim_no, body)


def _applied(kind_of_key: str, key: str, news: News) -> Applied:
    by, at = who(), now()
    if len(key) > LONGEST or not key.isprintable():
        raise refuse(kind_of_key, "invalid", "太长，或有看不见的字符", "is too long or has invisible signs")

    def write(conn: sqlite3.Connection) -> Cancelled:
        done = updates.apply(conn, key=key, kind_of_key=kind_of_key, state=news.state, source=by, now=at)
        audit.note(conn, by, f"said_{news.state}", kind_of_key, at)
        return done

    done = store().write(write)
    return Applied(done.new, done.tasks, done.rounds, len(done.talking), len(done.ringing))
