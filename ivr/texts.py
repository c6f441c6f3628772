"""The words of the screens, in texts.toml by language and page: `t("desk.ready")`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import g, has_request_context, request

LANGUAGES = ("zh", "en")
COOKIE = "huifang_language"
"""What somebody who is not signed in chose on the log-in page."""

Page = Mapping[str, str]


@cache
def library() -> Mapping[str, Mapping[str, Page]]:
    """Every text by language, page and key, read once."""
    with (Path(__file__).parent / "texts.toml").open("rb") as file:
        return tomllib.load(file)


def t(key: str, **values: object) -> str:
    """The text of `page.key` in the language of this request, its {places} filled."""
    page, _, name = key.partition(".")
    return library()[language()][page][name].format(**values)


def texts(page: str) -> Page:
    """All texts of a page in the language of this request, for scripts."""
    return library()[language()][page]


def known(page: str, name: str) -> str:
    """The text of a code, or the code itself after the first underscore where it has no text."""
    return library()[language()][page].get(name) or name.partition("_")[2]


def other_language() -> str:
    """The language that the switch leads to."""
    return LANGUAGES[1 - LANGUAGES.index(language())]


def language() -> str:
    """The signed-in person's language, else what was chosen on the log-in page, else Chinese."""
    if not has_request_context():
        return LANGUAGES[0]
    user = g.get("user")
    wanted = (user and user.language) or request.cookies.get(COOKIE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
