"""What customers ask, and the answers an agent may give in this call."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scripts.aloud import aloud
from scripts.model import COMMON, Reveal, Script
from scripts.texts import Text, cut
from scripts.values import Facts

Pieces = tuple[tuple[str, bool], ...]
"""Words, and whether they are one of the customer's values."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the text of its answer; `step` names the step whose facts must call for it."""

    ask: str
    text: Text
    step: str = ""


@cache
def _rows() -> Mapping[str, list[Mapping[str, str]]]:
    found: Mapping[str, list[Mapping[str, str]]] = tomllib.loads(
        (Path(__file__).parent / "faq.toml").read_text(encoding="utf-8")
    )
    return found


def questions(script: Script) -> tuple[Question, ...]:
    """The questions of a script, then those of every script; a step that this version lacks is left out."""
    rows = (*_rows().get(script.name, ()), *_rows()[COMMON])
    return tuple(_question(script, row) for row in rows if _has(script, row))


def _has(script: Script, row: Mapping[str, str]) -> bool:
    return "say" in row or (row["explain"], "explain") in script.texts


def _question(script: Script, row: Mapping[str, str]) -> Question:
    if "say" in row:
        return Question(row["ask"], cut(row["say"]))
    return Question(row["ask"], script.text(row["explain"], "explain"), row["explain"])


def answers(script: Script, facts: Facts, *, identified: bool) -> Iterator[tuple[str, Pieces]]:
    """The questions that can be answered now: nothing private is said before the identity check."""
    for question in questions(script):
        if question.step and not script.step(question.step).applies(facts):
            continue
        pieces = _filled(script, question.text, facts, identified)
        if pieces is not None:
            yield question.ask, pieces


def _filled(script: Script, text: Text, facts: Facts, identified: bool) -> Pieces | None:
    pieces: list[tuple[str, bool]] = [(text.pieces[0], False)]
    for name, piece in zip(text.names, text.pieces[1:], strict=True):
        variable = script.variables.get(name)
        if variable is None or (variable.reveal is Reveal.PRIVATE and not identified):
            return None
        value = aloud(variable.say, facts.get(variable.fact))
        if not value:
            return None
        pieces += ((value, True), (piece, False))
    return tuple((words, is_value) for words, is_value in pieces if words)
