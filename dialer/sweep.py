"""The sweeper: what answers and callbacks left open is asked for, so that nothing hangs for ever."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

import ledger
from dialer import aftermath
from dialer.calendar import CHINA, Calendar
from dialer.carrier import Carrier, CarrierCall
from dialer.ending import MACHINES
from dialer.errors import DialerError
from dialer.farewell import Farewell, ask, told, write
from dialer.refusals import CarrierError, Kind
from dialer.submission import Decide, give_back
from ledger import alarms, calls, crew, dialing
from ledger.records import OpenCall

GRACE = timedelta(minutes=2)
"""So long after its answer was lost the carrier may still show a call that it took."""
RING_BUFFER = timedelta(seconds=60)
"""Beyond the ringing time: for the carrier's queue and for callbacks on their way."""
SILENT = timedelta(minutes=2)
"""No turn waits so long; whoever is still on the line then hears nothing any more."""
ATTENDED = timedelta(seconds=60)
"""An agent may think longer over an answer, but must not sit before a line that is dead."""
STUCK = timedelta(minutes=10)
"""A call that the carrier still queues, rings or holds after so long without a word is ended."""
MAILBOX = timedelta(seconds=60)
"""An agent who has written down no answer after so long is listening to the machine that was heard."""
SKEW = timedelta(seconds=30)
"""How much the carrier's clock may be behind ours."""
ALARMS, STEPS = 500, 100
"""How many alarm points one transaction looks at, and how many such transactions a sweep makes at most."""
TRIES = 5
"""So many questions without an answer end a sweep: the carrier is down, and the next one asks again."""
NEVER = Event()

log = logging.getLogger("huifang.sweep")
Decisions = Callable[[str, datetime], Decide]


@dataclass(slots=True)
class Swept:
    """What one sweep did."""

    adopted: int = 0
    not_submitted: int = 0
    ended: int = 0
    hung_up: int = 0
    freed: int = 0
    alarms: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Broom:
    """One sweep: its connection, carrier, moment and decisions."""

    conn: sqlite3.Connection
    carrier: Carrier
    now: datetime
    decide: Decisions
    swept: Swept = field(default_factory=Swept)


def sweep_once(
    conn: sqlite3.Connection,
    carrier: Carrier,
    now: datetime,
    decide: Decisions,
    *,
    flying: Collection[int] = (),
    stop: Event = NEVER,
    calendar: Calendar = CHINA,
) -> Swept:
    """Look once at every call whose end is missing, at every desk, and at what follows what has ended.

    Calls that are just being submitted (`flying`) are left alone.
    """
    broom = Broom(conn, carrier, now, decide)
    open_calls = [call for call in calls.unsettled(conn, before=now) if call.call_id not in flying]
    for call in open_calls:
        if stop.is_set() or broom.swept.failed >= TRIES:
            break
        carefully(broom, call)
    broom.swept.freed = crew.settle(conn, now)
    aftermath.catch_up(conn, now, calendar=calendar, stop=stop)
    broom.swept.alarms = raise_alarms(conn, now)
    return broom.swept


def raise_alarms(conn: sqlite3.Connection, now: datetime) -> int:
    """Raise the alarms whose moment has come, in short transactions; what is left is the next sweep's."""
    raised = 0
    for _ in range(STEPS):
        with ledger.transaction(conn):
            looked_at, live = alarms.raise_due(conn, now, ALARMS)
        raised += live
        if looked_at < ALARMS:
            break
    return raised


def carefully(broom: Broom, call: OpenCall) -> None:
    """Look at one call; a carrier that cannot be asked now is asked at the next sweep."""
    try:
        look(broom, call)
    except CarrierError as error:
        if error.kind is Kind.SETUP:
            raise
        broom.swept.failed += 1
        log.warning("carrier not asked", extra={"call_id": call.call_id, "kind": error.kind.value})
    except DialerError as error:  # like calling rules that are gone: what is wrong with one stops no other
        log.error("call not looked at", extra={"call_id": call.call_id, "why": str(error)})


