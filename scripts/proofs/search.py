"""Every place that a talk can come to, breadth first, and the shortest way to each."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

from scripts.proofs.knowing import Known, placing, values
from scripts.proofs.places import ANYWHERE, DependsOnTheWayBack, Move, Place
from scripts.proofs.system import Hop, Path, System

MOST_PLACES = 30_000
"""Places of one talk; the largest script of the library has some three thousand."""


class TooManyWays(RuntimeError):
    """A talk can come to so many places that it is not proven, and so not used."""


class Edge(NamedTuple):
    """One move from one place to another, and the ways that the facts opened for it."""

    source: Place | None
    move: Move
    target: Place
    hops: tuple[Hop, ...]


BEGINNING = Move("begin")

_SORTS = {verdict: name for name, verdict in ANYWHERE.items()}


class Explored:
    """The places of a system in the order of their distance, and every edge between them.

    `sorts` has one edge of each sort: those that differ in the way back alone are one.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.first: dict[Place, Edge] = {}
        self.sorts: list[Edge] = []
        self._kept: dict[Place, list[tuple[Move, list[Path] | None]]] = {}
        self._shared: dict[Place, list[tuple[Move, list[Path] | None]]] = {}
        with _no_search_for_cycles():
            self._explore()

    def way_to(self, place: Place) -> tuple[Edge, ...]:
        """The shortest path, from the beginning."""
        found = [self.first[place]]
        while (source := found[-1].source) is not None:
            found.append(self.first[source])
        return tuple(reversed(found))

    def paths(self, wanted: Callable[[Edge], bool]) -> Iterator[tuple[Edge, ...]]:
        """Paths that end in a wanted edge: to the first edge of each sort, then to every edge."""
        sorts = [edge for edge in self.sorts if wanted(edge)]
        yield from map(self._path, sorts)
        if sorts:
            yield from (self._path(edge) for edge in self.all_edges() if wanted(edge))

    def _path(self, edge: Edge) -> tuple[Edge, ...]:
        return (*self.way_to(edge.source), edge) if edge.source else (edge,)

    def all_edges(self) -> Iterator[Edge]:
        """Every edge, in the order of the distance of its source."""
        yield from (edge for edge in self.first.values() if edge.source is None)
        for place in self.first:
            yield from self.edges(place)

    def edges(self, here: Place, wanted: Callable[[Move], bool] = lambda move: True) -> Iterator[Edge]:
        """The edges of a place; for places that differ in the way back alone they were worked out once."""
        if here.settled or not here.back:
            for move in filter(wanted, self.system.moves(here)):
                yield from self._by(here, move)
            return
        sort = self._sort(here)
        if sort not in self._shared:
            self._shared[sort] = [(move, self._anywhere(sort, move)) for move in self.system.moves(sort)]
        for move, paths in self._shared[sort]:
            if wanted(move):
                yield from self._back(here, sort, move, paths)

    def _sort(self, here: Place) -> Place:
        return here.returning(_SORTS[self.system.still_asked(here)])

    def _explore(self) -> None:
        todo: deque[Place] = deque()
        for known in _valuations(self.system):
            for place, hops in self.system.starts(known):
                self._meet(Edge(None, BEGINNING, place, hops), todo)
        self.sorts += self.first.values()
        while todo:
            if len(self.first) > MOST_PLACES:
                raise TooManyWays(self.system.script.name)
            here = todo.popleft()
            fresh = bool(here.settled) or not here.back or self._sort(here) not in self._shared
            edges = list(self.edges(here) if fresh else self._returning(here))
            if fresh:
                self.sorts += edges
            for edge in edges:
                if edge.target not in self.first:
                    self._meet(edge, todo)

    def _returning(self, here: Place) -> Iterator[Edge]:
        """The edges that keep or use the way back; the others were met with the first place of the sort."""
        sort = self._sort(here)
        if sort not in self._kept:
            self._kept[sort] = [
                (move, paths and [path for path in paths if path[0].back == sort.back])
                for move, paths in self._shared[sort]
            ]
        for move, paths in self._kept[sort]:
            yield from self._back(here, sort, move, paths)

    def _by(self, here: Place, move: Move) -> Iterator[Edge]:
        for place, hops in self.system.after(here, move):
            yield Edge(here, move, place, hops)

    def _anywhere(self, sort: Place, move: Move) -> list[Path] | None:
        try:
            return list(self.system.after(sort, move))
        except DependsOnTheWayBack:
            return None

    def _back(self, here: Place, sort: Place, move: Move, paths: list[Path] | None) -> Iterator[Edge]:
        if paths is None:
            yield from self._by(here, move)
            return
        for place, hops in paths:
            there = place if place.back != sort.back else place.returning(here.back)
            yield Edge(here, move, there, hops)

    def _meet(self, edge: Edge, todo: deque[Place]) -> None:
        if edge.target not in self.first:
            self.first[edge.target] = edge
            todo.append(edge.target)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Nothing here is cyclic: the collector would look through the growing graph in vain."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _valuations(system: System) -> Iterator[Known]:
    """Every set of values of the tracked facts with which a call is placed."""
    ways, rows = values(system.script), placing(system.script) if system.tracked else ()
    for known in product(*(ways[fact] for fact in system.tracked)):
        facts = dict(zip(system.tracked, known, strict=True))
        if all(any(fact not in facts or facts[fact] in good for fact, good in row) for row in rows):
            yield known
