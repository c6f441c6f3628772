"""No variable is declared for more ears than its source allows."""

from __future__ import annotations

import json
from collections.abc import Iterator

from scripts.model import COMMON, Reveal, Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import file_of

_ORDER = tuple(Reveal)


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """What comes from a policy, a claim or a contact is for everybody only where the pack says so."""
    for name, source in sources(script).items():
        least = pack.reveal.get(source) or pack.reveal.get(source.partition(".")[0], Reveal.PUBLIC)
        variable = script.variables[name]
        if _ORDER.index(variable.reveal) < _ORDER.index(least):
            values = (("variable", name), ("reveal", variable.reveal), ("wanted", least))
            yield Finding("reveal_too_wide", file_of(script, COMMON), "", values)


def sources(script: Script) -> dict[str, str]:
    """Where the value of each variable comes from, such as policy.premium."""
    files = json.loads(script.canonical)["files"]
    rows = {name: row for file in files for name, row in file.get("variables", {}).items()}
    return {name: str(row.get("from", name)) for name, row in rows.items()}
