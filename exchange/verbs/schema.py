"""TwiML's grammar, read from `twiml.toml`: what each element may hold and have."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA_WARNING = 12200
"""Twilio's code for everything that has none of its own."""

_NAMED = re.compile(r"(?P<text>.*?)(?:\s*=(?P<code>\d+))?", re.S)
_KINDS = {
    "text": (r"(?s:.*)", "a text"),
    "whole": (r"[0-9]{1,9}", "a whole number"),
    "positive": (r"0*[1-9][0-9]{0,8}", "a whole number from 1 on"),
    "flag": (r"(?i:true|false)", "true or false"),
    "method": (r"(?i:get|post)", "GET or POST"),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute: what its values match, how that is said, and the code of a bad one."""

    pattern: re.Pattern[str]
    wanted: str
    code: int


@dataclass(frozen=True, slots=True)
class Grammar:
    """One element; one that holds `anything` is not looked into."""

    attributes: Mapping[str, Attribute]
    holds: tuple[str, ...]
    misplaced: int
    needs: tuple[str, ...]
    words: bool
    anything: bool


def _split(text: str) -> tuple[str, int]:
    found = _NAMED.fullmatch(text)
    assert found is not None, text
    return found["text"], int(found["code"] or SCHEMA_WARNING)


def _attributes(table: Mapping[str, Any]) -> Iterator[tuple[str, Attribute]]:
    for kind, (pattern, wanted) in _KINDS.items():
        for name, code in map(_split, table.get(kind, "").split()):
            yield name, Attribute(re.compile(pattern), wanted, code)
    for name, text in table.get("match", {}).items():
        pattern, code = _split(text)
        yield name, Attribute(re.compile(pattern), pattern, code)
    for name, text in table.get("list", {}).items():
        words, code = _split(text)
        one = "|".join(words.split())
        yield name, Attribute(re.compile(rf"\s*(?:(?:{one})\s*)*"), f"any of {words}", code)


def _grammar(table: Mapping[str, Any]) -> Grammar:
    holds, misplaced = _split(table.get("holds", ""))
    return Grammar(
        attributes=dict(_attributes(table)),
        holds=tuple(holds.split()),
        misplaced=misplaced,
        needs=tuple(table.get("needs", "").split()),
        words=table.get("words", False),
        anything=table.get("anything", False),
    )


TWIML = {
    name: _grammar(table)
    for name, table in tomllib.loads(
        Path(__file__).with_name("twiml.toml").read_text(encoding="utf-8")
    ).items()
}
"""Every element of TwiML by name."""
