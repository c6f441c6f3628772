"""Conditions in words, as a script author reads them (facts.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.labels import LANGUAGES
from scripts.model import Need

_NAMES: Mapping[str, tuple[str, str]] = tomllib.loads(
    (Path(__file__).parent / "facts.toml").read_text(encoding="utf-8")
)
_WAYS: Mapping[object, tuple[str, str]] = {
    True: ("是", "yes"),
    False: ("否", "no"),
    "outbound": ("呼出", "outbound"),
    "inbound": ("呼入", "inbound"),
    "其他": ("其他", "other"),
}


def name_of(fact: str, language: str = "zh") -> str:
    """What a fact is called."""
    return _NAMES[fact][LANGUAGES.index(language)] if fact in _NAMES else fact


def value_of(value: str | int | bool, language: str = "zh") -> str:
    """A value of a fact in words; a one is not a yes."""
    if isinstance(value, bool | str) and value in _WAYS:
        return _WAYS[value][LANGUAGES.index(language)]
    return str(value)


def in_words(needs: Iterable[Need], language: str = "zh") -> str:
    """All conditions of a step in one line, the empty text where there are none."""
    joint = "，" if language == "zh" else ", "
    return joint.join(_in_words(need, language) for need in needs)


def _in_words(need: Need, language: str) -> str:
    name = name_of(need.fact, language)
    if need.values and all(isinstance(value, bool) for value in need.values):
        ways = [value is not need.unless for value in need.values]
        return f"{name}：{' / '.join(value_of(way, language) for way in ways)}"
    joint = "、" if language == "zh" else ", "
    sign = "≠" if need.unless else "="
    if need.values:
        return f"{name} {sign} {joint.join(value_of(value, language) for value in need.values)}"
    return f"{name} {'∉ ' if need.unless else ''}{_bounds(need)}"


def _bounds(need: Need) -> str:
    if need.least is None:
        return f"≤ {need.most}"
    return f"≥ {need.least}" if need.most is None else f"{need.least}–{need.most}"
