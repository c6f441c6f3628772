"""A call promised in a talk whose own task is over is made by an agent, from the standing campaign."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from dialer.errors import CampaignError
from ledger import aftermath, campaigns, script_life, standing, state
from ledger.aftermath import Happened
from ledger.standing import Standing, Wanted

CAMPAIGN = "热线回电"
KIND = "hotline"
"""The kind of the list that promises make."""
SCRIPT = "hotline-callback"


def standing_campaign(conn: sqlite3.Connection, from_number: int) -> Standing | None:
    """The campaign of promises in the words that are in force; None where nobody answers for any."""
    found = script_life.active(conn, SCRIPT)
    if found is None:
        return None
    of = (found.digest, found.version, found.purpose)
    return Standing(CAMPAIGN, KIND, *of, "cn_life", "preview", from_number)


def keep(conn: sqlite3.Connection, one: Happened, now: datetime) -> int | None:
    """Give what the call has promised to a task of the standing campaign, once; None: it promised nothing."""
    promised = [] if one.call_id is None else aftermath.unkept(conn, one.call_id)
    if not promised or one.call_id is None:
        return None
    parent = campaigns.get(conn, one.campaign_id)
    found = parent and standing_campaign(conn, parent.from_number)
    if not found:
        raise CampaignError(f'script "{SCRIPT}": no version is active; activate one to keep what is promised')
    call = state.read(conn, one.call_id).state
    _, kind, due_at = promised[0]
    not_before = due_at if kind == "appointment" and due_at else now
    reference = f"call {one.call_id}"
    task_id = standing.add(
        conn, found, Wanted(reference, call.number, call.customer_key, not_before, due_at), now
    )
    for appointment_id, _, _ in promised:
        aftermath.kept_by(conn, appointment_id, task_id)
    return task_id
