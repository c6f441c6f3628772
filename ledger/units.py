"""Organisation units: a tree; who belongs to a unit sees what is its own or below it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import connection, events
from ledger.people import SEE_ALL, NameTaken, User

TREE = """
with recursive tree (id, name, parent_id, depth, path) as (
  select id, name, parent_id, 0, name from units where parent_id is null
  union all
  select u.id, u.name, u.parent_id, depth + 1, path || char(31) || u.name
  from units u join tree on u.parent_id = tree.id
)
select id, name, parent_id, depth from tree order by path
"""
BELOW = """
with recursive below (id) as (
  select ? union select u.id from units u join below on u.parent_id = below.id
)
select id from below
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of `units`; `depth` counts the units above it."""

    unit_id: int
    name: str
    parent_id: int | None
    depth: int


def add(conn: sqlite3.Connection, name: str, parent_id: int | None, now: datetime, *, by: int | None) -> int:
    """Add a unit below another, or at the top."""
    if conn.execute("select 1 from units where name = ?", (name,)).fetchone():
        raise NameTaken(f"unit {name}: there is one of this name; choose another")
    unit_id = connection.insert(conn, "insert into units (name, parent_id) values (?, ?)", (name, parent_id))
    events.append(conn, "unit_added", {"unit": unit_id, "parent": parent_id, "by": by}, now)
    return unit_id


def listing(conn: sqlite3.Connection) -> list[Unit]:
    """Every unit, each below its parent."""
    return [Unit(*row) for row in conn.execute(TREE)]


def by_name(conn: sqlite3.Connection, name: str) -> int | None:
    """The id of the unit with this name."""
    row = conn.execute("select id from units where name = ?", (name,)).fetchone()
    return None if row is None else int(row[0])


def below(conn: sqlite3.Connection, unit_id: int) -> frozenset[int]:
    """The unit and all below it."""
    return frozenset(row[0] for row in conn.execute(BELOW, (unit_id,)))


def scope(conn: sqlite3.Connection, user: User) -> frozenset[int] | None:
    """The units whose rows a person may see; None for all.

    A company without units is one whole; where there are units, a person who belongs to none sees nothing.
    """
    if user.role in SEE_ALL or conn.execute("select 1 from units limit 1").fetchone() is None:
        return None
    return frozenset() if user.unit_id is None else below(conn, user.unit_id)
