"""What follows from an answer, in plain words."""

from __future__ import annotations

from ivr.texts import known, language, t
from scripts.aloud import aloud
from scripts.diagram import gist
from scripts.labels import label
from scripts.model import Script
from scripts.problems import PROBLEMS
from scripts.values import (
    Affirmed,
    Answered,
    Blocked,
    Effect,
    Ended,
    Facts,
    FollowUp,
    ProblemOpened,
    Told,
    Wanted,
    Withdrawn,
)

GOOD, PLAIN, BAD = "good", "plain", "bad"
"""How an effect is to be looked at."""


def plain(effect: Effect, script: Script, facts: Facts) -> tuple[str, str]:
    """An effect in words, and how it is to be looked at."""
    match effect:
        case Answered(step, category, _):
            return t("scripts.effect_answered", what=label(script, step, category, language())), PLAIN
        case Told(step, _):
            return t("scripts.effect_told", what=_about(script, step)), GOOD
        case Affirmed(step):
            return t("scripts.effect_affirmed", what=_about(script, step)), GOOD
        case ProblemOpened(code, _, _):
            return t("scripts.effect_problem", code=code, what=PROBLEMS[code].title), BAD
        case Blocked(purpose, _):
            return t(f"scripts.effect_blocked_{purpose}"), BAD
        case Withdrawn(_):
            return t("scripts.effect_withdrawn"), PLAIN
        case FollowUp(kind, slot, within):
            return _promised(facts, kind, slot, within), PLAIN
        case Wanted(reason):
            return t("scripts.effect_wanted", what=known("console", f"why_{reason}")), PLAIN
        case Ended(outcome, reason):
            return _over(outcome.value, reason), PLAIN


def _about(script: Script, step: str) -> str:
    return gist(script, script.steps[step], language())


def _promised(facts: Facts, kind: str, slot: str | None, within: int | None) -> str:
    time = aloud("slot", facts.get(slot)) if slot else ""
    if within is not None:
        time = t("scripts.within", minutes=within)
    return t("scripts.effect_follow_up", what=known("desk", f"promise_{kind}"), time=time).strip()


def _over(outcome: str, reason: str) -> str:
    why = known("desk", f"reason_{reason}")
    return t("scripts.effect_ended", what=t(f"desk.outcome_{outcome}"), why=why)
