"""A code of the customer's own is kept only as a hash; a wish not to be called is taken back."""

from __future__ import annotations

import pytest

from dialer import notes
from scripts.load import library
from scripts.sealing import sealed
from scripts.values import Answered, Blocked, Heard, Input, Performer, Turn, Withdrawn
from tests.conftest import MORNING
from tests.scripts_facts import HOTLINE
from tests.scripts_walk import walk

WHISTLE, HOT = library()["whistle"], library()["hotline"]
FACTS = {"company": "安和人寿", "case_no": "00017042", "seal": "5a17"}
TO_THE_CODE = ["[1]", "(message)", "[2]"]


def given(text: str, performer: Performer = Performer.ROBOT) -> Turn:
    """The turn that follows this input where the code is asked for."""
    way = TO_THE_CODE if performer is Performer.ROBOT else ["<agency_surrender>", "<value 收了钱>", "<no>"]
    *_, turn = walk(WHISTLE, FACTS, [*way, text], performer=performer)
    return turn


@pytest.mark.parametrize("text", ["[385072]", "三八五零七二"])
def test_a_code_by_keys_or_speech_is_kept_as_its_hash(text: str) -> None:
    assert Answered("passcode", "value", sealed("385072", "5a17")) in given(text).effects


def test_the_code_that_an_agent_types_is_kept_as_its_hash() -> None:
    assert (
        Answered("passcode", "value", sealed("385072", "5a17")) in given("[385072]", Performer.AGENT).effects
    )


@pytest.mark.parametrize("text", ["[38507]", "三八五零七"])
def test_a_code_of_another_length_is_asked_for_again(text: str) -> None:
    turn = given(text)
    assert turn.progress.step == "passcode"
    assert not turn.effects


def test_what_was_heard_at_the_code_is_kept_without_it() -> None:
    record = notes.record(given("[385072]"), Heard(Input.KEYS, "385072"), facts=FACTS, now=MORNING)
    assert "385072" not in f"{record}"


def test_the_same_code_has_another_hash_in_another_case() -> None:
    assert sealed("385072", "a") != sealed("385072", "b")
    assert sealed("385072", "a") == sealed("385072", "a")


def test_a_wish_is_taken_back_after_the_identity_check_and_a_clear_yes() -> None:
    *_, asked, after = walk(HOT, HOTLINE, ["[5]", "[3]", "[123*]", "[1]"])
    assert asked.progress.identified
    assert Withdrawn("yes") in after.effects
    assert not any(isinstance(effect, Blocked) for effect in after.effects)
    assert notes.record(after, None, facts=HOTLINE, now=MORNING).withdrawn


@pytest.mark.parametrize("answer", ["[2]", "[3]", "不恢复了", "不确定"])
def test_a_wish_stands_without_a_clear_yes(answer: str) -> None:
    *_, turn = walk(HOT, HOTLINE, ["[5]", "[3]", "[123*]", answer])
    assert turn.progress.step == "wish_kept"
    assert not any(isinstance(effect, Withdrawn) for effect in turn.effects)
