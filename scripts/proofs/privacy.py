"""Nothing of the customer is said or asked before it is known who answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

from scripts.model import COMMON, Kind, Reveal, Script, Step
from scripts.packs import Pack
from scripts.proofs.examples import Key, examples
from scripts.proofs.finding import Finding, Line
from scripts.proofs.places import Place
from scripts.proofs.refusal import told
from scripts.proofs.search import Edge

WHOSE = frozenset({"company", "call"})
"""The sources of facts that say nothing about a customer."""

SHOWN = ("say", "agent_say", "explain", "again", "question", "agent_question")
"""The parts of a step that are said while it is the current one."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Private values, mandatory questions and the reason of the call wait for the right person."""
    for rule, wrong in (
        ("private_before_identity", _reveals),
        ("asked_before_identity", _asks_early),
        ("third_party_told", _tells_others),
    ):
        for (name, *values), talk in examples(script, partial(wrong, script)):
            yield _finding(rule, script, name, tuple(values), talk)
    yield from _on_machines(script)


def _finding(
    rule: str, script: Script, name: str, values: tuple[str, ...], talk: tuple[Line, ...]
) -> Finding:
    named = tuple(zip(("value",), values, strict=False))
    return told(Finding(rule, script.steps[name].file, name, named), talk)


def said(script: Script, edge: Edge) -> Iterator[tuple[str, str]]:
    """The step and part of every text that may be said when a move leads here, or while the talk is here."""
    step = script.steps[edge.target.step]
    if edge.source is not None and edge.move.sort == "answer":
        yield from _replies(script, edge.source, edge.move.category)
    if not edge.target.part.startswith("end."):
        yield from ((step.name, part) for part in SHOWN if (step.name, part) in script.texts)


def _replies(script: Script, source: Place, category: str) -> Iterator[tuple[str, str]]:
    step = script.steps[source.step]
    branch = script.branch(step, category)
    own = category in (step.answers or ()) or category in (step.hears or ())
    for part in filter(None, (branch.tell, branch.ask)):
        yield (step.name if own else COMMON), part


def _names(script: Script, edge: Edge, reveal: Reveal) -> Iterator[tuple[str, str]]:
    for step, part in said(script, edge):
        for name in script.texts[step, part].names:
            if script.variables[name].reveal is reveal:
                yield step, name


def _reveals(script: Script, edge: Edge) -> Key | None:
    if edge.target.identified:
        return None
    found = next(_names(script, edge, Reveal.PRIVATE), None)
    return None if found is None else (edge.target.step, found[1])


def _asks_early(script: Script, edge: Edge) -> Key | None:
    step = script.steps[edge.target.step]
    if not script.identity or edge.target.identified or not _is_content(script, step):
        return None
    return (step.name,)


def _is_content(script: Script, step: Step) -> bool:
    """Whether a step belongs to what the call is about, not to finding out who answers."""
    told = step.mandatory and step.name not in script.opening and step.kind is not Kind.IDENTITY
    return told and step.affirms not in script.opening


def _tells_others(script: Script, edge: Edge) -> Key | None:
    """Somebody else answers: what the call is about is not said."""
    place, step = edge.target, script.steps[edge.target.step]
    if not place.other or not script.about or (edge.source == place):
        return None
    for name, part in said(script, edge):
        if script.about in "".join(script.texts[name, part].pieces):
            return None if _asks_who_again(script, edge) else (step.name, script.about)
    return None


def _asks_who_again(script: Script, edge: Edge) -> bool:
    """The question itself stays as it was answered: nothing new was said."""
    source = edge.source
    return source is not None and source.step == edge.target.step and not source.other


def _on_machines(script: Script) -> Iterator[Finding]:
    """Whoever plays the message back learns who called and nothing of the customer."""
    sources, targets = _sources(script), [(step.on or {}).get("machine") for step in script.steps.values()]
    for name in dict.fromkeys(filter(None, (script.on["machine"], *targets))):
        step, text = script.steps[name], script.text(name, "say")
        if step.kind is not Kind.END:
            yield Finding("machine_asked", step.file, name)
        told = [one for one in text.names if _is_customers(script, one, sources)]
        if script.about and script.about in "".join(text.pieces):
            told.append(script.about)
        yield from (Finding("machine_told", step.file, name, (("value", one),)) for one in told)


def _is_customers(script: Script, variable: str, sources: dict[str, str]) -> bool:
    return sources.get(variable) not in WHOSE or script.variables[variable].reveal is not Reveal.PUBLIC


def _sources(script: Script) -> dict[str, str]:
    """Of what each variable speaks: company, call, contact, policy …"""
    files = json.loads(script.canonical)["files"]
    rows = {name: row for file in files for name, row in file.get("variables", {}).items()}
    return {name: str(row.get("from", name)).partition(".")[0] for name, row in rows.items()}
