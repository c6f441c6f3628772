"""What the core system said just before a call: facts for this call, another number for the next one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.canonical import encode, sha256
from ledger.times import to_text

ABOUT = """
select t.id, k.id, k.policy_no, l.kind, k.facts, c.to_number
from calls c join tasks t on t.id = c.task_id join contacts k on k.id = t.contact_id
  join lists l on l.id = k.list_id
where c.id = ? and c.status = 'claimed'
"""
PLACE = "select min(position) from numbers where contact_id = ? and number = ?"
ADD = """
insert into numbers (contact_id, position, number)
select ?, ifnull(max(position), -1) + 1, ? from numbers where contact_id = ?
"""


@dataclass(frozen=True, slots=True)
class About:
    """Whom a claimed call is about; `facts` is what the list says, as JSON."""

    task_id: int
    contact_id: int
    key: str
    kind: str
    facts: str
    number: int


def about(conn: sqlite3.Connection, call_id: int) -> About | None:
    """Whom the call is about; None when it is not waiting to be placed any more."""
    row = conn.execute(ABOUT, (call_id,)).fetchone()
    return None if row is None else About(*row)


def keep(
    conn: sqlite3.Connection, call_id: int, facts: Mapping[str, str | int | bool], now: datetime
) -> None:
    """Let this call speak these facts in the place of its list's; the list stays as it was imported."""
    text = encode(facts)
    conn.execute("insert into fresh_facts values (?, ?, ?)", (call_id, text, to_text(now)))
    events.append(conn, "refreshed", {"facts": sorted(facts), "digest": sha256(text)}, now, call_id)


def dial_instead(conn: sqlite3.Connection, found: About, number: int, now: datetime, call_id: int) -> None:
    """The next call of the task goes to this number, once the gate has let it through."""
    (place,) = conn.execute(PLACE, (found.contact_id, number)).fetchone()
    if place is None:
        conn.execute(ADD, (found.contact_id, number, found.contact_id))
        (place,) = conn.execute(PLACE, (found.contact_id, number)).fetchone()
    conn.execute("update tasks set number_position = ? where id = ?", (place, found.task_id))
    events.append(conn, "number_changed", {"position": place}, now, call_id)


def facts_of(found: About) -> Mapping[str, object]:
    """What the list says."""
    known: Mapping[str, object] = json.loads(found.facts)
    return known
