"""A crew of agents for measurements: users with certificates, sessions, and desks that calls may come to."""

from __future__ import annotations

import secrets
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.people.session import WATCH
from ledger import certificates, connect, desks, people, sessions, transaction
from ledger.people import Particulars

A_DAY = timedelta(days=1)
"""On a clock that runs a thousand times as fast a page would count as closed between two looks."""
CERTIFIED = ("2026-01-01", "2027-12-31")


@dataclass(frozen=True, slots=True)
class Agent:
    """Who sits at a desk, and the cookie of an open session."""

    user_id: int
    cookie: str


def hire(database: Path, count: int) -> list[Agent]:
    """That many agents who signed in; they are not on shift yet."""
    found = []
    now = datetime.now(UTC)
    with closing(connect(database)) as conn, transaction(conn):
        for place in range(count):
            who = Particulars("agent", full_name=f"坐席{place:03}", staff_no=f"8{place:05}")
            user_id = people.add(conn, f"agent{place:03}", who, "", now, by=None)
            conn.execute("update users set must_change = 0 where id = ?", (user_id,))
            certificates.add(conn, user_id, f"C-{place}", CERTIFIED, now, by=None)
            cookie = secrets.token_urlsafe(32)
            sessions.begin(conn, cookie, user_id, passed=True, now=WATCH.now())
            found.append(Agent(user_id, cookie))
    return found


def take_seats(database: Path, agents: list[Agent], now: datetime) -> None:
    """Every agent is ready, with a line that stands in the own room."""
    with closing(connect(database)) as conn, transaction(conn):
        for agent in agents:
            desks.sign_on(conn, agent.user_id, now)
            desks.leg(conn, agent.user_id, f"CA{agent.user_id:032x}", "CF" + "0" * 32, "browser", now)
            desks.ready(conn, agent.user_id, now)
            desks.seen(conn, agent.user_id, now + A_DAY)


def reserve(database: Path, agents: list[Agent], calls: list[int], now: datetime) -> None:
    """Each of these calls is being placed for one of these agents."""
    with closing(connect(database)) as conn, transaction(conn):
        for agent, call_id in zip(agents, calls, strict=True):
            desks.reserve(conn, agent.user_id, call_id, now)
