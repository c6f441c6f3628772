"""What a script must prove before it may be used for a call; one module for each group of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scripts import packs
from scripts.model import Script
from scripts.packs import Pack
from scripts.proofs import (
    answers,
    collisions,
    endings,
    exceptions,
    explanations,
    forbidden,
    header,
    heard,
    items,
    label,
    lengths,
    locked,
    manners,
    numbers,
    privacy,
    questions,
    reach,
    refusal,
    returns,
    reveal,
    spoken_keys,
    success,
    tails,
)
from scripts.proofs.finding import Finding
from scripts.proofs.search import TooManyWays

Proof = Callable[[Script, Pack], Iterator[Finding]]

PROOFS: tuple[Proof, ...] = (
    header.findings,
    items.findings,
    heard.findings,
    reveal.findings,
    exceptions.findings,
    label.findings,
    forbidden.findings,
    lengths.findings,
    explanations.findings,
    questions.findings,
    returns.findings,
    tails.findings,
    manners.findings,
    numbers.findings,
    spoken_keys.findings,
    collisions.findings,
    locked.findings,
    privacy.findings,
    refusal.findings,
    answers.findings,
    success.findings,
    endings.findings,
    reach.findings,
)
"""The findings of every module, in the order in which they are told."""


def prove(script: Script, pack: Pack | None = None) -> tuple[Finding, ...]:
    """Everything that keeps a script from being used; () where it is proven.

    Without a pack it is that of the script's region, or the national one.
    """
    return findings_of(PROOFS, script, pack or packs.pack(script.region or packs.NATIONAL))


def findings_of(proofs: Iterable[Proof], script: Script, pack: Pack) -> tuple[Finding, ...]:
    """The findings of some of the proofs; a talk with too many ways to be looked at is one, too."""
    findings: dict[Finding, None] = {}
    for proof in proofs:
        try:
            findings.update(dict.fromkeys(proof(script, pack)))
        except TooManyWays:
            findings[Finding("too_many_ways", _file(script), "")] = None
    return tuple(findings)


def _file(script: Script) -> str:
    return next(step.file for step in script.steps.values() if step.name not in script.opening)
