"""What is different in a version of a script, as the pages show it: text by text, then what is no text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ivr.texts import language, t
from scripts.conditions import title
from scripts.diagram import called, gist
from scripts.diff import Row, Side, Sort, diff
from scripts.model import COMMON, Script
from scripts.texts import PLACEHOLDER

MARKS = {Side.BOTH: "kept", Side.OLD: "gone", Side.NEW: "new"}
ANSWERED = ("tell", "ask")
NAMED = ("say", "agent_say", "explain", "again", "about")
ITSELF = "version"
"""The one row that differs between any two versions."""


def changes(old: Script, new: Script) -> list[dict[str, Any]]:
    """Every difference but that of the version number, texts first."""
    rows = [row for row in diff(old, new) if row.key != ITSELF]
    return [_change(new if row.step in new.steps else old, row) for row in sorted(rows, key=_is_no_text)]


def _is_no_text(row: Row) -> bool:
    return row.sort is not Sort.TEXT


def _change(script: Script, row: Row) -> dict[str, Any]:
    step = script.steps.get(row.step)
    inside = "/".join(("0", *(("step", row.step) if step else ()), *row.key.split(".")))
    return {
        "path": inside,
        "step": row.step,
        "title": _title(script, row),
        "verbatim": bool(step and step.verbatim and row.sort is Sort.TEXT),
        "words": list(_words(script, row)),
    }


def _words(script: Script, row: Row) -> Iterator[tuple[str, str]]:
    if row.marks:
        yield from ((MARKS[mark.side], _named(script, mark.words)) for mark in row.marks)
        return
    if row.old:
        yield "gone", _named(script, row.old)
    if row.new:
        yield "new", _named(script, row.new)


def _named(script: Script, words: str) -> str:
    """The words with the names of the facts where their values stand."""

    def name_of(place: re.Match[str]) -> str:
        variable = script.variables.get(place[1])
        return f"〔{title(variable.fact, language())}〕" if variable else place[0]

    return PLACEHOLDER.sub(name_of, words)


def _title(script: Script, row: Row) -> str:
    """The step and what of it is different, as authors call them."""
    part = part_of(script, row.step, row.key) if row.sort is Sort.TEXT else row.key
    kind = "" if row.sort is Sort.TEXT else f"{t(f'scripts.sort_{row.sort}')} · "
    where = gist(script, script.steps[row.step], language()) if row.step in script.steps else ""
    return f"{kind}{' · '.join(filter(None, (part, where)))}"


def part_of(script: Script, step: str, key: str) -> str:
    """What a text is within its step: what is said, the explanation, the words after an answer."""
    *way, last = key.split(".")
    if last in ANSWERED and way:
        return t(f"scripts.part_{last}", answer=_answer(script, step, way[-1]))
    return t(f"scripts.part_{last}" if last in NAMED else "scripts.part_other")


def _answer(script: Script, step: str, category: str) -> str:
    if category == "unclear":
        return t("scripts.unclear")
    name = step if step in script.steps and step != COMMON else next(iter(script.steps))
    return called(script, script.steps[name], category, language())
