"""Who wants no more calls is heard at every step, blocked at once, and asked nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scripts import hearing
from scripts.answers import REFUSES
from scripts.check import branches
from scripts.model import WITHDRAW, Script
from scripts.packs import Pack
from scripts.proofs.examples import Key, examples
from scripts.proofs.finding import Finding, Line
from scripts.proofs.places import Wish
from scripts.proofs.search import Edge
from scripts.values import Purpose

STOPS = frozenset({"script", "all"})
"""The blocks that grant a refusal; marketing alone does not."""

INBOUND = "INBOUND"
"""The entry of the catalogue for calls that customers make."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """A refusal is heard, writes its block, and leads to the goodbye, past one offer at most."""
    yield from _hidden(script)
    if INBOUND not in script.covers:
        yield from _taken_back(script)
    for (name,), talk in examples(script, partial(_unblocked, script)):
        yield told(Finding("refusal_unblocked", _file(script, name), name), talk)
    for (name, value), talk in examples(script, partial(_asked_on, may_offer(script, pack))):
        yield told(Finding("refusal_asked_on", script.steps[name].file, name, (("value", value),)), talk)


def told(finding: Finding, talk: tuple[Line, ...]) -> Finding:
    """The finding with a conversation that ends in its sentence."""
    closing = (*talk, Line("note", finding.message()))
    return Finding(finding.rule, finding.file, finding.step, finding.values, closing)


def _hidden(script: Script) -> Iterator[Finding]:
    """Whole replies of a step's own are heard before the refusal."""
    for step in script.steps.values():
        for reply, category in (step.listening.replies if step.listening else {}).items():
            if category != REFUSES and hearing.understand(reply, ()) == REFUSES:
                yield Finding("refusal_hidden", step.file, step.name, (("value", reply),))


def _taken_back(script: Script) -> Iterator[Finding]:
    """Only who calls us takes a wish back: nobody is called and asked for it."""
    for step in script.steps.values():
        for name, branch in branches(step):
            if branch.block == WITHDRAW:
                yield Finding("wish_taken_back", step.file, step.name, (("value", name),))


def _unblocked(script: Script, edge: Edge) -> Key | None:
    if not _refuses(edge) or edge.source is None or edge.source.wish != Wish.NONE:
        return None
    step = script.steps[edge.source.step]
    own = REFUSES in (step.hears or ()) or REFUSES in (step.answers or ())
    return None if script.branch(step, REFUSES).block in STOPS else (step.name if own else "",)


def _file(script: Script, name: str) -> str:
    """The file of a step; of what is heard at every step, that of the script's own."""
    own = (step.file for step in script.steps.values() if step.name not in script.opening)
    return script.steps[name].file if name else next(own)


def _refuses(edge: Edge) -> bool:
    return edge.move.sort == "answer" and edge.move.category == REFUSES


def may_offer(script: Script, pack: Pack) -> bool:
    """Whether another way may be offered: in a call of duty, or to somebody who called."""
    row = pack.heard.get(REFUSES)
    called = row is not None and bool(set(row.but) & set(script.covers))
    return called or script.purpose is Purpose.DUTY


def _asked_on(offers: bool, edge: Edge) -> Key | None:
    """A question that comes up after the refusal, where it may not."""
    source, target = edge.source, edge.target
    if source is None:
        return None
    if target.wish == Wish.ASKED != source.wish and not offers:
        return target.step, target.step
    return (source.step, target.step) if target.wish == Wish.IGNORED else None
