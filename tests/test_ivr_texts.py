"""The words of the screens: both languages have the same, and every page finds its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from ivr.texts import LANGUAGES, library, t

IVR = Path(__file__).parents[1] / "ivr"
USED = re.compile(r"""\bt\(\s*["']([a-z_]+\.[a-zA-Z0-9_]+)["']\s*[,)]""")


def keys(language: str) -> dict[str, set[str]]:
    """Every key with the places that are filled in."""
    return {
        f"{page}.{key}": {name for _, name, _, _ in Formatter().parse(text) if name}
        for page, texts in library()[language].items()
        for key, text in texts.items()
    }


def used() -> Iterator[tuple[str, str]]:
    """Every text that a template or a view names, with where."""
    for path in sorted({*IVR.rglob("*.html"), *IVR.rglob("*.py")} - {IVR / "texts.py"}):
        yield from ((path.name, key) for key in USED.findall(path.read_text(encoding="utf-8")))


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    assert tuple(library()) == LANGUAGES
    assert keys("zh") == keys("en")


def test_every_text_that_is_named_exists() -> None:
    known = keys("zh")
    assert [(where, key) for where, key in used() if key not in known] == []


def test_no_text_is_empty() -> None:
    assert [key for page in library()["zh"].values() for key, text in page.items() if not text.strip()] == []


def test_outside_of_a_request_the_language_is_chinese() -> None:
    assert t("login.locked", minutes=3) == "尝试次数太多，请 3 分钟后再试。"


def test_a_text_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("login.nothing")
