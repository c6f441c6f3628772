"""What a script must keep to be loaded at all; what it must prove to be used is not decided here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from scripts.model import AGENTS, Branch, Kind, Only, Script, Step
from scripts.problems import STOPPING
from scripts.table import fault
from scripts.values import Performer
from scripts.wording import objection

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
    wires = {"then": step.then, "otherwise": step.otherwise, "agent": step.agent, "no_agent": step.no_agent}
    for key, target in wires.items():
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
        _check_transfer(script, step)
        _check_wording(script, step)
    _check_reached(script)
    _check_end(script, file)
    _check_circles(script)
    _check_falls(script)


def _check_on(script: Script, file: str) -> None:
    wires = [*script.on.items(), *((f"hears.{name}", b.then) for name, b in script.hears.items())]
    for key, target in wires:
        if target and target not in (SAME, BACK) and target not in script.steps:
            raise fault(file, "", key, f'there is no step "{target}", correct the name or add the step')
    for name, branch in script.hears.items():
        if branch.before and branch.before not in script.hears:
            raise fault(
                file, "", f"hears.{name}.before", f'nothing is heard as "{branch.before}", correct it'
            )


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
        if target is None or not _stops(target):
            raise fault(
                step.file,
                step.name,
                key,
                f"{branch.problem} stops the call, let then name an end step, or a transfer with a then",
            )


def _stops(target: Step) -> bool:
    """Whether nothing more is asked there; a transfer without a then returns to the question."""
    return target.kind is Kind.END or (target.kind is Kind.TRANSFER and target.then is not None)


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
    if step.mandatory and step.kind not in (Kind.TELL, Kind.DISCLOSE, Kind.CONFIRM, Kind.ASK, Kind.IDENTITY):
        raise fault(
            step.file,
            step.name,
            "mandatory",
            "needs a kind with a wanted answer: tell, disclose, confirm, identity",
        )
    if step.fact and (step.answers or {})["mismatch"] == Branch():
        raise fault(step.file, step.name, "mismatch", "is missing, say what follows a wrong number")


def _check_transfer(script: Script, step: Step) -> None:
    """What stands in for a transfer must not be one, or nobody would ever speak."""
    for key, target in (("then", step.then), ("agent", step.agent), ("no_agent", step.no_agent)):
        if step.kind is Kind.TRANSFER and target and script.steps[target].kind is Kind.TRANSFER:
            raise fault(step.file, step.name, key, "is a transfer again, name a step that somebody speaks")


def _check_wording(script: Script, step: Step) -> None:
    """An agent's words tell the customer the same as the robot's."""
    part = f"{AGENTS}say"
    own = script.texts.get((step.name, part))
    if own is None:
        return
    if step.performer is Performer.ROBOT or step.kind is Kind.TRANSFER:
        raise fault(step.file, step.name, part, "is read by no agent, remove it")
    if found := objection(step, script.text(step.name, "say"), own):
        raise fault(step.file, step.name, part, found)


def _check_reached(script: Script) -> None:
    wired = {target for step in script.steps.values() for _, target in targets(step)}
    wired |= {branch.then for branch in script.hears.values() if branch.then} | set(script.on.values())
    for step in script.steps.values():
        if step.only is Only.WIRED and step.name not in wired:
            raise fault(step.file, step.name, "only", "no other step leads here, wire it or remove the step")


def _check_circles(script: Script) -> None:
    """Neither statements nor substitutes may lead back to where they began without a question between.

    A question does not count where it is fallen into: once settled, it is passed over.
    """
    order = {name: at for at, name in enumerate(script.steps)}
    for step in script.steps.values():
        begun = order[step.name] if step.only is not Only.WIRED else -1
        if step.kind is Kind.TELL and step.then and _comes_back(script, step, order, begun):
            raise fault(step.file, step.name, "then", "leads back here without a question, cut the circle")
        if _substitutes(script, step).count(step.name) > 1:
            raise fault(step.file, step.name, "otherwise", "leads back here, cut the circle")


def _comes_back(script: Script, step: Step, order: Mapping[str, int], begun: int) -> bool:
    seen, here = {step.name}, script.steps[step.then or ""]
    while here.name not in seen:
        if here.only is not Only.WIRED:
            return order[here.name] <= begun
        if here.kind is not Kind.TELL:
            return False
        seen.add(here.name)
        after = [s for s in list(script.steps.values())[order[here.name] + 1 :] if s.only is not Only.WIRED]
        here = script.steps[here.then] if here.then else after[0]
    return True


def _substitutes(script: Script, step: Step) -> list[str]:
    """The step and what stands in for it, until one comes up again."""
    found = [step.name]
    while (name := script.steps[found[-1]].otherwise) and name not in found:
        found.append(name)
    return [*found, name] if name else found


def _check_falls(script: Script) -> None:
    """Behind the last step that is fallen into, answers and conditions need targets of their own."""
    steps = list(script.steps.values())
    last = max((at for at, step in enumerate(steps) if step.only is not Only.WIRED), default=-1)
    for step in steps[last + 1 :]:
        if not step.otherwise and conditional(step):
            raise fault(
                step.file,
                step.name,
                "otherwise",
                "is missing, name the step for when this one does not apply",
            )
        answers = {**script.hears, **dict(branches(step))} if step.waits else {THEN: Branch(then=step.then)}
        for key, branch in answers.items():
            if step.kind is not Kind.END and not (branch.then or branch.end):
                raise fault(
                    step.file, step.name, key, "leads nowhere, as no step comes after it; name a target"
                )


def conditional(step: Step) -> bool:
    """Whether facts, performer or purpose may call for passing over the step."""
    if step.kind is Kind.END:
        return bool(step.when)
    return bool(step.when or step.performer or step.purposes or (step.names and not step.mandatory))


def _check_end(script: Script, file: str) -> None:
    falls = [step for step in script.steps.values() if step.only is None]
    if not falls or falls[-1].kind is not Kind.END or falls[-1].when or falls[-1].otherwise:
        raise fault(
            file,
            "",
            "step",
            "the talk runs out, let the last step that is not only wired be an end without when",
        )
