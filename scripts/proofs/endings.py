"""Every talk ends: what stops it stops it, and nobody who only keeps silent is kept for ever."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scripts.answers import DETAIL
from scripts.model import Script
from scripts.packs import Pack
from scripts.proofs.examples import Key, examples, explored
from scripts.proofs.finding import Finding
from scripts.proofs.places import GO, Move, Place
from scripts.proofs.refusal import told
from scripts.proofs.search import Edge, Explored
from scripts.proofs.system import GONE, MISSED, REPEATED, SILENT

PASSIVE = frozenset({"no", "unsure", "mismatch", "none", DETAIL})
"""Answers of a customer who does not choose to go on."""

_PASSIVE_MOVES = frozenset({GO, GONE, MISSED, REPEATED, SILENT})


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Nothing goes on after a stop, and no way leads round without a choice of the customer."""
    for (name,), talk in examples(script, partial(_goes_on, script)):
        yield told(Finding("stop_goes_on", script.steps[name].file, name), talk)
    yield from _circles(script)


def _goes_on(script: Script, edge: Edge) -> Key | None:
    place = edge.target
    system = explored(script).system
    gone_on = edge.source is not None and system.waits(place) and system.goes_on(place)
    return (place.step,) if gone_on else None


def _circles(script: Script) -> Iterator[Finding]:
    """One finding for each way round that silence and its like never leave."""
    for circle in _rounds(explored(script)):
        first = min(circle, key=lambda place: list(script.steps).index(place.step))
        wrong = partial(_closes, first, frozenset(circle))
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
    """Where passive moves lead; whoever hears every text to its end has settled what he answered."""
    edges = list(found.edges(place, is_passive))
    if not any(edge.target.settled for edge in edges):
        yield from (edge.target for edge in edges if not _stays(place, edge))
        return
    whole = {(edge.move, edge.target._replace(settled=0)): 0 for edge in edges}
    for edge in edges:
        whole[edge.move, edge.target._replace(settled=0)] |= edge.target.settled
    for edge in edges:
        if (
            not _stays(place, edge)
            and edge.target.settled == whole[edge.move, edge.target._replace(settled=0)]
        ):
            yield edge.target


def _stays(place: Place, edge: Edge) -> bool:
    return edge.target == place and edge.move in (MISSED, REPEATED)


def _rounds(found: Explored) -> Iterator[list[Place]]:
    """Ways round of passive moves alone, one for each set of steps."""
    after = {place: set(_passive(found, place)) for place in found.first}
    before: dict[Place, list[Place]] = {place: [] for place in after}
    for place, targets in after.items():
        for target in targets:
            before[target].append(place)
    _strip(after, before)
    while after:
        walked = [next(place for place in found.first if place in after)]
        while (here := min(after[walked[-1]])) not in walked:
            walked.append(here)
        yield walked[walked.index(here) :]
        _take(after, before, walked)


def _take(after: dict[Place, set[Place]], before: dict[Place, list[Place]], walked: list[Place]) -> None:
    """Leave out what was told, and what only leads there."""
    names = {place.step for place in walked}
    for place in [place for place in after if place.step in names]:
        after[place] = set()
    _strip(after, before)


def _strip(after: dict[Place, set[Place]], before: dict[Place, list[Place]]) -> None:
    """Take away every place from which passive moves come to an end, whatever comes."""
    done = [place for place, targets in after.items() if not targets]
    while done:
        place = done.pop()
        if after.pop(place, None) is None:
            continue
        for earlier in before[place]:
            if earlier in after:
                after[earlier].discard(place)
                if not after[earlier]:
                    done.append(earlier)
