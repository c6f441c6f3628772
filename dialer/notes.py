"""From the engine's turn to what the ledger keeps of it, and from the kept reply back to what is said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.calendar import LOCAL
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
)

pack = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said and what was waited for, read back from a stored turn."""

    say: tuple[Said, ...]
    wait: Wait | None


URGENT = ("human_first",)
"""Why a caller is served before those who came earlier: people of sixty or more (B25)."""


def record(
    turn: Turn, heard: Heard | None, *, facts: Facts, now: datetime, patience: timedelta = timedelta()
) -> TurnRecord:
    """Everything that the turn writes, in the order in which the engine let it happen.

    `patience` is how long a person is waited for where one is wanted.
    """
    told: list[Disclosure] = []
    affirmed: list[str] = []
    answers: list[Answer] = []
    problems: list[Problem] = []
    blocks: list[Block] = []
    promises: list[Promise] = []
    wish: Wish | None = None
    outcome = reason = ""
    for effect in turn.effects:
        match effect:
            case Told(step, digest):
                told.append(Disclosure(step, digest, affirmed=False))
            case Answered(step, category, raw):
                answers.append(Answer(step, category, raw))
            case Affirmed(step):
                affirmed.append(step)
            case ProblemOpened():
                problems.append(opened(effect, now))
            case Blocked(purpose, why):
                blocks.append(Block(purpose, why))
            case FollowUp():
                promises.append(promised(effect, facts, now))
            case Wanted(why):
                wish = Wish(why, 0 if why in URGENT else 1, now + patience)
            case Ended(what, why):
                outcome, reason = what.value, why
    return TurnRecord(
        heard=heard_to_json(heard, turn.effects),
        reply=reply_to_json(turn),
        progress=turn.progress.to_json(),
        answers=tuple(answers),
        told=tuple(told),
        affirmed=tuple(affirmed),
        problems=tuple(problems),
        blocks=tuple(blocks),
        promises=tuple(promises),
        wish=wish,
        outcome=outcome,
        outcome_reason=reason,
    )


def opened(effect: ProblemOpened, now: datetime) -> Problem:
    """A problem case with its severity and the end of its owner's time (table of problem codes)."""
    kind = PROBLEMS[effect.code]
    return Problem(effect.code, effect.step, kind.severity, working_days_later(now, kind.days), effect.note)


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
