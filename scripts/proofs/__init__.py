"""What a script must prove before it may be used for a call; one module for each group of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from scripts.model import Script
from scripts.proofs import collisions, explanations, locked, manners, numbers, questions, spoken_keys, tails
from scripts.proofs.finding import Finding

Proof = Callable[[Script, Any], Iterator[Finding]]

PROOFS: tuple[Proof, ...] = (
    explanations.findings,
    questions.findings,
    tails.findings,
    manners.findings,
    numbers.findings,
    spoken_keys.findings,
    collisions.findings,
    locked.findings,
)
"""The findings of every module, in the order in which they are told."""


def prove(script: Script, pack: Any = None) -> tuple[Finding, ...]:
    """Everything that keeps a script from being used; () where it is proven. No pack is the national one."""
    return tuple(finding for proof in PROOFS for finding in proof(script, pack))
