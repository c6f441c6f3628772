"""What the buttons of an agent's screen say, in Chinese and English (labels.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.model import COMMON, Script

LANGUAGES = ("zh", "en")

Label = tuple[str, ...]
Labels = Mapping[str, Mapping[str, Mapping[str, Label]]]


_SOURCE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_ANYTIME: Mapping[str, Label] = _SOURCE.pop("anytime")
_LABELS: Labels = _SOURCE


def anytime(language: str) -> Iterator[tuple[str, str, str]]:
    """What may come at any step, in the order of the screen: category, key and label."""
    at = 1 + LANGUAGES.index(language)
    for category, row in _ANYTIME.items():
        yield category, row[0], row[at]


def label(script: Script, step: str, category: str, language: str) -> str:
    """What an answer is called at a step: in the step's words, its kind's, everybody's, or by its name."""
    at = LANGUAGES.index(language)
    for row in _rows(script, step):
        if category in row:
            return row[category][at]
    if category in _ANYTIME:
        return _ANYTIME[category][1 + at]
    return category


def _rows(script: Script, step: str) -> Iterator[Mapping[str, Label]]:
    yield _LABELS.get(script.name, {}).get(step, {})
    yield _LABELS[COMMON].get(step, {})
    if step in script.steps:
        yield _LABELS["kind"].get(script.steps[step].kind, {})
