"""No customer hears the words that the pack forbids, outside of what explains that something is not so."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import AGENTS, Script
from scripts.packs import Forbidden, Pack
from scripts.proofs.finding import Finding
from scripts.proofs.header import main_file
from scripts.texts import Text


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every text of both performers is free of every forbidden word."""
    for (step, part), text in script.texts.items():
        if part.removeprefix(AGENTS) == "question":
            continue
        file = script.steps[step].file if step in script.steps else main_file(script)
        for row in pack.forbidden.values():
            for word in _words(row, text):
                values = (("part", part), ("word", word), ("basis", "、".join(row.basis)))
                yield Finding("forbidden_word", file, step, values)


def _words(row: Forbidden, text: Text) -> Iterator[str]:
    """The words of the row that stand outside of what it allows."""
    words = text.spoken(tuple(f"{{{name}}}" for name in text.names))
    for pattern in row.allowed:
        words = pattern.sub("…", words)
    yield from (word for word in row.words if word in words)
