"""Changing words without wiring: every text has a place, values stay, the version rises."""

from __future__ import annotations

import json

import pytest

from scripts.drafting import objections, passages, place_of, redraft
from scripts.load import library
from scripts.model import Script, ScriptError

NEW = library()["new-contract"]
AWARE = "0/step/aware/say"
WORDS = {passage.path: passage for passage in passages(NEW)}


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_text_that_is_heard_stands_in_a_passage(script: Script) -> None:
    found = {passage.words for passage in passages(script)}
    for (step, part), text in script.texts.items():
        assert any(text.pieces[-1][-5:] in words for words in found), (step, part)


def test_new_words_change_the_text_and_nothing_else() -> None:
    words = WORDS[AWARE].words.replace("自己要买", "本人要买")
    draft = redraft(NEW, {AWARE: words}, NEW.version + 1)
    assert draft.version == NEW.version + 1
    assert draft.text("aware", "say").pieces[-1] != NEW.text("aware", "say").pieces[-1]
    assert tuple(draft.steps) == tuple(NEW.steps)
    before, after = (json.loads(script.canonical) for script in (NEW, draft))
    before["files"][0]["version"] += 1
    before["files"][0]["step"]["aware"]["say"] = words
    assert before == after


def test_the_same_words_are_the_same_script() -> None:
    texts = {path: passage.words for path, passage in WORDS.items()}
    assert redraft(NEW, texts, NEW.version).digest == NEW.digest


def test_verbatim_and_shared_texts_are_marked() -> None:
    assert WORDS["0/step/surrender_loss/say"].verbatim
    assert not WORDS["0/step/surrender_loss/explain"].verbatim
    assert WORDS["1/step/label/say"].verbatim
    assert WORDS["1/step/label/say"].shared
    assert not WORDS[AWARE].shared


@pytest.mark.parametrize(
    ("path", "words", "objection"),
    [
        (AWARE, "这份保险是您自己要买的吗？", ("lost", "sold_on")),
        (AWARE, WORDS[AWARE].words + "{bank}", ("foreign", "bank")),
        (AWARE, WORDS[AWARE].words + "{", ("braces", "")),
        (AWARE, "  ", ("empty", "")),
        ("1/step/label/say", "您好。", ("shared", "")),
        ("0/step/aware/kind", "tell", ("unknown", "")),
        ("0/variables/bank/say", "money", ("unknown", "")),
        ("../../etc", "x", ("unknown", "")),
    ],
)
def test_what_a_form_may_not_do_is_said_of_its_field(
    path: str, words: str, objection: tuple[str, str]
) -> None:
    assert objections(NEW, {path: words}) == {path: objection}


def test_words_with_all_their_values_are_fine_in_another_order() -> None:
    assert objections(NEW, {AWARE: "{product}，{first_premium}，{sold_on}，是您自己要买的吗？"}) == {}


def test_an_error_of_loading_finds_its_field() -> None:
    error = ScriptError('kept script 0: step "aware": say: is too odd')
    assert place_of(NEW, error) == (AWARE, "is too odd")
    assert place_of(NEW, ScriptError("kept script 0: on.error: is missing")) == ("", "on.error: is missing")
    assert place_of(NEW, ScriptError("odd")) == ("", "odd")
