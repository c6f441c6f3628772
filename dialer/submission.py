"""One claimed call, from the last questions about it to the carrier's answer in the ledger."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import ledger
from dialer.carrier import Carrier
from dialer.clock import Clock
from dialer.inquiry import UNSURE, ask
from dialer.policy_source import Inquiry
from dialer.refusals import CarrierError, Kind
from ledger import calls, dialing
from ledger.records import CallState, Claimed, Ending

LATER = timedelta(seconds=30)
"""How long a task waits after a refusal that says nothing about its number."""

log = logging.getLogger("huifang.loop")
Decide = Callable[[CallState], Ending]


class Result(StrEnum):
    """What became of a submission."""

    PLACED = "placed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    LATER = "later"
    KEPT_BACK = "kept_back"
    UNANSWERED = "unanswered"


def submit(
    conn: sqlite3.Connection,
    carrier: Carrier,
    clock: Clock,
    claimed: Claimed,
    decide: Callable[[str, datetime], Decide],
    inquiry: Inquiry | None = None,
) -> Result:
    """Ask the core system, if one is to be asked, then the carrier for the call.

    Each step has a transaction of its own, so that a crash leaves its trace.

    An error that concerns every call is raised again, after the task was given back.
    """
    if inquiry and (why := ask(conn, inquiry, clock, claimed.call_id, give_back)):
        log.info("call not placed", extra={"call_id": claimed.call_id, "kind": why})
        return Result.UNANSWERED if why == UNSURE else Result.KEPT_BACK
    with ledger.transaction(conn):
        if not calls.placing(conn, claimed.call_id, clock.now()):
            log.info("call withdrawn before placing", extra={"call_id": claimed.call_id})
            return Result.WITHDRAWN
    try:
        sid = carrier.place(claimed.call_id, claimed.to_number, claimed.from_number)
    except CarrierError as error:
        return settle(conn, claimed.call_id, error, clock.now(), decide)
    with ledger.transaction(conn):
        calls.placed(conn, claimed.call_id, sid, clock.now())
    return Result.PLACED


def settle(
    conn: sqlite3.Connection,
    call_id: int,
    error: CarrierError,
    now: datetime,
    decide: Callable[[str, datetime], Decide],
) -> Result:
    """Write what a failed submission means."""
    log.warning("call not placed", extra={"call_id": call_id, "kind": error.kind.value, "code": error.code})
    with ledger.transaction(conn):
        if error.kind is Kind.UNKNOWN:
            calls.unknown(conn, call_id, now)
            return Result.UNKNOWN
        if error.kind is Kind.PERMANENT:
            calls.refused(conn, call_id, str(error.code), now, decide("invalid_number", now))
            return Result.REFUSED
        give_back(conn, call_id, "refused_for_now", now)
    if error.kind is Kind.SETUP:
        raise error
    return Result.LATER


def give_back(
    conn: sqlite3.Connection, call_id: int, reason: str, now: datetime, pause: timedelta = LATER
) -> None:
    """End a call that the carrier never took; its task comes back and loses no attempt."""
    dialing.not_an_attempt(conn, call_id, now)
    calls.refused(conn, call_id, reason, now, lambda _: Ending("NOT_COMPLETED", reason, now + pause))