def look(broom: Broom, call: OpenCall) -> None:
    """Reconcile a lost submission, or ask after a call that has been silent for too long.

    What is only claimed was never asked for, because `placing` is written first: no agent waits for it.
    """
    if call.reserved and call.status == "claimed":
        withdraw(broom, call)
    elif not call.carrier_sid:
        reconcile(broom, call)
    elif is_mailbox(broom, call):
        hang_up(broom, call)
    elif broom.now - heard_of(broom, call) > patience(broom, call):
        ask_after(broom, call)


def heard_of(broom: Broom, call: OpenCall) -> datetime:
    """When the call last moved."""
    return dialing.last_heard(broom.conn, call.call_id) or call.claimed_at


def patience(broom: Broom, call: OpenCall) -> timedelta:
    """How long a call may be silent before the carrier is asked."""
    if call.attended:
        return ATTENDED
    if call.status == "in-progress":
        return SILENT
    return timedelta(seconds=broom.carrier.ring) + RING_BUFFER


def reconcile(broom: Broom, call: OpenCall) -> None:
    """A submission without an answer: adopt the carrier's call, or give the task back after the grace."""
    if call.status == "placing":
        with ledger.transaction(broom.conn):
            calls.unknown(broom.conn, call.call_id, broom.now)
    if found := match(broom, call):
        adopt(broom, call, found)
    elif broom.now - missing_since(broom, call) >= GRACE:
        withdraw(broom, call)


def withdraw(broom: Broom, call: OpenCall) -> None:
    """The carrier does not have the call: its task comes back and its agent is free."""
    with ledger.transaction(broom.conn):
        give_back(broom.conn, call.call_id, "not_submitted", broom.now)
    broom.swept.not_submitted += 1
    log.info("call was not submitted", extra={"call_id": call.call_id})


def is_mailbox(broom: Broom, call: OpenCall) -> bool:
    """Whether an agent has been put through to a machine and has written down no answer since."""
    if not call.attended or not call.answered_by.startswith(MACHINES) or call.turn > 0:
        return False
    return call.answered_at is not None and broom.now - call.answered_at > MAILBOX


def missing_since(broom: Broom, call: OpenCall) -> datetime:
    """When the answer was given up; a call that was only claimed waits from its claim."""
    return dialing.unknown_since(broom.conn, call.call_id) or call.claimed_at


def match(broom: Broom, call: OpenCall) -> CarrierCall | None:
    """The oldest call of the carrier's between the two numbers that no other row owns."""
    found = broom.carrier.find(call.to_number, call.from_number, call.claimed_at - SKEW)
    owned = dialing.owned(broom.conn, [one.sid for one in found])
    return next((one for one in found if one.sid not in owned), None)


def adopt(broom: Broom, call: OpenCall, found: CarrierCall) -> None:
    """The carrier had taken the call: from here on it is like any other."""
    with ledger.transaction(broom.conn):
        calls.placed(broom.conn, call.call_id, found.sid, broom.now)
    broom.swept.adopted += 1
    log.info("call found at the carrier", extra={"call_id": call.call_id, "carrier_sid": found.sid})
    if found.status in calls.ENDED:
        finish(broom, call, told(broom.carrier, found.sid, found, broom.now))


def ask_after(broom: Broom, call: OpenCall) -> None:
    """Take the carrier's word for a call without callbacks; end one that was silent for too long."""
    if farewell := ask(broom.carrier, call.carrier_sid, broom.now):
        finish(broom, call, farewell)
    elif not call.attended and broom.now - heard_of(broom, call) > STUCK:
        hang_up(broom, call)


def hang_up(broom: Broom, call: OpenCall) -> None:
    """End a call in which nobody speaks to anybody."""
    broom.carrier.end(call.carrier_sid)
    broom.swept.hung_up += 1
    log.warning("silent call ended", extra={"call_id": call.call_id, "carrier_sid": call.carrier_sid})


def finish(broom: Broom, call: OpenCall, farewell: Farewell) -> None:
    """Apply the carrier's last status as if its callback had come, and that of its recordings as well."""
    decide = broom.decide(farewell.update.status, broom.now)
    with ledger.transaction(broom.conn):
        broom.swept.ended += write(broom.conn, call.call_id, farewell, broom.now, decide)
