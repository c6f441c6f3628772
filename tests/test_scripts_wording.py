"""An agent's own words: they speak of no key and no machine, and are what the evidence names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.continuing import go_on
from scripts.engine import advance, begin
from scripts.load import library
from scripts.model import COMMON, Kind, Script
from scripts.screen import CHOICE, DIGITS, WORDS, screen
from scripts.values import (
    Affirmed,
    Answered,
    Ended,
    Facts,
    Outcome,
    Performer,
    ProblemOpened,
    Said,
    Told,
    Turn,
)
from scripts.wording import presses
from tests.scripts_facts import ACCIDENT, BANK, CALL, HOTLINE, PLAIN, UNIT_LINKED
from tests.scripts_walk import heard, stored, walk

SCRIPTS = library().values()
NEW, HOT = library()["new-contract"], library()["hotline"]
CALLS: dict[str, tuple[Script, Facts]] = {
    "bank": (NEW, BANK),
    "unit-linked": (NEW, UNIT_LINKED),
    "inbound": (NEW, {**PLAIN, "direction": "inbound"}),
    "survey": (library()["survey"], ACCIDENT),
    "hotline": (HOT, HOTLINE),
    "hotline at night": (HOT, {**HOTLINE, "open_now": False}),
    "hotline at night, hidden": (HOT, {**HOTLINE, "open_now": False, "number_shown": False}),
    "hotline callback": (library()["hotline-callback"], CALL),
}
OF_A_ROBOT = re.compile(r"智能语音|人工|机器")
UNHEARD = {"no_match", "queue_next", "queue_place", "queue_minutes", "queue_keep"}
"""Phrases of the waiting line and of a robot that did not understand: no agent comes to them."""


def read(script: Script) -> dict[tuple[str, str], str]:
    """Every text that an agent can come to, as its template; no agent comes to a transfer."""
    alone = {step.no_agent for step in script.steps.values()}
    found = {}
    for step, part in script.texts:
        if step == COMMON:
            said = part not in UNHEARD
        else:
            one = script.step(step)
            said = one.spoken_by(Performer.AGENT) and one.kind is not Kind.TRANSFER and step not in alone
        if said:
            text = script.text(step, script.part(step, part, Performer.AGENT))
            found[step, part] = text.spoken(tuple(f"{{{name}}}" for name in text.names))
    return found


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_word_an_agent_reads_tells_the_customer_to_press_a_key_or_is_a_robots(script: Script) -> None:
    assert not {place: words for place, words in read(script).items() if presses(words)}
    assert not {place: words for place, words in read(script).items() if OF_A_ROBOT.search(words)}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_an_agent_has_words_of_the_own_only_where_a_robot_speaks_of_keys_or_of_itself(script: Script) -> None:
    for step, part in script.texts:
        if part == "agent_say":
            words = script.text(step, "say").spoken(tuple("" for _ in script.text(step, "say").names))
            assert presses(words) or OF_A_ROBOT.search(words), step


@pytest.mark.parametrize(
    "words",
    [
        "请按一。",
        "就按零五零六。",
        "末位是字母的，请按星号。",
        "最后按井号。",
        "重听按九。",
        "您也可以按键。",
        "请输入号码。",
    ],
)
def test_what_tells_to_press_a_key_is_known(words: str) -> None:
    assert presses(words)


@pytest.mark.parametrize(
    "words", ["我们按照片处理。", "按单位数乘以单位价格算。", "请按照合同办。", "我一项一项按一个个来。"]
)
def test_what_only_sounds_like_a_key_is_none(words: str) -> None:
    assert not presses(words)


@given(st.sampled_from(sorted(CALLS)), st.booleans(), st.lists(st.integers(0, 99), max_size=30))
@settings(max_examples=150, deadline=None)
def test_whatever_an_agent_chooses_no_word_on_the_screen_speaks_of_keys(
    call: str, takes_over: bool, draws: list[int]
) -> None:
    script, facts = CALLS[call]
    turn = begin(script, facts, performer=Performer.ROBOT if takes_over else Performer.AGENT)
    if takes_over:
        turn = advance(script, facts, turn.progress, heard("(agent)"))
    for draw in draws:
        assert not any(presses(words) for words in said(script, turn))
        if turn.wait is None:
            return
        view = screen(script, facts, stored(turn.progress), turn.say)
        typed = {DIGITS: ["[123*]", "[0506]", "[13800001111]"], WORDS: ["< 好>"], CHOICE: list[str]()}[
            view.input
        ]
        if view.kind == Kind.NUMBER:
            typed = ["[13800001111]"]
        options = [f"<{one.category} 好>" for one in (*view.answers, *view.anytime)]
        assert not presses(view.after or "")
        turn = advance(
            script,
            facts,
            stored(turn.progress),
            heard((options + typed * 9)[draw % len(options + typed * 9)]),
        )


def said(script: Script, turn: Turn) -> list[str]:
    return [script.text(one.step, one.part).spoken(one.values) for one in turn.say]


@pytest.mark.parametrize("performer", Performer)
def test_the_digest_that_is_told_is_that_of_the_words_really_said(performer: Performer) -> None:
    *_, asked, after = walk(NEW, PLAIN, ["[1]", "[1]", "[123*]"], performer=performer)
    part = asked.say[-1].part
    assert part == {"robot": "say", "agent": "agent_say"}[performer]
    assert Told("identity", NEW.text("identity", part).digest) in after.effects


def test_who_takes_over_says_the_step_in_words_of_the_own_and_the_evidence_keeps_both_apart() -> None:
    *_, here, taken, answered = walk(NEW, PLAIN, ["[1]", "[1]", "~(agent)", "[123*]"])
    assert (here.say[-1].part, taken.say[-1].part) == ("say", "agent_say")
    assert Told("identity", NEW.text("identity", "agent_say").digest) in answered.effects
    *_, taken, _ = walk(NEW, PLAIN, ["[1]", "[1]", "(agent)", "[123*]"])
    assert Told("identity", NEW.text("identity", "say").digest) in taken.effects


def test_a_question_is_asked_again_in_the_same_words() -> None:
    *_, again = walk(NEW, BANK, ["<yes>", "<yes>", "<who_are_you>"], performer=Performer.AGENT)
    assert [one.part for one in again.say] == ["tell.who_are_you", "agent_question"]
    *_, again = walk(NEW, BANK, ["<yes>", "<yes>", "<repeat>"], performer=Performer.AGENT)
    assert again.say == (Said("identity", "agent_say"),)


def test_what_an_agent_told_on_the_hotline_holds_in_the_callback_that_is_taken_up() -> None:
    *_, turn = walk(HOT, HOTLINE, ["[0]", "(agent)", "<callback>", "[123*]"])
    assert turn.progress.reason == "taken_up"
    first = go_on(NEW, {**PLAIN, "direction": "inbound"}, None, before=HOT, progress=turn.progress)
    assert Told("identity", NEW.text("identity", "agent_say").digest) in first.effects
    assert Affirmed("identity") in first.effects


@pytest.mark.parametrize(
    ("performer", "refusal"),
    [
        (Performer.AGENT, "<refuses_identity>"),
        (Performer.ROBOT, "不方便说"),
        (Performer.ROBOT, "凭什么告诉你"),
        (Performer.ROBOT, "不想说身份证"),
    ],
)
@pytest.mark.parametrize("before", [[], ["[9999]"]], ids=["at once", "at the second try"])
def test_who_will_not_prove_the_identity_is_no_wrong_person(
    performer: Performer, refusal: str, before: list[str]
) -> None:
    turns = list(walk(NEW, PLAIN, ["[1]", "[1]", *before, refusal], performer=performer))
    assert turns[-1].effects[-1] == Ended(Outcome.NOT_COMPLETED, "identity_refused")
    assert not any(isinstance(effect, ProblemOpened) for turn in turns for effect in turn.effects)
    assert any(
        isinstance(effect, Answered) and effect.category == "refuses_identity" for effect in turns[-1].effects
    )


def test_only_the_identity_check_hears_that_somebody_will_not_prove_it() -> None:
    *_, turn = walk(NEW, PLAIN, ["凭什么告诉你"])
    assert turn.progress.step == "open"
