"""The tasks of a campaign that are not over, as the gate sees them; read only, for a preview."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger import claim_facts
from ledger.claim_facts import FACTS, Asked
from ledger.records import ClaimFacts

WAITING = FACTS.format(index="", where="true") + " order by t.id"
ONE = FACTS.format(index="", where="t.contact_id = :contact_id")


def waiting(conn: sqlite3.Connection, asked: Asked) -> Iterator[ClaimFacts]:
    """The facts that a claim would read."""
    yield from claim_facts.read(conn, WAITING, asked, claim_facts.standing(conn, asked.campaign_id))
