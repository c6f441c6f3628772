"""Who is calling, by the number alone: enough to serve them, nothing to be said before they proved it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import to_text

ELDER = 60
"""From this age on a person answers first (B25)."""
CUSTOMERS = """
select k.customer_key, max(ifnull(json_extract(k.facts, '$.age'), 0))
from numbers n join contacts k on k.id = n.contact_id
where n.number = ? and k.customer_key <> '' group by k.customer_key
"""
# Called before in vain, or broken off; the callback that was begun comes first, then the most urgent.
CALLBACK = """
select t.id, t.campaign_id, c.script_digest, k.facts, t.resume
from contacts k join tasks t on t.contact_id = k.id join campaigns c on c.id = t.campaign_id
  join scripts s on s.digest = c.script_digest and s.status in ('active', 'superseded')
where k.customer_key = :customer_key and t.status = 'ready' and t.attempts > 0 and t.missing = ''
  and c.status in ('running', 'paused') and c.purpose = 'duty'
order by t.resume = '', ifnull(t.due_by, '9999'), t.id limit 1
"""
FACTS = """
select facts from contacts where customer_key = :customer_key order by facts = '{}', id desc limit 1
"""
ACCIDENT = """
select exists (select 1 from calls c join appointments a on a.call_id = c.id
  where c.from_number = :number and c.direction = 'inbound' and a.kind = 'surveyor' and a.status = 'open'
    and a.made_at >= :since)
"""
COMPLAINT = """
select exists (select 1 from calls c join problems p on p.call_id = c.id
  where c.from_number = :number and c.direction = 'inbound' and p.code = 'P20' and p.status = 'open'
    and p.opened_at >= :since)
"""
CALLED = """
select exists (select 1 from calls
  where task_id = :task_id and to_number = :number and direction = 'outbound')
"""


@dataclass(frozen=True, slots=True)
class Callback:
    """A task whose callback the customer missed or broke off; `facts` and `resume` are JSON."""

    task_id: int
    campaign_id: int
    script_digest: str
    facts: str
    resume: str


@dataclass(frozen=True, slots=True)
class Caller:
    """What the number tells; with several customers behind it nothing but what is true of all of them.

    `facts` is JSON: what the customer's last list says.
    """

    customer_key: str = ""
    facts: str = "{}"
    elder: bool = False
    callback: Callback | None = None


def recognise(conn: sqlite3.Connection, number: int) -> Caller:
    """The caller behind a number; nobody, or several, are nobody in particular."""
    found = conn.execute(CUSTOMERS, (number,)).fetchall()
    elder = bool(found) and all(age >= ELDER for _, age in found)
    if len(found) != 1:
        return Caller(elder=elder)
    key = {"customer_key": found[0][0]}
    facts = conn.execute(FACTS, key).fetchone()[0]
    return Caller(key["customer_key"], facts, elder, missed(conn, key["customer_key"]))


def missed(conn: sqlite3.Connection, customer_key: str) -> Callback | None:
    """The callback that the customer can finish now."""
    row = conn.execute(CALLBACK, {"customer_key": customer_key}).fetchone()
    return None if row is None else Callback(*row)


def open_matter(conn: sqlite3.Connection, number: int, callback: Callback | None, since: datetime) -> str:
    """What is open of the number itself, most urgent first: `accident`, `callback`, `complaint` or `none`.

    Only what whoever has the telephone knows: it reported, it complained, or it was called for the callback.
    """
    keys = {"number": number, "since": to_text(since), "task_id": callback.task_id if callback else None}
    if not number:
        return "none"
    for matter, statement in (("accident", ACCIDENT), ("callback", CALLED), ("complaint", COMPLAINT)):
        if conn.execute(statement, keys).fetchone()[0]:
            return matter
    return "none"
