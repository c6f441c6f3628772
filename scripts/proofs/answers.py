"""What a customer answers to a mandatory item is on record, and yes is not recorded like no."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scripts.check import BACK, SAME
from scripts.model import Branch, Kind, Only, Script, Step
from scripts.packs import Pack
from scripts.proofs.examples import Key, examples, explored
from scripts.proofs.finding import Finding
from scripts.proofs.refusal import told
from scripts.proofs.search import Edge
from scripts.values import Outcome
from scripts.wiring import NEXT

_ASKING = frozenset({Kind.CONFIRM, Kind.DISCLOSE, Kind.ASK})


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """An unwanted answer opens a problem, asks again or stops; it is not recorded like the wanted one."""
    for step in script.steps.values():
        yield from _without_code(step)
        yield from _alike(script, step)
    lost = {(step.name, name) for step in script.steps.values() for name in _lost(script, step)}
    for (name, value), talk in examples(script, partial(_goes_on, lost)):
        yield told(Finding("unwanted_unrecorded", script.steps[name].file, name, (("value", value),)), talk)


def _without_code(step: Step) -> Iterator[Finding]:
    for name, branch in {**(step.answers or {}), **(step.hears or {})}.items():
        if branch.end is Outcome.PROBLEM and not branch.problem:
            yield Finding("problem_without_code", step.file, step.name, (("value", name),))


def _alike(script: Script, step: Step) -> Iterator[Finding]:
    """Mandatory questions, and all that have a wanted answer."""
    if step.kind not in _ASKING or not (step.mandatory or step.kind is Kind.CONFIRM):
        return
    wanted = _record(script, step, step.wanted)
    for name in step.answers or ():
        if _differs(step, name) and _record(script, step, name) == wanted:
            yield Finding("answers_alike", step.file, step.name, (("value", name),))


def _differs(step: Step, name: str) -> bool:
    """Whether the answer must leave another record than the wanted one: a doubt only at a mandatory step."""
    return name != step.wanted and (step.mandatory or name != "unsure")


def _record(script: Script, step: Step, category: str) -> tuple[object, ...]:
    branch = script.branch(step, category)
    ways = explored(script).system.ways[step.name]
    event = category if branch.then and branch.then not in (SAME, BACK) else NEXT
    target = (branch.then,) if branch.then in (SAME, BACK) else ways[event][0]
    return branch.problem, branch.follow_up, branch.block, bool(branch.ask), branch.end, branch.reason, target


def _goes_on(lost: set[tuple[str, str]], edge: Edge) -> Key | None:
    if edge.source is None or edge.move.sort != "answer":
        return None
    key = (edge.source.step, edge.move.category)
    stays = edge.target.step == edge.source.step and edge.target.part == "again"
    return key if key in lost and not stays else None


def _lost(script: Script, step: Step) -> Iterator[str]:
    """The unwanted answers of a mandatory question after which the talk goes on as if nothing was said."""
    if step.mandatory and step.kind in _ASKING:
        for name, branch in (step.answers or {}).items():
            if name != step.wanted and not (branch.problem or branch.end) and _leads_on(script, step, branch):
                yield name


def _leads_on(script: Script, asked: Step, branch: Branch) -> bool:
    """Whether the talk comes to its next questions without asking for this item once more."""
    if branch.then == SAME:
        return False
    if branch.then in (None, BACK):
        return True
    seen, todo = {asked.name}, [branch.then]
    while todo:
        name = todo.pop()
        step = script.steps[name or ""]
        if (
            step.name in seen
            or step.kind is Kind.END
            or step.affirms in filter(None, (asked.name, asked.affirms))
        ):
            continue
        seen.add(step.name)
        if step.only is not Only.WIRED:
            return True
        todo += _onward(script, step)
        if step.waits and any(_falls(branch) for branch in (step.answers or {}).values()):
            return True
    return False


def _falls(branch: Branch) -> bool:
    return not (branch.then or branch.end or branch.problem)


def _onward(script: Script, step: Step) -> Iterator[str]:
    """Where a step beside the talk leads by its own answers."""
    ends = {**script.on, **(step.on or {})}
    yield from filter(None, (step.then, step.otherwise, step.no_agent, ends["silence"], ends["no_match"]))
    for branch in (step.answers or {}).values():
        if branch.then and branch.then not in (SAME, BACK) and not branch.problem:
            yield branch.then
