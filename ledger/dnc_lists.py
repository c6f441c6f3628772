"""The do-not-call lists of others: which there are, how old they are, and what has left them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import events
from ledger.canonical import Json
from ledger.dnc import BATCH
from ledger.times import timed, to_text

DECLARE = """
insert into dnc_lists (name, purpose, scope, max_age, required) values (:name, :purpose, :scope, :max_age, 1)
on conflict (name) do update set purpose = :purpose, scope = :scope, max_age = :max_age, required = 1,
  digest = iif((purpose, scope) = (:purpose, :scope), digest, ''),
  etag = iif((purpose, scope) = (:purpose, :scope), etag, ''),
  modified = iif((purpose, scope) = (:purpose, :scope), modified, ''),
  fetched_at = iif((purpose, scope) = (:purpose, :scope), fetched_at, null)
where required = 0 or (purpose, scope, max_age) <> (:purpose, :scope, :max_age)
"""
LISTS = """
select id, name, purpose, scope, max_age, required, digest, rows, refused, etag, modified, fetched_at,
  checked_at, problem
from dnc_lists
"""
CURRENT = """
update dnc_lists set fetched_at = :fetched_at, checked_at = :at, etag = :etag, modified = :modified,
  problem = ''
where id = :list_id
"""
SWITCHED = "update dnc_lists set digest = ?, rows = ?, refused = ? where id = ?"
LISTED = """
select number, id, purpose, scope from dnc indexed by dnc_listed
where list_id = ? and revoked_at is null and (number, id) > (?, ?) order by number, id limit ?
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list that the company works with, as its configuration says; `max_age`: older ones stop the calls."""

    name: str
    purpose: str
    scope: str
    max_age: timedelta


@dataclass(frozen=True, slots=True)
class DncList:
    """A row of `dnc_lists`; `fetched_at` is when its keeper last said that this is how it stands."""

    list_id: int
    name: str
    purpose: str
    scope: str
    max_age: timedelta
    required: bool
    digest: str
    rows: int
    refused: int
    etag: str
    modified: str
    fetched_at: datetime | None
    checked_at: datetime | None
    problem: str

    def stale(self, now: datetime) -> bool:
        """Whether nobody knows how it stands now: never fetched, or too old."""
        return self.fetched_at is None or now - self.fetched_at > self.max_age

    def matters(self, purpose: str) -> bool:
        """Whether its entries could forbid calls of this purpose; duties pass a block of marketing (A+4)."""
        return self.purpose != "marketing" or purpose != "duty"


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of a list that was delivered: how its keeper names it, and as of when it holds."""

    as_of: datetime
    etag: str = ""
    modified: str = ""
    digest: str = ""
    rows: int = 0
    refused: int = 0


def declare(conn: sqlite3.Connection, wanted: Sequence[Wanted]) -> None:
    """Work with these lists and no others; the entries of a list that is left out stay in force.

    A list that forbids something else from now on counts as never fetched.
    """
    names = {one.name for one in wanted}
    for one in wanted:
        age = int(one.max_age.total_seconds())
        conn.execute(DECLARE, {"name": one.name, "purpose": one.purpose, "scope": one.scope, "max_age": age})
    for row in listing(conn):
        if row.required and row.name not in names:
            conn.execute("update dnc_lists set required = 0 where id = ?", (row.list_id,))


def required(conn: sqlite3.Connection) -> set[Wanted]:
    """The lists that are worked with now."""
    return {Wanted(row.name, row.purpose, row.scope, row.max_age) for row in listing(conn) if row.required}


def listing(conn: sqlite3.Connection) -> list[DncList]:
    """Every list that was ever worked with."""
    return [_list(row) for row in conn.execute(LISTS + "order by id")]


def named(conn: sqlite3.Connection, name: str) -> DncList | None:
    """The list of this name."""
    row = conn.execute(LISTS + "where name = ?", (name,)).fetchone()
    return None if row is None else _list(row)


def stale(conn: sqlite3.Connection, purpose: str, now: datetime) -> tuple[str, ...]:
    """The required lists without which nobody knows whether calls of this purpose are allowed."""
    return tuple(
        row.name for row in listing(conn) if row.required and row.matters(purpose) and row.stale(now)
    )


def current(conn: sqlite3.Connection, list_id: int, edition: Edition, now: datetime) -> None:
    """Its keeper says that nothing has changed."""
    keys = {"etag": edition.etag, "modified": edition.modified, "fetched_at": to_text(edition.as_of)}
    conn.execute(CURRENT, {"list_id": list_id, "at": to_text(now), **keys})


def switched(conn: sqlite3.Connection, row: DncList, edition: Edition, now: datetime) -> None:
    """A new version is wholly in force; sealed with its digest."""
    current(conn, row.list_id, edition, now)
    conn.execute(SWITCHED, (edition.digest, edition.rows, edition.refused, row.list_id))
    said: dict[str, Json] = {"name": row.name, "digest": edition.digest, "count": edition.rows}
    said["as_of"] = to_text(edition.as_of)
    events.append(conn, "dnc_list", said, now)


def failed(conn: sqlite3.Connection, list_id: int, problem: str, now: datetime) -> None:
    """It could not be had; what is known of it stays in force and grows older."""
    conn.execute(
        "update dnc_lists set checked_at = ?, problem = ? where id = ?", (to_text(now), problem, list_id)
    )


def vanished(conn: sqlite3.Connection, row: DncList, numbers: Iterable[int]) -> Iterator[list[int]]:
    """The ids of entries whose numbers, rising, have left the list or stood for something else."""
    walk, after = iter(numbers), (-1, 0)
    kept = next(walk, None)
    while entries := conn.execute(LISTED, (row.list_id, *after, BATCH)).fetchall():
        gone = []
        for number, dnc_id, purpose, scope in entries:
            while kept is not None and kept < number:
                kept = next(walk, None)
            if kept != number or (purpose, scope) != (row.purpose, row.scope):
                gone.append(dnc_id)
        after = entries[-1][:2]
        if gone:
            yield gone


def _list(row: sqlite3.Row) -> DncList:
    values = timed(row, 11, 12)
    values[4], values[5] = timedelta(seconds=values[4]), bool(values[5])
    return DncList(*values)
