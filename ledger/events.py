"""The chain of events: each carries the digest of the one before, so that none changes unnoticed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger import task_ends
from ledger.canonical import Json, encode, sha256
from ledger.connection import snapshot
from ledger.errors import LedgerError
from ledger.evidence import Witness
from ledger.times import to_text

GENESIS = "0" * 64
INSERT = "insert into events (id, call_id, kind, data, at, prev_hash, hash) values (?, ?, ?, ?, ?, ?, ?)"

SCRIPTS_OF_CALL = """
select script_digest from calls where id = :call_id
union select script_digest from parts where call_id = :call_id
"""
ALTERED_PARTS = """
select c.id from calls c left join parts p on p.id = (select max(o.id) from parts o where o.call_id = c.id)
where c.direction = 'inbound' and (:call_id is null or c.id = :call_id) and (p.id is null and c.turn >= 0
  or (c.script_digest, ifnull(c.task_id, 0), ifnull(c.campaign_id, 0))
    <> (p.script_digest, ifnull(p.task_id, 0), ifnull(p.campaign_id, 0)))
"""
# The status of a version, and which it is, as its last step says; what was removed is gone.
ALTERED_LIVES = f"""
select s.digest from scripts s
  left join script_steps l on l.id = (select max(o.id) from script_steps o where o.digest = s.digest)
where (:call_id is null or s.digest in ({SCRIPTS_OF_CALL}))
  and ((s.status <> ifnull(l.status, 'kept'))
    or (l.id is not null and (s.name, s.version, s.region) <> (l.name, l.version, l.region)))
union select l.digest from script_steps l
where l.id = (select max(o.id) from script_steps o where o.digest = l.digest) and l.status <> 'removed'
  and l.digest not in (select digest from scripts)
  and (:call_id is null or l.digest in ({SCRIPTS_OF_CALL}))
"""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, before it has its place in the chain."""

    kind: str
    data: Mapping[str, Json]
    call_id: int | None = None


def append(
    conn: sqlite3.Connection, kind: str, data: Mapping[str, Json], now: datetime, call_id: int | None = None
) -> int:
    """Add one event to the chain and return its id."""
    return append_all(conn, (Event(kind, data, call_id),), now)


def append_all(conn: sqlite3.Connection, happened: Sequence[Event], now: datetime) -> int:
    """Add events in their order and return the id of the last."""
    if not conn.in_transaction:
        raise LedgerError("ledger: an event outside of a transaction; wrap the write in ledger.transaction")
    event_id, previous = _head(conn)
    at = to_text(now)
    rows = []
    for event in happened:
        event_id += 1
        data = encode(event.data)
        link = _hash(previous, event_id, event.kind, event.call_id, at, data)
        rows.append((event_id, event.call_id, event.kind, data, at, previous, link))
        previous = link
    conn.executemany(INSERT, rows)
    return event_id


def count(conn: sqlite3.Connection) -> int:
    """How long the chain is."""
    row: tuple[int] = conn.execute("select count(*) from events").fetchone()
    return row[0]


def verify(conn: sqlite3.Connection) -> list[str]:
    """Recompute the whole chain and compare every sealed row with it; each finding names a row.

    Everything is read as it was at one moment, so that a running campaign disturbs nothing.
    """
    with snapshot(conn):
        return _verified(conn)


def _verified(conn: sqlite3.Connection) -> list[str]:
    witness = Witness(conn)
    event_id, previous = 0, GENESIS
    for row in conn.execute("select id, call_id, kind, data, at, prev_hash, hash from events order by id"):
        if row[0] != event_id + 1 or row[5] != previous:
            witness.findings.append(f"events {row[0]}: does not follow event {event_id}")
        _check(witness, *row)
        event_id, previous = row[0], row[6]
    return [
        *witness.findings,
        *witness.strangers(),
        *_altered_scripts(conn),
        *_altered_parts(conn),
        *task_ends.unproven(conn),
    ]


def verify_call(conn: sqlite3.Connection, call_id: int) -> list[str]:
    """The same for the events and rows of one call."""
    with snapshot(conn):
        return _verified_call(conn, call_id)


def _verified_call(conn: sqlite3.Connection, call_id: int) -> list[str]:
    witness = Witness(conn)
    rows = conn.execute(
        "select id, call_id, kind, data, at, prev_hash, hash from events where call_id = ? order by id",
        (call_id,),
    )
    for row in rows.fetchall():
        if row[5] != _hash_of(conn, row[0] - 1):
            witness.findings.append(f"events {row[0]}: does not follow event {row[0] - 1}")
        _check(witness, *row)
    return [
        *witness.findings,
        *witness.strangers(call_id),
        *_altered_scripts(conn, call_id),
        *_altered_parts(conn, call_id),
    ]


def _altered_scripts(conn: sqlite3.Connection, call_id: int | None = None) -> Iterator[str]:
    """Scripts whose text does not fit the digest that calls pin, or whose status does not fit their steps."""
    limit = "" if call_id is None else f" where digest in ({SCRIPTS_OF_CALL})"
    for digest, canonical in conn.execute(
        f"select digest, canonical from scripts{limit}", {"call_id": call_id}
    ):
        if sha256(canonical) != digest:
            yield f"scripts {digest[:12]}: its text does not fit its digest"
    for (digest,) in conn.execute(ALTERED_LIVES, {"call_id": call_id}):
        yield f"scripts {digest[:12]}: differs from its last step"


def _altered_parts(conn: sqlite3.Connection, call_id: int | None = None) -> Iterator[str]:
    """Calls that came in and say something else than their last part, which is sealed."""
    for (altered,) in conn.execute(ALTERED_PARTS, {"call_id": call_id}):
        yield f"calls {altered}: differs from its last part"


def _head(conn: sqlite3.Connection) -> tuple[int, str]:
    row = conn.execute("select id, hash from events order by id desc limit 1").fetchone()
    return (0, GENESIS) if row is None else row


def _hash(previous: str, event_id: int, kind: str, call_id: int | None, at: str, data: str) -> str:
    return sha256(f"{previous}\n{event_id}\n{kind}\n{call_id or ''}\n{at}\n{data}")


def _hash_of(conn: sqlite3.Connection, event_id: int) -> str | None:
    if event_id == 0:
        return GENESIS
    row = conn.execute("select hash from events where id = ?", (event_id,)).fetchone()
    return None if row is None else str(row[0])


def _check(
    witness: Witness,
    event_id: int,
    call_id: int | None,
    kind: str,
    data: str,
    at: str,
    previous: str,
    link: str,
) -> None:
    if link != _hash(previous, event_id, kind, call_id, at, data):
        witness.findings.append(f"events {event_id}: its hash does not fit its content")
        return
    witness.compare(event_id, call_id, json.loads(data))
