"""Callers who wait for a person; their order is the ledger's, not the carrier's."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import events
from ledger.desks import AT_HAND, ON_SHIFT, UNIT_FITS, free_at
from ledger.records import Wish
from ledger.times import from_text, to_text

SUPERVISOR = "supervisor"
"""Why a caller waits who is to speak to a supervisor, if one sits at a free desk."""

JOIN = """
insert into waits (call_id, since, reason, rank, unit_id, until)
select c.id, :since, :reason, :rank, k.unit_id, :until
from calls c left join campaigns k on k.id = c.campaign_id where c.id = :call_id and c.ended_at is null
on conflict (call_id) do nothing
"""
PLACE = """
select w.since, w.until, w.reason, (select count(*) from waits o join calls k on k.id = o.call_id
  where k.ended_at is null and (o.rank, o.since, o.call_id) < (w.rank, w.since, w.call_id))
from waits w where w.call_id = ?
"""
MATCH = f"""
select w.call_id, d.user_id, w.since
from waits w join calls c on c.id = w.call_id cross join desks d join users s on s.id = d.user_id
where c.ended_at is null and {AT_HAND} and {UNIT_FITS.format(unit="w.unit_id")}
order by w.rank, w.since, w.call_id, w.reason = '{SUPERVISOR}' and s.role = 'supervisor' desc,
  d.state = 'ready' desc, d.since limit 1
"""
HOPELESS = f"""
select w.call_id from waits w join calls c on c.id = w.call_id
where c.ended_at is null and not exists (
  select 1 from desks d where {ON_SHIFT} and {UNIT_FITS.format(unit="w.unit_id")})
order by w.call_id
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands: how many are before, since when, and until when it is worth waiting."""

    since: datetime
    until: datetime
    reason: str
    ahead: int


@dataclass(frozen=True, slots=True)
class Match:
    """A caller and the agent who is free for them."""

    call_id: int
    user_id: int
    since: datetime


def join(conn: sqlite3.Connection, call_id: int, wish: Wish, now: datetime) -> None:
    """The caller begins to wait for an agent of the campaign's unit; who waits already keeps the place."""
    row = {"call_id": call_id, "since": to_text(now), "reason": wish.reason, "rank": wish.rank}
    if conn.execute(JOIN, {**row, "until": to_text(wish.until)}).rowcount:
        events.append(conn, "waiting", {"reason": wish.reason}, now, call_id)


def leave(conn: sqlite3.Connection, call_id: int) -> None:
    """The caller waits no longer."""
    conn.execute("delete from waits where call_id = ?", (call_id,))


def place(conn: sqlite3.Connection, call_id: int) -> Place | None:
    """Where the caller stands, None for one who does not wait."""
    row = conn.execute(PLACE, (call_id,)).fetchone()
    return None if row is None else Place(from_text(row[0]), from_text(row[1]), row[2], row[3])


def match(conn: sqlite3.Connection, now: datetime) -> Match | None:
    """The caller who waits longest for whom an agent is free, and the longest idle of these agents."""
    row = conn.execute(MATCH, free_at(now)).fetchone()
    return None if row is None else Match(row[0], row[1], from_text(row[2]))


def hopeless(conn: sqlite3.Connection, now: datetime) -> list[int]:
    """The callers for whom nobody is on shift; agents who talk or pause are."""
    return [call_id for (call_id,) in conn.execute(HOPELESS, free_at(now))]


def count(conn: sqlite3.Connection) -> int:
    """How many callers wait."""
    row: tuple[int] = conn.execute("select count(*) from waits").fetchone()
    return row[0]
