"""Every place that a talk can come to, breadth first, and the shortest way to each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

from scripts.proofs.knowing import Known, values
from scripts.proofs.places import Move, Place
from scripts.proofs.system import Hop, System


class Edge(NamedTuple):
    """One move from one place to another, and the ways that the facts opened for it."""

    source: Place | None
    move: Move
    target: Place
    hops: tuple[Hop, ...]


BEGINNING = Move("begin")


class Explored:
    """The places of a system in the order of their distance, and every edge between them."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.first: dict[Place, Edge] = {}
        self.edges: dict[Place, list[Edge]] = {}
        self._explore()

    def way_to(self, place: Place) -> tuple[Edge, ...]:
        """The shortest path, from the beginning."""
        found = [self.first[place]]
        while (source := found[-1].source) is not None:
            found.append(self.first[source])
        return tuple(reversed(found))

    def shortest(self, wanted: Callable[[Edge], bool]) -> tuple[Edge, ...]:
        """The shortest path that ends in an edge that is wanted; () where there is none."""
        return next(self.paths(wanted), ())

    def paths(self, wanted: Callable[[Edge], bool]) -> Iterator[tuple[Edge, ...]]:
        """Of every wanted edge the shortest path that ends in it, the shortest first."""
        for edge in self.all_edges():
            if wanted(edge):
                yield (*self.way_to(edge.source), edge) if edge.source else (edge,)

    def all_edges(self) -> Iterator[Edge]:
        """Every edge, in the order of the distance of its source."""
        yield from (edge for edge in self.first.values() if edge.source is None)
        for edges in self.edges.values():
            yield from edges

    def _explore(self) -> None:
        todo: deque[Place] = deque()
        for known in _valuations(self.system):
            for place, hops in self.system.starts(known):
                self._meet(Edge(None, BEGINNING, place, hops), todo)
        while todo:
            here = todo.popleft()
            self.edges[here] = list(self._from(here))
            for edge in self.edges[here]:
                self._meet(edge, todo)

    def _from(self, here: Place) -> Iterator[Edge]:
        for move in self.system.moves(here):
            for place, hops in self.system.after(here, move):
                yield Edge(here, move, place, hops)

    def _meet(self, edge: Edge, todo: deque[Place]) -> None:
        if edge.target not in self.first:
            self.first[edge.target] = edge
            todo.append(edge.target)


def _valuations(system: System) -> Iterator[Known]:
    ways = values(system.script)
    yield from product(*(ways[fact] for fact in system.tracked))
