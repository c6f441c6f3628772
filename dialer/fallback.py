"""A duty that may not or can not be phoned any more goes on by e-link, visit or letter (S002-95, S002-96)."""

from __future__ import annotations

import json
import sqlite3
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from dialer.calendar import CHINA, Calendar
from dialer.deadlines import working_days_later
from ledger import fallbacks
from ledger.fallbacks import LETTER, LINK, OPEN, STOPPED, VISIT, Duty, Share, Way

FILE = Path(__file__).parent / "fallback.toml"
NO_CALLS = ("do_not_call", "withdrawn", "refused")
"""Why a duty is not phoned any more where the customer wants no call at all: nobody visits them either."""
WISHES = {"sms": LINK, "visit": VISIT, "letter": LETTER}
"""The ways by what was promised in a talk."""
CHOSEN = "callback_choice"
"""The fact that holds the way that the customer chose before (B8)."""
UNREACHED = "all_ways_failed"


@dataclass(frozen=True, slots=True)
class Ways:
    """What follows the telephone; `warn` and `most` are the shares of visits and letters, in percent."""

    days: Mapping[str, int]
    kinds: Mapping[str, tuple[str, ...]]
    warn: int
    most: int

    def of(self, kind: str) -> tuple[str, ...]:
        """The ways for contacts of a kind of list, in their order."""
        return self.kinds.get(kind, tuple(self.days))


@cache
def ways() -> Ways:
    """The shipped ways."""
    data: Mapping[str, Any] = tomllib.loads(FILE.read_text("utf-8"))
    days = {name: way["working_days"] for name, way in data["ways"].items()}
    kinds = {kind: tuple(names) for kind, names in data["kinds"].items()}
    return Ways(days, kinds, data["monitor"]["warn"], data["monitor"]["most"])


def discharge(
    conn: sqlite3.Connection, task_id: int, why: str, now: datetime, calendar: Calendar = CHINA
) -> Way | None:
    """Go on with a duty on its next way, in a transaction; None where it is no duty or no way is left.

    A way that is open stays as it is, so that the same cause told twice opens no second one. More visits and
    letters than S002-97 allows are stopped until a supervisor lets them pass.
    """
    duty = fallbacks.duty(conn, task_id)
    if duty is None or duty.purpose != "duty" or duty.status == "cancelled":
        return None
    tried = fallbacks.of_task(conn, task_id)
    current = next((way for way in tried if way.status in (OPEN, STOPPED)), None)
    if current is not None:
        return current
    channel = following(duty, fallbacks.wished(conn, task_id), why, {way.channel for way in tried})
    if not channel:
        return None
    counted = any(way.channel != LINK for way in tried)
    many = channel != LINK and not counted and exceeds(fallbacks.share(conn, duty.campaign_id))
    due_at = None if many else due(channel, now, calendar)
    return _opened(conn, duty, channel, why, now, due_at)


def following(duty: Duty, wished: str, why: str, tried: Collection[str]) -> str:
    """The next way: the customer's own wish first, a link only by their choice; '' where all were tried."""
    facts = json.loads(duty.facts)
    chosen = WISHES.get(wished) or str(facts.get(CHOSEN) or "")
    allowed = [
        name
        for name in ways().of(duty.kind)
        if name == chosen or not (name == LINK or (name == VISIT and why in NO_CALLS))
    ]
    order = sorted(allowed, key=lambda name: name != chosen)
    return next((name for name in order if name not in tried), "")


def exceeds(share: Share) -> bool:
    """Whether one more visit or letter is more than S002-97 allows."""
    return (share.outside + 1) * 100 > share.all * ways().most


def due(channel: str, now: datetime, calendar: Calendar) -> datetime:
    """Until when a way that begins now has time."""
    return working_days_later(now, ways().days[channel], calendar)


def _opened(
    conn: sqlite3.Connection, duty: Duty, channel: str, why: str, now: datetime, due_at: datetime | None
) -> Way:
    """A way that is open; stopped where it has no time yet."""
    branch = str(json.loads(duty.facts).get("branch") or "")
    status = STOPPED if due_at is None else OPEN
    way = Way(0, duty.task_id, channel, status, why, branch, None, now, due_at, None)
    opened = fallbacks.get(conn, fallbacks.open_way(conn, way, now))
    assert opened is not None
    return opened
