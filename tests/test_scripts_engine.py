"""Rules of the engine that hold for any customer and any script of the library."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts import sample
from scripts.engine import MAX_TURNS, advance, begin, missing
from scripts.load import library
from scripts.model import EngineError, Kind, Reveal, Script
from scripts.progress import Progress
from scripts.values import (
    Affirmed,
    Blocked,
    Effect,
    Ended,
    Facts,
    Heard,
    Input,
    Outcome,
    Performer,
    ProblemOpened,
    Purpose,
    Told,
    Turn,
    Wanted,
)
from tests.scripts_facts import ACCIDENT, BANK, PLAIN, POLICIES, UNIT_LINKED, UNIVERSAL
from tests.scripts_walk import ended, good_answer, heard, stored, walk, willing

NEW, SURVEY = library()["new-contract"], library()["survey"]
Call = tuple[Script, Facts]
CALLS: dict[str, Call] = {
    **{name: (NEW, facts) for name, facts in POLICIES.items()},
    "survey": (SURVEY, ACCIDENT),
}
INPUTS = [
    *(f"[{key}]" for key in "0123456789"),
    *("[123*]", "[0506]", "[9999]", "(silence)", "(error)", "(hangup)", "(machine)"),
    *(
        "嗯",
        "清楚",
        "不清楚",
        "好的",
        "不是",
        "别再打了",
        "我要投诉",
        "再说一遍",
        "慢一点",
        "在开会",
        "我在开车",
    ),
    *(
        "打错了",
        "你是谁",
        "骗子",
        "我要退保",
        "他去世了",
        "你们打了好多次了",
        "听不懂",
        "第二个",
        "发短信",
        "呱呱",
    ),
]
GOOD = "(good)"
anything = st.lists(st.sampled_from([GOOD, GOOD, GOOD, GOOD, GOOD, GOOD, *INPUTS]), max_size=60)
noise = st.text(max_size=12)
broken_values = st.sampled_from([None, "", "？", "2026-02-30", -1, True, "12,00"])
calls = st.sampled_from(sorted(CALLS))


def played(call: Call, inputs: list[str]) -> list[Turn]:
    """All turns; `(good)` is the answer of a willing customer."""
    script, facts = call
    turns = [begin(script, facts)]
    for text in inputs:
        here = turns[-1]
        if here.wait is None:
            break
        said = good_answer(script, facts, here.progress) if text == GOOD else text
        turns.append(advance(script, facts, stored(here.progress), heard(said)))
    return turns


def waits_for_a_person(call: Call, turn: Turn) -> bool:
    """Whether the customer was told that an agent comes, and is told nothing more meanwhile."""
    return call[0].step(turn.progress.step).kind is Kind.TRANSFER


def effects(turns: list[Turn]) -> list[Effect]:
    """What followed, in order."""
    return [effect for turn in turns for effect in turn.effects]


@given(calls, anything)
@settings(max_examples=100, deadline=None)
def test_every_turn_waits_or_ends_and_only_the_last_one_ends(call: str, inputs: list[str]) -> None:
    turns = played(CALLS[call], inputs)
    assert all(turn.wait is not None and ended(turn) is None for turn in turns[:-1])
    assert all(turn.say for turn in turns[:-1] if not waits_for_a_person(CALLS[call], turn))
    assert (turns[-1].wait is None) == (ended(turns[-1]) is not None)


@given(calls, anything, noise, st.sampled_from([Input.KEYS, Input.SPEECH]))
@settings(max_examples=100, deadline=None)
def test_no_keys_and_no_words_break_a_talk(call: str, inputs: list[str], text: str, kind: Input) -> None:
    last = played(CALLS[call], inputs)[-1]
    turn = advance(*CALLS[call], last.progress, Heard(kind, text))
    assert (turn.wait is None) == turn.progress.ended


@given(calls, anything, st.data())
@settings(max_examples=100, deadline=None)
def test_no_facts_break_a_talk(call: str, inputs: list[str], data: st.DataObject) -> None:
    script, facts = CALLS[call]
    spoilt = data.draw(st.dictionaries(st.sampled_from(sorted(facts)), broken_values))
    turns = played((script, {**facts, **spoilt}), inputs)
    assert all(turn.say or turn.wait is None or waits_for_a_person((script, facts), turn) for turn in turns)


@pytest.mark.parametrize("text", [*INPUTS, GOOD])
@pytest.mark.parametrize("call", CALLS)
def test_a_customer_who_says_one_thing_for_ever_is_let_go(call: str, text: str) -> None:
    turns = played(CALLS[call], [text] * (MAX_TURNS + 1))
    assert ended(turns[-1]) is not None


def test_a_talk_that_goes_round_in_circles_ends_after_the_last_turn_allowed() -> None:
    turns = played((NEW, PLAIN), ["你是谁", "是我", "骗子"] + ["骗子"] * MAX_TURNS)
    assert len(turns) == MAX_TURNS + 2
    assert ended(turns[-1]) == Ended(Outcome.NOT_COMPLETED, "error")


@given(calls, anything)
@settings(max_examples=100, deadline=None)
def test_nothing_private_is_said_before_the_identity_is_known(call: str, inputs: list[str]) -> None:
    script, _ = CALLS[call]
    for turn in played(CALLS[call], inputs):
        if turn.progress.identified:
            break
        names = {name for said in turn.say for name in script.text(said.step, said.part).names}
        assert not any(script.variables[name].reveal is Reveal.PRIVATE for name in names)


@given(calls, anything)
@settings(max_examples=100, deadline=None)
def test_success_needs_every_mandatory_step_told_and_affirmed(call: str, inputs: list[str]) -> None:
    script, facts = CALLS[call]
    followed = effects(played(CALLS[call], inputs))
    if followed and isinstance(followed[-1], Ended) and followed[-1].outcome is Outcome.SUCCESS:
        told = {effect.step for effect in followed if isinstance(effect, Told)}
        affirmed = {effect.step for effect in followed if isinstance(effect, Affirmed)}
        required = script.required(facts, Performer.ROBOT)
        assert {step.name for step in required} <= told
        assert {step.name for step in required if step.kind is not Kind.TELL} <= affirmed


@given(calls, anything, st.sampled_from(["[8]", "别再打了"]))
@settings(max_examples=100, deadline=None)
def test_a_refusal_anywhere_blocks_before_the_goodbye(call: str, inputs: list[str], refusal: str) -> None:
    before = played(CALLS[call], inputs)
    if before[-1].wait is None:
        return
    turn = advance(*CALLS[call], stored(before[-1].progress), heard(refusal))
    followed = effects([*before, turn])
    assert Blocked("all", "stop_calling") in followed
    if turn.wait is None:
        assert ended(turn) == Ended(Outcome.REFUSED, "refused")
        assert followed.index(Blocked("all", "stop_calling")) < len(followed) - 1


@given(calls, anything)
@settings(max_examples=100, deadline=None)
def test_the_same_inputs_make_the_same_turns_with_and_without_json(call: str, inputs: list[str]) -> None:
    turns = played(CALLS[call], inputs)
    assert turns == played(CALLS[call], inputs)
    assert all(stored(turn.progress) == turn.progress for turn in turns)


@given(calls, anything)
@settings(max_examples=50, deadline=None)
def test_after_the_end_the_ending_comes_again(call: str, inputs: list[str]) -> None:
    last = played(CALLS[call], [*inputs, "(hangup)"])[-1]
    again = advance(*CALLS[call], last.progress, Heard(Input.KEYS, "1"))
    assert again.effects == (ended(last),)
    assert again.say == last.say[-1:]
    assert (again.wait, again.progress) == (None, last.progress)


@given(anything)
@settings(max_examples=50, deadline=None)
def test_a_resumed_call_opens_again_and_asks_nothing_that_is_settled(inputs: list[str]) -> None:
    first = played((NEW, PLAIN), [*inputs, "(hangup)"])[-1].progress
    turns = list(walk(NEW, PLAIN, ["[1]", "[1]", "[123*]"], resume=first))
    asked = turns[-1].progress.step
    assert turns[0] == begin(NEW, PLAIN, resume=first)
    assert [turn.progress.step for turn in turns[:-1]] == ["open", "intro", "identity"]
    assert asked not in first.settled


def test_a_step_settled_with_a_problem_is_not_asked_again() -> None:
    hung_up = list(walk(NEW, PLAIN, [*willing(NEW, PLAIN, until="terms"), "[2]", "(hangup)"]))[-1]
    resumed = list(walk(NEW, PLAIN, ["[1]", "[1]", "[123*]"], resume=hung_up.progress))
    assert hung_up.progress.problems == ("P08",)
    assert resumed[-1].progress.step == "manual"


def test_a_stranger_in_the_first_call_does_not_spoil_the_second() -> None:
    strange = list(walk(NEW, PLAIN, [*willing(NEW, PLAIN, until="identity"), "[9999]", "[0101]"]))[
        -1
    ].progress
    turns = list(walk(NEW, PLAIN, willing(NEW, PLAIN), resume=strange))
    assert strange.problems == ("P01",)
    assert ended(turns[-1]) == Ended(Outcome.SUCCESS, "done")


def test_a_text_that_the_customer_hung_up_on_was_not_told() -> None:
    inputs = willing(NEW, PLAIN, until="cooling_off")
    turns = list(walk(NEW, PLAIN, [*inputs, "(hangup)"]))
    assert not any(isinstance(effect, Told) and effect.step == "cooling_off" for effect in effects(turns))


def test_unknown_facts_never_make_a_success() -> None:
    facts = {**PLAIN, "cooling_over": None}
    turns = played((NEW, facts), [GOOD] * 60)
    assert ended(turns[-1]) == Ended(Outcome.PARTIAL, "done")


def test_a_robot_hands_an_older_investor_to_a_human_and_an_agent_goes_on() -> None:
    facts = {**UNIT_LINKED, "age": 60}
    opening = ["[1]", "[1]", "[123*]"]
    assert Wanted("human_only") in list(walk(NEW, facts, opening))[-1].effects
    assert ended(list(walk(NEW, facts, [*opening, "(no_agent)"]))[-1]) == Ended(Outcome.PARTIAL, "human_only")
    assert list(walk(NEW, facts, opening, performer=Performer.AGENT))[-1].progress.step == "aware"
    assert list(walk(NEW, {**facts, "age": 59}, opening))[-1].progress.step == "aware"


def test_an_agent_does_not_say_that_the_voice_is_synthetic() -> None:
    assert [said.step for said in begin(NEW, PLAIN, performer=Performer.AGENT).say] == ["open"]


def test_a_marketing_script_blocks_marketing_and_says_goodbye_at_once() -> None:
    marketing = replace(NEW, purpose=Purpose.MARKETING, digest="marketing")
    turn = advance(marketing, PLAIN, begin(marketing, PLAIN).progress, Heard(Input.KEYS, "8"))
    assert Blocked("marketing", "stop_calling") in turn.effects
    assert ended(turn) == Ended(Outcome.REFUSED, "refused")


def test_an_optional_step_whose_values_are_missing_is_passed_over() -> None:
    turns = played((NEW, {**PLAIN, "district": None}), [GOOD] * 60)
    assert "contact_data" not in {said.step for turn in turns for said in turn.say}
    assert ended(turns[-1]) == Ended(Outcome.SUCCESS, "done")


@pytest.mark.parametrize(
    ("facts", "lacking"),
    [
        (PLAIN, ()),
        (BANK, ()),
        (UNIVERSAL, ()),
        ({**PLAIN, "premium": None}, ("premium",)),
        ({**PLAIN, "premium": "12,000元左右"}, ("premium",)),
        ({**PLAIN, "payment": "趸交", "premium": None}, ()),
        ({**PLAIN, "cooling_over": None}, ("cooling_over",)),
        ({**UNIVERSAL, "guaranteed_rate": None}, ("guaranteed_rate",)),
        ({**PLAIN, "id_tail": None, "district": None}, ("id_tail",)),
        ({**PLAIN, "effective_on": None}, ("effective_on",)),
    ],
)
def test_what_a_mandatory_step_cannot_say_is_missing(facts: Facts, lacking: tuple[str, ...]) -> None:
    assert missing(NEW, facts) == lacking


def test_the_identity_answer_is_stored_masked() -> None:
    turns = list(walk(NEW, PLAIN, [*willing(NEW, PLAIN, until="identity"), "[123*]"]))
    assert "123" not in repr(turns)
    assert "****" in repr(turns[-1].effects)


def test_progress_of_another_script_is_refused() -> None:
    with pytest.raises(EngineError, match="the progress is of another script"):
        advance(SURVEY, ACCIDENT, Progress("identity"), Heard(Input.KEYS, "1"))
    with pytest.raises(EngineError, match=r'no way "on\.error"'):
        advance(NEW, PLAIN, Progress("consent"), Heard(Input.ERROR))


def test_progress_stays_small_and_holds_no_facts() -> None:
    turns = played((NEW, UNIT_LINKED), [GOOD] * 60)
    longest = max(len(turn.progress.to_json()) for turn in turns)
    assert longest < 1500
    assert not any("123X" in turn.progress.to_json() for turn in turns)


def test_the_last_day_of_the_cooling_off_is_part_of_it_in_every_sentence() -> None:
    """ "Before the 27th" would take a day from the customer: the last day counts (B24)."""
    texts = [text for (step, _), text in NEW.texts.items() if "cooling_off" in step]
    pieces = [
        piece
        for text in texts
        for name, piece in zip(text.names, text.pieces[1:], strict=True)
        if name == "cooling_end"
    ]
    assert pieces
    assert not any(piece.startswith("之前") for piece in pieces)


@pytest.mark.parametrize("step", ["intro", "signed", "promises", "coached", "contact_data"])
@pytest.mark.parametrize("words", ["不是我买的", "我没买过这个保险"])
def test_who_denies_the_purchase_is_never_a_success(step: str, words: str) -> None:
    *_, denied, last = walk(NEW, PLAIN, [*willing(NEW, PLAIN, until=step), words, "(no_agent)"])
    assert {ProblemOpened("P03", step), Wanted("denied")} <= set(denied.effects)
    assert not any(isinstance(effect, Affirmed) for effect in denied.effects)
    assert last.progress.outcome not in (None, Outcome.SUCCESS)


def test_who_denies_the_purchase_at_first_is_told_where_it_was_made() -> None:
    *_, last = walk(NEW, PLAIN, [*willing(NEW, PLAIN, until="aware"), "不是我买的"])
    assert last.progress.step == "aware_again"
    assert not last.progress.problems


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [(["他不在", "[1]"], "third_party"), (["[1]", "在开会", "[2]"], "busy")],
)
def test_whoever_only_named_a_time_began_no_talk_in_a_script_without_an_identity_check(
    inputs: list[str], reason: str
) -> None:
    script = library()["quarterly"]
    *_, last = walk(script, sample.facts(script), inputs)
    assert ended(last) == Ended(Outcome.NOT_COMPLETED, reason)
