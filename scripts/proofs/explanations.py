"""Who does not understand is told once more in other words."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import Kind, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding

ASKS_FOR_CLARITY = ("清楚吗", "明白吗", "明白了吗", "清楚了吗", "懂吗", "懂了吗")
"""How a question ends that asks whether something is understood."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every disclosure, and every mandatory question whether something is clear, has an explanation."""
    for step in script.mandatory:
        if not step.explains and _promises(script, step):
            yield Finding("explanation_missing", step.file, step.name)


def _promises(script: Script, step: Step) -> bool:
    if step.kind is Kind.DISCLOSE:
        return True
    words = "".join(script.text(step.name, "say").pieces)
    return step.kind is Kind.CONFIRM and any(asked in words for asked in ASKS_FOR_CLARITY)
