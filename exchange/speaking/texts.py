"""The sentences that can be rendered before any call: those of files, without a variable in them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from exchange.sound.clip import SoundError
from exchange.speaking.speech import clauses, sentences

SPOKEN = frozenset({"say", "tell", "ask", "again", "explain", "phrases", "greeting", "small_talk"})
"""Keys of scripts and personas under which everything is spoken."""

# Settings stand under the same keys: `say = "money"`.
_SAID = re.compile(r"[\u4e00-\u9fff0-9]")
_WORD = re.compile(r"\w")


def fixed(paths: Iterable[Path]) -> tuple[str, ...]:
    """Each sentence of the files that is the same in every call, and of the others the clauses that are."""
    found = (sentence for path in paths for text in _texts(path) for sentence in sentences(text))
    kept = (words for sentence in found for words in _without_variable(sentence) if _WORD.search(words))
    return tuple(dict.fromkeys(kept))


def _without_variable(sentence: str) -> Iterator[str]:
    if "{" not in sentence:
        yield sentence
    else:
        yield from (clause for clause in clauses(sentence) if "{" not in clause)


def _texts(path: Path) -> Iterator[str]:
    try:
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            yield from _strings(tomllib.loads(content), spoken=False)
        else:
            yield content
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SoundError(f"{path}: {error}: a UTF-8 text or TOML file is needed") from error


def _strings(value: Any, *, spoken: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, spoken=spoken or key in SPOKEN)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner, spoken=spoken)
    elif isinstance(value, str) and spoken and _SAID.search(value):
        yield value
