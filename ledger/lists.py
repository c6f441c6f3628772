"""Imported lists: their contacts, numbers and refused rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ledger import events
from ledger.canonical import encode
from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.evidence import sealed
from ledger.records import ContactRow, RowError
from ledger.times import maybe_text, timed, to_text

LIST = """
insert into lists (kind, name, digest, encoding, rows, accepted, refused, created_at, path)
values (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
LISTS = """
select id, kind, name, digest, encoding, rows, accepted, refused, created_at, locked_at, path, content,
  reached, ignored, skipped
from lists
"""
CONTACT = """
insert into contacts
  (id, list_id, row, policy_no, customer_key, facts, due_from, due_by, flags, created_at, sheet)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
ERROR = """
insert into list_errors (list_id, row, field, code, reason, reason_en, sheet, remark)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
ERRORS = """
select row, field, code, reason, reason_en, sheet from list_errors where list_id = ? and remark = ?
order by sheet, row, id limit ?
"""
FINISHED = """
update lists set rows = :rows, content = :content, ignored = :ignored, skipped = :skipped,
  accepted = (select count(*) from contacts where list_id = :id),
  refused = (select count(*) from list_errors where list_id = :id and remark = 0)
where id = :id
returning kind, name, digest, rows, accepted, refused, content
"""
EARLIER = """
select k.customer_key, n.number
from json_each(:customers) j
  join contacts k on k.created_at >= :since and k.id = (
    select e.id from contacts e indexed by contacts_customer
    where e.customer_key = j.value
      and e.id < ifnull((select min(id) from contacts where list_id = :list_id), 9223372036854775807)
    order by e.id desc limit 1)
  join numbers n on n.contact_id = k.id
"""
SHARED = """
select k.id, k.row, k.sheet, k.flags
from json_each(:numbers) j cross join numbers n indexed by numbers_number on n.number = j.value
  join contacts k on k.id = n.contact_id
where k.list_id = :list_id group by k.id order by k.id
"""
CONTACTS = """
select k.id, k.row, k.policy_no, k.customer_key, k.facts, k.due_from, k.due_by, k.flags,
  (select json_group_array(number) from
    (select number from numbers n where n.contact_id = k.id order by position)),
  k.sheet
from contacts k where k.list_id = :list_id and k.id > :after order by k.id limit :limit
"""


time_text = lru_cache(maxsize=4096)(maybe_text)
"""The deadlines of a list are few."""


@dataclass(frozen=True, slots=True)
class ListRow:
    """A row of `lists`."""

    list_id: int
    kind: str
    name: str
    digest: str
    encoding: str
    rows: int
    accepted: int
    refused: int
    created_at: datetime
    locked_at: datetime | None
    path: str
    content: str
    reached: int
    ignored: tuple[str, ...]
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contact:
    """A stored contact; `facts` is JSON."""

    contact_id: int
    row: int
    policy_no: str
    customer_key: str
    facts: str
    due_from: datetime | None
    due_by: datetime | None
    flags: tuple[str, ...]
    numbers: tuple[int, ...]
    sheet: str = ""


def add_list(
    conn: sqlite3.Connection,
    *,
    kind: str,
    name: str,
    digest: str,
    encoding: str,
    rows: int,
    accepted: int,
    refused: int,
    now: datetime,
    path: str = "",
) -> int:
    """Open a list; the same file of the same kind cannot be stored twice (`find` it first)."""
    return insert(conn, LIST, (kind, name, digest, encoding, rows, accepted, refused, to_text(now), path))


def add_contacts(conn: sqlite3.Connection, list_id: int, rows: Sequence[ContactRow], now: datetime) -> range:
    """Store accepted rows with their numbers and return their ids.

    Ten thousand at a time, in a transaction each, keep other writers from waiting long. A list that is
    called from is locked and takes nothing more (S000-04).
    """
    if conn.execute("select 1 from lists where id = ? and locked_at is not null", (list_id,)).fetchone():
        raise LedgerError(f"list {list_id}: is locked; import what is to be added as a list of its own")
    first = conn.execute("select ifnull(max(id), 0) + 1 from contacts").fetchone()[0]
    at = to_text(now)
    conn.executemany(
        CONTACT,
        (
            (
                contact_id,
                list_id,
                row.row,
                row.policy_no,
                row.customer_key,
                row.facts,
                time_text(row.due_from),
                time_text(row.due_by),
                encode(row.flags) if row.flags else "[]",
                at,
                row.sheet,
            )
            for contact_id, row in enumerate(rows, first)
        ),
    )
    conn.executemany(
        "insert into numbers (contact_id, position, number) values (?, ?, ?)",
        (
            (contact_id, position, number)
            for contact_id, row in enumerate(rows, first)
            for position, number in enumerate(row.numbers)
        ),
    )
    return range(first, first + len(rows))


def add_errors(
    conn: sqlite3.Connection, list_id: int, errors: Iterable[RowError], *, remarks: bool = False
) -> None:
    """Store refused rows, or remarks about rows."""
    conn.executemany(
        ERROR,
        (
            (list_id, one.row, one.field, one.code, one.reason, one.reason_en, one.sheet, int(remarks))
            for one in errors
        ),
    )


def set_reached(conn: sqlite3.Connection, list_id: int, rows: int) -> None:
    """Note how many rows of the file are dealt with."""
    conn.execute("update lists set reached = ? where id = ?", (rows, list_id))


def finish(
    conn: sqlite3.Connection,
    list_id: int,
    *,
    rows: int,
    content: str,
    ignored: Sequence[str],
    skipped: Sequence[str],
    now: datetime,
) -> None:
    """Close an import: counts, what was not read, and the digest of its contacts, sealed by an event."""
    row = conn.execute(
        FINISHED,
        {
            "id": list_id,
            "rows": rows,
            "content": content,
            "ignored": encode(ignored),
            "skipped": encode(skipped),
        },
    ).fetchone()
    events.append(conn, "list", sealed({"lists": [(list_id, tuple(row))]}), now)


def earlier_numbers(
    conn: sqlite3.Connection, list_id: int, customers: Sequence[str], since: datetime
) -> dict[str, set[int]]:
    """The numbers of these customers where they were last in a list before this one."""
    found: dict[str, set[int]] = {}
    terms = {"customers": encode(sorted(set(customers))), "list_id": list_id, "since": to_text(since)}
    for customer, number in conn.execute(EARLIER, terms):
        found.setdefault(customer, set()).add(number)
    return found


def has_earlier(conn: sqlite3.Connection, list_id: int) -> bool:
    """Whether any list before this one has contacts."""
    found = conn.execute("select exists (select 1 from contacts where list_id < ?)", (list_id,)).fetchone()
    return bool(found[0])


def behind(
    conn: sqlite3.Connection, list_id: int, numbers: Sequence[int]
) -> list[tuple[int, int, str, list[str]]]:
    """The contacts of a list that have one of these numbers: id, row, sheet and flags."""
    rows = conn.execute(SHARED, {"numbers": encode(numbers), "list_id": list_id})
    return [(contact_id, row, sheet, json.loads(flags)) for contact_id, row, sheet, flags in rows]


def staff_numbers(conn: sqlite3.Connection) -> set[int]:
    """The telephone numbers of our own people."""
    return {number for (number,) in conn.execute("select phone from users where phone is not null")}


def find(conn: sqlite3.Connection, kind: str, digest: str) -> ListRow | None:
    """The list that was read from this very file."""
    row = conn.execute(LISTS + " where kind = ? and digest = ?", (kind, digest)).fetchone()
    return None if row is None else _list(row)


def get(conn: sqlite3.Connection, list_id: int) -> ListRow | None:
    """The list with this id."""
    row = conn.execute(LISTS + " where id = ?", (list_id,)).fetchone()
    return None if row is None else _list(row)


def listing(conn: sqlite3.Connection) -> list[ListRow]:
    """All lists, oldest first."""
    return [_list(row) for row in conn.execute(LISTS + " order by id")]


def list_errors(conn: sqlite3.Connection, list_id: int, limit: int = -1) -> list[RowError]:
    """The refused rows in the order of the file, or the first of them."""
    return [RowError(*row) for row in conn.execute(ERRORS, (list_id, 0, limit))]


def list_remarks(conn: sqlite3.Connection, list_id: int, limit: int = -1) -> list[RowError]:
    """The remarks about rows in the order of the file, or the first of them."""
    return [RowError(*row) for row in conn.execute(ERRORS, (list_id, 1, limit))]


def contacts(conn: sqlite3.Connection, list_id: int, *, after: int = 0, limit: int = -1) -> Iterator[Contact]:
    """The contacts of a list in the order of the file; only those after a contact, so many at most."""
    for row in conn.execute(CONTACTS, {"list_id": list_id, "after": after, "limit": limit}):
        flags, numbers = tuple(json.loads(row[7])), tuple(json.loads(row[8]))
        yield Contact(*timed([*row[:7], flags, numbers, row[9]], 5, 6))


def lock(conn: sqlite3.Connection, list_id: int, now: datetime) -> bool:
    """Close a list to changes, as when a campaign uses it; False when it was locked before."""
    cursor = conn.execute(
        "update lists set locked_at = ? where id = ? and locked_at is null", (to_text(now), list_id)
    )
    return cursor.rowcount == 1


def set_flags(conn: sqlite3.Connection, contact_id: int, flags: Sequence[str]) -> None:
    """Replace the flags of a contact."""
    conn.execute("update contacts set flags = ? where id = ?", (encode(flags), contact_id))


def mapping(conn: sqlite3.Connection, kind: str) -> dict[str, str]:
    """The columns that people gave headers of a kind."""
    return dict(
        conn.execute("select header, column_name from list_mappings where kind = ? order by header", (kind,))
    )


def map_header(conn: sqlite3.Connection, kind: str, header: str, column: str, now: datetime) -> None:
    """Keep a header's column for the next lists of the kind."""
    conn.execute(
        "insert or replace into list_mappings values (?, ?, ?, ?)", (kind, header, column, to_text(now))
    )


def forget_header(conn: sqlite3.Connection, kind: str, header: str) -> bool:
    """Take a header's column back; False when it had none."""
    found = conn.execute("delete from list_mappings where kind = ? and header = ?", (kind, header))
    return found.rowcount == 1


def _list(row: sqlite3.Row) -> ListRow:
    return ListRow(*timed([*row[:13], *(tuple(json.loads(names)) for names in row[13:])], 8, 9))
