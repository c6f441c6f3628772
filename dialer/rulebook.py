"""What a campaign calls under, said in one place for the loop, offers, previews and explanations alike."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dialer import fallback
from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import CampaignError
from dialer.gate import Rules
from dialer.lists.kinds import kinds, load_kind
from dialer.profile import MARKETING, Profile
from ledger import campaigns, lists, script_life
from ledger.claim_facts import Asked
from scripts import packs

RENEWALS = frozenset({"renewal-due"})
"""The scripts that speak of a renewal though they sell nothing."""
DISCHARGED = frozenset({"do_not_call", "attempts_exhausted"})
"""The rules after which a duty goes on in another way than by telephone (A+4, S002-95, S002-96)."""


@dataclass(frozen=True, slots=True)
class Callers:
    """The company's own numbers: those of one business line, and those that every line may show."""

    every: frozenset[int]
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def of(self, line: str) -> frozenset[int]:
        """The numbers that calls of the line may show (S001-39); without a line, all of them."""
        if not line:
            return self.every.union(*self.lines.values())
        return self.every | self.lines.get(line, frozenset())


def rules_of(
    conn: sqlite3.Connection, campaign_id: int, callers: Callers, profile: Profile, calendar: Calendar = CHINA
) -> Rules:
    """What the gate decides by in a campaign."""
    campaign = campaigns.get(conn, campaign_id)
    if campaign is None:
        raise CampaignError(f"campaign {campaign_id}: there is none; see huifang campaign status")
    script = script_life.needed(conn, campaign.script_digest)
    line = line_of(conn, campaign.list_id)
    return Rules(
        profile,
        campaign.purpose,
        campaign.from_number,
        callers.of(line),
        calendar,
        line,
        packs.pack(script.region or packs.NATIONAL).filing,
        campaign.purpose == MARKETING or script.name in RENEWALS,
    )


def line_of(conn: sqlite3.Connection, list_id: int) -> str:
    """The business line of a list; none where promises made it, which are of any."""
    found = lists.get(conn, list_id)
    return load_kind(found.kind).line if found is not None and found.kind in kinds() else ""


def asked(campaign_id: int, rules: Rules, now: datetime) -> Asked:
    """Which facts the gate is told at this moment."""
    return Asked(campaign_id, now.astimezone(LOCAL).date(), rules.since(now))


def discharge(
    conn: sqlite3.Connection, task_id: int, rule: str, now: datetime, calendar: Calendar = CHINA
) -> None:
    """What follows when the gate has blocked a task: a duty goes on by link, visit or letter."""
    if rule in DISCHARGED:
        fallback.discharge(conn, task_id, rule, now, calendar)
