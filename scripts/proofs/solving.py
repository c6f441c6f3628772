"""Facts for a path: what its ways ask of the facts, and one set of facts that grants it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from scripts.model import Kind, Need, Step
from scripts.proofs.knowing import Value, needed, placing, spoken, values
from scripts.proofs.places import Place
from scripts.proofs.search import Edge
from scripts.proofs.system import HUMAN_FIRST, Hop, System
from scripts.wiring import Guard, Sort, Way

Allowed = tuple[str, frozenset[Value]]
"""A fact, and the values of it that one condition allows."""

BEFORE = "before:"
"""How the name of a step begins as a fact: that an earlier talk settled it."""

Clause = tuple[Allowed, ...]
"""Conditions of which one must hold."""


class Solved(NamedTuple):
    """Facts that lead along a path, and the steps that an earlier talk must have settled for it."""

    facts: Mapping[str, Value]
    settled: tuple[str, ...]


class Conflict(NamedTuple):
    """The facts of which a path asks what does not go together; none where nothing can help."""

    facts: tuple[str, ...]


def solve(system: System, path: Iterable[Edge]) -> Solved | Conflict:
    """Facts for a path."""
    return _Solver(system).solve(path)


class _Solver:
    def __init__(self, system: System) -> None:
        self.system, self.script = system, system.script
        self.domain = dict(values(system.script))
        self.clauses: list[Clause] = []
        self.domain |= {f"{BEFORE}{name}": (False, True) for name in self.script.steps}
        self.hopeless = False

    def solve(self, path: Iterable[Edge]) -> Solved | Conflict:
        for edge in path:
            for hop in edge.hops:
                self._read(edge, hop)
        if self.hopeless:
            return Conflict(())
        left = {fact: frozenset(ways) for fact, ways in self.domain.items()}
        for fact, value in zip(self.system.tracked, self._known(path), strict=False):
            left[fact] = frozenset({value})
        self._place()
        solved = self._solved(left, sorted(self.clauses, key=len))
        if solved is None:
            asked = (fact for clause in self.clauses for fact, _ in clause if not fact.startswith(BEFORE))
            return Conflict(tuple(asked))
        found = {fact: self._first(fact, solved[fact]) for fact in self._asked()}
        settled = (
            fact.removeprefix(BEFORE) for fact, value in found.items() if fact.startswith(BEFORE) and value
        )
        facts = {fact: value for fact, value in found.items() if not fact.startswith(BEFORE)}
        return Solved(facts, tuple(settled))

    def _place(self) -> None:
        """Facts of which the path asks are those of a call that is placed."""
        asked = {fact for clause in self.clauses for fact, good in clause if None in good}
        self.clauses += (row for row in placing(self.script) if row[-1][0] in asked)

    def _known(self, path: Iterable[Edge]) -> tuple[Value, ...]:
        return next((edge.target.known for edge in path), ())

    def _asked(self) -> tuple[str, ...]:
        asked = (fact for clause in self.clauses for fact, _ in clause)
        return tuple(dict.fromkeys((*asked, *self.system.tracked)))

    def _first(self, fact: str, left: frozenset[Value]) -> Value:
        return next(value for value in self.domain[fact] if value in left)

    def _solved(
        self, left: dict[str, frozenset[Value]], clauses: list[Clause]
    ) -> dict[str, frozenset[Value]] | None:
        if not clauses:
            return left
        clause, *rest = clauses
        if any(left[fact] <= allowed for fact, allowed in clause):
            return self._solved(left, rest)
        for fact, allowed in clause:
            both = left[fact] & allowed
            if both and (solved := self._solved({**left, fact: both}, rest)) is not None:
                return solved
        return None

    # What a hop asks.

    def _read(self, edge: Edge, hop: Hop) -> None:
        if hop.event == HUMAN_FIRST:
            self._ask_human_first(wanted=bool(hop.way))
            return
        ways = self.system.ways[hop.source][hop.event]
        for way in ways[: hop.way]:
            self._refuse(edge, way)
        for guard in ways[hop.way].guards:
            if guard.step:
                self._fit(self.script.steps[guard.step], edge.target.agent)
            if guard.sort is Sort.OPEN:
                self.clauses.append(((f"{BEFORE}{guard.step}", frozenset({False})),))

    def _fit(self, step: Step, agent: bool) -> None:
        """All of the step's conditions hold."""
        if not spoken(self.script, step, agent):
            self.hopeless = True
        for one in self._conditions(step):
            self.clauses.append((one,))

    def _refuse(self, edge: Edge, way: Way) -> None:
        """One of the way's guards is closed."""
        open_ones: list[Allowed] = []
        for guard in way.guards:
            if self._closed(edge, guard):
                return
            if guard.step:
                step = self.script.steps[guard.step]
                open_ones += ((fact, self._others(fact, good)) for fact, good in self._conditions(step))
        before = (
            guard.step
            for guard in way.guards
            if guard.sort is Sort.OPEN and self._can_be_settled(edge, guard)
        )
        open_ones += ((f"{BEFORE}{name}", frozenset({True})) for name in before)
        self.clauses.append(tuple(open_ones))
        self.hopeless = self.hopeless or not open_ones

    def _closed(self, edge: Edge, guard: Guard) -> bool:
        agent = edge.target.agent
        if not guard.step:
            return agent is (guard.sort is Sort.ROBOT)
        step = self.script.steps[guard.step]
        if not spoken(self.script, step, agent):
            return True
        return guard.sort is Sort.OPEN and self._was_settled(edge.source, step)

    def _was_settled(self, source: Place | None, step: Step) -> bool:
        if source is None:
            return False
        here = self.script.steps.get(source.step)
        just = here is not None and step.name in (here.name, here.affirms)
        return just or bool(source.settled & self.system.live.bit(step.name))

    def _can_be_settled(self, edge: Edge, guard: Guard) -> bool:
        """Whether an earlier talk can have settled the step."""
        step = self.script.steps[guard.step]
        opens = step.name in self.script.opening and step.kind is not Kind.TELL
        return self.system.resumed and (edge.target.identified or not opens)

    def _ask_human_first(self, *, wanted: bool) -> None:
        conditions = [self._allowed(need) for need in self.script.human_first]
        if wanted:
            self.clauses += [(one,) for one in conditions]
        else:
            self.clauses.append(tuple((fact, self._others(fact, good)) for fact, good in conditions))

    def _conditions(self, step: Step) -> Iterator[Allowed]:
        yield from map(self._allowed, step.when)
        for fact in needed(self.script, step):
            yield fact, frozenset(value for value in self.domain[fact] if value is not None)

    def _allowed(self, need: Need) -> Allowed:
        good = (value for value in self.domain[need.fact] if need.met({need.fact: value}))
        return need.fact, frozenset(good)

    def _others(self, fact: str, good: frozenset[Value]) -> frozenset[Value]:
        return frozenset(self.domain[fact]) - good
