"""What nobody may paraphrase is said in the words that were approved."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.locks import fingerprint, lock_of, shelves, verbatim
from scripts.model import Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import written


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every verbatim text is locked, and in these words."""
    kept = shelves(script)
    for step in verbatim(script):
        lock, words = lock_of(script, step, kept), written(script.text(step.name, "say"))
        if lock is None:
            yield Finding("verbatim_unlocked", step.file, step.name, (("words", words),))
        elif lock.sha256 != fingerprint(script, step):
            values = (("words", words), ("reference", lock.reference), ("date", str(lock.date)))
            yield Finding("verbatim_changed", step.file, step.name, values)
