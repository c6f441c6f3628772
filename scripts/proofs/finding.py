"""What a proof found: the rule that is broken, where, and the talk that shows it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the checker: the demands it answers to, its sentence in Chinese and in English."""

    name: str
    basis: tuple[str, ...]
    zh: str
    en: str


def _read() -> Mapping[str, Rule]:
    rows = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
    rules = {name: Rule(name, tuple(row["basis"]), row["zh"], row["en"]) for name, row in rows.items()}
    return MappingProxyType(rules)


RULES = _read()
"""Every rule of rules.toml by name."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation; `who` is robot, agent, customer, or note (what is beside the words)."""

    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule at a step; `values` fill its sentence, `talk` is the shortest way there, if any."""

    rule: str
    file: str
    step: str
    values: tuple[tuple[str, str], ...] = ()
    talk: tuple[Line, ...] = ()

    @property
    def basis(self) -> tuple[str, ...]:
        """The demands that the rule answers to."""
        return RULES[self.rule].basis

    def message(self, language: str = "zh") -> str:
        """The sentence of the rule with the values of this finding."""
        rule = RULES[self.rule]
        return (rule.en if language == "en" else rule.zh).format_map(dict(self.values))
