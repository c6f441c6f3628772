"""The wiring of a script as data: for each step and event the ways that lead on, with what guards them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from scripts.check import BACK, SAME, THEN, branches, conditional
from scripts.model import Kind, Only, Script, Step
from scripts.problems import STOPPING

START, NEXT, NO_AGENT = "start", "next", "no_agent"
"""The state before the first step; the events of going on, and of nobody having come in time."""

HUMAN = "on.human"
"""The event of a person being wanted."""


class Sort(StrEnum):
    """What a guard asks: that a step fits; that it was not settled and fits; who performs."""

    FITS = "fits"
    OPEN = "open"
    ROBOT = "robot"
    AGENT = "agent"


class Guard(NamedTuple):
    """A condition on a way; the step is "" where it is about the performer."""

    sort: Sort
    step: str = ""


class Way(NamedTuple):
    """Where an event leads when all the guards hold."""

    target: str
    guards: tuple[Guard, ...]


Ways = Mapping[str, Mapping[str, tuple[Way, ...]]]
"""By state and event the ways in their order: the first that applies is taken."""

BY_ROBOT, BY_AGENT = Guard(Sort.ROBOT), Guard(Sort.AGENT)


def wiring(script: Script) -> Ways:
    """All the ways of a script; events are the categories of answers, `next`, `then`, `stop.*` and `on.*`."""
    return _Wiring(script).ways()


class _Wiring:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._order = tuple(script.steps.values())
        self._index = {step.name: at for at, step in enumerate(self._order)}

    def ways(self) -> Ways:
        human = self._script.on["human"]
        found = {START: {NEXT: tuple(self._falls(0)), HUMAN: tuple(self._ways(human))}}
        for at, step in enumerate(self._order):
            if step.kind is not Kind.END:
                found[step.name] = {NEXT: tuple(self._falls(at + 1))} | {
                    event: tuple(self._ways(target)) for event, target in self._wires(step).items()
                }
        return found

    def _wires(self, step: Step) -> dict[str, str]:
        wires: dict[str, str | None] = {THEN: step.then, NO_AGENT: step.no_agent or self._alone(step)}
        if step.waits:
            wires |= {name: branch.then for name, branch in self._script.hears.items()}
            stops = (branch for branch in self._script.hears.values() if branch.problem in STOPPING)
            wires |= {f"stop.{branch.problem}": branch.then for branch in stops}
            wires |= {name: branch.then for name, branch in branches(step)}
        wires |= {f"on.{name}": target for name, target in {**self._script.on, **(step.on or {})}.items()}
        return {event: target for event, target in wires.items() if target and target not in (SAME, BACK)}

    def _alone(self, step: Step) -> str:
        """Where a talk goes whose agent is gone: as if a human had been called for and nobody came."""
        human = self._script.steps[{**self._script.on, **(step.on or {})}["human"]]
        return human.no_agent or human.name

    def _ways(self, target: str) -> Iterator[Way]:
        """To the target if it applies, else to its substitute, else to what comes after it."""
        step = self._script.steps[target]
        yield from self._entering(step)
        if self._guards(step):
            yield from self._ways(step.otherwise) if step.otherwise else self._falls(self._index[target] + 1)

    def _falls(self, start: int) -> Iterator[Way]:
        """To the next step that applies and is still open; the talk always has an end to fall into."""
        for step in self._order[start:]:
            if step.only is not Only.WIRED:
                yield from self._entering(step)
                if not self._guards(step):
                    return

    def _entering(self, step: Step) -> Iterator[Way]:
        guards = self._guards(step)
        if step.human_only:
            human = {**self._script.on, **(step.on or {})}["human"]
            yield Way(human, (*guards, BY_ROBOT))
        if step.agent:
            for way in self._ways(step.agent):
                yield Way(way.target, (*guards, BY_AGENT, *way.guards))
        yield Way(step.name, guards)

    def _guards(self, step: Step) -> tuple[Guard, ...]:
        if step.kind is Kind.END and not (step.when or step.otherwise):
            return ()
        if step.only is Only.WIRED:
            if step.kind is not Kind.END and not conditional(step):
                return ()
            return (Guard(Sort.FITS, step.name),)
        return (Guard(Sort.OPEN, step.name),)
