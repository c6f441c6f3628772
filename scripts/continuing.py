"""One call, two scripts: what was told and proved in the first holds in the second, in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import Kind, Script, Step
from scripts.progress import Progress
from scripts.talk import Talk, fresh
from scripts.values import Facts, Turn


def go_on(
    script: Script, facts: Facts, resume: Progress | None, *, before: Script, progress: Progress
) -> Turn:
    """The first turn of a script in the middle of a call, where it stopped in an earlier one (`resume`).

    `before` is the script that led here, `progress` its end. Steps of the opening whose very words were told,
    and affirmed where they ask, are not said again: what calls a machine a machine, and the identity check.
    """
    talk = Talk(script, facts, fresh(progress.performer, resume, script.opening))
    talk.turns, talk.slow = progress.turns, progress.slow
    told = {before.words(name, progress.performer).digest for name in progress.told}
    affirmed = {before.words(name, progress.performer).digest for name in progress.affirmed}
    for step in _opening(script):
        digest = script.words(step.name, progress.performer).digest
        if digest in told:
            talk.tell(step)
            if step.kind is Kind.TELL:
                talk.settle(step.name)
            elif digest in affirmed:
                talk.affirm(step)
    talk.start()
    return talk.turn()


def _opening(script: Script) -> Iterator[Step]:
    return (script.step(name) for name in script.opening if script.step(name).mandatory)
