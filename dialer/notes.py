"""From the engine's turn to what the ledger keeps of it, and from the kept reply back to what is said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from dialer.calendar import CHINA, LOCAL, Calendar
from dialer.deadlines import working_days_later
from ledger.records import Answer, Block, Disclosure, Problem, Promise, TurnRecord, Wish
from scripts.problems import PROBLEMS
from scripts.values import (
    Affirmed,
    Answered,
    Blocked,
    Effect,
    Ended,
    Facts,
    FollowUp,
    Heard,
    Input,
    ProblemOpened,
    Said,
    Told,
    Turn,
    Wait,
    Wanted,
    Withdrawn,
)

Kind = TypeVar("Kind", bound=Effect)

pack = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said and what was waited for, read back from a stored turn."""

    say: tuple[Said, ...]
    wait: Wait | None


URGENT = ("human_first",)
"""Why a caller is served before those who came earlier: people of sixty or more (B25)."""


def record(
    turn: Turn,
    heard: Heard | None,
    *,
    facts: Facts,
    now: datetime,
    patience: timedelta = timedelta(),
    calendar: Calendar = CHINA,
) -> TurnRecord:
    """Everything that the turn writes, in the order in which the engine let it happen.

    `patience` is how long a person is waited for where one is wanted.
    """
    effects = turn.effects
    ended, wanted = _of(Ended, effects), _of(Wanted, effects)
    return TurnRecord(
        heard=heard_to_json(heard, effects),
        reply=reply_to_json(turn),
        progress=turn.progress.to_json(),
        answers=tuple(Answer(one.step, one.category, one.raw) for one in _of(Answered, effects)),
        told=tuple(Disclosure(one.step, one.text_digest, affirmed=False) for one in _of(Told, effects)),
        affirmed=tuple(one.step for one in _of(Affirmed, effects)),
        problems=tuple(opened(one, now, calendar) for one in _of(ProblemOpened, effects)),
        withdrawn=bool(_of(Withdrawn, effects)),
        blocks=tuple(Block(one.purpose, one.reason) for one in _of(Blocked, effects)),
        promises=tuple(promised(one, facts, now) for one in _of(FollowUp, effects)),
        wish=_wish(wanted[-1].reason, now + patience) if wanted else None,
        outcome=ended[-1].outcome.value if ended else "",
        outcome_reason=ended[-1].reason if ended else "",
    )


def _of(kind: type[Kind], effects: Iterable[Effect]) -> list[Kind]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def _wish(reason: str, until: datetime) -> Wish:
    return Wish(reason, 0 if reason in URGENT else 1, until)


def opened(effect: ProblemOpened, now: datetime, calendar: Calendar) -> Problem:
    """A problem case with its severity and the end of its owner's time (table of problem codes)."""
    kind = PROBLEMS[effect.code]
    due = working_days_later(now, kind.days, calendar)
    return Problem(effect.code, effect.step, kind.severity, due, effect.note)


def promised(effect: FollowUp, facts: Facts, now: datetime) -> Promise:
    """What was promised; its time is the fact that the offered slot was spoken from, or so soon from now."""
    if effect.within is not None:
        return Promise(effect.kind, now + timedelta(minutes=effect.within))
    fact = facts.get(effect.slot) if effect.slot else None
    return Promise(effect.kind, moment(fact) if isinstance(fact, str) else None)


def moment(text: str) -> datetime | None:
    """An ISO date or time, in China's time where it names no zone; None when it is no time."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=LOCAL)


def heard_to_json(heard: Heard | None, effects: tuple[Effect, ...]) -> str:
    """What was heard, as it is kept: identity digits masked the way the engine masked the answer."""
    if heard is None:
        return "{}"
    return pack({"kind": heard.kind.value, "text": kept(heard, effects)})


def kept(heard: Heard, effects: tuple[Effect, ...]) -> str:
    """The answer's own words; keys that made no answer may be half an identity number, and are masked."""
    for effect in effects:
        if type(effect) is Answered:
            return effect.raw
    return "*" * len(heard.text) if heard.kind is Input.KEYS and len(heard.text) > 1 else heard.text


def reply_to_json(turn: Turn) -> str:
    """The reply as the ledger stores it: `[[[step, part, [values], slow], …], wait]`."""
    say = [[said.step, said.part, said.values, said.slow] for said in turn.say]
    wait = turn.wait
    return pack(
        [say, wait and [wait.digits, wait.timeout, wait.hints, *([wait.record] if wait.record else [])]]
    )


def reply_from_json(text: str) -> Reply:
    """The stored reply, equal to what `reply_to_json` was given."""
    say, wait = json.loads(text)
    return Reply(
        tuple(Said(step, part, tuple(values), slow) for step, part, values, slow in say),
        Wait(wait[0], wait[1], tuple(wait[2]), *wait[3:]) if wait else None,
    )
