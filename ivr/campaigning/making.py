"""Make a campaign and move it from status to status, for pages, commands and other systems alike."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from dialer import rulebook
from dialer.calendar import Calendar
from dialer.campaigns import Plan, create_campaign
from dialer.errors import CampaignError
from dialer.gate import Rules
from dialer.profile import load_profile
from ivr.home import Company
from ledger import campaigns
from ledger.campaigns import Campaign, Share
from ledger.connection import transaction

MOVES = {"start": "running", "resume": "running", "pause": "paused", "stop": "stopped"}
OVER = ("stopped", "done")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody asks for; without a word the kind of list says which script and calling rules."""

    name: str
    list_id: int
    caller: str = ""
    script: str = ""
    profile: str = ""
    mode: str = campaigns.ROBOT
    unit: str = ""
    region: str = ""
    recipe: str = ""
    seed: str = ""
    again: bool = False
    share: Share = field(default_factory=Share)


def make(conn: sqlite3.Connection, draft: Draft, company: Company, calendar: Calendar, now: datetime) -> int:
    """Make a draft campaign and return its id, in a transaction of its own."""
    if campaigns.by_name(conn, draft.name):
        raise CampaignError(
            f"campaign {draft.name}: there is one of this name; choose another", "name_taken", name=draft.name
        )
    plan = Plan(
        draft.name,
        draft.list_id,
        _caller(conn, draft, company),
        company.facts(),
        draft.script,
        draft.profile,
        calendar=calendar,
        mode=draft.mode,
        unit=draft.unit,
        region=draft.region,
        recipe=draft.recipe,
        seed=draft.seed,
        again=draft.again,
    )
    campaign_id = create_campaign(conn, plan, now)
    if draft.share != Share():
        with transaction(conn):
            campaigns.set_share(conn, campaign_id, draft.share)
    return campaign_id


def _caller(conn: sqlite3.Connection, draft: Draft, company: Company) -> int:
    """The number that customers see; the first of the business line without a word."""
    line = rulebook.line_of(conn, draft.list_id)
    wanted = draft.caller.removeprefix("+")
    may = company.shown(line)
    number = next((number for number in may if wanted in ("", str(number))), None)
    if number is None:
        raise CampaignError(
            f"caller number {draft.caller}: company.toml does not list one for the line {line or 'none'}",
            "caller_unknown",
            number=draft.caller,
        )
    return number


def move(conn: sqlite3.Connection, found: Campaign, how: str, now: datetime, reason: str = "") -> str:
    """Start, pause, resume or, for good, stop a campaign, in a transaction; returns its status."""
    if found.status in OVER and how != "stop":
        raise CampaignError(f"campaign {found.campaign_id}: is {found.status}; make a new one of its list")
    if how == "stop":
        campaigns.stop(conn, found.campaign_id, reason, now)
    else:
        campaigns.set_status(conn, found.campaign_id, MOVES[how], now)
    return MOVES[how]


def rules_of(conn: sqlite3.Connection, found: Campaign, company: Company, calendar: Calendar) -> Rules:
    """What the gate decides by in this campaign."""
    return rulebook.rules_of(
        conn, found.campaign_id, company.callers(), load_profile(found.profile), calendar
    )
