"""Who does not understand is told once more in other words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from scripts.model import Kind, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import written

ASKS_FOR_CLARITY = ("清楚吗", "明白吗", "明白了吗", "清楚了吗", "懂吗", "懂了吗")
"""How a question ends that asks whether something is understood."""

LEAD_IN = re.compile(r"^(?:就是说|也就是说|简单说|意思是|换句话说|是这样的?)，?")

MOST_THAT_IS_NEW = 0.2
"""The share of neighbouring characters up to which an explanation only repeats."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every disclosure, and every mandatory question whether something is clear, has an explanation."""
    for step in script.mandatory:
        if not step.explains and _promises(script, step):
            yield Finding("explanation_missing", step.file, step.name)
        if step.explains and _repeats(script, step):
            words = written(script.text(step.name, "explain"))
            yield Finding("explanation_repeats", step.file, step.name, (("words", words),))


def _promises(script: Script, step: Step) -> bool:
    if step.kind is Kind.DISCLOSE:
        return True
    words = "".join(script.text(step.name, "say").pieces)
    return step.kind is Kind.CONFIRM and any(asked in words for asked in ASKS_FOR_CLARITY)


def _repeats(script: Script, step: Step) -> bool:
    """Whether the explanation holds next to nothing that the step did not say."""
    said = _pairs(written(script.text(step.name, "say")))
    told = _pairs(LEAD_IN.sub("", written(script.text(step.name, "explain"))))
    return len(told - said) <= len(told) * MOST_THAT_IS_NEW


def _pairs(words: str) -> set[str]:
    signs = [sign for sign in words if sign.isalnum()]
    return {"".join(pair) for pair in pairwise(signs)}
