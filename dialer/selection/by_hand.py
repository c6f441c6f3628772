"""Leaving a contact out by hand: with a reason of the plan, evidence and the approval (S000-25)."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dialer.errors import CampaignError
from ledger import selection
from ledger.campaigns import Campaign
from ledger.selection import Exclusion

REASONS = ("already_notified", "reinstated", "surrendered", "negotiating")
"""Notified before the campaign began, with records; in force again; given up; in talks with the company."""


def exclude(
    conn: sqlite3.Connection, campaign: Campaign, policy_no: str, why: Exclusion, now: datetime
) -> None:
    """Take the contact of this policy or claim out of a campaign, in a transaction.

    `why.rule` is the reason, `why.user` who says so.
    """
    if why.rule not in REASONS:
        raise CampaignError(f'reason "{why.rule}": choose one of: {", ".join(REASONS)}')
    for name, value in (("evidence", why.evidence), ("approval", why.approval)):
        if not value.strip():
            raise CampaignError(f"{policy_no}: stays in without {name}; name the record that proves it")
    selection.exclude(conn, campaign.campaign_id, policy_no, why, now)
