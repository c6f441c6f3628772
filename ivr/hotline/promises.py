"""What a caller is promised becomes a task of the standing campaign, unless the call has one of its own."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import replace
from datetime import datetime

from dialer.callbacks import standing_campaign
from ivr.home import Company
from ledger import callers, standing, waits
from ledger.records import CallState, Promise, TurnRecord
from ledger.standing import Standing, Wanted

log = logging.getLogger(__name__)

TASKS = ("callback", "appointment")
"""The promises that somebody keeps by calling."""
KEPT = "keep_place"
"""The answer of who does not want to wait on the line."""


class Promises:
    """Makes tasks of the promises of calls that came in."""

    def __init__(self, company: Company) -> None:
        self._from = company.numbers[0]

    def kept(
        self, conn: sqlite3.Connection, call: CallState, record: TurnRecord, now: datetime
    ) -> TurnRecord:
        """The record, whose promises name their tasks; a call that has a task leaves the promise to it."""
        wanted = [promise for promise in record.promises if promise.kind in TASKS]
        if call.direction != "inbound" or call.task_id is not None or not call.number or not wanted:
            return record
        campaign = standing_campaign(conn, self._from)
        if campaign is None:
            log.error("promised callbacks have no script in force", extra={"call_id": call.call_id})
            return record
        task_id = self._task(conn, call, record, wanted[0], campaign, now)
        named = [replace(one, task_id=task_id) if one in wanted else one for one in record.promises]
        return replace(record, promises=tuple(named))

    def _task(
        self,
        conn: sqlite3.Connection,
        call: CallState,
        record: TurnRecord,
        promise: Promise,
        campaign: Standing,
        now: datetime,
    ) -> int:
        not_before = promise.due_at if promise.kind == "appointment" and promise.due_at else now
        wanted = Wanted(
            reference=f"call {call.call_id}",
            number=call.number,
            customer_key=callers.recognise(conn, call.number).customer_key,
            not_before=not_before,
            due_by=_place(conn, call, record) or promise.due_at,
        )
        return standing.add(conn, campaign, wanted, now)


def _place(conn: sqlite3.Connection, call: CallState, record: TurnRecord) -> datetime | None:
    """Since when the caller waited whose place is kept: the task is due before those of later callers."""
    if all(answer.category != KEPT for answer in record.answers):
        return None
    place = waits.place(conn, call.call_id)
    return place.since if place else None
