"""Who must not be called: the history of entries, and beside it the compact tables a claim looks at."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ledger import audit, connection, events
from ledger.canonical import Row, digest
from ledger.connection import transaction
from ledger.errors import LedgerError
from ledger.evidence import SealedRow, sealed
from ledger.records import DncEntry
from ledger.times import from_text, maybe_moment, maybe_text, timed, to_text

# What other writers wait for at most: four thousand sorted rows are a few hundredths of a second.
BATCH = 4_000

INSERT = """
insert into dnc (number, customer_key, purpose, scope, reason, source, call_id, starts_at, ends_at,
  created_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LISTED = """
insert into dnc (number, customer_key, purpose, scope, reason, source, call_id, starts_at, ends_at,
  created_at, list_id)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
HISTORY = """
select id, number, customer_key, purpose, scope, reason, source, call_id, starts_at, ends_at, revoked_at,
  revoke_reason, revoked_by
from dnc
"""
# What a source names already is left alone; an entry that has ended, or was taken back, is made anew.
UNNAMED = """
select value from json_each(:numbers) where not exists (select 1 from dnc d where d.number = value
  and d.source = :source and d.purpose = :purpose and d.scope = :scope and d.revoked_at is null
  and (d.ends_at is null or d.ends_at > :at))
"""
# No index leads from a policy to its contacts but that of each list: lists are few.
CUSTOMER = """
select distinct k.customer_key from lists l
  cross join contacts k indexed by contacts_policy on k.list_id = l.id and k.policy_no = ?
"""
ENTRIES = """
select purpose, scope, starts_at, ends_at, reason from dnc where number = :number and revoked_at is null
union all
select purpose, scope, starts_at, ends_at, reason from dnc
where customer_key = :customer_key and revoked_at is null
"""


WISHES = """
select id from dnc where revoked_at is null and (source = 'call' or source like 'wish %')
  and (number in (select value from json_each(:numbers)) or customer_key = :customer_key)
order by id
"""


@dataclass(frozen=True, slots=True)
class DncRow:
    """A row of `dnc`; revoked and expired ones are history."""

    dnc_id: int
    number: int | None
    customer_key: str | None
    purpose: str
    scope: str
    reason: str
    source: str
    call_id: int | None
    starts_at: datetime
    ends_at: datetime | None
    revoked_at: datetime | None
    revoke_reason: str = ""
    revoked_by: str = ""

    def active(self, now: datetime) -> bool:
        """Whether it forbids a call at this moment."""
        ends = self.ends_at is None or now < self.ends_at
        return self.revoked_at is None and self.starts_at <= now and ends


@dataclass(frozen=True, slots=True)
class Origin:
    """Who names the numbers of an import, and what they forbid; `list_id`: an external list."""

    source: str
    purpose: str
    scope: str = "company"
    reason: str = "import"
    ends_at: datetime | None = None
    list_id: int | None = None


def add(
    conn: sqlite3.Connection,
    *,
    numbers: Sequence[int],
    customer_key: str,
    purpose: str,
    scope: str,
    reason: str,
    source: str,
    call_id: int | None,
    starts_at: datetime,
    ends_at: datetime | None,
    now: datetime,
) -> list[int]:
    """Forbid these numbers, and the customer if the key is not empty; return the ids of the entries."""
    if not numbers and not customer_key:
        raise LedgerError("do-not-call: neither a number nor a customer; name at least one")
    tail = (purpose, scope, reason, source, call_id, to_text(starts_at), maybe_text(ends_at))
    written = insert(conn, numbers, customer_key, tail, now)
    events.append(conn, "dnc", sealed({"dnc": written}), now, call_id)
    return [dnc_id for dnc_id, _ in written]


def insert(
    conn: sqlite3.Connection,
    numbers: Iterable[int],
    customer_key: str,
    tail: Row,
    now: datetime,
) -> list[SealedRow]:
    """Write the rows and the compact tables, without an event: the caller's event seals what is returned."""
    keys: list[tuple[int | None, str | None]] = [(number, None) for number in dict.fromkeys(numbers)]
    if customer_key:
        keys.append((None, customer_key))
    written = []
    for key in keys:
        row = (*key, *tail)
        written.append((connection.insert(conn, INSERT, (*row, to_text(now))), row))
    _forbid(conn, keys)
    return written


def numbers_of(conn: sqlite3.Connection, customer_key: str) -> list[int]:
    """Every number known under a customer's key, in any list."""
    rows = conn.execute(
        "select distinct n.number from contacts c join numbers n on n.contact_id = c.id"
        " where c.customer_key = ?",
        (customer_key,),
    )
    return [number for (number,) in rows]


def customers_of(conn: sqlite3.Connection, number: int) -> list[str]:
    """The customers who are known under a number, in any list."""
    rows = conn.execute(
        "select distinct c.customer_key from numbers n join contacts c on c.id = n.contact_id"
        " where n.number = ? and c.customer_key <> ''",
        (number,),
    )
    return [customer_key for (customer_key,) in rows]


def around(conn: sqlite3.Connection, number: int) -> tuple[list[int], str]:
    """What a refusal of a number forbids: the number, and the customer it belongs to with all their numbers.

    Where several customers have it, it may be an agent's or a neighbour's: the number alone.
    """
    found = customers_of(conn, number)
    if len(found) != 1:
        return [number], ""
    return [number, *numbers_of(conn, found[0])], found[0]


def holders_of(conn: sqlite3.Connection, policy_no: str) -> list[str]:
    """The customers whom lists name with this policy or claim number."""
    return [customer_key for (customer_key,) in conn.execute(CUSTOMER, (policy_no,)) if customer_key]


def take_back(
    conn: sqlite3.Connection, number: int, customer_key: str, now: datetime
) -> list[tuple[int, Row]]:
    """Take back every wish that was said in a call, of a number and of a customer with all numbers.

    The caller's event seals what is returned.
    """
    at = to_text(now)
    numbers = [number, *(numbers_of(conn, customer_key) if customer_key else ())]
    keys = {"numbers": json.dumps(numbers), "customer_key": customer_key}
    found = [dnc_id for (dnc_id,) in conn.execute(WISHES, keys).fetchall()]
    return [(dnc_id, (at,)) for dnc_id in found if _taken_back(conn, dnc_id, at)]


def revoke(conn: sqlite3.Connection, dnc_id: int, now: datetime, *, reason: str, by: str) -> bool:
    """Take an entry back and say why and who did; False when there is none or it was taken back before."""
    if not reason.strip():
        raise LedgerError(f"do-not-call: entry {dnc_id}: taken back without a reason; give one")
    return bool(revoke_all(conn, [dnc_id], now, reason=reason, by=by))


def revoke_all(conn: sqlite3.Connection, ids: Iterable[int], now: datetime, *, reason: str, by: str) -> int:
    """Take entries back in one event, noted in the audit; returns how many were in force."""
    row = (to_text(now), reason.strip(), by)
    taken = [(dnc_id, row) for dnc_id in ids if _taken_back(conn, dnc_id, *row)]
    if taken:
        events.append(conn, "dnc_revoked", sealed({"revocations": taken}), now)
        subject = f"dnc:{taken[0][0]}" if len(taken) == 1 else "dnc"
        audit.note(conn, by, "dnc_revoked", subject, now)
    return len(taken)


def _taken_back(conn: sqlite3.Connection, dnc_id: int, at: str, reason: str = "", by: str = "") -> bool:
    row = conn.execute(
        "update dnc set revoked_at = ?, revoke_reason = ?, revoked_by = ? where id = ? and revoked_at is null"
        " returning number, customer_key",
        (at, reason, by, dnc_id),
    ).fetchone()
    if row is None:
        return False
    conn.execute(
        "delete from dnc_numbers where number = :key"
        " and not exists (select 1 from dnc where number = :key and revoked_at is null)",
        {"key": row[0]},
    )
    conn.execute(
        "delete from dnc_customers where customer_key = :key"
        " and not exists (select 1 from dnc where customer_key = :key and revoked_at is null)",
        {"key": row[1]},
    )
    return True


def entries(conn: sqlite3.Connection, number: int | None, customer_key: str) -> tuple[DncEntry, ...]:
    """What the gate judges: every entry not taken back, by number and by customer."""
    rows = conn.execute(ENTRIES, {"number": number, "customer_key": customer_key})
    return tuple(
        DncEntry(purpose, scope, from_text(starts_at), maybe_moment(ends_at), reason)
        for purpose, scope, starts_at, ends_at, reason in rows
    )


def forbids(
    conn: sqlite3.Connection, number: int | None, customer_key: str, purpose: str, now: datetime
) -> bool:
    """Whether an entry in force stops a call of this purpose."""
    return any(
        entry.forbids(purpose) and entry.starts_at <= now and (entry.ends_at is None or now < entry.ends_at)
        for entry in entries(conn, number, customer_key)
    )


def check(conn: sqlite3.Connection, number: int) -> list[DncRow]:
    """All entries that ever forbade this number, or a customer known under it, oldest first."""
    rows = conn.execute(
        HISTORY + "where number = :number or customer_key in (select c.customer_key from numbers n"
        " join contacts c on c.id = n.contact_id where n.number = :number) order by id",
        {"number": number},
    )
    return [_row(row) for row in rows]


def listing(conn: sqlite3.Connection, *, limit: int, after: int = 0) -> list[DncRow]:
    """The next `limit` entries with an id above `after`."""
    rows = conn.execute(HISTORY + "where id > ? order by id limit ?", (after, limit))
    return [_row(row) for row in rows]


def import_many(
    conn: sqlite3.Connection, numbers: Iterable[int], *, purpose: str, source: str, now: datetime
) -> int:
    """Forbid numbers in transactions of its own; those this source named before are left alone.

    Returns how many were new.
    """
    return sum(import_sorted(conn, sorted(set(numbers)), Origin(source, purpose), now))


def import_sorted(
    conn: sqlite3.Connection, numbers: Iterable[int], origin: Origin, now: datetime
) -> Iterator[int]:
    """Forbid rising numbers, each batch in a transaction and an event; yields how many of each were new.

    Rising, because random inserts into a large table cost ten times as much. Cut off and begun again, it
    writes only what is missing.
    """
    walk = iter(numbers)
    while batch := list(islice(walk, BATCH)):
        with transaction(conn):
            added = _import_batch(conn, batch, origin, now)
        yield added


def _import_batch(conn: sqlite3.Connection, batch: list[int], origin: Origin, now: datetime) -> int:
    at = to_text(now)
    keys = {"source": origin.source, "purpose": origin.purpose, "scope": origin.scope, "at": at}
    new = [number for (number,) in conn.execute(UNNAMED, keys | {"numbers": json.dumps(batch)})]
    if not new:
        return 0
    first = conn.execute("select ifnull(max(id), 0) + 1 from dnc").fetchone()[0]
    tail = (origin.purpose, origin.scope, origin.reason, origin.source, None, at, maybe_text(origin.ends_at))
    rows = [(number, None, *tail) for number in new]
    conn.executemany(LISTED, [(*row, at, origin.list_id) for row in rows])
    _forbid(conn, [(number, None) for number in new])
    events.append(
        conn, "dnc_imported", {"imported": [first, first + len(new) - 1], "rows": digest(rows)}, now
    )
    return len(new)


def _forbid(conn: sqlite3.Connection, keys: Sequence[tuple[int | None, str | None]]) -> None:
    numbers = [(number,) for number, _ in keys if number is not None]
    customers = [(customer,) for _, customer in keys if customer is not None]
    conn.executemany("insert or ignore into dnc_numbers (number) values (?)", numbers)
    conn.executemany("insert or ignore into dnc_customers (customer_key) values (?)", customers)


def _row(row: sqlite3.Row) -> DncRow:
    return DncRow(*timed(row, 8, 9, 10))
