"""What may be answered at a place, by a customer to a robot or through an agent."""

from __future__ import annotations

from scripts.answers import DETAIL, REFUSES
from scripts.choices import own
from scripts.listening import BUILT_IN, EVERYWHERE
from scripts.model import Kind, Script, Step

_MADE = frozenset({*BUILT_IN, "digits"})
"""Intents that never arrive as the category of an answer."""


def hearable(script: Script, step: Step, part: str, identified: bool) -> tuple[str, ...]:
    """Every category that an answer can have, but for those with which a step deals by itself."""
    found = dict.fromkeys((*_own(step), *script.hears, *(step.hears or ()), REFUSES, "human"))
    if part.startswith("ask."):
        beside = {*script.hears, *(step.hears or ()), *EVERYWHERE.values()}
        asked = (name for name in found if name in beside)
        return (DETAIL, *(name for name in asked if _heard(script, step, name, identified)))
    return tuple(name for name in found if _heard(script, step, name, identified))


def _own(step: Step) -> tuple[str, ...]:
    if step.kind is Kind.RATE:
        return ("high", "low")
    return tuple(dict.fromkeys((*own(step), *(step.answers or ()))))


def _heard(script: Script, step: Step, name: str, identified: bool) -> bool:
    """An intent that is early is not heard once the identity is known, but words of the step's own are."""
    if name in _MADE or (name == "human" and step.kind is Kind.TRANSFER):
        return False
    if name in (step.answers or ()) or _worded(step, name):
        return True
    branch = script.branch(step, name)
    return not (branch.early if identified else branch.before and branch.before != name)


def _worded(step: Step, name: str) -> bool:
    listening = step.listening
    if listening is None:
        return False
    return name in listening.replies.values() or any(name == meant for _, meant in listening.words)
