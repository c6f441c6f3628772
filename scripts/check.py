"""What a script must keep to be loaded at all; what it must prove to be used is not decided here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from scripts.model import Branch, Kind, Only, Script, Step
from scripts.problems import STOPPING
from scripts.table import fault

THEN = "then"
"""The key of a step's own target."""

SAME, BACK = "same", "back"
"""Targets that are not steps: ask the same question again; return to the question that was interrupted."""


def branches(step: Step) -> Iterator[tuple[str, Branch]]:
    """Every answer of a step with what follows it."""
    yield from (step.answers or {}).items()
    yield from (step.hears or {}).items()


def targets(step: Step) -> Iterator[tuple[str, str]]:
    """Every wire of a step: the key it hangs on and the step it leads to."""
    for key, target in (("then", step.then), ("otherwise", step.otherwise)):
        if target:
            yield key, target
    yield from ((f"on.{key}", target) for key, target in (step.on or {}).items())
    for key, branch in branches(step):
        if branch.then and branch.then not in (SAME, BACK):
            yield key, branch.then


def reachable(
    steps: Mapping[str, Step], roots: Collection[str], on: Mapping[str, str], hears: Mapping[str, Branch]
) -> set[str]:
    """The steps that the talk can come to: the roots, what they are wired to, and the unconditional rest."""
    wired = [branch.then for branch in hears.values() if branch.then and branch.then != SAME]
    falls = [name for name, step in steps.items() if step.only is None]
    todo, found = [*roots, *on.values(), *wired, *falls], set[str]()
    while todo:
        name = todo.pop()
        if name in steps and name not in found:
            found.add(name)
            todo += [target for _, target in targets(steps[name])]
    return found


def check(script: Script, file: str, constants: Collection[str]) -> None:
    """Raise the first error that only shows once everything is together."""
    _check_on(script, file)
    _check_texts(script, file, constants)
    for step in script.steps.values():
        _check_targets(script, step)
        _check_stops(script, step)
        _check_kind(step)
    _check_reached(script)
    _check_circles(script)
    _check_falls(script)
    _check_end(script, file)


def _check_on(script: Script, file: str) -> None:
    wires = [*script.on.items(), *((f"hears.{name}", b.then) for name, b in script.hears.items())]
    for key, target in wires:
        if target and target not in (SAME, BACK) and target not in script.steps:
            raise fault(file, "", key, f'there is no step "{target}", correct the name or add the step')


def _check_texts(script: Script, file: str, constants: Collection[str]) -> None:
    for (name, part), text in script.texts.items():
        step = script.steps.get(name)
        place = (step.file, name, part) if step else (file, "", part)
        for variable in text.names:
            if variable not in script.variables and variable not in constants:
                raise fault(*place, f"{{{variable}}} is not declared, add it to [variables]")
        if any("{" in piece or "}" in piece for piece in text.pieces):
            raise fault(*place, "a brace is left over, write placeholders as {name} in small letters")


def _check_targets(script: Script, step: Step) -> None:
    for key, target in targets(step):
        if target not in script.steps:
            raise fault(
                step.file, step.name, key, f'there is no step "{target}", correct the name or add the step'
            )
    if step.affirms and step.affirms not in script.steps:
        raise fault(step.file, step.name, "affirms", f'there is no step "{step.affirms}", correct the name')


def _check_stops(script: Script, step: Step) -> None:
    """P01 P02 P03 P25 stop the call, so their branch must lead to an end."""
    for key, branch in branches(step):
        if branch.problem not in STOPPING or branch.end:
            continue
        target = script.steps.get(branch.then or "")
        if target is None or target.kind is not Kind.END:
            raise fault(
                step.file, step.name, key, f"{branch.problem} stops the call, let then name an end step"
            )


def _check_kind(step: Step) -> None:
    if step.kind is Kind.DISCLOSE and not step.mandatory:
        raise fault(
            step.file,
            step.name,
            "mandatory",
            "a disclosure is mandatory, write mandatory = true or use confirm",
        )
    if step.verbatim and not step.mandatory:
        raise fault(
            step.file, step.name, "verbatim", "only a mandatory step is verbatim, write mandatory = true"
        )
    if step.mandatory and step.kind in (Kind.END, Kind.OPEN, Kind.RATE, Kind.CHOICE):
        raise fault(
            step.file,
            step.name,
            "mandatory",
            "needs a kind with a wanted answer: tell, disclose, confirm, identity",
        )
    if step.kind is Kind.IDENTITY and (step.answers or {})["mismatch"] == Branch():
        raise fault(step.file, step.name, "mismatch", "is missing, say what follows a wrong number")


def _check_reached(script: Script) -> None:
    wired = {target for step in script.steps.values() for _, target in targets(step)}
    wired |= {branch.then for branch in script.hears.values() if branch.then} | set(script.on.values())
    for step in script.steps.values():
        if step.only is Only.WIRED and step.name not in wired:
            raise fault(step.file, step.name, "only", "no other step leads here, wire it or remove the step")


def _check_circles(script: Script) -> None:
    """Steps that nobody answers must not lead to each other for ever."""
    for step in script.steps.values():
        seen, here = {step.name}, step
        while here.kind is Kind.TELL and here.then:
            if here.then in seen:
                raise fault(
                    here.file,
                    here.name,
                    "then",
                    f'"{here.then}" leads back here without a question, cut the circle',
                )
            seen.add(here.then)
            here = script.steps[here.then]


def _check_falls(script: Script) -> None:
    """Behind the last step that is fallen into, every answer needs a target of its own."""
    steps = list(script.steps.values())
    last = max((at for at, step in enumerate(steps) if step.only is not Only.WIRED), default=-1)
    for step in steps[last + 1 :]:
        answers = {**script.hears, **dict(branches(step))} if step.waits else {THEN: Branch(then=step.then)}
        for key, branch in answers.items():
            if step.kind is not Kind.END and not (branch.then or branch.end):
                raise fault(
                    step.file, step.name, key, "leads nowhere, as no step comes after it; name a target"
                )


def _check_end(script: Script, file: str) -> None:
    falls = [step for step in script.steps.values() if step.only is None]
    if not falls or falls[-1].kind is not Kind.END or falls[-1].when:
        raise fault(
            file,
            "",
            "step",
            "the talk runs out, let the last step that is not only wired be an end without when",
        )
