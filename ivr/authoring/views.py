"""What the pages of one script show alike: its picture, its findings, why a step of its life is refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ivr.authoring.paths import path
from ivr.texts import language, t
from ledger.errors import ScriptRefused
from scripts.drawing import svg
from scripts.model import Script
from scripts.proofs.finding import Finding


def picture(script: Script) -> str:
    """The diagram as markup, which is built of escaped pieces."""
    return svg(script, language())


def told(script: Script, found: Iterable[Finding]) -> Iterator[dict[str, Any]]:
    """Findings of a script as the page gets them, each with a way to play its path where there is one."""
    for one in found:
        yield {
            "rule": one.rule,
            "step": one.step,
            "message": one.message(language()),
            "basis": list(one.basis),
            "talk": [[line.who, line.words] for line in one.talk],
            "play": path(script, one),
        }


def refusal(refused: ScriptRefused) -> str:
    """Why a step is refused, in the person's words."""
    return t(f"scripts.refused_{refused.code}")
