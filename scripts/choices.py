"""What an agent may choose at a step: the answers that a robot would have understood there."""

from __future__ import annotations

from scripts.answers import DETAIL, NO_MATCH, Answer, Ear, sorted_out
from scripts.listening import BUILT_IN, EVERYWHERE
from scripts.model import Kind, NotOffered, Step
from scripts.values import Heard

VALUE = "value"
"""The category of free words."""

RATES = ("1", "2", "3", "4", "5")

_ABOUT_DIGITS = frozenset({"match", "mismatch"})


def own(step: Step) -> tuple[str, ...]:
    """The answers of the step itself; whether digits match is never an agent's to say."""
    if step.kind is Kind.RATE:
        return RATES
    return tuple(name for name in step.answers or () if name not in _ABOUT_DIGITS)


def everywhere(ear: Ear) -> frozenset[str]:
    """What is heard beside the answers: intents of the step and of the script that are heard now."""
    heard = {*ear.script.hears, *(ear.step.hears or ())} - set(own(ear.step))
    return frozenset({name for name in heard if not _is_deaf(ear, name)} | BUILT_IN | {*EVERYWHERE.values()})


def _is_deaf(ear: Ear, name: str) -> bool:
    branch = ear.script.branch(ear.step, name)
    return branch.early if ear.identified else bool(branch.before)


def chosen(ear: Ear, part: str, heard: Heard) -> Answer:
    """The answer that an agent chose, with the words typed beside it."""
    category = heard.text or VALUE
    raw = heard.words or category
    if category in everywhere(ear):
        return Answer(category, raw)
    if part.startswith("ask.") and category in (VALUE, DETAIL):
        return Answer(DETAIL, heard.words)
    if category == DETAIL and ear.step.kind is Kind.OPEN:
        category = VALUE
    if part.startswith("ask.") or category not in own(ear.step):
        raise NotOffered(f'{ear.script.name}: step "{ear.step.name}" does not offer "{category}"')
    return Answer(sorted_out(ear.step, category), raw)


def understood_at_all(ear: Ear, answer: Answer) -> Answer:
    """An agent's digits are taken as they are or not at all: nobody asks him again."""
    if answer.category == NO_MATCH:
        raise NotOffered(f'{ear.script.name}: step "{ear.step.name}" does not know these keys or words')
    return answer
