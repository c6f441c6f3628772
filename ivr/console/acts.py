"""What a supervisor may do to a call or a campaign: each act is a row of the audit, and an event."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import NotAllowed, ScriptRefused, UnknownCall, audit, campaigns, events, listens, state, waits
from ledger.board import shows, shows_campaign
from ledger.listens import Listen
from ledger.people import User
from ledger.records import Wish
from ledger.state import Standing

ROBOT = "robot"
MOVES = {"start": ("running", ("draft", "paused")), "pause": ("paused", ("running",))}
"""The status that follows, and those from which one may come."""
PATIENCE = timedelta(seconds=60)
"""So long a customer who is sent to a person waits for one."""
AHEAD_OF_ALL = 0

Scope = frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Supervisor:
    """Who acts, within which units, and when."""

    user: User
    scope: Scope
    now: datetime


def end(conn: sqlite3.Connection, by: Supervisor, call_id: int) -> str:
    """Note that the call is to be ended; returns the carrier's name of it."""
    call = _open(conn, by, call_id)
    if not call.carrier_sid:
        raise NotAllowed("not_placed")
    _note(conn, by, "call.end", "ended_by_supervisor", call_id)
    return call.carrier_sid


def to_person(conn: sqlite3.Connection, by: Supervisor, call_id: int) -> str:
    """Let the customer of the robot wait for a person, before all others; returns the carrier's name."""
    call = _open(conn, by, call_id)
    if call.state.performer != ROBOT or call.state.answered_at is None or call.state.outcome:
        raise NotAllowed("no_robot")
    if waits.place(conn, call_id) is not None:
        raise NotAllowed("waits_already")
    _note(conn, by, "call.to_person", "sent_to_person", call_id)
    waits.join(conn, call_id, Wish("supervisor", AHEAD_OF_ALL, by.now + PATIENCE), by.now)
    return call.carrier_sid or ""


def listen(conn: sqlite3.Connection, by: Supervisor, call_id: int, mode: str) -> tuple[Listen, str | None]:
    """Note how the supervisor may take part in the call; also the line that stands in another room."""
    _open(conn, by, call_id)
    left = listens.elsewhere(conn, by.user.user_id, call_id)
    noted = listens.note(conn, by.user.user_id, call_id, mode, by.now)
    audit.note(conn, by.user.name, f"call.{mode}", f"call:{call_id}", by.now)
    return noted, left


def move(conn: sqlite3.Connection, by: Supervisor, campaign_id: int, how: str) -> None:
    """Start or pause a campaign."""
    found = campaigns.get(conn, campaign_id)
    if found is None or not shows_campaign(conn, by.scope, campaign_id):
        raise NotAllowed("no_campaign")
    status, before = MOVES[how]
    if found.status not in before:
        raise NotAllowed("campaign_moved")
    try:
        campaigns.set_status(conn, campaign_id, status, by.now)
    except ScriptRefused as refusal:
        raise NotAllowed(f"script_{refusal.code}") from None
    audit.note(conn, by.user.name, f"campaign.{how}", f"campaign:{campaign_id}", by.now)


def _open(conn: sqlite3.Connection, by: Supervisor, call_id: int) -> Standing:
    """The call, if it is open and among those the supervisor sees."""
    try:
        call = state.read(conn, call_id)
    except UnknownCall:
        raise NotAllowed("no_call") from None
    if not shows(conn, by.scope, call_id):
        raise NotAllowed("no_call")
    if call.ended_at is not None:
        raise NotAllowed("call_over")
    return call


def _note(conn: sqlite3.Connection, by: Supervisor, action: str, event: str, call_id: int) -> None:
    events.append(conn, event, {"by": by.user.user_id}, by.now, call_id)
    audit.note(conn, by.user.name, action, f"call:{call_id}", by.now)
