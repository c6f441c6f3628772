"""The wiring of a script as a state machine of `transitions`: one per script version, shared by all calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

from transitions import Event, Machine, MachineError

from scripts.model import EngineError, Script, Step
from scripts.values import Performer
from scripts.wiring import START, Guard, Sort, Ways, wiring


class Walker(Protocol):
    """The throw-away context that is moved: `state` is the name of the current step."""

    state: str
    performer: Performer

    def fits(self, step: Step) -> bool:
        """Whether facts and performer call for the step."""

    def is_open(self, step: Step) -> bool:
        """Whether the step was not settled yet."""


Condition = Callable[[Walker], bool]


def _by_robot(walker: Walker) -> bool:
    return walker.performer is Performer.ROBOT


def _by_agent(walker: Walker) -> bool:
    return walker.performer is Performer.AGENT


class ScriptMachine:
    """Moves walkers from step to step along the ways of the wiring."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._machine = Machine(
            model=None, states=[START, *script.steps], initial=START, auto_transitions=False
        )
        self._build(wiring(script))
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

    def _build(self, wires: Ways) -> None:
        conditions = {
            guard: self._condition(guard)
            for events in wires.values()
            for ways in events.values()
            for way in ways
            for guard in way.guards
        }
        for source, events in wires.items():
            for event, ways in events.items():
                for target, guards in ways:
                    self._machine.add_transition(event, source, target, [conditions[one] for one in guards])

    def _condition(self, guard: Guard) -> Condition:
        if guard.sort is Sort.ROBOT:
            return _by_robot
        if guard.sort is Sort.AGENT:
            return _by_agent
        step = self._script.steps[guard.step]
        if guard.sort is Sort.FITS:
            return lambda walker: walker.fits(step)
        return lambda walker: walker.is_open(step) and walker.fits(step)


@lru_cache(maxsize=128)
def machine(script: Script) -> ScriptMachine:
    """The machine of a script, built once as long as it is used."""
    return ScriptMachine(script)
