"""Every step is there for somebody, and a person's step is never a robot's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scripts.model import Script, Step
from scripts.packs import Pack
from scripts.proofs.examples import Key, examples, explored, possible
from scripts.proofs.finding import Finding
from scripts.proofs.knowing import values
from scripts.proofs.places import Place
from scripts.proofs.refusal import told
from scripts.proofs.search import Edge
from scripts.proofs.solving import Solved, solve
from scripts.values import Performer

SHARED = "common.toml"
"""The file whose steps no script needs all of."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Something leads to each step of the script's own; robots stay away from a person's steps."""
    own = [step for step in script.steps.values() if step.file != SHARED]
    useless = [step.name for step in own if not _applies(script, step)]
    for name in useless:
        yield Finding("step_never_applies", script.steps[name].file, name)
    for name in _unreached(script, [step.name for step in own if step.name not in useless]):
        yield Finding("step_unreachable", script.steps[name].file, name)
    for (name,), talk in examples(script, partial(_by_robot, script)):
        yield told(Finding("human_step_by_robot", script.steps[name].file, name), talk)


def _applies(script: Script, step: Step) -> bool:
    """Whether some value of each fact meets all its conditions; what is for other purposes is not ours."""
    ways = values(script)
    facts = {need.fact for need in step.when}
    return all(
        any(all(need.met({fact: way}) for need in step.when if need.fact == fact) for way in ways[fact])
        for fact in facts
    )


def _unreached(script: Script, names: list[str]) -> Iterator[str]:
    """The steps to which nothing leads, the last ones tried first: on the way to them are the others."""
    found = explored(script)
    nearest: dict[str, Place] = {}
    for place in found.first:
        nearest.setdefault(place.step, place)
    proven = set[str]()
    for name in reversed(names):
        if name in proven or not _is_for(script, script.steps[name]):
            continue
        if name in nearest:
            path = found.way_to(nearest[name])
            if isinstance(solve(found.system, path), Solved):
                proven |= {edge.target.step for edge in path}
                continue
        if not possible(script, partial(_comes_to, name)):
            yield name


def _is_for(script: Script, step: Step) -> bool:
    return not step.purposes or script.purpose in step.purposes


def _comes_to(name: str, edge: Edge) -> bool:
    return edge.target.step == name


def _by_robot(script: Script, edge: Edge) -> Key | None:
    place, step = edge.target, script.steps[edge.target.step]
    if place.agent:
        return None
    persons = Performer.ROBOT not in script.performers and step.only is None and step.waits
    alone = step.human_only or step.performer is Performer.AGENT or persons
    return (step.name,) if alone else None
