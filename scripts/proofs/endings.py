"""Every talk ends: what stops it stops it, and nobody who only keeps silent is kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from scripts.answers import DETAIL
from scripts.model import Script
from scripts.problems import STOPPING
from scripts.proofs.examples import Key, examples, explored
from scripts.proofs.finding import Finding, Line
from scripts.proofs.places import GO, Move, Place
from scripts.proofs.refusal import told
from scripts.proofs.search import Edge, Explored
from scripts.proofs.system import GONE, MISSED, REPEATED, SILENT

PASSIVE = frozenset({"no", "unsure", "mismatch", "none", DETAIL})
"""Answers of a customer who does not choose to go on."""

_PASSIVE_MOVES = frozenset({GO, GONE, MISSED, REPEATED, SILENT})


def findings(script: Script, pack: Any) -> Iterator[Finding]:
    """Nothing goes on after a stop, and no way leads round without a choice of the customer."""
    yield from _asking(script)
    for (name,), talk in examples(script, partial(_goes_on, script)):
        yield told(Finding("stop_goes_on", script.steps[name].file, name), talk)
    yield from _circles(script)


def _asking(script: Script) -> Iterator[Finding]:
    for step in script.steps.values():
        for name, branch in {**(step.answers or {}), **(step.hears or {})}.items():
            if branch.problem in STOPPING and branch.ask:
                yield Finding("stop_asks", step.file, step.name, (("value", f"{branch.problem}（{name}）"),))


def _goes_on(script: Script, edge: Edge) -> Key | None:
    place = edge.target
    system = explored(script).system
    gone_on = edge.source is not None and system.waits(place) and system.goes_on(place)
    return (place.step,) if gone_on else None


def _circles(script: Script) -> Iterator[Finding]:
    """One finding for each circle of places that silence and its like never leave."""
    found, known = explored(script), set[frozenset[str]]()
    for circle in _components(found):
        names = frozenset(place.step for place in circle)
        if names in known:
            continue
        known.add(names)
        inside = frozenset(circle)
        first = next(place for place in found.first if place in inside)
        wrong = partial(_closes, first, inside)
        for _, talk in examples(script, wrong):
            yield told(Finding("talk_without_end", script.steps[first.step].file, first.step), talk)


def _closes(first: Place, circle: frozenset[Place], edge: Edge) -> Key | None:
    """The edge that leads back to where the circle was entered."""
    known = edge.target._replace(known=())
    if edge.source is None or edge.source._replace(known=()) not in circle or known != first:
        return None
    return (first.step,) if is_passive(edge.move) else None


def is_passive(move: Move) -> bool:
    """Whether a move is no choice of the customer's."""
    return move in _PASSIVE_MOVES or (move.sort == "answer" and move.category in PASSIVE)


def _passive(found: Explored, place: Place) -> Iterator[Place]:
    for edge in found.edges.get(place, ()):
        stays = edge.target == place and edge.move in (SILENT, MISSED, REPEATED)
        if is_passive(edge.move) and not stays:
            yield edge.target


def _components(found: Explored) -> Iterator[list[Place]]:
    """Places that lead to each other by passive moves alone: what is left when all that leaves is taken away."""
    after = {place: set(_passive(found, place)) for place in found.first}
    before: dict[Place, list[Place]] = {place: [] for place in after}
    for place, targets in after.items():
        for target in targets:
            before[target].append(place)
    _strip(after, before)
    left = set(after)
    while left:
        yield _taken(next(place for place in found.first if place in left), after, left)


def _strip(after: dict[Place, set[Place]], before: dict[Place, list[Place]]) -> None:
    """Take away every place from which passive moves come to an end, whatever comes."""
    done = [place for place, targets in after.items() if not targets]
    while done:
        place = done.pop()
        del after[place]
        for earlier in before[place]:
            if earlier in after:
                after[earlier].discard(place)
                if not after[earlier]:
                    done.append(earlier)


def _taken(start: Place, after: dict[Place, set[Place]], left: set[Place]) -> list[Place]:
    circle, todo = list[Place](), [start]
    left.discard(start)
    while todo:
        here = todo.pop()
        circle.append(here)
        fresh = [place for place in after[here] if place in left]
        left.difference_update(fresh)
        todo += fresh
    return circle
