"""What a talk amounts to when it ends where the script names no outcome (regulation A+5)."""

from __future__ import annotations

from scripts.model import Kind, Script
from scripts.problems import STOPPING
from scripts.progress import Progress
from scripts.values import Facts, Outcome


def standing(script: Script, facts: Facts, progress: Progress, *, through: bool) -> Outcome:
    """SUCCESS only with the right person, every applying mandatory step told and affirmed, and no problem.

    `through` says that the script came to its own end, not to a sub-flow's.
    """
    if progress.blocked:
        return Outcome.REFUSED
    if not _right_person(script, progress):
        return Outcome.NOT_COMPLETED
    if STOPPING & set(progress.problems):
        return Outcome.PROBLEM
    required = script.required(facts, progress.performer)
    asked_all = through or any(step.name not in script.opening for step in required)
    if not asked_all or any(step.name not in progress.settled for step in required):
        return Outcome.PARTIAL
    if progress.problems:
        return Outcome.PROBLEM
    done = all(
        step.name in progress.told and (step.kind is Kind.TELL or step.name in progress.affirmed)
        for step in required
    )
    return Outcome.SUCCESS if done else Outcome.PARTIAL


def _right_person(script: Script, progress: Progress) -> bool:
    if script.identity:
        return progress.identified
    return any(script.step(name).only is None for name in progress.settled)
