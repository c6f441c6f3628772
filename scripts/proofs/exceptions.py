"""What is for the exception stays there: steps for whom an answer leads to them, ends that are no success."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.check import branches
from scripts.model import Only, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.values import Outcome


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Nobody falls into a step that only an answer leads to, and no end but a good one is named SUCCESS."""
    wired = {*pack.wired, *(name for asked in pack.prescribed(script.covers) for name in asked.wired)}
    for step in script.steps.values():
        if step.name in wired and step.only is not Only.WIRED:
            yield Finding("exception_for_all", step.file, step.name)
        for reason in _successes(step):
            if reason in pack.unsuccessful:
                yield Finding("success_named", step.file, step.name, (("reason", reason),))


def _successes(step: Step) -> Iterator[str]:
    """The reasons of the ends here that the script itself calls a success."""
    if step.outcome is Outcome.SUCCESS:
        yield step.reason
    yield from (branch.reason for _, branch in branches(step) if branch.end is Outcome.SUCCESS)
