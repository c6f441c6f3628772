"""Standing campaigns: they run without an end, and each promise to call back becomes one of their tasks."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import campaigns, lists
from ledger.canonical import encode
from ledger.records import ContactRow, TaskRow

ACCEPTED = "update lists set rows = rows + 1, accepted = accepted + 1 where id = ?"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a standing campaign is made of the first time it is needed; its script is active.

    Another `version` of the script than the first one's has a campaign of its own.
    """

    name: str
    kind: str
    script_digest: str
    version: int
    purpose: str
    profile: str
    mode: str
    from_number: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A number to be called back: by when, and not before when; `reference` is unlike any other's.

    The customer's key is empty where the number alone is known.
    """

    reference: str
    number: int
    customer_key: str
    not_before: datetime
    due_by: datetime | None


def add(conn: sqlite3.Connection, standing: Standing, wanted: Wanted, now: datetime) -> int:
    """Make a contact of the number and a task of the contact; returns the task."""
    campaign_id, list_id = _campaign(conn, standing, now)
    row = ContactRow(
        row=_rows(conn, list_id) + 1,
        policy_no=wanted.reference,
        customer_key=wanted.customer_key,
        facts=encode({}),
        due_from=None,
        due_by=wanted.due_by,
        numbers=(wanted.number,),
    )
    (contact_id,) = lists.add_contacts(conn, list_id, [row], now)
    conn.execute(ACCEPTED, (list_id,))
    campaigns.add_tasks(
        conn, campaign_id, [TaskRow(contact_id, "", None, wanted.due_by, max(wanted.not_before, now))]
    )
    found: tuple[int] = conn.execute(
        "select id from tasks where campaign_id = ? and contact_id = ?", (campaign_id, contact_id)
    ).fetchone()
    return found[0]


def _rows(conn: sqlite3.Connection, list_id: int) -> int:
    row: tuple[int] = conn.execute("select rows from lists where id = ?", (list_id,)).fetchone()
    return row[0]


def _campaign(conn: sqlite3.Connection, standing: Standing, now: datetime) -> tuple[int, int]:
    first = campaigns.by_name(conn, standing.name)
    if first is None:
        return _opened(conn, standing, standing.name, _list(conn, standing, now), now)
    found = first
    if first.script_digest != standing.script_digest:
        name = f"{standing.name} · {standing.version}"
        other = campaigns.by_name(conn, name)
        if other is None:
            return _opened(conn, standing, name, first.list_id, now)
        found = other
    if found.status == "done":
        campaigns.set_status(conn, found.campaign_id, "running", now)
    return found.campaign_id, found.list_id


def _list(conn: sqlite3.Connection, standing: Standing, now: datetime) -> int:
    return lists.add_list(
        conn,
        kind=standing.kind,
        name=standing.name,
        digest=standing.name,
        encoding="",
        rows=0,
        accepted=0,
        refused=0,
        now=now,
    )


def _opened(
    conn: sqlite3.Connection, standing: Standing, name: str, list_id: int, now: datetime
) -> tuple[int, int]:
    campaign_id = campaigns.create(
        conn,
        name=name,
        list_id=list_id,
        script_digest=standing.script_digest,
        purpose=standing.purpose,
        from_number=standing.from_number,
        profile=standing.profile,
        mode=standing.mode,
        now=now,
    )
    campaigns.set_status(conn, campaign_id, "running", now)
    return campaign_id, list_id
