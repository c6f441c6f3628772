"""No customer hears the words that the pack forbids, outside of what explains that something is not so."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import Script
from scripts.packs import Forbidden, Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import speeches


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every text of both performers is free of every forbidden word."""
    for speech in speeches(script):
        for row in pack.forbidden.values():
            for word in _found(row, speech.words):
                values = (("part", speech.part), ("word", word), ("basis", "、".join(row.basis)))
                yield Finding("forbidden_word", speech.file, speech.step, values)


def _found(row: Forbidden, words: str) -> Iterator[str]:
    """The words of the row that stand outside of what it allows."""
    for pattern in row.allowed:
        words = pattern.sub("…", words)
    yield from (word for word in row.words if word in words)
