"""Files to be imported: the queue of them, how far each is, and what became of it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger.times import timed, to_text

WAITING, WORKING, IMPORTED, FAILED = "waiting", "working", "imported", "failed"

INSERT = """
insert or ignore into intakes (kind, mapping, plan, digest, name, path, asked_by, status, asked_at)
values (:kind, :mapping, :plan, :digest, :name, :path, :asked_by, 'waiting', :at)
"""
INTAKES = """
select id, kind, mapping, plan, digest, name, path, asked_by, status, rows, list_id, campaign_id, report,
  asked_at, started_at, ended_at, put_away_at
from intakes
"""
SAME = "where digest = :digest and kind = :kind and mapping = :mapping and plan = :plan"
# What was being worked when the process was killed goes first: it is the oldest.
NEXT = "where status in ('waiting', 'working') order by id limit 1"
LYING = "where status in ('imported', 'failed') and put_away_at is null order by id"
AGAIN = """
update intakes set status = 'waiting', path = :path, rows = 0, report = '', ended_at = null,
  put_away_at = null
where id = :id and status = 'failed'
"""
BEGIN = "update intakes set status = 'working', started_at = ifnull(started_at, :at) where id = :id"
END = """
update intakes set status = :status, list_id = :list_id, campaign_id = :campaign_id, rows = :rows,
  report = :report, ended_at = :at
where id = :id
"""


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be imported: `digest` is of its bytes, `path` where it lies.

    `mapping` and `plan` are JSON or empty: headers with their columns, and the campaign that is made.
    """

    kind: str
    digest: str
    name: str
    path: str
    asked_by: str
    mapping: str = ""
    plan: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """A row of `intakes`; `rows` have been read so far, `report` is JSON at the end."""

    intake_id: int
    kind: str
    mapping: str
    plan: str
    digest: str
    name: str
    path: str
    asked_by: str
    status: str
    rows: int
    list_id: int | None
    campaign_id: int | None
    report: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    put_away_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether its report is written."""
        return self.status in (IMPORTED, FAILED)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a file."""

    status: str
    report: str
    rows: int = 0
    list_id: int | None = None
    campaign_id: int | None = None


def submit(conn: sqlite3.Connection, order: Order, now: datetime) -> Intake:
    """Queue a file and return its row: the same row for the same file asked for in the same way."""
    conn.execute(INSERT, _keys(order) | {"at": to_text(now)})
    found = conn.execute(INTAKES + SAME, _keys(order)).fetchone()
    return _intake(found)


def again(conn: sqlite3.Connection, intake_id: int, path: str) -> bool:
    """Queue a file that failed once more, from where it lies now; False when it has not failed."""
    return conn.execute(AGAIN, {"id": intake_id, "path": path}).rowcount == 1


def get(conn: sqlite3.Connection, intake_id: int) -> Intake | None:
    """The row of this number."""
    row = conn.execute(INTAKES + "where id = ?", (intake_id,)).fetchone()
    return None if row is None else _intake(row)


def listing(conn: sqlite3.Connection, *, limit: int, after: int = 0) -> list[Intake]:
    """The next `limit` rows with an id above `after`."""
    rows = conn.execute(INTAKES + "where id > ? order by id limit ?", (after, limit))
    return [_intake(row) for row in rows]


def latest(conn: sqlite3.Connection, limit: int) -> list[Intake]:
    """The newest rows, the newest first."""
    return [_intake(row) for row in conn.execute(INTAKES + "order by id desc limit ?", (limit,))]


def of_list(conn: sqlite3.Connection, list_id: int) -> Intake | None:
    """The file that a list came from, where it was taken in."""
    row = conn.execute(INTAKES + "where list_id = ? order by id desc limit 1", (list_id,)).fetchone()
    return None if row is None else _intake(row)


def upcoming(conn: sqlite3.Connection) -> Intake | None:
    """The file to be worked next; one whose work was cut off goes on."""
    row = conn.execute(INTAKES + NEXT).fetchone()
    return None if row is None else _intake(row)


def lying(conn: sqlite3.Connection) -> list[Intake]:
    """What is worked and was not yet put away."""
    return [_intake(row) for row in conn.execute(INTAKES + LYING)]


def begin(conn: sqlite3.Connection, intake_id: int, now: datetime) -> None:
    """Note that it is being worked."""
    conn.execute(BEGIN, {"id": intake_id, "at": to_text(now)})


def advance(conn: sqlite3.Connection, intake_id: int, rows: int) -> None:
    """Note how many rows were read."""
    conn.execute("update intakes set rows = ? where id = ?", (rows, intake_id))


def end(conn: sqlite3.Connection, intake_id: int, ended: Ended, now: datetime) -> None:
    """Note what became of it."""
    keys = {
        "id": intake_id,
        "status": ended.status,
        "list_id": ended.list_id,
        "campaign_id": ended.campaign_id,
        "rows": ended.rows,
        "report": ended.report,
        "at": to_text(now),
    }
    conn.execute(END, keys)


def put_away(conn: sqlite3.Connection, intake_id: int, path: str, now: datetime) -> None:
    """Note where the file lies from now on."""
    conn.execute("update intakes set path = ?, put_away_at = ? where id = ?", (path, to_text(now), intake_id))


def _keys(order: Order) -> dict[str, str]:
    return {
        "kind": order.kind,
        "digest": order.digest,
        "name": order.name,
        "path": order.path,
        "asked_by": order.asked_by,
        "mapping": order.mapping,
        "plan": order.plan,
    }


def _intake(row: sqlite3.Row) -> Intake:
    return Intake(*timed(row, 13, 14, 15, 16))
