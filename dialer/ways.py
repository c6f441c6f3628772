"""What people do on the ways beside the telephone: visits are signed, letters answered (S002-95, S002-96).

Each act is a function of one way that stands open; it writes one sealed step, and says what follows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from dialer import fallback
from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.errors import FallbackError
from ledger import audit, fallbacks, people
from ledger.fallbacks import LETTER, LINK, OPEN, STOPPED, VISIT, Duty, Portion, Step, Way
from ledger.people import ADMIN, COMPLIANCE, SUPERVISOR, User, plain

MAY_OVERRIDE = (SUPERVISOR, COMPLIANCE, ADMIN)
"""Who lets more visits and letters pass than S002-97 allows."""
OUTCOMES = ("SUCCESS", "PROBLEM")
"""What a form or an answer may bring."""
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something, when it is written down, the day on which it was done, and the working days."""

    user: User
    now: datetime
    day: date | None = None
    calendar: Calendar = CHINA

    def due(self, way: Way) -> datetime:
        """Until when the way has time, from now on."""
        return fallback.due(way.channel, self.now, self.calendar)

    @property
    def on(self) -> date:
        """The day, today without one; no day that is still to come."""
        today = self.now.astimezone(LOCAL).date()
        if self.day is not None and self.day > today:
            raise FallbackError(f"day {self.day}: is still to come; give the day on which it was done")
        return self.day or today


def allow(conn: sqlite3.Connection, fallback_id: int, reason: str, act: Act) -> Way:
    """A supervisor lets a visit or letter pass above the share of S002-97, with a reason, audited."""
    if act.user.role not in MAY_OVERRIDE:
        raise FallbackError(f"{act.user.name}: only a supervisor may let more visits and letters pass")
    way = _way(conn, fallback_id, STOPPED)
    note = _needed(reason, "reason")
    fallbacks.set_status(conn, fallback_id, OPEN, act.due(way))
    audit.note(conn, act.user.name, "fallback_allowed", f"task:{way.task_id}", act.now)
    return _step(conn, way, "allowed", act, note=note)


def assign(conn: sqlite3.Connection, fallback_id: int, visitor: User, act: Act) -> Way:
    """Name who visits the customer: not the seller of the contract (S002-95)."""
    way = _way(conn, fallback_id, OPEN, VISIT)
    if sold_by(_duty(conn, way), visitor):
        raise FallbackError(f"{visitor.name}: sold this contract; the visit is somebody else's (S002-95)")
    fallbacks.set_visitor(conn, fallback_id, visitor.user_id)
    return _step(conn, way, "assigned", act, note=visitor.name)


def sold_by(duty: Duty, visitor: User) -> bool:
    """Whether the visitor is the seller, by staff number or name; who cannot be told apart is."""
    facts = json.loads(duty.facts)
    number, name = str(facts.get("seller_no") or ""), str(facts.get("seller") or "")
    if number and visitor.staff_no:
        return plain(number) == plain(visitor.staff_no)
    if not name:
        return False
    return not visitor.full_name or "".join(plain(name).split()) == "".join(plain(visitor.full_name).split())


def signed(conn: sqlite3.Connection, fallback_id: int, outcome: str, reference: str, act: Act) -> Way:
    """The customer has signed the form of a visit, or sent back that of a letter, or confirmed the e-link.

    `reference` says where the form or the proof of identity is filed. The task is over with this outcome.
    """
    way = _way(conn, fallback_id, OPEN)
    if outcome not in OUTCOMES:
        raise FallbackError(f'outcome "{outcome}": a form brings {" or ".join(OUTCOMES)}')
    if way.channel == VISIT:
        _check_visitor(conn, way)
    note = _needed(reference, "reference")
    fallbacks.close(conn, fallback_id, "done", act.now)
    fallbacks.finish(conn, way.task_id, outcome, way.channel, act.now)
    return _step(conn, way, "signed", act, reference=note, note=outcome)


def sent(conn: sqlite3.Connection, fallback_id: int, reference: str, act: Act) -> Way:
    """The letter was posted, or the link sent; from now on the answer is waited for."""
    way = _way(conn, fallback_id, OPEN, LETTER, LINK)
    fallbacks.set_status(conn, fallback_id, OPEN, act.due(way))
    return _step(conn, way, "sent", act, reference=reference)


