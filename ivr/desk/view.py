"""The document of a desk: everything the page shows, from what the ledger holds and what the script says."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from dialer.calendar import LOCAL
from dialer.ending import MACHINES
from dialer.notes import reply_from_json
from dialer.versions import version
from ivr.desk.card import Known, Words, card
from ivr.desk.sofar import HUMAN, Exchange, last, sofar
from ledger import glance
from ledger.desks import TALKING, WRAPUP
from ledger.glance import CallRow, DeskRow, TaskRow
from ledger.people import User
from ledger.times import maybe_text, to_text
from scripts import faq
from scripts.model import Script
from scripts.progress import Progress
from scripts.screen import Option, Screen, screen
from scripts.values import Facts

Json = dict[str, Any]
PAUSES = ("rest", "meal", "training", "meeting", "other")
"""Why an agent may pause, in the order of the number keys."""
AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Tongue:
    """The agent's language and the texts of the desk in it."""

    language: str
    words: Words


@dataclass(frozen=True, slots=True)
class Look:
    """A document; `subject` names whose card is in it, like `call:5`, shown since a moment."""

    document: Json
    desk: DeskRow
    subject: str | None


def look(conn: sqlite3.Connection, user: User, now: datetime, tongue: Tongue) -> Look:
    """The desk as it is now, in four short reads."""
    desk = glance.desk(conn, user.user_id, now, _day_began(now))
    call = None if desk.call_id is None else glance.call(conn, desk.call_id)
    task = None if desk.task_id is None else glance.task(conn, desk.task_id)
    document: Json = {
        "version": desk.version,
        "now": to_text(now),
        "agent": _agent(user, desk),
        "today": {"done": desk.done, "success": desk.success},
        "queue": desk.queue,
        "offer": None if task is None else _offer(conn, task, tongue, now),
        "call": None if call is None else _call(conn, desk, call, tongue, now),
    }
    subject = f"call:{desk.call_id}" if call else f"task:{desk.task_id}" if task else None
    return Look(document, desk, subject)


def _day_began(now: datetime) -> datetime:
    return now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


def _agent(user: User, desk: DeskRow) -> Json:
    return {
        "id": user.user_id,
        "name": user.called,
        "staff_no": user.staff_no,
        "state": desk.state,
        "reason": desk.reason,
        "since": maybe_text(desk.since),
        "pause_next": desk.pause_next,
        "leg": desk.leg,
        "device": desk.device,
        "pauses": PAUSES,
        "certificate_until": desk.certificate_until,
    }


def _offer(conn: sqlite3.Connection, task: TaskRow, tongue: Tongue, now: datetime) -> Json:
    script = version(conn, task.script_digest)
    known = Known(script, task.facts, _unchecked(script), task.due_by)
    past = glance.story(conn, task.task_id)
    return {"task_id": task.task_id, "card": card(known, past, tongue.words, tongue.language, now)}


def _unchecked(script: Script | None) -> bool | None:
    return False if script is None or script.identity else None


def _call(conn: sqlite3.Connection, desk: DeskRow, call: CallRow, tongue: Tongue, now: datetime) -> Json:
    script = version(conn, call.script_digest)
    progress = Progress.from_json(call.progress) if call.progress else None
    identified = _unchecked(script)
    if identified is False and progress is not None:
        identified = progress.identified
    past = () if call.task_id is None else glance.story(conn, call.task_id, call.call_id)
    known = Known(script, call.facts, identified, call.due_by)
    given = sofar(conn, call, tongue.language, tongue.words)
    return {
        "id": call.call_id,
        "turn": call.turn,
        "direction": call.direction,
        "status": call.status,
        "performer": call.performer,
        "answered_at": maybe_text(call.answered_at),
        "said_at": maybe_text(call.said_at),
        "ended_at": maybe_text(call.ended_at),
        "machine": call.answered_by.startswith(MACHINES),
        "held": desk.held,
        "script": None if script is None else _script(script),
        "card": card(known, past, tongue.words, tongue.language, now),
        "problems": call.problems,
        "notes": call.notes,
        "promises": call.promises,
        "outcome": call.outcome or None,
        "outcome_reason": call.outcome_reason,
        "sofar": [one.line() for one in given],
        **_talk(desk, call, script, progress, given, tongue),
    }


def _script(script: Script) -> Json:
    return {"name": script.name, "title": script.title, "version": script.version}


SILENT: Json = {"step": None, "anytime": [], "way": [], "told": 0, "of": 0, "faq": []}
"""A call in which nothing is to be said: not answered yet, or a script of another version."""


def _talk(
    desk: DeskRow,
    call: CallRow,
    script: Script | None,
    progress: Progress | None,
    given: tuple[Exchange, ...],
    tongue: Tongue,
) -> Json:
    if script is None or progress is None or desk.state not in (TALKING, WRAPUP):
        return SILENT
    facts = _facts(call.facts)
    say = reply_from_json(call.turns[0][2]).say if call.turns else ()
    shown = screen(script, facts, progress, say, tongue.language)
    speaking = desk.state == TALKING and call.performer == AGENT and call.ended_at is None
    return {
        "step": _step(script, shown, call, given) if speaking else None,
        "anytime": [_answer(one) for one in shown.anytime] if speaking else [],
        "way": [{"step": step, "state": state} for step, state in shown.way],
        "told": shown.told,
        "of": shown.of,
        "faq": _faq(script, call.facts, progress.identified or not script.identity) if speaking else (),
    }


def _step(script: Script, shown: Screen, call: CallRow, given: tuple[Exchange, ...]) -> Json:
    return {
        "name": shown.name,
        "kind": shown.kind,
        "tags": shown.tags,
        "said": shown.said,
        "question": shown.question,
        "explain": shown.explain,
        "before": _before(script, call, given),
        "after": shown.after,
        "input": shown.input,
        "robot": shown.robot,
        "answers": [_answer(one) for one in shown.answers],
        "hold_ms": shown.hold_ms,
    }


def _answer(option: Option) -> Json:
    return {"key": option.key, "category": option.category, "label": option.label}


def _before(script: Script, call: CallRow, given: tuple[Exchange, ...]) -> Json | None:
    """The words before these, and what was answered to them; after a handover the last answer before it."""
    newest = given[-1] if given else None
    if newest is None or newest.turn != call.turn or newest.category == HUMAN or len(call.turns) < 2:
        return last(given)
    said = [one for one in reply_from_json(call.turns[1][2]).say if (one.step, one.part) in script.texts]
    if not said or newest.script != script.digest:
        return last(given)
    words = script.text(said[-1].step, said[-1].part).spoken(said[-1].values)
    return {"words": words, "answer": newest.answer}


@lru_cache(maxsize=1024)
def _facts(text: str) -> Facts:
    return MappingProxyType(json.loads(text))


@lru_cache(maxsize=1024)
def _faq(script: Script, facts: str, identified: bool) -> tuple[tuple[str, faq.Pieces], ...]:
    """The same for every turn of a call, before the identity check and after it."""
    return tuple(faq.answers(script, _facts(facts), identified=identified))
