"""What an input means at a step: the category of the answer and what may be kept of it."""

from __future__ import annotations

from dataclasses import dataclass

from scripts import hearing
from scripts.listening import EVERYWHERE, ID_DIGITS
from scripts.model import EngineError, Kind, Listening, Script, Step
from scripts.values import Facts, Heard, Input

NO_MATCH, DETAIL = "no_match", "detail"
"""Nothing this step understands; the free answer to a question that followed an answer."""

REFUSES = "stop_calling"
"""The one intent that no word of a step's own can hide."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The category of an answer, and the words or keys as they may be stored."""

    category: str
    raw: str


def understood(script: Script, step: Step, facts: Facts, heard: Heard, *, detail: bool) -> Answer:
    """What keys or words mean at this step; `detail` where any words answer a follow-up question."""
    listening = step.listening
    if listening is None:
        raise EngineError(f'{script.name}: nobody can answer step "{step.name}"')
    text = heard.text.strip()
    if step.kind is Kind.IDENTITY:
        return Answer(_identified(script, step, facts, heard.kind, text), "*" * len(text))
    category = _key(listening, text) if heard.kind is Input.KEYS else _words(script, step, text)
    if detail:
        category = category if category in script.hears or category in EVERYWHERE.values() else DETAIL
    return Answer(_sorted_out(step, category), text)


def _key(listening: Listening, text: str) -> str:
    return listening.keys.get(text, NO_MATCH)


def _words(script: Script, step: Step, text: str) -> str:
    listening = step.listening
    if listening is None or not text:
        return NO_MATCH
    intent = hearing.understand(text, listening.intents)
    if intent == REFUSES:
        return intent
    for words, category in listening.words:
        if words in text:
            return category
    if intent and (intent in listening.intents or intent[0].isdecimal()):
        return intent
    return "value" if step.kind is Kind.OPEN else NO_MATCH


def _sorted_out(step: Step, category: str) -> str:
    """The step's own category for an intent: a no to an open question is none, a point is high or low."""
    if step.kind is Kind.OPEN and category == "no":
        return "none"
    if step.kind is Kind.RATE and category in ("1", "2", "3", "4", "5"):
        return "low" if int(category) <= step.low else "high"
    return category


def _identified(script: Script, step: Step, facts: Facts, kind: Input, text: str) -> str:
    if kind is Input.KEYS and len(text) == 1:
        return EVERYWHERE.get(text, NO_MATCH)
    given = text.replace("*", "X") if kind is Input.KEYS else _words(script, step, text)
    if not given[:-1].isdecimal():
        return given if kind is Input.SPEECH else NO_MATCH
    expected = str(facts.get(step.fact) or "").upper()
    if len(given) < ID_DIGITS:
        return NO_MATCH
    return "match" if expected and given.endswith(expected) and len(expected) == ID_DIGITS else "mismatch"
