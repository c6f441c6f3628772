"""The hotline's script: a customer hears what a stranger hears, and takes up a callback once proved."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.continuing import go_on
from scripts.engine import advance
from scripts.load import library
from scripts.model import Reveal
from scripts.progress import Progress
from scripts.values import Affirmed, Blocked, Facts, FollowUp, Outcome, Told, Turn
from tests.scripts_facts import HOTLINE, PLAIN
from tests.scripts_walk import ended, good_answer, heard, stored, walk

SCRIPT = library()["hotline"]
CONTRACT = library()["new-contract"]
STRANGER = {
    **{name: value for name, value in HOTLINE.items() if name not in ("id_tail", "birthday")},
    "known": False,
    "callback_open": False,
    "policy_known": False,
}
MATTERS = ("none", "accident", "callback", "complaint")
"""What may be open of the number itself."""
INPUTS = st.lists(
    st.sampled_from(
        [
            *(f"[{key}]" for key in range(10)),
            "[0000]",
            "[123*]",
            "[0506]",
            "[13800001111]",
            "[02195500]",
            "回访",
            "保单",
            "是",
            "不是",
            "不清楚",
            "你是谁",
            "嗯",
            "再说一遍",
            "转人工",
            "(silence)",
            "(no_agent)",
            "(message)",
            "(error)",
        ]
    ),
    max_size=14,
)


@given(inputs=INPUTS, callback=st.booleans(), policy=st.booleans(), matter=st.sampled_from(MATTERS))
@settings(max_examples=300, deadline=None)
def test_before_identity_a_customer_hears_what_a_stranger_with_the_same_telephone_hears(
    inputs: list[str], callback: bool, policy: bool, matter: str
) -> None:
    known = {**HOTLINE, "callback_open": callback, "policy_known": policy, "open_matter": matter}
    stranger = {**STRANGER, "open_matter": matter}
    for ours, theirs in zip(walk(SCRIPT, known, inputs), walk(SCRIPT, stranger, inputs), strict=False):
        if ours.progress.identified:
            return
        assert ours.say == theirs.say
        assert ours.wait == theirs.wait


def test_no_word_of_the_hotline_can_speak_of_the_customer() -> None:
    spoken = {name for text in SCRIPT.texts.values() for name in text.names}
    assert {SCRIPT.variables[name].reveal for name in spoken} == {Reveal.PUBLIC}


@given(inputs=INPUTS)
@settings(max_examples=200, deadline=None)
def test_whatever_a_caller_does_the_talk_waits_or_ends(inputs: list[str]) -> None:
    for turn in walk(SCRIPT, HOTLINE, inputs):
        assert turn.wait is not None or turn.progress.ended


@given(inputs=INPUTS, refusal=st.sampled_from(["[8]", "别再给我打电话了"]))
@settings(max_examples=200, deadline=None)
def test_a_refusal_is_heard_wherever_something_can_be_heard(inputs: list[str], refusal: str) -> None:
    *_, turn = walk(SCRIPT, HOTLINE, inputs)
    if turn.wait is None or turn.wait.record:
        return
    *_, after = walk(SCRIPT, HOTLINE, [*inputs, refusal])
    assert any(isinstance(effect, Blocked) for effect in after.effects)


def taken_up(inputs: list[str], resume: Progress | None = None) -> tuple[Progress, list[str]]:
    """The progress and the said steps of the contract's script when the hotline leads there."""
    *_, turn = walk(SCRIPT, HOTLINE, inputs)
    first = go_on(CONTRACT, INBOUND, resume, before=SCRIPT, progress=turn.progress)
    assert {type(effect) for effect in first.effects} == {Told, Affirmed}
    return first.progress, [said.step for said in first.say]


def test_what_was_told_and_proved_on_the_hotline_is_not_asked_again() -> None:
    progress, said = taken_up(["[2]", "[1]", "[123*]"])
    assert said == ["intro_inbound"]
    assert {"label", "identity"} <= set(progress.told)
    assert progress.identified


