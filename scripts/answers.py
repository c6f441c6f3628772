"""What an input means at a step: the category of the answer and what may be kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scripts import hearing, sealing
from scripts.aloud import aloud
from scripts.listening import BUILT_IN, EVERYWHERE, ID_DIGITS
from scripts.model import EngineError, Kind, Listening, Script, Step
from scripts.values import Facts, Heard, Input

NO_MATCH, DETAIL = "no_match", "detail"
"""Nothing this step understands; the free answer to a question that followed an answer."""

REFUSES = "stop_calling"
"""The one intent that no word of a step's own can hide."""

SHORTEST, LONGEST = 5, 15
"""Digits of a telephone number, as it is dialed at home."""

_DENIAL = re.compile(r"(?:(?<![要能可好是会行对])不(?:是|要|用|想)?|没(?:有|人)?(?:在|再)?|未|无(?:人)?)$")
"""What turns words that follow it into their opposite; 要不 and 是不是 do not."""

DENIALS = frozenset("不没别")
"""Who says one of these names the time that does not suit."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The category of an answer, and the words or keys as they may be stored."""

    category: str
    raw: str


@dataclass(frozen=True, slots=True)
class Ear:
    """Where something is heard: script, step and facts, and whether the identity is known."""

    script: Script
    step: Step
    facts: Facts
    identified: bool

    @property
    def listening(self) -> Listening:
        """What the step listens for."""
        if self.step.listening is None:
            raise EngineError(f'{self.script.name}: nobody can answer step "{self.step.name}"')
        return self.step.listening


def understood(ear: Ear, heard: Heard) -> Answer:
    """What keys or words mean at a step."""
    text = heard.text.strip()
    if ear.step.kind is Kind.IDENTITY:
        return Answer(_identified(ear, heard.kind, text), "*" * len(text))
    if ear.step.sealed:
        return _chosen_code(ear, heard.kind, text)
    if ear.step.kind is Kind.NUMBER:
        return _numbered(ear, heard.kind, text)
    category = ear.listening.keys.get(text, NO_MATCH) if heard.kind is Input.KEYS else _words(ear, text)
    return Answer(sorted_out(ear.step, category), text)


def detail(ear: Ear, heard: Heard) -> Answer:
    """The free answer to a follow-up question, unless it is something that is heard everywhere."""
    answer = understood(ear, heard)
    if answer.category in {*ear.script.hears, *(ear.step.hears or ()), *EVERYWHERE.values(), *BUILT_IN}:
        return answer
    return Answer(DETAIL, answer.raw)


def _words(ear: Ear, text: str) -> str:
    listening = ear.listening
    if text and (whole := listening.replies.get(hearing.folded(text)) if listening.replies else None):
        return whole
    intent = _intent(ear, text) if text else None
    if intent == REFUSES:
        return intent
    own = next((name for words, name in listening.words if _says(text, words)), None)
    if own and not (intent == "unsure" and own == ear.step.wanted and ear.step.mandatory):
        return own
    if ear.step.kind is Kind.CHOICE and (slot := _slot(ear, text)):
        return slot
    if intent and (intent in listening.intents or intent[0].isdecimal()):
        return listening.keys.get(intent, intent)
    return "value" if text and ear.step.kind is Kind.OPEN else NO_MATCH


def _says(text: str, words: str) -> bool:
    """Whether the words stand there and are not denied: 没打过 does not say 打过."""
    before, found, after = text.partition(words)
    while found:
        if not _DENIAL.search(before):
            return True
        more, found, after = after.partition(words)
        before += words + more
    return False


def _intent(ear: Ear, text: str) -> str | None:
    intent = hearing.understand(text, ear.listening.intents)
    if intent is None:
        return None
    branch = ear.script.branch(ear.step, intent)
    if ear.identified:
        return None if branch.early else intent
    return branch.before or intent


def _slot(ear: Ear, text: str) -> str | None:
    """The offered time that the words repeat: the one that shares the longer passage with them."""
    if DENIALS & set(text):
        return None
    shared = sorted((_overlap(time, text), name) for name, time in _offered(ear))
    if len(shared) < 2 or shared[-1][0] < 2 or shared[-1][0] == shared[-2][0]:
        return None
    return shared[-1][1]


def _offered(ear: Ear) -> Iterator[tuple[str, str]]:
    for name, branch in (ear.step.answers or {}).items():
        if branch.follow_up and branch.follow_up.slot:
            yield name, aloud("slot", ear.facts.get(branch.follow_up.slot))


def _overlap(time: str, text: str) -> int:
    """The length of the longest passage of the spoken time that the text holds."""
    ends = range(1, len(time) + 1)
    passages = ((end - start) for end in ends for start in range(end) if time[start:end] in text)
    return max(passages, default=0)


def sorted_out(step: Step, category: str) -> str:
    """The step's own category for an intent: a no to an open question is none, a point is high or low."""
    if step.kind is Kind.OPEN and category == "no":
        return "none"
    if step.kind is Kind.RATE and category in ("1", "2", "3", "4", "5"):
        return "low" if int(category) <= step.low else "high"
    return category


def _identified(ear: Ear, kind: Input, text: str) -> str:
    if kind is Input.KEYS and len(text) == 1:
        return EVERYWHERE.get(text, NO_MATCH)
    given = text.replace("*", "X") if kind is Input.KEYS else _words(ear, text)
    if not given[:-1].isdecimal():
        return given if kind is Input.SPEECH else NO_MATCH
    expected = str(ear.facts.get(ear.step.fact) or "").upper()
    if len(given) < ID_DIGITS:
        return NO_MATCH
    return "match" if len(expected) == ID_DIGITS and given.endswith(expected) else "mismatch"


def _chosen_code(ear: Ear, kind: Input, text: str) -> Answer:
    """A pass code of the customer's own; only its hash is an answer."""
    if kind is Input.KEYS and len(text) == 1:
        return Answer(EVERYWHERE.get(text, NO_MATCH), text)
    given = text if kind is Input.KEYS else _words(ear, text)
    if given.isdecimal() and len(given) == sealing.DIGITS:
        return Answer("value", sealing.sealed(given, str(ear.facts.get(sealing.SALT) or "")))
    said = given if kind is Input.SPEECH and not given.isdecimal() else NO_MATCH
    return Answer(said, "*" * len(text))


def _numbered(ear: Ear, kind: Input, text: str) -> Answer:
    """A telephone number; where the step names a fact, one of the numbers that it lists, or none of them."""
    if kind is Input.KEYS and len(text) == 1:
        return Answer(EVERYWHERE.get(text, NO_MATCH), text)
    given = text.strip("*") if kind is Input.KEYS else _words(ear, text)
    if not given.isdecimal():
        return Answer(given if kind is Input.SPEECH else NO_MATCH, text)
    if not SHORTEST <= len(given) <= LONGEST:
        return Answer(NO_MATCH, text)
    if not ear.step.fact:
        return Answer("value", given)
    known = str(ear.facts.get(ear.step.fact) or "").split()
    return Answer("match" if given in known else "mismatch", given)
