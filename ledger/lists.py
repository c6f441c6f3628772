"""Imported lists: their contacts, numbers and refused rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.canonical import encode
from ledger.connection import insert
from ledger.errors import LedgerError
from ledger.records import ContactRow, RowError
from ledger.times import maybe_text, timed, to_text

LIST = """
insert into lists (kind, name, digest, encoding, rows, accepted, refused, created_at)
values (?, ?, ?, ?, ?, ?, ?, ?)
"""
LISTS = "select id, kind, name, digest, encoding, rows, accepted, refused, created_at, locked_at from lists"
CONTACT = """
insert into contacts (id, list_id, row, policy_no, customer_key, facts, due_from, due_by, flags, created_at)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
CONTACTS = """
select k.id, k.row, k.policy_no, k.customer_key, k.facts, k.due_from, k.due_by, k.flags,
  (select json_group_array(number) from
    (select number from numbers n where n.contact_id = k.id order by position))
from contacts k where k.list_id = ? order by k.id
"""


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
) -> int:
    """Open a list; the same file of the same kind cannot be stored twice (`find` it first)."""
    return insert(conn, LIST, (kind, name, digest, encoding, rows, accepted, refused, to_text(now)))


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
                maybe_text(row.due_from),
                maybe_text(row.due_by),
                encode(row.flags),
                at,
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


def add_errors(conn: sqlite3.Connection, list_id: int, errors: Iterable[RowError]) -> None:
    """Store the refused rows."""
    conn.executemany(
        "insert into list_errors (list_id, row, field, code, reason) values (?, ?, ?, ?, ?)",
        ((list_id, error.row, error.field, error.code, error.reason) for error in errors),
    )


def set_counts(conn: sqlite3.Connection, list_id: int, *, rows: int, accepted: int, refused: int) -> None:
    """Correct the counts when the whole file is read."""
    conn.execute(
        "update lists set rows = ?, accepted = ?, refused = ? where id = ?",
        (rows, accepted, refused, list_id),
    )


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


def list_errors(conn: sqlite3.Connection, list_id: int) -> list[RowError]:
    """The refused rows in the order of the file."""
    rows = conn.execute(
        "select row, field, code, reason from list_errors where list_id = ? order by row, id", (list_id,)
    )
    return [RowError(*row) for row in rows]


def contacts(conn: sqlite3.Connection, list_id: int) -> Iterator[Contact]:
    """The contacts of a list in the order of the file."""
    for row in conn.execute(CONTACTS, (list_id,)):
        flags, numbers = tuple(json.loads(row[7])), tuple(json.loads(row[8]))
        yield Contact(*timed([*row[:7], flags, numbers], 5, 6))


def lock(conn: sqlite3.Connection, list_id: int, now: datetime) -> bool:
    """Close a list to changes, as when a campaign uses it; False when it was locked before."""
    cursor = conn.execute(
        "update lists set locked_at = ? where id = ? and locked_at is null", (to_text(now), list_id)
    )
    return cursor.rowcount == 1


def set_flags(conn: sqlite3.Connection, contact_id: int, flags: Sequence[str]) -> None:
    """Replace the flags of a contact."""
    conn.execute("update contacts set flags = ? where id = ?", (encode(flags), contact_id))


def _list(row: sqlite3.Row) -> ListRow:
    return ListRow(*timed(row, 8, 9))
