"""The board as pages get it: rows by section and key, nothing private, and what changed since."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from dialer.calendar import LOCAL
from ledger.board import Agent as AgentRow
from ledger.board import Board, OpenCall, Promise, Running, Waiting
from ledger.times import maybe_text, to_text
from scripts.model import EngineError, Script
from scripts.progress import Progress
from scripts.values import Performer

Rows = Mapping[str, Mapping[str, Any]]
"""The rows of a section by key."""
Picture = Mapping[str, Rows]
Find = Callable[[str], Script | None]
"""The script of a digest."""

LONGEST = 28
"""Characters of a step's words that are shown."""
GAP = "…"

pack = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is in its script: the step, its words, and how many mandatory items are told."""

    step: str
    words: str
    told: int
    of: int


NOWHERE = Place("", "", 0, 0)


def picture(board: Board, finished: Mapping[int, int], find: Find) -> Picture:
    """The sections of the page; `finished` counts the tasks that are over, by campaign."""
    lines: dict[int, int] = {}
    for call in board.calls:
        if call.campaign_id is not None:
            lines[call.campaign_id] = lines.get(call.campaign_id, 0) + 1
    return {
        "agents": {str(agent.user_id): _agent(agent) for agent in board.agents},
        "calls": {str(call.call_id): _call(call, find) for call in board.calls},
        "queue": {str(one.call_id): _waiting(one) for one in board.queue},
        "promises": {str(one.appointment_id): _promise(one) for one in board.promises},
        "campaigns": {str(one.campaign_id): _campaign(one, finished, lines) for one in board.campaigns},
        "sums": {"promises": {"open": board.promised, "overdue": board.overdue}},
    }


def changes(old: Picture, new: Picture) -> dict[str, dict[str, Any]]:
    """The rows that are new or other, by section; None for those that are gone."""
    found = {}
    for section, rows in new.items():
        before = old.get(section, {})
        other = {key: row for key, row in rows.items() if before.get(key) != row}
        gone: dict[str, Any] = dict.fromkeys(key for key in before if key not in rows)
        if other or gone:
            found[section] = other | gone
    return found


def document(rows: Mapping[str, Any], now: datetime) -> str:
    """Rows as they go to pages, with the time by which ages are counted."""
    return pack({"now": to_text(now), "rows": rows})


def day_began(now: datetime) -> datetime:
    """Midnight in China."""
    return now.astimezone(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)


class Finished:
    """How far campaigns are: counted again only so often that it takes one part in a hundred of the time."""

    SHARE = 100
    LEAST = timedelta(seconds=2)

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[int, int] = {}
        self._due: dict[int, float] = {}

    def of(self, campaigns: Collection[int], count: Callable[[int], int]) -> dict[int, int]:
        """The newest counts of these campaigns; `count` asks the ledger."""
        for campaign_id in campaigns:
            began = self._clock()
            if began >= self._due.get(campaign_id, began):
                self._known[campaign_id] = count(campaign_id)
                ended = self._clock()
                self._due[campaign_id] = ended + max(self.LEAST.total_seconds(), self.SHARE * (ended - began))
        return {campaign_id: self._known[campaign_id] for campaign_id in campaigns}


def place(call: OpenCall, find: Find) -> Place:
    """Where the call is; nowhere before it is answered, or when nobody has its script."""
    script = find(call.script_digest) if call.progress else None
    if script is None:
        return NOWHERE
    progress = Progress.from_json(call.progress)
    mandatory = _mandatory(call.facts, script, progress.performer.value)
    told = len(mandatory.intersection(progress.told) | mandatory.intersection(progress.affirmed))
    return Place(progress.step, _words(script, progress), told, len(mandatory))


@lru_cache(maxsize=4096)
def _mandatory(facts: str, script: Script, performer: str) -> frozenset[str]:
    required = script.required(json.loads(facts), Performer(performer))
    return frozenset(step.affirms or step.name for step in required)


def _words(script: Script, progress: Progress) -> str:
    """The step's own words; a step of another version of the script has none."""
    try:
        text = script.words(progress.step, progress.performer)
    except (KeyError, EngineError):
        return ""
    words = GAP.join(text.pieces)
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + GAP


@lru_cache(maxsize=4096)
def _customer(facts: str) -> str:
    """Surname and title, or the surname alone."""
    known = json.loads(facts)
    surname, title = known.get("surname") or "", known.get("title") or ""
    return f"{surname}{title or '*'}" if surname else ""


def _call(call: OpenCall, find: Find) -> dict[str, Any]:
    at = place(call, find)
    return {
        "campaign": call.campaign_id,
        "direction": call.direction,
        "status": call.status,
        "performer": "agent" if call.talking else call.performer,
        "agent": call.agent_id,
        "number": call.number,
        "name": _customer(call.facts),
        "script": call.title,
        "step": at.step,
        "words": at.words,
        "told": at.told,
        "of": at.of,
        "since": maybe_text(call.answered_at or call.claimed_at),
        "answered": call.answered_at is not None,
        "waiting": maybe_text(call.waiting_since),
        "waiting_for": call.waiting_for,
    }


def _agent(agent: AgentRow) -> dict[str, Any]:
    return {
        "name": agent.name,
        "staff_no": agent.staff_no,
        "unit": agent.unit,
        "state": agent.state,
        "reason": agent.reason,
        "since": maybe_text(agent.since),
        "pause_next": agent.pause_next,
        "call": agent.call_id,
        "leg": agent.leg,
        "device": agent.device,
        "today": agent.today,
    }


def _waiting(one: Waiting) -> dict[str, Any]:
    return {
        "position": one.position,
        "since": maybe_text(one.since),
        "reason": one.reason,
        "first": one.rank == 0,
        "until": maybe_text(one.until),
    }


def _promise(one: Promise) -> dict[str, Any]:
    return {
        "call": one.call_id,
        "kind": one.kind,
        "due": maybe_text(one.due_at),
        "made": maybe_text(one.made_at),
        "campaign": one.campaign_id,
    }


def _campaign(one: Running, finished: Mapping[int, int], lines: Mapping[int, int]) -> dict[str, Any]:
    return {
        "name": one.name,
        "mode": one.mode,
        "status": one.status,
        "unit": one.unit,
        "tasks": one.tasks,
        "finished": finished.get(one.campaign_id, 0),
        "lines": lines.get(one.campaign_id, 0),
        "started": maybe_text(one.started_at),
    }
