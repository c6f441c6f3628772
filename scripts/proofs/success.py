"""No ending of a script's own calls itself a success before every mandatory item was affirmed."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import Kind, Script, Step
from scripts.packs import Pack
from scripts.proofs.examples import explored
from scripts.proofs.finding import Finding, Line
from scripts.proofs.places import GO, Place
from scripts.proofs.refusal import told
from scripts.proofs.replay import replay
from scripts.proofs.search import Edge, Explored
from scripts.proofs.solving import Solved, solve
from scripts.values import Outcome


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """The engine counts the items itself; where a script gives SUCCESS it must come after them all."""
    if not _gives_success(script):
        return
    found = explored(script, resumed=False)
    for item in script.mandatory:
        if not (item.when or item.performer or item.name in script.opening):
            yield from _early(script, found, item)


def _gives_success(script: Script) -> bool:
    return any(_ends_well(script, step, "") for step in script.steps.values()) or any(
        branch.end is Outcome.SUCCESS
        for step in script.steps.values()
        for branch in {**(step.answers or {}), **(step.hears or {})}.values()
    )


def _ends_well(script: Script, step: Step, part: str) -> bool:
    if part.startswith("end."):
        return script.branch(step, part.removeprefix("end.")).end is Outcome.SUCCESS
    return step.kind is Kind.END and step.outcome is Outcome.SUCCESS


def _early(script: Script, found: Explored, item: Step) -> Iterator[Finding]:
    """The shortest path that comes to a success without the item."""
    for path in _without(found, item):
        place = path[-1].target
        if _ends_well(script, script.steps[place.step], place.part):
            solved = solve(found.system, path)
            talk = replay(script, path, solved).talk if isinstance(solved, Solved) else ()
            yield _finding(script, place, item, talk)
            return


def _finding(script: Script, place: Place, item: Step, talk: tuple[Line, ...]) -> Finding:
    step = script.steps[place.step]
    return told(Finding("success_without_items", step.file, step.name, (("value", item.name),)), talk)


def _without(found: Explored, item: Step) -> Iterator[tuple[Edge, ...]]:
    """Breadth first, every path on which the item is never affirmed."""
    paths: list[tuple[Edge, ...]] = [(edge,) for edge in found.first.values() if edge.source is None]
    seen = {path[-1].target for path in paths}
    while paths:
        longer: list[tuple[Edge, ...]] = []
        for path in paths:
            yield path
            for edge in found.edges(path[-1].target):
                if edge.target not in seen and not _affirms(found, edge, item):
                    seen.add(edge.target)
                    longer.append((*path, edge))
        paths = longer


def _affirms(found: Explored, edge: Edge, item: Step) -> bool:
    step = found.system.script.steps[edge.source.step] if edge.source else None
    if step is None or item.name not in (step.name, step.affirms):
        return False
    return edge.move == GO or (edge.move.sort == "answer" and edge.move.category == step.wanted)
