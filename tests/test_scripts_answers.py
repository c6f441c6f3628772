"""A step's own words: heard where they stand, but not where they are denied or, if mandatory, doubted."""

from __future__ import annotations

import pytest

from scripts import sample
from scripts.answers import Ear, understood
from scripts.load import library
from scripts.values import Heard, Input


def heard(script: str, step: str, words: str) -> str:
    """The category of these words after the identity check."""
    found = library()[script]
    ear = Ear(found, found.step(step), sample.facts(found), identified=True)
    return understood(ear, Heard(Input.SPEECH, words)).category


@pytest.mark.parametrize(
    ("script", "step", "words", "category"),
    [
        ("survey", "arrived", "到了，在现场", "yes"),
        ("survey", "arrived", "还没在现场", "no_match"),
        ("survey", "called_in_ten_minutes", "打过", "yes"),
        ("survey", "called_in_ten_minutes", "没打过", "no"),
        ("survey", "appointment", "没有说好", "unsure"),
        ("survey", "need", "要不拖车吧", "tow"),
        ("survey", "need", "不拖车了，拖走也行", "tow"),
        ("hotline", "accident_hurt", "没流血", "no_match"),
        ("hotline", "menu", "是不是你们打来的", "verify"),
        ("new-contract", "not_a_deposit", "是存款", "deposit"),
        ("new-contract", "not_a_deposit", "清楚，不是存款", "no_match"),
        ("new-contract", "introduced_by", "不是保险公司的，是银行的", "bank"),
    ],
)
def test_a_word_that_is_denied_does_not_say_it(script: str, step: str, words: str, category: str) -> None:
    assert heard(script, step, words) == category


@pytest.mark.parametrize("words", ["好像一样", "应该是一样的吧", "不知道是不是一样", "大概对得上"])
def test_a_doubt_beside_the_wanted_word_of_a_mandatory_step_is_no_clear_answer(words: str) -> None:
    assert heard("new-contract", "term", words) == "unsure"
    assert heard("new-contract", "term", "一样") == "yes"
