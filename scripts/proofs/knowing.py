"""Whether a step fits when only some facts are known: yes, no, or that it depends."""

from __future__ import annotations

from scripts.model import Need, Script, Step
from scripts.sample import CALL, domain
from scripts.values import Performer

Value = str | int | bool | None
Known = tuple[Value, ...]
"""The values of the tracked facts, in the order of their names."""


class Knowing:
    """Judges steps by the tracked facts; every other fact may be anything."""

    def __init__(self, script: Script, tracked: tuple[str, ...] = ()) -> None:
        self._script, self._at = script, {fact: at for at, fact in enumerate(tracked)}
        self._judged: dict[tuple[str, bool, Known], bool | None] = {}

    def fits(self, step: Step, agent: bool, known: Known) -> bool | None:
        """Whether facts and performer call for the step; None: some facts do, others do not."""
        key = (step.name, agent, known)
        if key not in self._judged:
            self._judged[key] = self._fits(step, agent, known)
        return self._judged[key]

    def wants_human(self, known: Known) -> bool | None:
        """Whether the whole talk is a person's."""
        if Performer.ROBOT not in self._script.performers:
            return True
        if not self._script.human_first:
            return False
        return self._all(self._script.human_first, (), known)

    def _fits(self, step: Step, agent: bool, known: Known) -> bool | None:
        if not spoken(self._script, step, agent):
            return False
        return self._all(step.when, needed(self._script, step), known)

    def _all(self, needs: tuple[Need, ...], present: tuple[str, ...], known: Known) -> bool | None:
        verdict: bool | None = True
        for need in needs:
            if need.fact not in self._at:
                verdict = None
            elif not need.met({need.fact: known[self._at[need.fact]]}):
                return False
        for fact in present:
            if fact not in self._at:
                verdict = None
            elif known[self._at[fact]] is None:
                return False
        return verdict


def spoken(script: Script, step: Step, agent: bool) -> bool:
    """Whether the performer says the step at all in a script of this purpose, whatever the facts."""
    performer = Performer.AGENT if agent else Performer.ROBOT
    return step.spoken_by(performer) and (not step.purposes or script.purpose in step.purposes)


def needed(script: Script, step: Step) -> tuple[str, ...]:
    """The facts without which the step is passed over; a mandatory one never is for a missing value.

    What a mandatory step speaks whenever this one applies is there in every call that is placed.
    """
    if step.mandatory:
        return ()
    sure = {name for one in script.mandatory if set(one.when) <= set(step.when) for name in one.names}
    return tuple(script.variables[name].fact for name in step.names if name not in sure)


def needs(script: Script) -> tuple[str, ...]:
    """The facts without which a mandatory step cannot be said to those to whom it applies."""
    names = (name for step in script.mandatory for name in step.names)
    return tuple(dict.fromkeys(script.variables[name].fact for name in names))


def placing(script: Script) -> tuple[tuple[tuple[str, frozenset[Value]], ...], ...]:
    """What holds for every call that is placed: no mandatory text that applies lacks a value (`missing`).

    Each row names facts with values of which one is true.
    """
    ways, rows = values(script), list[tuple[tuple[str, frozenset[Value]], ...]]()
    for step in script.mandatory:
        passed = tuple((need.fact, _unmet(need, ways[need.fact])) for need in step.when)
        facts = (script.variables[name].fact for name in step.names)
        rows += ((*passed, (fact, frozenset(ways[fact]) - {None})) for fact in facts)
    return tuple(dict.fromkeys(rows))


def _unmet(need: Need, ways: tuple[Value, ...]) -> frozenset[Value]:
    return frozenset(value for value in ways if need.met({need.fact: value}) is False)


def values(script: Script) -> dict[str, tuple[Value, ...]]:
    """Every fact that decides whether a step applies, with a value for each way, the usual first."""
    found: dict[str, tuple[Value, ...]] = dict(domain(script))
    for variable in script.variables.values():
        found.setdefault(variable.fact, (variable.example,))
    return {fact: ways if fact in CALL else (*ways, None) for fact, ways in found.items()}
