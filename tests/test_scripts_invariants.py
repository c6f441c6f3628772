"""What holds in every script of the library, for any facts, any inputs and both performers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts import sample
from scripts.engine import MAX_TURNS, advance, begin
from scripts.load import library
from scripts.model import Kind, NotOffered, Reveal, Script
from scripts.values import (
    Answered,
    Blocked,
    Ended,
    Facts,
    Heard,
    Input,
    Outcome,
    Performer,
    Turn,
)
from tests.scripts_walk import good_answer, heard, stored

SCRIPTS = sorted(library())
GOOD = "(good)"
INPUTS = (
    *(f"[{key}]" for key in "0123456789"),
    *("[9999]", "[13800001111]", "[]", "[12345678901234567890]"),
    *(
        f"({event})"
        for event in ("silence", "error", "hangup", "machine", "agent", "no_agent", "robot", "message")
    ),
    *(
        "嗯",
        "清楚",
        "不清楚",
        "没有",
        "别再打了",
        "我要投诉",
        "再说一遍",
        "慢一点",
        "在开会",
        "我在开车",
        "打错了",
    ),
    *(
        "你是谁",
        "骗子",
        "我要退保",
        "他去世了",
        "怎么又是你们",
        "听不懂",
        "我不是本人",
        "第二个",
        "呱呱",
        "",
        "？",
    ),
    *("<yes>", "<no>", "<value 好>", "<nonsense>", "!P20 说明", "!P03 说明", "!P99"),
)
inputs = st.lists(st.sampled_from((*(GOOD,) * 3 * len(INPUTS), *INPUTS)), max_size=50)
broken = st.sampled_from((None, "", "？", "2026-02-30", -1, True, "12,00"))


@st.composite
def facts_of(draw: st.DrawFn, script: Script) -> Facts:
    """Any way in which the conditions can fall, some values unknown or spoilt."""
    ways = {fact: draw(st.sampled_from(values)) for fact, values in sample.domain(script).items()}
    facts = sample.facts(script, ways)
    if draw(st.booleans()):
        return facts
    return {**facts, **draw(st.dictionaries(st.sampled_from(sorted(facts)), broken, max_size=4))}


def played(script: Script, facts: Facts, said: list[str], performer: Performer) -> list[Turn]:
    """All turns of a talk; what a step does not offer is passed over, as the desk does."""
    turns = [begin(script, facts, performer=performer)]
    for text in said:
        here = turns[-1]
        if here.wait is None:
            break
        words = good_answer(script, facts, here.progress) if text == GOOD else text
        try:
            turns.append(advance(script, facts, stored(here.progress), heard(words)))
        except NotOffered:
            assert here.progress.performer is Performer.AGENT or words[:1] in "<!(", words
    return turns


@pytest.mark.parametrize("name", SCRIPTS)
@given(st.data(), inputs, st.sampled_from(Performer))
@settings(max_examples=6, deadline=None)
def test_every_talk_keeps_what_must_be_true(
    name: str, data: st.DataObject, said: list[str], performer: Performer
) -> None:
    script = library()[name]
    facts = data.draw(facts_of(script))
    turns = played(script, facts, said, performer)
    it_waits_until_it_ends(script, turns)
    it_says_nothing_private_to_who_is_not_known(script, turns)
    a_refusal_blocks_before_the_goodbye(turns)
    success_means_that_all_was_told_and_affirmed(script, facts, turns[-1])


def it_waits_until_it_ends(script: Script, turns: list[Turn]) -> None:
    assert all(turn.wait is not None and not turn.progress.ended for turn in turns[:-1])
    assert (turns[-1].wait is None) == turns[-1].progress.ended
    for turn in turns[:-1]:
        assert turn.say or script.step(turn.progress.step).kind is Kind.TRANSFER


def it_says_nothing_private_to_who_is_not_known(script: Script, turns: list[Turn]) -> None:
    for turn in turns:
        if turn.progress.identified or not script.identity:
            return
        names = {name for one in turn.say for name in script.text(one.step, one.part).names}
        assert not [name for name in names if script.variables[name].reveal is Reveal.PRIVATE]


def a_refusal_blocks_before_the_goodbye(turns: list[Turn]) -> None:
    blocked = False
    for turn in turns:
        refused = False
        for effect in turn.effects:
            refused = refused or (isinstance(effect, Answered) and effect.category == "stop_calling")
            blocked = blocked or isinstance(effect, Blocked)
            assert not (isinstance(effect, Ended) and refused and not blocked)
        assert blocked or not refused


def success_means_that_all_was_told_and_affirmed(script: Script, facts: Facts, last: Turn) -> None:
    here = last.progress
    if here.outcome is Outcome.SUCCESS and script.identity:
        assert here.identified
        for step in script.required(facts, here.performer):
            assert step.name in here.told, step.name
            assert step.kind is Kind.TELL or step.name in here.affirmed, step.name


@given(st.sampled_from(SCRIPTS), st.lists(st.sampled_from((GOOD, *INPUTS)), min_size=1, max_size=3))
@settings(max_examples=25, deadline=None)
def test_who_says_the_same_for_ever_is_let_go(name: str, said: list[str]) -> None:
    script = library()[name]
    turns = played(script, sample.facts(script), (said * (MAX_TURNS + 1))[: MAX_TURNS + 1], Performer.ROBOT)
    offered = [text for text in said if text[:1] not in "<!"]
    assert turns[-1].progress.ended or not offered or len(turns) <= MAX_TURNS + 1


@given(st.sampled_from(SCRIPTS), inputs, st.text(max_size=12), st.sampled_from((Input.KEYS, Input.SPEECH)))
@settings(max_examples=30, deadline=None)
def test_no_keys_and_no_words_break_a_talk(name: str, said: list[str], text: str, kind: Input) -> None:
    script = library()[name]
    facts = sample.facts(script)
    last = played(script, facts, said, Performer.ROBOT)[-1]
    if last.progress.performer is Performer.ROBOT:
        turn = advance(script, facts, last.progress, Heard(kind, text))
        assert (turn.wait is None) == turn.progress.ended
