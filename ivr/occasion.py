"""What is true only of this call: who speaks, from which number, what may be offered, and how late it is."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from dialer.call_facts import Facts, call_facts
from dialer.ending import Book
from dialer.lists.phones import as_dialed
from dialer.opening import read_opening
from dialer.profile import load_profile
from ivr.home import Company
from ivr.hotline.facts import hotline_facts
from ledger import campaigns
from ledger.callers import Callback
from ledger.records import CallState

HOTLINE_PROFILE = load_profile("cn_life")
"""The calling rules by which times are offered where no campaign says otherwise."""


class Occasion:
    """Adds the facts of the moment to what the list says."""

    def __init__(self, company: Company, book: Book) -> None:
        self._company = company
        self._policy = book.policy
        self._callers: dict[int, str] = {}
        self._first = as_dialed(company.numbers[0])
        self._calendar = book.calendar
        self._opening = read_opening(company.working_days, company.other_days, book.calendar)

    def facts(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> Facts:
        """Return the facts of the contact together with those of this call, to be kept with it."""
        if call.direction == "inbound":
            return hotline_facts(
                conn, call, self._company, profile=HOTLINE_PROFILE, opening=self._opening, now=now
            )
        return self._facts(conn, call.campaign_id, call.facts, now)

    def of_task(self, conn: sqlite3.Connection, callback: Callback, now: datetime) -> Facts:
        """Return the facts with which a caller finishes a callback that was missed."""
        return {**self._facts(conn, callback.campaign_id, callback.facts, now), "direction": "inbound"}

    def _facts(self, conn: sqlite3.Connection, campaign_id: int | None, contact: str, now: datetime) -> Facts:
        profile = HOTLINE_PROFILE if campaign_id is None else self._policy(campaign_id)
        company = self._company.facts() | {"caller_number": self._caller(conn, campaign_id)}
        return call_facts(json.loads(contact), company, profile=profile, now=now, calendar=self._calendar)

    def _caller(self, conn: sqlite3.Connection, campaign_id: int | None) -> str:
        """The number that the campaign shows, as it is dialed; it never changes, and is read once."""
        if campaign_id is None:
            return self._first
        if campaign_id not in self._callers:
            found = campaigns.get(conn, campaign_id)
            self._callers[campaign_id] = as_dialed(found.from_number) if found else self._first
        return self._callers[campaign_id]
