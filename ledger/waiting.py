"""The tasks of a campaign that are not over, as the gate sees them; read only, for a preview."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from ledger import claim_facts
from ledger.claim_facts import FACTS, Asked
from ledger.records import ClaimFacts

WAITING = FACTS.format(index="", where="true")
ONE = FACTS.format(index="", where="t.contact_id = :contact_id")
KNOWN_BY = """
select t.contact_id from tasks t
where t.campaign_id = :campaign_id and t.status = 'ready' and t.contact_id in (
  select k.id from contacts k
  where k.list_id = (select list_id from campaigns where id = :campaign_id) and k.policy_no = :reference
  union select n.contact_id from numbers n where n.number = :number)
order by t.contact_id
"""


def waiting(conn: sqlite3.Connection, asked: Asked) -> Iterator[ClaimFacts]:
    """The facts that a claim would read."""
    yield from claim_facts.read(conn, WAITING, asked, claim_facts.standing(conn, asked.campaign_id))


def of_contact(conn: sqlite3.Connection, asked: Asked, contact_id: int) -> ClaimFacts | None:
    """The facts of the task that waits for a contact."""
    standing = claim_facts.standing(conn, asked.campaign_id)
    return next(claim_facts.read(conn, ONE, asked, standing, contact_id=contact_id), None)


def contacts(conn: sqlite3.Connection, campaign_id: int, reference: str, number: int | None) -> list[int]:
    """Whom the waiting tasks of a campaign are for that have this policy or claim number, or this number."""
    keys = {"campaign_id": campaign_id, "reference": reference, "number": number}
    return [contact_id for (contact_id,) in conn.execute(KNOWN_BY, keys)]
