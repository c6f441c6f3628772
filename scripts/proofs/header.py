"""The header of a script says what it answers to, and says it in names that are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.duties import CLOCKS, RETENTION
from scripts.model import COMMON, Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import file_of
from scripts.values import Purpose

_BASIS = re.compile(r"(S00[0-4])-([0-9]{2,3})|(B)([1-9][0-9]?)")


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Basis, covers, clock, retention are there, known and those of the pack; marketing can be refused."""
    file = file_of(script, COMMON)
    yield from (Finding("header_missing", file, "", (("key", key),)) for key in _missing(script))
    for key, value in _unknown(script, pack):
        yield Finding("header_unknown", file, "", (("key", key), ("value", value)))
    for name, step in script.steps.items():
        for rule in step.basis:
            if not is_rule(rule, pack):
                yield Finding("header_unknown", step.file, name, (("key", "basis"), ("value", rule)))
    for entry in script.covers:
        if entry in pack.free and script.purpose not in pack.free[entry]:
            yield Finding("covers_without_items", file, "", (("covers", entry), ("purpose", script.purpose)))
    for key, wanted in _other(script, pack):
        yield Finding("header_differs", file, "", (("key", key), ("wanted", wanted), ("pack", pack.title)))
    if script.purpose is Purpose.MARKETING and not _refusable(script):
        yield Finding("marketing_without_refusal", file, "")


def _missing(script: Script) -> Iterator[str]:
    header = {
        "basis": script.basis,
        "covers": script.covers,
        "clock": script.clocks,
        "retention": script.retention,
    }
    yield from (key for key, value in header.items() if not value)


def _unknown(script: Script, pack: Pack) -> Iterator[tuple[str, str]]:
    yield from (("basis", rule) for rule in script.basis if not is_rule(rule, pack))
    yield from (("covers", name) for name in script.covers if name not in pack.catalogue)
    yield from (("clock", name) for name in script.clocks if name not in CLOCKS)
    if script.retention and script.retention not in RETENTION:
        yield "retention", script.retention


def is_rule(rule: str, pack: Pack) -> bool:
    """Whether the regulation report has this rule, such as S002-20 or B5."""
    found = _BASIS.fullmatch(rule)
    if not found:
        return False
    source, number = (found[1], found[2]) if found[1] else (found[3], found[4])
    return 1 <= int(number) <= pack.rules.get(source, 0)


def _other(script: Script, pack: Pack) -> Iterator[tuple[str, str]]:
    """What the pack asks of this script's header and does not get; campaigns choose a script by its name."""
    named = pack.scripts.get(script.name)
    yield from (("covers", entry) for entry in (named.covers if named else ()) if entry not in script.covers)
    for asked in pack.prescribed(script.covers):
        if asked.purpose and script.purpose is not asked.purpose:
            yield "purpose", asked.purpose
        yield from (("clock", clock) for clock in asked.clocks if clock not in script.clocks)
        if asked.performers and set(script.performers) != set(asked.performers):
            yield "performers", "、".join(asked.performers)
        if asked.human_first and set(asked.human_first) != set(script.human_first):
            yield "human_first", "、".join(need.fact for need in asked.human_first)


def _refusable(script: Script) -> bool:
    branch = script.hears.get("stop_calling")
    return branch is not None and branch.block is not None
