"""Every item that the pack prescribes is in the script, for exactly the facts for which it is prescribed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from scripts import sample
from scripts.check import branches
from scripts.model import COMMON, Branch, Kind, Only, Script, Step
from scripts.packs import Item, Must, Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import file_of
from scripts.values import Facts, Performer

POLAR = (Kind.CONFIRM, Kind.DISCLOSE, Kind.ASK)
"""The kinds with a wanted answer that can be yes or no."""

AFFIRMING = (Kind.CONFIRM, Kind.DISCLOSE, Kind.IDENTITY)
"""The kinds of which only the wanted answer is good: what is weak is asked back."""

SURE = (Must.AFFIRMED, Must.TOLD)
"""What nobody succeeds without."""

ANSWERED = (Must.AFFIRMED, Must.IF_ASKED)
"""What needs the wanted answer."""


class _Case(NamedTuple):
    """Facts and who performs, with whether the item is prescribed then and which of its steps apply."""

    facts: Mapping[str, sample.Value]
    performer: Performer
    required: bool
    applying: tuple[Step, ...]


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Each item of the pack is asked by a step of its kind, and is asked then and only then."""
    for item in dict.fromkeys(item for asked in pack.prescribed(script.covers) for item in asked.items):
        steps = tuple(script.steps[name] for name in item.steps if name in script.steps)
        for step in steps:
            yield from (
                _finding(rule, item, step.file, step.name, note) for rule, note in _faults(script, item, step)
            )
        yield from _uncovered(script, item, steps)


def _finding(rule: str, item: Item, file: str, step: str, note: str = "") -> Finding:
    values = (("item", item.title), ("basis", "、".join(item.basis)), ("note", note))
    return Finding(rule, file, step, values)


def _faults(script: Script, item: Item, step: Step) -> Iterator[tuple[str, str]]:
    """What one step lacks, whatever the facts."""
    if item.must is not Must.ASKED and not step.mandatory:
        yield "item_not_mandatory", ""
    if item.must in SURE and not _is_come_to(script, step):
        yield "item_not_come_to", ""
    if item.must in ANSWERED and step.kind not in AFFIRMING:
        yield "item_not_affirmed", ""
    if item.must is Must.IF_ASKED and _is_come_to(script, step):
        yield "item_uncalled_for", 'only ≠ "wired"'
    if step.kind in POLAR and step.wanted != item.wanted:
        yield "item_wanted_differs", item.wanted
    if item.verbatim and not step.verbatim:
        yield "item_not_verbatim", ""
    for name in item.speaks:
        if name not in step.names:
            yield "item_value_missing", name
    for answer, code in item.problems:
        yield from (("item_without_problem", f"{one} → {code}") for one in _lacking(step, answer, code))


def _lacking(step: Step, answer: str, code: str) -> Iterator[str]:
    """The answers that must leave this problem code and do not."""
    answers = dict(branches(step))
    meant = [answer] if answer else [name for name in step.answers or () if name != step.wanted]
    yield from (name for name in meant if answers.get(name, Branch()).problem != code)


def _is_come_to(script: Script, step: Step) -> bool:
    """Whether the talk falls into the step, and so cannot succeed without it."""
    return step.only is None or (step.only is Only.OPENING and step.name in script.opening)


def _uncovered(script: Script, item: Item, steps: tuple[Step, ...]) -> Iterator[Finding]:
    """The first facts that prescribe the item where it is not asked, the first where it is the other way."""
    cases = list(_cases(script, item, steps))
    lacking = next((case for case in cases if case.required and not case.applying), None)
    beyond = next((case for case in cases if case.applying and not case.required), None)
    double = next((case for case in cases if case.required and len(case.applying) > 1), None)
    if lacking and not steps:
        yield _finding("item_missing", item, file_of(script, COMMON), "", "、".join(item.steps))
    elif lacking:
        yield _finding("item_uncovered", item, steps[0].file, steps[0].name, _told(lacking))
    if beyond:
        step = beyond.applying[0]
        yield _finding("item_uncalled_for", item, step.file, step.name, _told(beyond))
    if double:
        step = double.applying[1]
        yield _finding("item_twice", item, step.file, step.name, _told(double))


def _cases(script: Script, item: Item, steps: tuple[Step, ...]) -> Iterator[_Case]:
    """Every way that the conditions of the item and of its steps can go, for each performer."""
    ways = sample.ways(script, [*item.when, *(need for step in steps for need in step.when)])
    for values in itertools.product(*ways.values()):
        facts = dict(zip(ways, values, strict=True))
        for performer in script.performers:
            meant = item.performer in (None, performer)
            required = meant and all(need.met(facts) for need in item.when)
            applying = tuple(step for step in steps if _applies(script, step, facts, performer))
            yield _Case(facts, performer, required, applying)


def _applies(script: Script, step: Step, facts: Facts, performer: Performer) -> bool:
    if step.purposes and script.purpose not in step.purposes:
        return False
    handed = step.human_only and performer is Performer.ROBOT
    return step.spoken_by(performer) and not handed and step.applies(facts)


def _told(case: _Case) -> str:
    facts = [f"{fact} = {_written(value)}" for fact, value in case.facts.items()]
    return "，".join([*facts, case.performer])


def _written(value: sample.Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
