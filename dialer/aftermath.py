"""What follows when calls have ended and tasks were blocked: other ways, further rounds, promised callbacks.

The chain of events is the queue: what follows an event and the mark behind it are one transaction, so that a
process killed at any moment neither leaves anything out nor does it twice. Each step is bounded.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from dialer import callbacks, fallback, follow_on, rounds, ways
from dialer.calendar import CHINA, Calendar
from dialer.errors import DialerError
from ledger import LedgerError, aftermath, fallbacks, follow_ons
from ledger.aftermath import Happened
from ledger.connection import transaction

STEPS = 40
"""How many steps one look takes at most, so that others are not kept waiting by a long chain."""
BATCH = 50
UNREACHED = ("NOT_COMPLETED", "PARTIAL")
BLOCKED = ("do_not_call", "attempts_exhausted", "deadline_expired")
"""The rules of the gate after which a duty goes on by another way."""
HANDLED = ("complaint",)
"""Why a call ends for which somebody is in charge already."""
AGAIN = timedelta(hours=1)
"""After so long a round is tried again that could not be made."""
NEVER = Event()

log = logging.getLogger("huifang.aftermath")
Step = Callable[[sqlite3.Connection, datetime, Calendar], bool]


def catch_up(
    conn: sqlite3.Connection, now: datetime, *, calendar: Calendar = CHINA, stop: Event = NEVER
) -> None:
    """Do everything that follows from what has happened, in steps of a transaction each."""
    steps: tuple[Step, ...] = (_read, _wait, _plan, _make)
    for step in steps:
        for _ in range(STEPS):
            if stop.is_set() or not step(conn, now, calendar):
                break


def _read(conn: sqlite3.Connection, now: datetime, calendar: Calendar) -> bool:
    """What follows the next events of the chain."""
    with transaction(conn):
        look = aftermath.look(conn)
        for one in look.happened:
            _carefully(conn, one, now, calendar)
        aftermath.mark(conn, look.until)
    return look.more


def _carefully(conn: sqlite3.Connection, one: Happened, now: datetime, calendar: Calendar) -> None:
    """What is wrong with one task stops no other."""
    conn.execute("savepoint one")
    try:
        follow(conn, one, now, calendar)
    except (DialerError, LedgerError, ValueError) as error:
        conn.execute("rollback to one")
        log.error("nothing follows a call", extra={"call_id": one.call_id, "why": type(error).__name__})
    conn.execute("release one")


def follow(conn: sqlite3.Connection, one: Happened, now: datetime, calendar: Calendar = CHINA) -> None:
    """What follows one call or block: the duty's other way, the kind's further rounds, what was promised."""
    if why := elsewhere(one):
        fallback.discharge(conn, one.task_id, why, now, calendar)
    if one.call_id is None or one.task_status == "cancelled":
        return
    said = {one.outcome, one.reason, *aftermath.said(conn, one.call_id)}
    root = follow_ons.root(conn, one.task_id)
    for planned in follow_on.after_call(one.kind, root, said, json.loads(one.facts), one.at, calendar):
        follow_ons.plan(conn, planned, now)
    if one.task_status == "done" and one.task_outcome == "PROBLEM":
        callbacks.keep(conn, one, now)


def elsewhere(one: Happened) -> str:
    """Why the duty is not phoned any more; '' where it was discharged, or goes on by telephone."""
    if one.purpose != "duty":
        return ""
    if one.task_status == "blocked":
        reason = one.task_reason
        return reason if reason in BLOCKED or reason == "withdrawn" else ""
    if one.task_status != "done" or one.task_reason in HANDLED:
        return ""
    if one.task_outcome == "REFUSED":
        return "refused"
    return "attempts_used_up" if one.task_outcome in UNREACHED else ""


def _wait(conn: sqlite3.Connection, now: datetime, calendar: Calendar) -> bool:
    """Links and letters that nobody answered in time; a visit is its visitor's to end."""
    with transaction(conn):
        late = fallbacks.unanswered(conn, now, BATCH)
        for way in late:
            ways.unanswered(conn, way, now, calendar)
    return len(late) == BATCH


def _plan(conn: sqlite3.Connection, now: datetime, calendar: Calendar) -> bool:
    """The rounds that follow from the facts of contacts whom nobody looked at yet."""
    with transaction(conn):
        found = follow_ons.unplanned(conn, follow_on.dated(), BATCH)
        if found is None:
            return False
        for task_id, status, facts in found.tasks:
            if status not in ("spare", "cancelled"):
                for one in follow_on.first_rounds(found.kind, task_id, json.loads(facts), now, calendar):
                    follow_ons.plan(conn, one, now)
        follow_ons.mark(conn, found.campaign_id, found.last)
    return True


def _make(conn: sqlite3.Connection, now: datetime, calendar: Calendar) -> bool:
    """The planned rounds whose moment has come become tasks."""
    with transaction(conn):
        due = follow_ons.planned(conn, now, BATCH)
        for one in due:
            try:
                rounds.make(conn, one, now, calendar)
            except (DialerError, LedgerError, ValueError) as error:
                log.error("round not made", extra={"task_id": one.task_id, "why": str(error)})
                follow_ons.later(conn, one.follow_on_id, now + AGAIN)
    return len(due) == BATCH
