"""What the gate is to know of a waiting task; one reading for claims, offers and previews."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ledger import dnc
from ledger.records import ClaimFacts, PastCall
from ledger.times import from_text, to_text

PAST = 100
"""So many earlier calls are told to the gate; no cap may be higher."""
EVER = datetime.min.replace(tzinfo=UTC)
"""Since when earlier calls count where they count for good."""

# A list that no file made, of promises to call back, grows and is never locked.
STANDING = """
select script_digest, mode, unit_id,
  exists (select 1 from scripts s where s.digest = script_digest and s.status in ('active', 'superseded')),
  exists (select 1 from script_steps s where s.digest = script_digest and s.status = 'filed'),
  exists (select 1 from lists l where l.id = list_id and (l.locked_at is not null or l.encoding = ''))
from campaigns where id = ?
"""
# Who is in no other list or campaign and was never tried has no earlier calls; the others' are looked for.
FACTS = """
select t.id, t.contact_id, n.number, k.customer_key, t.missing, t.attempts,
  iif(t.attempts_day = :today, t.attempts_today, 0), t.last_attempt_at, t.due_from, t.due_by,
  exists (select 1 from calls o where o.to_number = n.number and o.ended_at is null)
    or exists (select 1 from calls o
      where o.from_number = n.number and o.direction = 'inbound' and o.ended_at is null),
  ifnull(k.facts ->> 'zone', ''), ifnull(json_type(k.facts, '$.consent') = 'true', 0),
  ifnull(k.facts ->> 'expires_on', ''),
  t.attempts > 0
    or exists (select 1 from tasks q indexed by tasks_of_contact where q.contact_id = k.id and q.id <> t.id)
    or exists (select 1 from numbers m indexed by numbers_number
      where m.number = n.number and m.contact_id <> k.id)
    or exists (select 1 from contacts p indexed by contacts_customer
      where p.customer_key = k.customer_key and p.id <> k.id and k.customer_key <> ''),
  exists (select 1 from dnc_numbers d where d.number = n.number)
    or exists (select 1 from dnc_customers d where d.customer_key = k.customer_key)
from tasks t {index}
  join contacts k on k.id = t.contact_id
  left join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
where t.campaign_id = :campaign_id and t.status = 'ready' and {where}
"""
# What the carrier never took rang nowhere.
CALLS = f"""
select c.claimed_at, c.outcome, c.answered_at is not null and c.ended_at is not null and c.turn < 0,
  c.ended_at is null
from calls c where c.id in (
    select o.id from contacts p indexed by contacts_customer
      cross join tasks q indexed by tasks_of_contact on q.contact_id = p.id
      cross join calls o indexed by calls_task on o.task_id = q.id
    where p.customer_key = :customer_key and :customer_key <> ''
    union all
    select o.id from numbers m indexed by numbers_number
      cross join tasks q indexed by tasks_of_contact on q.contact_id = m.contact_id
      cross join calls o indexed by calls_task on o.task_id = q.id
    where m.number = :number and o.to_number = :number)
  and c.claimed_at > :since and c.direction = 'outbound' and c.status not in ('withdrawn', 'refused')
order by c.claimed_at desc limit {PAST}
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for every task of a campaign at this moment."""

    script_digest: str
    mode: str
    unit_id: int | None
    script_in_force: bool
    script_filed: bool
    list_locked: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which campaign and by which day the facts are; earlier calls count that were made after `since`."""

    campaign_id: int
    today: date
    since: datetime


def standing(conn: sqlite3.Connection, campaign_id: int) -> Standing:
    """How script and list of a campaign stand."""
    digest, mode, unit_id, in_force, filed, locked = conn.execute(STANDING, (campaign_id,)).fetchone()
    return Standing(digest, mode, unit_id, bool(in_force), bool(filed), bool(locked))


def read(
    conn: sqlite3.Connection, query: str, asked: Asked, stands: Standing, **keys: int
) -> Iterator[ClaimFacts]:
    """The facts of the tasks that the query, made of FACTS, finds."""
    of = {"campaign_id": asked.campaign_id, "today": asked.today.isoformat(), **keys}
    since = to_text(asked.since)
    for row in conn.execute(query, of):
        yield _facts(conn, row, since, stands)


def _facts(conn: sqlite3.Connection, row: tuple[Any, ...], since: str, stands: Standing) -> ClaimFacts:
    task_id, contact_id, number, customer_key, missing, attempts, attempts_today = row[:7]
    in_progress = bool(row[10])
    past = _past(conn, number, customer_key, since) if row[14] else ()
    return ClaimFacts(
        task_id,
        contact_id,
        number,
        customer_key,
        missing,
        attempts,
        attempts_today,
        row[7] and from_text(row[7]),
        row[8] and from_text(row[8]),
        row[9] and from_text(row[9]),
        in_progress or (bool(past) and any(call.is_open for call in past)),
        stands.script_in_force,
        stands.script_filed,
        stands.list_locked,
        row[11],
        bool(row[12]),
        row[13],
        past,
        dnc.entries(conn, number, customer_key) if row[15] else (),
    )


def _past(
    conn: sqlite3.Connection, number: int | None, customer_key: str, since: str
) -> tuple[PastCall, ...]:
    keys = {"number": number, "customer_key": customer_key, "since": since}
    rows = conn.execute(CALLS, keys)
    return tuple(PastCall(from_text(at), outcome, bool(silent), bool(o)) for at, outcome, silent, o in rows)
