"""Desks: what each agent is doing, and who of them may be given a call."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger import events
from ledger.certificates import IN_FORCE
from ledger.errors import NotAllowed
from ledger.times import local_day, timed, to_text

OFF, READY, PAUSED, OFFERED = "off", "ready", "paused", "offered"
DIALING, TALKING, WRAPUP = "dialing", "talking", "wrapup"
IN_CALL = (DIALING, TALKING)
CONNECTION = "connection"
"""Why an agent is paused whose own line was lost; it ends by itself when the line is back."""
SIGN_ON = "sign_on"
NO_CERTIFICATE = "no_certificate"
ACCEPTED = "accepted"
"""Why an offer stays on the desk: its agent has pressed dial, the call is about to be placed."""
PAGE_SEEN = timedelta(seconds=90)
"""A page that was silent for so long is closed, whatever its telephone says."""

DESK = """
select user_id, state, reason, since, pause_next, call_id, task_id, leg_sid, leg_at, room_sid, device,
  seen_at, version
from desks
"""
OPEN = """
insert into desks (user_id, state, reason, since, seen_at) values (:user_id, 'off', '', :at, :at)
on conflict (user_id) do nothing
"""
MOVE = """
update desks set state = :state, reason = :reason, since = :at, call_id = :call_id, task_id = :task_id,
  pause_next = :pause_next, held = 0, version = version + 1
where user_id = :user_id
"""
LOG = "insert into desk_log (user_id, state, reason, call_id, at) values (?, ?, ?, ?, ?)"
LEG = """
update desks set leg_sid = :leg_sid, room_sid = :room_sid, leg_at = :at, device = :device, seen_at = :at,
  version = version + 1
where user_id = :user_id
"""
LEG_LOST = """
update desks set leg_sid = null, room_sid = null, leg_at = :at, version = version + 1
where user_id = :user_id and leg_sid = :leg_sid
"""
TOUCH = "update desks set version = version + 1 where state in ('dialing', 'talking') and call_id = ?"
CERTIFIED = f"select {IN_FORCE.format(user=':user_id')}"
MINE = "update calls set agent_id = :user_id, performer = 'agent' where id = :call_id"

STAFFED = f"""
  exists (select 1 from users u where u.id = d.user_id and u.disabled_at is null
    and u.role in ('agent', 'supervisor'))
  and {IN_FORCE.format(user="d.user_id")}
"""
ON_SHIFT = f" d.state <> 'off' and {STAFFED} "
"""The condition under which the agent of a desk `d` may be given calls sooner or later in this shift."""
FIT_DESK = f" d.leg_sid is not null and d.seen_at >= :seen_since and {STAFFED} "
"""The condition under which the agent of a desk `d` may call anybody (S001-05, S001-06)."""
FREE_DESK = f" d.state = 'ready' and {FIT_DESK} "
"""The condition under which a desk `d` may be given a call; keys of `free_at`."""
AT_HAND = f" (d.state = 'ready' or d.state = 'offered' and d.reason <> '{ACCEPTED}') and {FIT_DESK} "
"""The condition under which a desk `d` may be given a caller who waits: before a card that is only shown."""
UNIT_FITS = """
  ({unit} is null or exists (
    with recursive up (id) as (
      select u.unit_id from users u where u.id = d.user_id
      union select o.parent_id from units o join up on o.id = up.id where o.parent_id is not null
    ) select 1 from up where up.id = {unit}))
"""
"""The desk's agent belongs to the unit or to one below it."""
FIT = f"select exists (select 1 from desks d where d.user_id = :user_id and {FIT_DESK})"
FREE = f"""
select d.user_id from desks d where {FREE_DESK} and {UNIT_FITS.format(unit=":unit_id")} order by d.since
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """A row of `desks`; `leg_at` is when the agent's own line came or went."""

    user_id: int
    state: str
    reason: str
    since: datetime
    pause_next: str
    call_id: int | None
    task_id: int | None
    leg_sid: str | None
    leg_at: datetime | None
    room_sid: str | None
    device: str
    seen_at: datetime
    version: int


def get(conn: sqlite3.Connection, user_id: int) -> Desk | None:
    """The desk of an agent, None before the first shift."""
    return _read(conn, "where user_id = ?", user_id)


def of_call(conn: sqlite3.Connection, call_id: int) -> Desk | None:
    """The desk that has this call now, from its dialing to its end."""
    return _read(conn, "where state in ('dialing', 'talking') and call_id = ?", call_id)


def standing(conn: sqlite3.Connection) -> list[Desk]:
    """The desks whose agents have a line of their own, as far as is known; the oldest line first."""
    rows = conn.execute(f"{DESK} where leg_sid is not null order by leg_at, user_id")
    return [_desk_of(row) for row in rows]


