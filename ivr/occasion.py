"""What is true only of this call: who speaks, from which number, what may be offered, and how late it is."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from dialer.call_facts import Facts, call_facts
from dialer.lists.phones import as_dialed
from dialer.profile import Profile, load_profile
from ivr.home import Company
from ledger import campaigns
from ledger.records import CallState

HOTLINE_PROFILE = "cn_life"
"""The calling rules by which times are offered where no campaign says otherwise."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a campaign settles for all its calls."""

    profile: Profile
    caller: int


class Occasion:
    """Adds the facts of the moment to what the list says; what a campaign settles is read once."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._rules: dict[int | None, Rule] = {}

    def profile(self, conn: sqlite3.Connection, campaign_id: int | None) -> Profile:
        """Return the calling rules of a campaign."""
        return self._rule(conn, campaign_id).profile

    def facts(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> Facts:
        """Return the facts of the contact together with those of this call, to be kept with it."""
        rule = self._rule(conn, call.campaign_id)
        company = self._company.facts() | {"caller_number": as_dialed(rule.caller)}
        return call_facts(json.loads(call.facts), company, profile=rule.profile, now=now)

    def _rule(self, conn: sqlite3.Connection, campaign_id: int | None) -> Rule:
        if campaign_id not in self._rules:
            found = campaigns.get(conn, campaign_id) if campaign_id is not None else None
            self._rules[campaign_id] = Rule(
                load_profile(found.profile if found else HOTLINE_PROFILE),
                found.from_number if found else self._company.numbers[0],
            )
        return self._rules[campaign_id]

