"""Conditions in words, for people who read a script: what facts are called, what they must be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from scripts.labels import LANGUAGES
from scripts.model import Need

_TITLES: Mapping[str, tuple[str, ...]] = {
    fact: tuple(titles)
    for fact, titles in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()
}
_VALUES = {
    "True": ("是", "yes"),
    "False": ("否", "no"),
    "outbound": ("呼出", "outbound"),
    "inbound": ("呼入", "inbound"),
    "": ("（空）", "(empty)"),
}
_WORDS = {
    "zh": ("{}", "{}：否", "{}：{}", "{}不是{}", "、", "{}满{}", "{}不超过{}", "，"),
    "en": ("{}", "not {}", "{}: {}", "{} other than {}", ", ", "{} from {}", "{} up to {}", "; "),
}
_YES, _NOT, _IS, _OTHER, _AND, _FROM, _TO, _JOIN = range(8)


def title(fact: str, language: str = "zh") -> str:
    """What a fact is called; its own name where nobody has named it."""
    names = _TITLES.get(fact)
    return names[LANGUAGES.index(language)] if names else fact


def value_in_words(value: str | int | bool, language: str = "zh") -> str:
    """A value of a fact as people write it."""
    ways = _VALUES.get(str(value))
    return ways[LANGUAGES.index(language)] if ways else str(value)


def in_words(needs: Iterable[Need], language: str = "zh") -> str:
    """All conditions of a step in one line; empty where there are none."""
    return _WORDS[language][_JOIN].join(_one(need, language) for need in needs)


def _one(need: Need, language: str) -> str:
    words, name = _WORDS[language], title(need.fact, language)
    if not need.values:
        bounds = ((_FROM, need.least), (_TO, need.most))
        said = words[_JOIN].join(words[way].format(name, bound) for way, bound in bounds if bound is not None)
        return words[_NOT].format(said) if need.unless else said
    if all(isinstance(value, bool) for value in need.values):
        wanted = (True in need.values) is not need.unless
        return words[_YES if wanted else _NOT].format(name)
    values = words[_AND].join(value_in_words(value, language) for value in need.values)
    return words[_OTHER if need.unless else _IS].format(name, values)