def failed(conn: sqlite3.Connection, fallback_id: int, why: str, act: Act) -> Way | None:
    """The way led nowhere: nobody at home, the letter came back. The next one, if any is left."""
    way = _way(conn, fallback_id, OPEN)
    _step(conn, way, "returned" if way.channel == LETTER else "failed", act, note=_needed(why, "reason"))
    return go_on(conn, way, "failed", act.now, act.calendar)


def unanswered(conn: sqlite3.Connection, way: Way, now: datetime, calendar: Calendar = CHINA) -> Way | None:
    """Nobody answered a link or a letter in time; the next way, if any is left."""
    fallbacks.add_step(conn, way.fallback_id, way.task_id, Step("unanswered", user="clock"), now)
    return go_on(conn, way, "unanswered", now, calendar)


def go_on(conn: sqlite3.Connection, way: Way, status: str, now: datetime, calendar: Calendar) -> Way | None:
    """End a way in vain and take the next; where none is left the task ends with the written record why."""
    fallbacks.close(conn, way.fallback_id, status, now)
    following = fallback.discharge(conn, way.task_id, way.why, now, calendar)
    if following is None:
        record = Step("given_up", note=account(conn, way.task_id), user="clock")
        fallbacks.add_step(conn, way.fallback_id, way.task_id, record, now)
        fallbacks.finish(conn, way.task_id, "NOT_COMPLETED", fallback.UNREACHED, now)
    return following


def account(conn: sqlite3.Connection, task_id: int) -> str:
    """Why a customer was not reached: every attempt and every step with its date and reason (B3 Art 10)."""
    calls = [
        f"{_local(one.at)} call: {one.reason or one.status}" for one in fallbacks.attempts(conn, task_id)
    ]
    steps = [
        " ".join(filter(None, (_local(at), step.step, f"on {step.day}" if step.day else "", step.note)))
        for step, at in fallbacks.steps(conn, task_id)
    ]
    return "\n".join([*calls, *steps])


def shares(conn: sqlite3.Connection) -> Iterator[tuple[Portion, str]]:
    """Visits and letters against all callbacks, and whether that is a warning or too much (S002-97)."""
    limits = fallback.ways()
    for one in fallbacks.portions(conn):
        percent = one.outside * 100 / one.all if one.all else 0.0
        state = "above" if percent > limits.most else "warning" if percent >= limits.warn else "well"
        yield one, f"{state}: {percent:.1f} %"


def _way(conn: sqlite3.Connection, fallback_id: int, status: str, *channels: str) -> Way:
    way = fallbacks.get(conn, fallback_id)
    if way is None:
        raise FallbackError(f"fallback {fallback_id}: there is none; see huifang fallback list")
    if way.status != status:
        raise FallbackError(f"fallback {fallback_id}: is {way.status}, not {status}; it stays as it is")
    if channels and way.channel not in channels:
        raise FallbackError(f"fallback {fallback_id}: is a {way.channel}, not a {' or '.join(channels)}")
    return way


def _check_visitor(conn: sqlite3.Connection, way: Way) -> None:
    visitor = None if way.visitor_id is None else people.get(conn, way.visitor_id)
    if visitor is None:
        raise FallbackError(f"fallback {way.fallback_id}: name the visitor first; the seller may not be it")
    if sold_by(_duty(conn, way), visitor):
        raise FallbackError(f"{visitor.name}: sold this contract; the visit does not count (S002-95)")


def _duty(conn: sqlite3.Connection, way: Way) -> Duty:
    duty = fallbacks.duty(conn, way.task_id)
    assert duty is not None
    return duty


def _step(
    conn: sqlite3.Connection, way: Way, step: str, act: Act, *, reference: str = "", note: str = ""
) -> Way:
    told = Step(step, act.on, reference, note, act.user.name)
    fallbacks.add_step(conn, way.fallback_id, way.task_id, told, act.now)
    changed = fallbacks.get(conn, way.fallback_id)
    assert changed is not None
    return changed


def _needed(text: str, what: str) -> str:
    text = text.strip()
    if not text or len(text) > LONGEST_REASON:
        raise FallbackError(f"{what}: must be given, with {LONGEST_REASON} characters at most")
    return text


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
