"""A path on the real engine: what was said on both sides, and whether the engine really went along it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.conditions import title, value_in_words
from scripts.engine import LAST_REPEAT, MAX_MISSES, MAX_SILENCES, advance, begin
from scripts.labels import label
from scripts.model import EngineError, Kind, Script
from scripts.progress import Progress
from scripts.proofs.finding import Line
from scripts.proofs.knowing import Value
from scripts.proofs.places import GO, Move, Place
from scripts.proofs.search import Edge
from scripts.proofs.solving import Solved
from scripts.proofs.system import CLOSED, MISSED, REPEATED, SILENT, STOP
from scripts.sample import facts as sample_facts
from scripts.values import Facts, Heard, Input, Performer, Turn
from scripts.wiring import START

_WORDS = tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))
SAYS, HAPPENS = _WORDS["says"], _WORDS["happens"]
"""What customers say by category; how other inputs are told."""

TIMES = {SILENT: MAX_SILENCES, MISSED: MAX_MISSES, REPEATED: LAST_REPEAT}
"""How often these must come before the talk moves."""


class Replay(NamedTuple):
    """The conversation of a path; `true` says whether the engine came where the path says."""

    talk: tuple[Line, ...]
    true: bool


def replay(script: Script, path: tuple[Edge, ...], solved: Solved) -> Replay:
    """Walk a path on the real engine with facts that lead along it."""
    facts = sample_facts(script, solved.facts)
    talk = list(_premises(script, solved))
    try:
        turn = _begun(script, facts, path[0].target, solved)
        talk.append(_spoken(script, turn))
        for edge in path[1:]:
            if edge.source and edge.move != GO:
                talk.append(_input(script, edge.source, edge.move))
                turn = _moved(script, facts, turn, edge.move)
                talk.append(_spoken(script, turn))
    except EngineError:
        return Replay(tuple(talk), False)
    return Replay(tuple(line for line in talk if line.words), _agrees(turn, path[-1].target, script))


def _begun(script: Script, facts: Facts, place: Place, solved: Solved) -> Turn:
    performer = Performer.AGENT if place.agent else Performer.ROBOT
    resume = None
    if solved.settled:
        resume = Progress(START, told=solved.settled, affirmed=solved.settled, settled=solved.settled)
    return begin(script, facts, performer=performer, resume=resume)


def _moved(script: Script, facts: Facts, turn: Turn, move: Move) -> Turn:
    for _ in range(TIMES.get(move, 1)):
        turn = advance(script, facts, turn.progress, _heard(script, facts, turn.progress, move))
    return turn


def _heard(script: Script, facts: Facts, here: Progress, move: Move) -> Heard:
    if move.sort == STOP:
        return Heard(Input.PROBLEM, move.category)
    if move == MISSED:
        return Heard(Input.KEYS, "*")
    if move == REPEATED:
        return Heard(Input.KEYS, "9")
    if move.sort != "answer":
        return Heard(Input(move.sort))
    return _answer(script, facts, here, move.category)


def _answer(script: Script, facts: Facts, here: Progress, category: str) -> Heard:
    step = script.step(here.step)
    if category == "mismatch":
        return Heard(Input.KEYS, "0000000" if step.kind is Kind.NUMBER else "0000")
    if category == "match":
        known = str(facts.get(step.fact) or "").split()
        return Heard(Input.KEYS, known[0].replace("X", "*") if known else "")
    if step.kind is Kind.NUMBER and category == "value":
        return Heard(Input.KEYS, "02195500")
    if step.kind is Kind.RATE and category in ("high", "low"):
        return Heard(Input.CHOICE, "5" if category == "high" else "1")
    return Heard(Input.CHOICE, category)


def _agrees(turn: Turn, place: Place, script: Script) -> bool:
    """Whether the engine is at the place, or said its statement on the way."""
    here = turn.progress
    if place.part.startswith(CLOSED):
        return here.ended and here.step == place.step
    if script.steps[place.step].kind is Kind.TELL:
        return any(said.step == place.step for said in turn.say)
    return here.step == place.step and (here.performer is Performer.AGENT) is place.agent


# The conversation.


def _premises(script: Script, solved: Solved) -> Iterator[Line]:
    usual = sample_facts(script)
    odd = {fact: value for fact, value in solved.facts.items() if usual.get(fact) != value}
    if odd:
        told = "，".join(f"{title(fact)}：{_value(value)}" for fact, value in odd.items())
        yield Line("note", HAPPENS["facts"].format(facts=told))
    if solved.settled:
        yield Line("note", HAPPENS["settled"].format(steps="、".join(solved.settled)))


def _value(value: Value) -> str:
    if value is None:
        return str(HAPPENS["none"])
    return str(HAPPENS["yes" if value else "no"]) if isinstance(value, bool) else value_in_words(value)


def _spoken(script: Script, turn: Turn) -> Line:
    who = "agent" if turn.progress.performer is Performer.AGENT else "robot"
    return Line(who, "".join(script.text(said.step, said.part).spoken(said.values) for said in turn.say))


def _input(script: Script, source: Place, move: Move) -> Line:
    if move.sort != "answer":
        return Line("note", HAPPENS[move.sort].format(category=move.category))
    own = label(script, source.step, move.category, "zh")
    return Line("customer", SAYS.get(move.category) or f"“{own}”{_key(script, source, move.category)}")


def _key(script: Script, source: Place, category: str) -> str:
    """The key that means the same, where a robot asks."""
    listening = script.steps[source.step].listening
    keys = (
        []
        if listening is None or source.agent
        else [k for k, name in listening.keys.items() if name == category]
    )
    return f"（按{keys[0]}）" if keys and not source.part.startswith("ask.") else ""
