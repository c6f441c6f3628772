"""Supervisors who listen in: what each may join, noted before the line is there; only the note counts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from ledger import desks, events
from ledger.errors import NotAllowed
from ledger.times import timed, to_text

LISTEN, WHISPER, STEP_IN = "listen", "whisper", "step_in"
MODES = (LISTEN, WHISPER, STEP_IN)
"""Heard by nobody, by the agent alone, by everybody."""

NOTE = """
insert into listens (user_id, call_id, agent_id, mode, leg_sid, at)
values (:user_id, :call_id, :agent_id, :mode, null, :at)
on conflict (user_id) do update set call_id = :call_id, mode = :mode, at = :at,
  leg_sid = iif(agent_id = :agent_id, leg_sid, null), agent_id = :agent_id
"""
NOTED = """
select l.user_id, l.call_id, l.agent_id, l.mode, l.leg_sid, l.at, d.leg_sid, d.room_sid from listens l
  join desks d on d.user_id = l.agent_id and d.call_id = l.call_id and d.state = 'talking'
  join users u on u.id = l.user_id and u.disabled_at is null and u.role = 'supervisor'
where l.user_id = ?
"""
BESIDE = "select leg_sid from listens where agent_id = ? and leg_sid is not null"
BEHIND = f"""
select leg_sid from listens o where leg_sid is not null and not exists ({NOTED.replace("?", "o.user_id")})
"""


@dataclass(frozen=True, slots=True)
class Listen:
    """A row of `listens` whose call still stands in the agent's room; the last two are the agent's."""

    user_id: int
    call_id: int
    agent_id: int
    mode: str
    leg_sid: str | None
    at: datetime
    agent_leg: str | None
    room_sid: str | None


def note(conn: sqlite3.Connection, user_id: int, call_id: int, mode: str, now: datetime) -> Listen:
    """The supervisor may join this call from now on; NotAllowed when no agent talks on it."""
    desk = desks.of_call(conn, call_id)
    if desk is None or desk.state != desks.TALKING or desk.leg_sid is None:
        raise NotAllowed("nobody_talks")
    if mode not in MODES:
        raise NotAllowed("no_such_mode")
    keys = {
        "user_id": user_id,
        "call_id": call_id,
        "agent_id": desk.user_id,
        "mode": mode,
        "at": to_text(now),
    }
    conn.execute(NOTE, keys)
    events.append(conn, "supervised", {"by": user_id, "agent": desk.user_id, "mode": mode}, now, call_id)
    noted = get(conn, user_id)
    assert noted is not None
    return noted


def get(conn: sqlite3.Connection, user_id: int) -> Listen | None:
    """What a supervisor may join at this moment."""
    row = conn.execute(NOTED, (user_id,)).fetchone()
    return None if row is None else Listen(*timed(row, 5))


def beside(conn: sqlite3.Connection, agent_id: int) -> list[str]:
    """The lines of supervisors in an agent's room."""
    return [leg_sid for (leg_sid,) in conn.execute(BESIDE, (agent_id,))]


def behind(conn: sqlite3.Connection) -> list[str]:
    """The lines of supervisors whose call has left the agent, or who are supervisors no more."""
    return [leg_sid for (leg_sid,) in conn.execute(BEHIND)]


def joined(conn: sqlite3.Connection, user_id: int, leg_sid: str) -> str | None:
    """The supervisor's line is in the room; returns the one that it replaces, if any."""
    row = conn.execute("select leg_sid from listens where user_id = ?", (user_id,)).fetchone()
    conn.execute("update listens set leg_sid = ? where user_id = ?", (leg_sid, user_id))
    return row[0] if row and row[0] != leg_sid else None


def elsewhere(conn: sqlite3.Connection, user_id: int, call_id: int) -> str | None:
    """The supervisor's line in the room of another agent than this call's."""
    desk, row = desks.of_call(conn, call_id), get(conn, user_id)
    return row.leg_sid if row and (desk is None or row.agent_id != desk.user_id) else None


def left(conn: sqlite3.Connection, user_id: int, leg_sid: str, now: datetime) -> None:
    """The supervisor's line is gone, and with it the permission; that of a newer line stays."""
    row = conn.execute(
        "delete from listens where user_id = ? and leg_sid = ? returning call_id", (user_id, leg_sid)
    ).fetchone()
    if row is not None:
        events.append(conn, "supervised_no_more", {"by": user_id}, now, row[0])
