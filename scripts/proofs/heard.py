"""What every customer may say at any time is followed by what the pack asks for."""

from __future__ import annotations

from collections.abc import Iterator

from scripts.check import targets
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
            values = (("heard", name), ("wanted", f"{key} = {getattr(row.branch, key)}"))
            yield Finding("heard_otherwise", file_of(script, COMMON), "", values)
        if row.branch.problem and branch is not None:
            yield from _overridden(script, name, row.branch.problem, _chain(script, branch))


def _overridden(script: Script, name: str, code: str, chain: set[str]) -> Iterator[Finding]:
    """A step that hears it its own way leaves a problem too, there, where it leads, or before."""
    for step in script.steps.values():
        own = (step.hears or {}).get(name)
        if own is None or own.problem or step.name in chain or _opens(script, own, code):
            continue
        values = (("heard", name), ("wanted", f"problem = {code}"))
        yield Finding("heard_otherwise", step.file, step.name, values)


def _opens(script: Script, branch: Branch, code: str) -> bool:
    """Whether the next question leaves the problem where it is not answered well."""
    after = script.steps.get(branch.then or "")
    return after is not None and any(answer.problem == code for answer in (after.answers or {}).values())


def _chain(script: Script, branch: Branch) -> set[str]:
    """The steps to which the answer leads that opened the problem."""
    found, todo = set[str](), [branch.then or ""]
    while todo:
        name = todo.pop()
        if name in script.steps and name not in found:
            found.add(name)
            todo += [to for _, to in targets(script.steps[name])]
    return found


def _lacking(row: Heard, branch: Branch | None) -> Iterator[str]:
    if branch is None and row.where_heard:
        return
    for key in ASKED:
        wanted, found = getattr(row.branch, key), getattr(branch, key, None)
        if wanted and found != wanted and (key, found) != ("block", "all"):
            yield key
