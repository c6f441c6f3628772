"""No wire leads back to a question that was answered: it would be passed over and the talk go elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.check import targets
from scripts.model import Kind, Only, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every wire to a question that the talk also falls into comes before that question, never after it."""
    after = _following(script)
    wires = [(step, key, to) for step in script.steps.values() for key, to in targets(step)]
    for name in dict.fromkeys(to for _, _, to in wires if _is_asked(script.steps[to])):
        behind = _behind(script, script.steps[name], after)
        for step, key, to in wires:
            if to == name and step.name in behind and step.name != name:
                values = (("key", key), ("question", name))
                yield Finding("question_passed_over", step.file, step.name, values)


def _is_asked(step: Step) -> bool:
    return step.only is not Only.WIRED and step.waits and step.kind is not Kind.TRANSFER


def _following(script: Script) -> dict[str, str]:
    """The next step that is fallen into behind each; "" behind the last."""
    found, following = dict[str, str](), ""
    for step in reversed([*script.steps.values()]):
        found[step.name] = following
        following = step.name if step.only is not Only.WIRED else following
    return found


def _behind(script: Script, begun: Step, after: dict[str, str]) -> set[str]:
    """The steps that may come once this one was answered."""
    todo, found = [begun], set[str]()
    while todo:
        for name in _next(script, todo.pop(), after):
            if name not in found:
                found.add(name)
                todo.append(script.steps[name])
    return found


def _next(script: Script, step: Step, after: dict[str, str]) -> Iterator[str]:
    yield from (to for _, to in targets(step))
    if step.kind is not Kind.END and (following := after[step.name]):
        yield following
