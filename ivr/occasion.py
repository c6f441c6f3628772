"""What is true only of this call: who speaks, what may be offered, and how late it is."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from dialer.call_facts import Facts, call_facts
from dialer.profile import Profile, load_profile
from ivr.home import Company
from ledger import campaigns
from ledger.records import CallState

HOTLINE_PROFILE = "cn_life"
"""The calling rules by which times are offered where no campaign says otherwise."""


class Occasion:
    """Adds the facts of the moment to what the list says; a campaign's calling rules are read once."""

    def __init__(self, company: Company) -> None:
        self._company = company.facts()
        self._profiles: dict[int | None, Profile] = {}

    def profile(self, conn: sqlite3.Connection, campaign_id: int | None) -> Profile:
        """Return the calling rules of a campaign."""
        if campaign_id not in self._profiles:
            self._profiles[campaign_id] = load_profile(_profile_name(conn, campaign_id))
        return self._profiles[campaign_id]

    def facts(self, conn: sqlite3.Connection, call: CallState, now: datetime) -> Facts:
        """Return the facts of the contact together with those of this call, to be kept with it."""
        profile = self.profile(conn, call.campaign_id)
        return call_facts(json.loads(call.facts), self._company, profile=profile, now=now)


def _profile_name(conn: sqlite3.Connection, campaign_id: int | None) -> str:
    campaign = campaigns.get(conn, campaign_id) if campaign_id is not None else None
    return campaign.profile if campaign else HOTLINE_PROFILE
