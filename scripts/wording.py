"""An agent's own words for a step: what they must share with the robot's, which speak of keys."""

from __future__ import annotations

import re

from scripts.model import Step
from scripts.texts import Text

_CLAUSE = re.compile(r"[^，。！？；：、]+")
_PRESSING = re.compile(r"按键|[井星]号|嘀声|输入|[请就]按(?!照)|按[零一二三四五六七八九](?![项个])")


def presses(words: str) -> bool:
    """Whether the words tell the customer to press a key, as only a robot may."""
    return _PRESSING.search(words) is not None


def objection(step: Step, robots: Text, agents: Text) -> str | None:
    """Why an agent may not read these words instead of the robot's; None if he may.

    No value but the robot's, so that nothing is revealed earlier; every one of them in a mandatory step;
    and a verbatim text word for word, but for the clauses that speak of keys.
    """
    for name in agents.names:
        if name not in robots.names:
            return f"{{{name}}} is not in say, an agent speaks the values of say only"
    for name in robots.names:
        if step.mandatory and name not in agents.names:
            return f"leaves out {{{name}}}, a mandatory step tells everybody the same values"
    if step.verbatim and _clauses(agents) != [words for words in _clauses(robots) if not presses(words)]:
        return "differs from say, a verbatim text may only leave out what say tells of keys"
    return None


def _clauses(text: Text) -> list[str]:
    return _CLAUSE.findall(text.spoken(tuple(f"{{{name}}}" for name in text.names)))
