"""The words of the screens: both languages have the same, and every page finds its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from dialer.gate import RULES
from dialer.notes import URGENT
from ivr.desk import view
from ivr.desk.performing import TRANSFERS
from ivr.handoff import AGENT_LOST
from ivr.hotline.promises import TASKS
from ivr.texts import LANGUAGES, library, t
from ledger import desks, offers
from scripts.load import library as scripts
from scripts.model import Kind

IVR = Path(__file__).parents[1] / "ivr"
USED = re.compile(r"""\bt\(\s*["']([a-z_]+\.[a-zA-Z0-9_]+)["']\s*[,)]""")

PAUSED = {desks.SIGN_ON, desks.CONNECTION, desks.NO_CERTIFICATE, offers.MISSED, *view.PAUSES}
STALE = set(re.findall(r"(?:then|else) '(\w+)'", offers.STALE))
"""What becomes of an offer that nobody may dial any more."""
READY = {rule.__name__ for rule in RULES} | {"not_reached", desks.ACCEPTED, *STALE} - {"left"}
STATUSES = {"claimed", "placing", "placed", "queued", "initiated", "ringing", "unknown", "in-progress"}
"""The statuses of calls that are not over."""
STEPS = [step for script in scripts().values() for step in script.steps.values()]
BRANCHES = [branch for step in STEPS for of in (step.answers, step.hears) for branch in (of or {}).values()]
CODES = {
    "console.reason_": PAUSED | READY,
    "desk.pause_": PAUSED,
    "console.why_": {step.reason for step in STEPS if step.kind is Kind.TRANSFER}
    | {*URGENT, AGENT_LOST, *TRANSFERS.values()},
    "console.status_": STATUSES,
    "desk.reason_": {one.reason for one in [*STEPS, *BRANCHES] if one.reason},
    "desk.promise_": {one.follow_up.kind for one in [*STEPS, *BRANCHES] if one.follow_up},
    "console.promise_": set(TASKS),
}
"""The codes of the ledger, by the page that shows them and what their texts begin with there."""


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


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", CODES)
def test_every_code_that_a_screen_shows_has_its_words(prefix: str, language: str) -> None:
    assert CODES[prefix]
    assert {f"{prefix}{code}" for code in CODES[prefix]} - keys(language).keys() == set()


def test_no_text_is_empty() -> None:
    assert [key for page in library()["zh"].values() for key, text in page.items() if not text.strip()] == []


def test_outside_of_a_request_the_language_is_chinese() -> None:
    assert t("login.locked", minutes=3) == "尝试次数太多，请 3 分钟后再试。"


def test_a_text_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        t("login.nothing")