def sign_on(conn: sqlite3.Connection, user_id: int, now: datetime) -> None:
    """The shift begins; calls come only after `ready`."""
    desk = _desk(conn, user_id, now)
    if desk.state == OFF:
        _move(conn, desk, PAUSED, SIGN_ON, now)


def sign_off(conn: sqlite3.Connection, user_id: int, now: datetime) -> None:
    """The shift is over; NotAllowed while a customer is on the line or a record is open."""
    desk = _desk(conn, user_id, now)
    if desk.state in (*IN_CALL, WRAPUP):
        raise NotAllowed("in_call")
    if desk.state != OFF:
        _move(conn, desk, OFF, "", now)


def ready(conn: sqlite3.Connection, user_id: int, now: datetime) -> None:
    """Calls may come; after a call its record counts as completed (S002-110), and a wished pause begins."""
    desk = _desk(conn, user_id, now)
    if desk.state in (READY, OFFERED):
        return
    if desk.state == OFF:
        raise NotAllowed("signed_off")
    if desk.state in IN_CALL:
        raise NotAllowed("in_call")
    if desk.state == WRAPUP and desk.pause_next:
        _move(conn, desk, PAUSED, desk.pause_next, now)
        return
    if not is_certified(conn, user_id, now):
        raise NotAllowed(NO_CERTIFICATE)
    if desk.leg_sid is None:
        raise NotAllowed("no_leg")
    _move(conn, desk, READY, "", now)


def pause(conn: sqlite3.Connection, user_id: int, reason: str, now: datetime) -> None:
    """No calls for a while; during a call the pause begins when its record is completed."""
    desk = _desk(conn, user_id, now)
    if desk.state == OFF:
        raise NotAllowed("signed_off")
    if desk.state in (*IN_CALL, WRAPUP):
        conn.execute(
            "update desks set pause_next = ?, version = version + 1 where user_id = ?", (reason, user_id)
        )
        return
    _move(conn, desk, PAUSED, reason, now)


def leg(
    conn: sqlite3.Connection, user_id: int, leg_sid: str, room_sid: str, device: str, now: datetime
) -> str | None:
    """The agent's own line stands in the conference; returns the line that it replaces, if any."""
    desk = _desk(conn, user_id, now)
    row = {"leg_sid": leg_sid, "room_sid": room_sid or None, "at": to_text(now), "device": device}
    conn.execute(LEG, {**row, "user_id": user_id})
    if (desk.state, desk.reason) == (PAUSED, CONNECTION) and is_certified(conn, user_id, now):
        _move(conn, desk, READY, "", now)
    return desk.leg_sid if desk.leg_sid != leg_sid else None


def leg_lost(conn: sqlite3.Connection, user_id: int, leg_sid: str, now: datetime) -> bool:
    """The agent's line is gone: no new calls; a call in progress stays the agent's. False: it was another."""
    if conn.execute(LEG_LOST, {"user_id": user_id, "leg_sid": leg_sid, "at": to_text(now)}).rowcount == 0:
        return False
    desk = _desk(conn, user_id, now)
    if desk.state in (READY, OFFERED):
        _move(conn, desk, PAUSED, CONNECTION, now)
    return True


def seen(conn: sqlite3.Connection, user_id: int, now: datetime) -> None:
    """The page of the agent asked for something."""
    conn.execute("update desks set seen_at = ? where user_id = ?", (to_text(now), user_id))


def offer(conn: sqlite3.Connection, user_id: int, task_id: int, now: datetime, reason: str = "") -> None:
    """A task is shown to the agent, who dials when ready (preview)."""
    _move(conn, _desk(conn, user_id, now), OFFERED, reason, now, task_id=task_id)


def reserve(conn: sqlite3.Connection, user_id: int, call_id: int, now: datetime) -> None:
    """A call is being placed for this agent."""
    conn.execute(MINE, {"user_id": user_id, "call_id": call_id})
    _move(conn, _desk(conn, user_id, now), DIALING, "", now, call_id=call_id)


def talk(conn: sqlite3.Connection, user_id: int, call_id: int, now: datetime) -> None:
    """The customer is put through to this agent, who performs the script from here on."""
    conn.execute(MINE, {"user_id": user_id, "call_id": call_id})
    conn.execute("delete from waits where call_id = ?", (call_id,))
    _move(conn, _desk(conn, user_id, now), TALKING, "", now, call_id=call_id)
    events.append(conn, "agent", {"user_id": user_id}, now, call_id)


