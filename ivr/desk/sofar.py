"""What was asked and answered in a call so far, for whoever takes it over: short words, no private values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialer.versions import version
from ivr.desk.card import Words
from ledger.glance import CallRow, GivenRow
from scripts.answers import DETAIL
from scripts.choices import VALUE
from scripts.engine import RECORDED
from scripts.model import Kind, Script
from scripts.screen import asked, label_of
from scripts.values import Input, Performer

HUMAN = "human"
"""The answer of a customer who wants a person: it asks for somebody, and answers no step."""
FREE = (Kind.OPEN, Kind.MESSAGE)
NEVER_SHOWN = (Kind.IDENTITY, Kind.NUMBER)
"""Kinds of steps whose raw answers are digits: of an identity, or a telephone number."""
SPEAKS: Mapping[str | None, str] = {
    Input.CHOICE: Performer.AGENT,
    Input.PROBLEM: Performer.AGENT,
    Input.AGENT: Performer.AGENT,
    Input.ROBOT: Performer.ROBOT,
    Input.NO_AGENT: Performer.ROBOT,
}
"""Who speaks from a turn on, by what was heard at it."""
BEGAN: Mapping[str | None, str] = {**SPEAKS, Input.AGENT: Performer.ROBOT, Input.ROBOT: Performer.AGENT}
"""Who spoke before the first of these."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; `category` is the script's name of the answer."""

    turn: int
    step: str
    category: str
    script: str
    asked: str
    answer: str
    who: str

    def line(self) -> list[str]:
        """The exchange as the page gets it."""
        return [self.asked, self.answer, self.who]


def sofar(conn: sqlite3.Connection, call: CallRow, language: str, words: Words) -> tuple[Exchange, ...]:
    """The exchanges of a call under all its scripts, newest last."""
    speakers = tuple(_speakers(call.heard, call.performer))
    return tuple(_exchanges(conn, call.given, speakers, language, words))


def _speakers(heard: Sequence[str | None], performer: str) -> Iterator[str]:
    """Who performed each turn when its answer came."""
    speaker = next((BEGAN[kind] for kind in heard if kind in BEGAN), performer)
    for kind in heard:
        speaker = SPEAKS.get(kind, speaker)
        yield speaker


def _exchanges(
    conn: sqlite3.Connection,
    given: Sequence[GivenRow],
    speakers: Sequence[str],
    language: str,
    words: Words,
) -> Iterator[Exchange]:
    for row in given:
        script = version(conn, row.script)
        if script is None or row.step not in script.steps:
            continue
        who = speakers[row.turn] if row.turn < len(speakers) else Performer.ROBOT
        answer = _answer(script, row, language)
        if row.category == HUMAN and who == Performer.ROBOT:
            answer = words["wants_person"]
        if answer:
            short = asked(script, row.step, Performer(who))
            yield Exchange(row.turn, row.step, row.category, row.script, short, answer, str(who))


def _answer(script: Script, row: GivenRow, language: str) -> str:
    """Free answers in their own words; of digits only whether they matched."""
    kind = script.steps[row.step].kind
    if row.category == DETAIL:
        return "" if kind in NEVER_SHOWN else row.raw
    if row.category == VALUE and kind in FREE and row.raw not in ("", VALUE, RECORDED):
        return row.raw
    return label_of(script, row.step, row.category, language)


def last(exchanges: Sequence[Exchange]) -> dict[str, Any] | None:
    """The newest answer to a step."""
    for one in reversed(exchanges):
        if one.category != HUMAN:
            return {"words": one.asked, "answer": one.answer}
    return None
