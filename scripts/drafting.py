"""A new version of a script's words: the texts of its canonical form by their places, wiring left alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.load import restore
from scripts.model import COMMON, Script, ScriptError
from scripts.texts import PLACEHOLDER

SPOKEN = ("say", "agent_say", "explain", "again", "tell", "ask")
"""The keys whose texts are heard."""

ELSEWHERE = frozenset({"variables", "when", "unless", "human_first", "on", "words"})
"""Tables of a file that hold no spoken words."""

OWN = 0
"""The script's own file is the first of its canonical form; the others are shared with other scripts."""

_FAULT = re.compile(r'^[^:]*: (?:step "(?P<step>[^"]*)": )?(?P<key>[^:]+): (?P<message>.*)$', re.S)
_SIGNS = re.compile(r"[{}]")


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a script: where it stands, its words with {placeholders}, and how it may be changed.

    `path` is its place in the canonical form, parted by slashes; `part` names it within its step.
    """

    path: str
    step: str
    part: str
    words: str
    verbatim: bool
    shared: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders, in the order of the text."""
        return tuple(PLACEHOLDER.findall(self.words))


def passages(script: Script) -> tuple[Passage, ...]:
    """Every text of a script in the order of its files; of what is included, what the script can come to."""
    files: list[dict[str, Any]] = json.loads(script.canonical)["files"]
    found = (
        _passage(script, at, keys, words) for at, file in enumerate(files) for keys, words in _texts(file)
    )
    return tuple(one for one in found if one.step in (COMMON, *script.steps))


def _texts(table: Mapping[str, Any], keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            if key not in ELSEWHERE:
                yield from _texts(value, (*keys, key))
        elif isinstance(value, str) and _is_spoken(keys, key):
            yield (*keys, key), value


def _is_spoken(keys: tuple[str, ...], key: str) -> bool:
    if keys[:1] == ("phrases",) or (not keys and key == "about"):
        return True
    return bool(keys) and key in SPOKEN


def _passage(script: Script, at: int, keys: tuple[str, ...], words: str) -> Passage:
    inside = keys[0] == "step"
    step = keys[1] if inside else COMMON
    verbatim = inside and keys[2:] in (("say",), ("agent_say",)) and _is_verbatim(script, step)
    part = ".".join(keys[2:] if inside else keys)
    return Passage("/".join((str(at), *keys)), step, part, words, verbatim, at != OWN)


def _is_verbatim(script: Script, step: str) -> bool:
    return step in script.steps and script.steps[step].verbatim


def objections(script: Script, texts: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What is wrong with new words, by path: `unknown`, `shared`, `empty`, `lost`, `foreign` or `braces`.

    Beside it the placeholder or nothing. A form can change words; a value is added or taken away in the file.
    """
    known = {passage.path: passage for passage in passages(script)}
    found = ((path, _objection(known.get(path), words)) for path, words in texts.items())
    return {path: objection for path, objection in found if objection}


def _objection(passage: Passage | None, words: str) -> tuple[str, str] | None:
    if passage is None:
        return "unknown", ""
    if passage.shared and words != passage.words:
        return "shared", ""
    if not words.strip():
        return "empty", ""
    names = PLACEHOLDER.findall(words)
    for name in passage.names:
        if name not in names:
            return "lost", name
    for name in names:
        if name not in passage.names:
            return "foreign", name
    return ("braces", "") if _SIGNS.search(PLACEHOLDER.sub("", words)) else None


def changed(script: Script, texts: Mapping[str, str]) -> dict[str, str]:
    """Of these texts, those whose words differ."""
    words = {passage.path: passage.words for passage in passages(script)}
    return {path: text for path, text in texts.items() if text != words.get(path)}


def redraft(script: Script, texts: Mapping[str, str], version: int) -> Script:
    """The script with these words and this version; the loader's error names what is wrong with it."""
    data = json.loads(script.canonical)
    for path, words in changed(script, texts).items():
        at, *keys, last = path.split("/")
        table = data["files"][int(at)]
        for key in keys:
            table = table[key]
        table[last] = words
    data["files"][OWN]["version"] = version
    return restore(json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str))


def place_of(script: Script, error: ScriptError) -> tuple[str, str]:
    """The path of the text that an error of loading is about (empty for none), and its message."""
    found = _FAULT.match(str(error))
    if found is None:
        return "", str(error)
    step, key = found["step"] or COMMON, found["key"]
    for passage in passages(script):
        if passage.step == step and passage.part == key:
            return passage.path, found["message"]
    return "", f"{found['step'] or ''} {key}: {found['message']}".strip()
