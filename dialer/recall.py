"""Hanging up what still rings when a refusal comes in, or news that it is no longer due, whoever wrote it.

A talk that has begun is not cut off: who has answered can say it, and is not called again.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from threading import Event

import ledger
from dialer.beside import beside
from dialer.carrier import Carrier
from dialer.clock import Clock
from dialer.refusals import CarrierError
from ledger import LedgerError, dialing, ringing

GLANCE = 0.2
"""How often, in real seconds, it is asked whether anybody has written to the ledger."""

log = logging.getLogger("huifang.recall")


def watched(database: Path, carrier: Carrier, clock: Clock) -> AbstractContextManager[None]:
    """Look after ringing calls in a thread of its own, as long as the block lasts."""
    return beside("recall", partial(watch, database, carrier, clock))


def watch(database: Path, carrier: Carrier, clock: Clock, stop: Event) -> None:
    """Look whenever somebody has written, until `stop` is set; what failed is tried again."""
    seen, ended = 0, set[int]()
    with closing(ledger.connect(database)) as conn:
        while not stop.is_set():
            version = dialing.version(conn)
            if version != seen and recall(conn, carrier, clock, ended):
                seen = version
            stop.wait(GLANCE)


def recall(conn: sqlite3.Connection, carrier: Carrier, clock: Clock, ended: set[int]) -> bool:
    """End every unanswered call that is forbidden by now, each once; False: look again soon."""
    try:
        for call in ringing.overtaken(conn, clock.now()):
            if call.call_id not in ended:
                hang_up(conn, carrier, clock, call)
                ended.add(call.call_id)
    except CarrierError as error:
        log.warning("carrier not asked to hang up", extra={"kind": error.kind.value})
        return False
    except (LedgerError, sqlite3.Error):
        log.warning("ledger not read or written")
        return False
    return True


def hang_up(conn: sqlite3.Connection, carrier: Carrier, clock: Clock, call: ringing.Ringing) -> None:
    """Withdraw one call at the carrier; one that is over meanwhile needs nothing."""
    if carrier.end(call.carrier_sid):
        with ledger.transaction(conn):
            ringing.recalled(conn, call, clock.now())
        log.info("ringing call ended", extra={"call_id": call.call_id, "kind": call.why})
