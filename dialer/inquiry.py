"""The question to the core system before a call is placed: is it still due, are the facts still true?"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta

import ledger
from dialer import updates
from dialer.clock import Clock
from dialer.errors import SourceError
from dialer.lists.kinds import load_kind
from dialer.policy_source import OPEN, Fresh, Inquiry, Subject
from ledger import fresh
from ledger.fresh import About

SOURCE = "policy source"
UNSURE, ENDED, MOVED = "policy_unknown", "no_longer_due", "number_changed"
"""Why a call was not placed: no answer; nothing is due any more; the customer has another number."""

log = logging.getLogger("huifang.inquiry")
GiveBack = Callable[[sqlite3.Connection, int, str, datetime, timedelta], None]


def ask(conn: sqlite3.Connection, inquiry: Inquiry, clock: Clock, call_id: int, give_back: GiveBack) -> str:
    """Why the call must not be placed now, its task given back or cancelled; '' where it may be.

    Nothing is locked while the answer is waited for; a call not placed is no attempt.
    """
    found = fresh.about(conn, call_id)
    if found is None or (inquiry.kinds and found.kind not in inquiry.kinds):
        return ""
    subject = Subject(found.key, load_kind(found.kind).key, found.kind, fresh.facts_of(found), found.number)
    try:
        said = inquiry.source.fresh(subject)
    except SourceError as error:
        log.warning("policy source without an answer", extra={"call_id": call_id, "kind": str(error)})
        said = None
    with ledger.transaction(conn):
        if fresh.about(conn, call_id) is None:
            return ""
        why = objection(subject, said)
        if why:
            pause = inquiry.again if why == UNSURE else timedelta()
            give_back(conn, call_id, why, clock.now(), pause)
        if said is not None:
            take_note(conn, found, subject, said, why, call_id, clock.now())
    return why


def objection(subject: Subject, said: Fresh | None) -> str:
    """Why the call must not be placed; '' where nothing speaks against it."""
    if said is None:
        return UNSURE
    if said.state != OPEN and updates.ends(said.state, subject.kind):
        return ENDED
    return MOVED if said.numbers and subject.number not in said.numbers else ""


def take_note(
    conn: sqlite3.Connection,
    found: About,
    subject: Subject,
    said: Fresh,
    why: str,
    call_id: int,
    now: datetime,
) -> None:
    """Write what was said: news of the policy, another number, or facts for this call."""
    if said.state != OPEN:
        updates.apply(
            conn, key=found.key, kind_of_key=subject.kind_of_key, state=said.state, source=SOURCE, now=now
        )
    if why == MOVED:
        fresh.dial_instead(conn, found, said.numbers[0], now, call_id)
    elif not why and said.facts:
        fresh.keep(conn, call_id, said.facts, now)
