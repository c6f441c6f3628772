"""The wiring of a script as a state machine of `transitions`: one per script version, shared by all calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from transitions import Event, Machine, MachineError

from scripts.check import BACK, SAME, THEN, branches, conditional
from scripts.model import EngineError, Kind, Only, Script, Step
from scripts.problems import STOPPING
from scripts.values import Performer

START, NEXT, NO_AGENT = "start", "next", "no_agent"
"""The state before the first step; the events of going on, and of nobody having come in time."""


class Walker(Protocol):
    """The throw-away context that is moved: `state` is the name of the current step."""

    state: str
    performer: Performer

    def fits(self, step: Step) -> bool:
        """Whether facts and performer call for the step."""

    def is_open(self, step: Step) -> bool:
        """Whether the step was not settled yet."""


Condition = Callable[[Walker], bool]
Way = tuple[str, tuple[Condition, ...]]


def _by_robot(walker: Walker) -> bool:
    return walker.performer is Performer.ROBOT


def _by_agent(walker: Walker) -> bool:
    return walker.performer is Performer.AGENT


class ScriptMachine:
    """Moves walkers from step to step; events are the categories of answers, `next`, `then` and `on.*`."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._order = tuple(script.steps.values())
        self._index = {step.name: at for at, step in enumerate(self._order)}
        self._machine = Machine(
            model=None, states=[START, *script.steps], initial=START, auto_transitions=False
        )
        self._build()
        self._events: dict[str, Event] = dict(self._machine.events)

    def move(self, event: str, walker: Walker) -> None:
        """Take the first way that applies."""
        state = walker.state
        try:
            moved = self._events[event].trigger(walker, walker)
        except (KeyError, MachineError, AttributeError, ValueError) as error:
            raise EngineError(f'{self._script.name}: no way "{event}" from step "{state}"') from error
        if not moved:
            raise EngineError(f'{self._script.name}: no way "{event}" from step "{state}" applies')

    def _build(self) -> None:
        self._add(NEXT, START, self._falls(0))
        self._add("on.human", START, self._ways(self._script.on["human"]))
        for at, step in enumerate(self._order):
            if step.kind is Kind.END:
                continue
            self._add(NEXT, step.name, self._falls(at + 1))
            for event, target in self._wires(step).items():
                self._add(event, step.name, self._ways(target))

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
        if self._conditions(step):
            yield from self._ways(step.otherwise) if step.otherwise else self._falls(self._index[target] + 1)

    def _falls(self, start: int) -> Iterator[Way]:
        """To the next step that applies and is still open; the talk always has an end to fall into."""
        for step in self._order[start:]:
            if step.only is not Only.WIRED:
                yield from self._entering(step)
                if not self._conditions(step):
                    return

    def _entering(self, step: Step) -> Iterator[Way]:
        conditions = self._conditions(step)
        if step.human_only:
            human = {**self._script.on, **(step.on or {})}["human"]
            yield human, (*conditions, _by_robot)
        if step.agent:
            yield from ((name, (*conditions, _by_agent, *more)) for name, more in self._ways(step.agent))
        yield step.name, conditions

    def _conditions(self, step: Step) -> tuple[Condition, ...]:
        if step.kind is Kind.END and not (step.when or step.otherwise):
            return ()
        if step.only is Only.WIRED:
            if step.kind is not Kind.END and not conditional(step):
                return ()
            return (lambda walker: walker.fits(step),)
        return (lambda walker: walker.is_open(step) and walker.fits(step),)

    def _add(self, event: str, source: str, ways: Iterator[Way]) -> None:
        for target, conditions in ways:
            self._machine.add_transition(event, source, target, conditions=list(conditions))


_BUILT: dict[str, ScriptMachine] = {}


def machine(script: Script) -> ScriptMachine:
    """The machine of a script, built once for each digest."""
    built = _BUILT.get(script.digest)
    if built is None:
        built = _BUILT[script.digest] = ScriptMachine(script)
    return built
