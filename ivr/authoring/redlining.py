"""What changed in the words of a script: text by text, kept, removed and added passages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from ivr.texts import language, t
from scripts.conditions import title
from scripts.diagram import called, gist
from scripts.drafting import Passage, passages
from scripts.model import COMMON, Script
from scripts.texts import PLACEHOLDER

KEPT, GONE, NEW = "kept", "gone", "new"

ANSWERED = ("tell", "ask")
NAMED = ("say", "agent_say", "explain", "again", "about")


def changes(old: Script, new: Script) -> Iterator[dict[str, Any]]:
    """Every text that differs, in the order of the new script, then those that are gone."""
    before = {passage.path: passage for passage in passages(old)}
    after = {passage.path: passage for passage in passages(new)}
    for path, passage in after.items():
        was = before.get(path)
        if was is None or was.words != passage.words:
            yield _change(new, passage, was.words if was else "", passage.words)
    yield from (_change(old, was, was.words, "") for path, was in before.items() if path not in after)


def _change(script: Script, passage: Passage, old: str, new: str) -> dict[str, Any]:
    return {
        "path": passage.path,
        "step": passage.step,
        "title": title_of(script, passage),
        "verbatim": passage.verbatim,
        "words": list(marked(named(script, old), named(script, new))),
    }


def marked(old: str, new: str) -> Iterator[tuple[str, str]]:
    """The new words with what was removed from the old ones, passage by passage."""
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield KEPT, old[a:b]
            continue
        if old[a:b]:
            yield GONE, old[a:b]
        if new[c:d]:
            yield NEW, new[c:d]


def named(script: Script, words: str) -> str:
    """The words with the names of the facts where their values stand."""

    def name_of(place: re.Match[str]) -> str:
        variable = script.variables.get(place[1])
        return f"〔{title(variable.fact, language())}〕" if variable else place[0]

    return PLACEHOLDER.sub(name_of, words)


def title_of(script: Script, passage: Passage) -> str:
    """The step and the part, as authors call them."""
    part = part_of(script, passage)
    if passage.step == COMMON:
        return part
    return f"{gist(script, script.steps[passage.step], language())} · {part}"


def part_of(script: Script, passage: Passage) -> str:
    """What a text is within its step: what is said, the explanation, the words after an answer."""
    *way, last = passage.part.split(".")
    if last in ANSWERED and way:
        return t(f"scripts.part_{last}", answer=_answer(script, passage.step, way[-1]))
    return t(f"scripts.part_{last}" if last in NAMED else "scripts.part_other")


def _answer(script: Script, step: str, category: str) -> str:
    if category == "unclear":
        return t("scripts.unclear")
    if step not in script.steps:
        return called(script, next(iter(script.steps.values())), category, language())
    return called(script, script.steps[step], category, language())
