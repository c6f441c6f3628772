"""What every customer may say at any time is followed by what the pack asks for."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.model import COMMON, Branch, Script
from scripts.packs import Heard, Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import file_of

ASKED = ("problem", "block", "early", "before")
"""What a pack may ask of a branch; a block of all calls is more than any other."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Each of them leaves its problem and its block, and is heard only while it makes sense."""
    for name, row in pack.heard.items():
        if set(row.but) & set(script.covers):
            continue
        branch = script.hears.get(name)
        for key in _lacking(row, branch):
            values = (("heard", name), ("wanted", f"{key} = {getattr(row.branch, key)}".lower()))
            yield Finding("heard_otherwise", file_of(script, COMMON), "", values)


def _lacking(row: Heard, branch: Branch | None) -> Iterator[str]:
    if branch is None and row.where_heard:
        return
    for key in ASKED:
        wanted, found = getattr(row.branch, key), getattr(branch, key, None)
        if wanted and found != wanted and (key, found) != ("block", "all"):
            yield key