def test_proof_by_birthday_proves_the_identity() -> None:
    progress, said = taken_up(["[2]", "[1]", "[0000]", "[0506]"])
    assert said == ["intro_inbound"]
    assert "identity" in progress.affirmed


def test_a_callback_that_was_taken_up_succeeds_as_one_that_was_made() -> None:
    progress, _ = taken_up(["[2]", "[1]", "[123*]"])
    assert played(progress) is Outcome.SUCCESS


def test_it_goes_on_at_the_first_item_that_is_open() -> None:
    outbound = [*walk(CONTRACT, {**PLAIN, "direction": "outbound"}, ["[1]", "[1]", "[123*]", "[1]", "[1]"])]
    resume = outbound[-1].progress
    progress, _ = taken_up(["[2]", "[1]", "[123*]"], resume)
    assert answered(progress, "[1]").progress.step == resume.step


@pytest.mark.parametrize(
    ("words", "hurt"),
    [
        ("没有人受伤", False),
        ("没人受伤，就是车坏了", False),
        ("都没受伤", False),
        ("没有人员伤亡", False),
        ("有一个人受伤了", True),
        ("我妈流血了", True),
        ("不知道有没有人受伤", True),
    ],
)
def test_people_are_hurt_where_the_caller_says_so_or_is_not_sure(words: str, hurt: bool) -> None:
    *_, turn = walk(SCRIPT, HOTLINE, ["我出车祸了", "刚才", "文三路", "追尾了", words])
    assert (turn.say[0].step == "accident_help") is hurt


@pytest.mark.parametrize("words", ["你们是不是骗子", "你是谁"])
def test_who_doubts_the_hotline_is_not_told_to_hang_up_and_call_it(words: str) -> None:
    *_, turn = walk(SCRIPT, HOTLINE, [words])
    first = turn.say[0]
    assert "挂断" not in SCRIPT.text(first.step, first.part).spoken(first.values)
    assert turn.say[-1].step == "menu"


def test_an_elder_is_told_of_the_recording_before_a_person_comes() -> None:
    turn = next(iter(walk(SCRIPT, {**HOTLINE, "elder": True}, [])))
    assert [said.step for said in turn.say] == ["label", "recorded", "person"]


@pytest.mark.parametrize(
    "inputs", [["[0]", "(no_agent)"], ["[0]", "[1]"], ["[3]", "(no_agent)"], ["[2]", "[3]"]]
)
def test_who_hides_the_number_is_promised_no_call(inputs: list[str]) -> None:
    *_, turn = walk(SCRIPT, {**HOTLINE, "number_shown": False}, inputs)
    assert turn.progress.step == "no_number"
    assert not any(isinstance(effect, FollowUp) for effect in turn.effects)


@pytest.mark.parametrize(("open_now", "then"), [(True, "(no_agent)"), (False, "(message)")])
def test_who_has_an_accident_and_wants_a_person_is_called_by_the_surveyor_at_any_hour(
    open_now: bool, then: str
) -> None:
    *_, turn = walk(SCRIPT, {**HOTLINE, "open_now": open_now}, ["[1]", "转人工", then])
    assert [one.kind for one in turn.effects if isinstance(one, FollowUp)] == ["surveyor"]


@pytest.mark.parametrize("words", ["我想退保", "问一下理赔"])
def test_what_people_want_of_their_policy_leads_to_it(words: str) -> None:
    *_, turn = walk(SCRIPT, HOTLINE, [words])
    assert turn.say[-1].step == "policy"


INBOUND: Facts = {**PLAIN, "direction": "inbound"}


def answered(progress: Progress, text: str) -> Turn:
    """The turn that follows an answer in the contract's script."""
    return advance(CONTRACT, INBOUND, stored(progress), heard(text))


def played(progress: Progress) -> Outcome | None:
    """Answer well until the end."""
    for _ in range(60):
        turn = answered(progress, good_answer(CONTRACT, INBOUND, progress))
        progress = turn.progress
        if end := ended(turn):
            return end.outcome
    return None