def hand_back(conn: sqlite3.Connection, call_id: int, now: datetime) -> None:
    """The robot performs the script from here on; the agent completes the record so far."""
    conn.execute("update calls set performer = 'robot' where id = ?", (call_id,))
    release(conn, call_id, now)
    events.append(conn, "robot", {}, now, call_id)


def staff(conn: sqlite3.Connection, user_id: int) -> dict[str, str]:
    """What an agent says of themselves (S001-12: name and employee number)."""
    row = conn.execute("select full_name, staff_no from users where id = ?", (user_id,)).fetchone()
    return {"staff_name": row[0], "staff_no": row[1]}


def back(conn: sqlite3.Connection, user_id: int, reason: str, now: datetime) -> None:
    """What was offered or dialed came to nothing: ready again, or on the wished pause."""
    desk = _desk(conn, user_id, now)
    if desk.pause_next:
        _move(conn, desk, PAUSED, desk.pause_next, now)
    elif desk.leg_sid is None:
        _move(conn, desk, PAUSED, CONNECTION, now)
    else:
        _move(conn, desk, READY, reason, now)


def release(conn: sqlite3.Connection, call_id: int, now: datetime) -> None:
    """The call is over: its agent completes the record, or is free again if nobody was reached."""
    conn.execute("delete from waits where call_id = ?", (call_id,))
    desk = of_call(conn, call_id)
    if desk is None:
        return
    if desk.state == TALKING:
        _move(conn, desk, WRAPUP, "", now, call_id=call_id, pause_next=desk.pause_next)
    elif desk.state == DIALING:
        back(conn, desk.user_id, "not_reached", now)


def hold(conn: sqlite3.Connection, user_id: int, on: bool) -> None:
    """The agent's customer hears music, or is back."""
    conn.execute("update desks set held = ?, version = version + 1 where user_id = ?", (on, user_id))


def touch(conn: sqlite3.Connection, call_id: int) -> None:
    """Something about the call changed that its agent should see."""
    conn.execute(TOUCH, (call_id,))


def free(conn: sqlite3.Connection, now: datetime, unit_id: int | None = None) -> list[int]:
    """The agents who may be given a call of this unit, the longest idle first."""
    rows = conn.execute(FREE, free_at(now) | {"unit_id": unit_id})
    return [user_id for (user_id,) in rows]


def free_for(conn: sqlite3.Connection, campaign_id: int | None, now: datetime) -> int | None:
    """The agent who has been idle longest of those who may be given a call of this campaign."""
    row = conn.execute("select unit_id from campaigns where id = ?", (campaign_id,)).fetchone()
    return next(iter(free(conn, now, row[0] if row else None)), None)


def is_fit(conn: sqlite3.Connection, user_id: int, now: datetime) -> bool:
    """Whether the agent may speak to a customer now, whatever the desk is doing."""
    row: tuple[int] = conn.execute(FIT, free_at(now) | {"user_id": user_id}).fetchone()
    return bool(row[0])


def free_at(now: datetime) -> dict[str, str | None]:
    """The keys of `FIT_DESK`."""
    return {"today": local_day(now), "seen_since": to_text(now - PAGE_SEEN)}


def is_certified(conn: sqlite3.Connection, user_id: int, now: datetime) -> bool:
    """Whether the agent may call customers today (S001-05, S001-06)."""
    row: tuple[int] = conn.execute(CERTIFIED, {"user_id": user_id, "today": local_day(now)}).fetchone()
    return bool(row[0])


def _desk(conn: sqlite3.Connection, user_id: int, now: datetime) -> Desk:
    desk = get(conn, user_id)
    if desk is not None:
        return desk
    conn.execute(OPEN, {"user_id": user_id, "at": to_text(now)})
    return _desk(conn, user_id, now)


def _read(conn: sqlite3.Connection, where: str, key: int | str) -> Desk | None:
    row = conn.execute(DESK + where, (key,)).fetchone()
    return None if row is None else _desk_of(row)


def _desk_of(row: tuple[Any, ...]) -> Desk:
    return Desk(*timed(row, 3, 8, 11))


def _move(
    conn: sqlite3.Connection,
    desk: Desk,
    state: str,
    reason: str,
    now: datetime,
    *,
    call_id: int | None = None,
    task_id: int | None = None,
    pause_next: str = "",
) -> None:
    at = to_text(now)
    kept = desk.pause_next if state in IN_CALL else pause_next
    row = {"state": state, "reason": reason, "at": at, "call_id": call_id, "task_id": task_id}
    conn.execute(MOVE, {**row, "user_id": desk.user_id, "pause_next": kept})
    conn.execute(LOG, (desk.user_id, state, reason, call_id, at))
