"""Times booked for the next call: exactly then, between two moments, before one; with an agent or anybody."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.ending import kept_time
from dialer.errors import BookingError
from dialer.hours import next_opening
from dialer.profile import load_profile
from ledger import campaigns, promised, state
from ledger.people import AT_DESKS, User
from ledger.records import Agreed


def wanted(at: datetime | None, since: datetime | None, until: datetime | None, agent: User | None) -> Agreed:
    """What was agreed, from local times; BookingError unless it is one of the three forms."""
    if (at is None) == (until is None) or (at is not None and since is not None):
        raise BookingError("time: give --at, or --until with or without --from")
    if agent is not None and (agent.role not in AT_DESKS or agent.disabled_at is not None):
        raise BookingError(f"{agent.name}: is no agent; name one, or nobody")
    end = at or until
    assert end is not None
    agreed = Agreed(_local(at or since), _moment(end), agent.user_id if agent else None)
    if agreed.since is not None and agreed.since > agreed.until:
        raise BookingError("time: --from is after --until")
    return agreed


def book(
    conn: sqlite3.Connection,
    call_id: int,
    time: Agreed,
    user: User,
    now: datetime,
    calendar: Calendar = CHINA,
) -> None:
    """Book a time that was agreed in a call, in a transaction: the task's next call keeps it.

    While the call goes on its end decides with the time; a task that waits is moved to it. BookingError where
    the time is over, or the task no longer waits.
    """
    call = state.read(conn, call_id).state
    if time.until <= now:
        raise BookingError("time: is over; agree another")
    ended = state.read(conn, call_id).ended_at is not None
    waiting = promised.waiting(conn, call_id)
    if ended and waiting is None:
        raise BookingError(f"call {call_id}: its task does not wait for a call any more")
    promised.book(conn, call_id, call.task_id, time, now)
    if ended and waiting is not None:
        campaign = campaigns.get(conn, waiting[1])
        assert campaign is not None
        profile = load_profile(campaign.profile)
        kept = kept_time(replace(call, agreed=time), profile, now, calendar)
        assert kept is not None
        assert kept.since is not None
        wait = profile.anybody if kept.agent_id is not None else timedelta()
        next_at = next_opening(profile, kept.since + wait, replace(calendar, guess=True))
        promised.rearm(conn, *waiting, kept, next_at)


def done(conn: sqlite3.Connection, appointment_id: int, user: User, now: datetime) -> None:
    """What was promised has been done by somebody, in a transaction."""
    if not promised.keep(conn, appointment_id, user.name, now):
        raise BookingError(f"promise {appointment_id}: is not open; see huifang appointments list")


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else _moment(moment)


def _moment(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
