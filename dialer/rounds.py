"""A planned round becomes a task of a sibling campaign, whose every call the gate decides anew."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime

from dialer import follow_on
from dialer.calendar import CHINA, Calendar
from dialer.call_facts import call_facts
from dialer.campaigns import script_in_force
from dialer.errors import CampaignError
from dialer.follow_on import Rule
from dialer.hours import next_opening
from dialer.lists.kinds import load_kind
from dialer.profile import load_profile
from ledger import campaigns, follow_ons
from ledger.campaigns import Campaign
from ledger.follow_ons import Planned, Root
from ledger.records import TaskRow
from scripts.engine import missing
from scripts.model import Script

COMPANY = {"company": "公司", "hotline": "95500", "staff_name": "客服", "staff_no": "1"}
"""The company's own facts, which no list carries and every home has."""


def make(conn: sqlite3.Connection, one: Planned, now: datetime, calendar: Calendar = CHINA) -> int | None:
    """Make the round, in a transaction, and plan the next; None where the rule or its campaign is no more.

    A year whose holidays are not published has weekends only: the gate decides every call anew.
    """
    calendar = replace(calendar, guess=True)
    rule = follow_on.rule_of(one.kind, one.rule)
    parent = campaigns.get(conn, one.campaign_id)
    if rule is None or parent is None or parent.status == "stopped":
        follow_ons.cancel(conn, one.follow_on_id)
        return None
    script = script_in_force(conn, rule.script or load_kind(one.kind).script)
    campaign = _sibling(conn, parent, rule, one.round, script, now)
    if campaign.status == "stopped":
        follow_ons.cancel(conn, one.follow_on_id)
        return None
    task_id = follow_ons.make(conn, one, campaign.campaign_id, _task(one, campaign, script, now, calendar))
    if not rule.told:
        root = Root(one.task_id, one.rule, one.round)
        for following in follow_on.next_round(rule, root, json.loads(one.facts), now, calendar):
            follow_ons.plan(conn, following, now)
    return task_id


def _task(one: Planned, campaign: Campaign, script: Script, now: datetime, calendar: Calendar) -> TaskRow:
    profile = load_profile(campaign.profile)
    facts = call_facts({}, COMPANY, profile=profile, now=now, calendar=calendar)
    facts |= json.loads(one.facts) | json.loads(one.own_facts)
    facts["cooling_over"] = False
    return TaskRow(
        one.contact_id,
        ",".join(missing(script, facts)),
        one.due_from,
        one.due_by,
        next_opening(profile, max(one.due_from, now), calendar),
    )


def _sibling(
    conn: sqlite3.Connection, parent: Campaign, rule: Rule, number: int, script: Script, now: datetime
) -> Campaign:
    """The campaign of this round, made and started the first time; it goes on when it was done before."""
    found = follow_ons.sibling(conn, parent.campaign_id, rule.name, number)
    sibling_id = found.campaign_id if found else _opened(conn, parent, rule, number, script, now)
    if found is None or found.status == "done":
        campaigns.set_status(conn, sibling_id, "running", now)
    made = campaigns.get(conn, sibling_id)
    if made is None:
        raise CampaignError(f"campaign {sibling_id}: is gone; restore a backup")
    return made


def _opened(
    conn: sqlite3.Connection, parent: Campaign, rule: Rule, number: int, script: Script, now: datetime
) -> int:
    sibling_id = campaigns.create(
        conn,
        name=f"{parent.name} · {rule.title} {number}",
        list_id=parent.list_id,
        script_digest=script.digest,
        purpose=script.purpose,
        from_number=parent.from_number,
        profile=rule.profile or parent.profile,
        now=now,
        mode=parent.mode,
        unit_id=parent.unit_id,
    )
    follow_ons.add_sibling(conn, sibling_id, parent.campaign_id, rule.name, number)
    return sibling_id
