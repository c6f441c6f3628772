"""A small filled ledger for the tests of this room."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ledger import campaigns, lists, script_life, transaction
from ledger.canonical import sha256
from ledger.claims import Gate, Terms, claim
from ledger.records import (
    Action,
    CallState,
    Claimed,
    ClaimFacts,
    ContactRow,
    Ending,
    TaskRow,
    TurnRecord,
    Verdict,
)
from ledger.times import to_text

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
FIRST_NUMBER = 8613800000000
HOTLINE = 95500


@dataclass(frozen=True)
class Words:
    """A script as the ledger knows it."""

    name: str = "nb"
    version: int = 1
    canonical: str = "{}"
    title: str = "新契约"
    purpose: str = "duty"
    region: str = ""

    @property
    def digest(self) -> str:
        return sha256(self.canonical)


DIGEST = Words().digest
"""The digest of the script that these calls are made with."""


def later(**span: float) -> datetime:
    return NOW + timedelta(**span)


def contact(
    row: int, *, numbers: Sequence[int] = (), customer: str = "", due_by: datetime | None = None
) -> ContactRow:
    return ContactRow(
        row=row,
        policy_no=f"P{row:08}",
        customer_key=customer or f"customer-{row}",
        facts='{"name":"王"}',
        due_from=None,
        due_by=due_by or NOW + timedelta(days=10, minutes=row),
        numbers=tuple(numbers) or (FIRST_NUMBER + row,),
    )


OFFICER = 0
"""Somebody of compliance, who answers for the scripts of tests; the people of a test count from one."""


def officer(conn: sqlite3.Connection) -> int:
    """The officer, who is there now."""
    conn.execute(
        "insert or ignore into users (id, name, role, created_at) values (?, 'officer', 'compliance', ?)",
        (OFFICER, to_text(NOW)),
    )
    return OFFICER


def in_force(conn: sqlite3.Connection, words: script_life.Words, now: datetime = NOW) -> str:
    """Words that went all the way until they are active; in a transaction."""
    digest = script_life.draft(conn, words, None, now)
    if script_life.needed(conn, digest).status == script_life.DRAFT:
        script_life.checked(conn, digest, 0, now)
        script_life.approve(conn, digest, officer(conn), now)
        script_life.activate(conn, digest, officer(conn), now, filing=False)
    return digest


def campaign(
    conn: sqlite3.Connection,
    rows: Sequence[ContactRow],
    *,
    purpose: str = "duty",
    name: str = "new policies",
    next_at: datetime = NOW,
    mode: str = "robot",
    unit_id: int | None = None,
) -> int:
    """A running campaign whose tasks are these contacts, in this order."""
    with transaction(conn):
        list_id = lists.add_list(
            conn, kind="new_policy", name=name, digest=name, encoding="gb18030",
            rows=len(rows), accepted=len(rows), refused=0, now=NOW,
        )  # fmt: skip
        ids = lists.add_contacts(conn, list_id, rows, NOW)
        lists.lock(conn, list_id, NOW)
        in_force(conn, Words(purpose=purpose))
        campaign_id = campaigns.create(
            conn, name=name, list_id=list_id, script_digest=DIGEST, purpose=purpose,
            from_number=HOTLINE, profile="default", now=NOW, mode=mode, unit_id=unit_id,
        )  # fmt: skip
        campaigns.add_tasks(
            conn,
            campaign_id,
            [TaskRow(i, "", row.due_from, row.due_by, next_at) for i, row in zip(ids, rows, strict=True)],
        )
        campaigns.set_status(conn, campaign_id, "running", NOW)
    return campaign_id


def allow(facts: ClaimFacts) -> Verdict:
    return Verdict(Action.ALLOW, "allowed", "1")


def allow_unlisted(facts: ClaimFacts) -> Verdict:
    return Verdict(Action.BLOCK, "dnc", "1") if facts.dnc else allow(facts)


def claim_some(
    conn: sqlite3.Connection, campaign_id: int, *, limit: int = 1, gate: Gate = allow, now: datetime = NOW
) -> list[Claimed]:
    return claim(conn, Terms(campaign_id, now, TODAY, gate, HOTLINE), limit)


def said(reply: str = '{"say":[]}', **more: object) -> TurnRecord:
    return TurnRecord(heard="{}", reply=reply, progress="{}", **more)  # type: ignore[arg-type]


def ending(outcome: str = "NOT_COMPLETED", reason: str = "busy", **more: object) -> Ending:
    return Ending(outcome, reason, more.pop("next_at", None), **more)  # type: ignore[arg-type]


def done(state: CallState) -> Ending:
    return ending()
