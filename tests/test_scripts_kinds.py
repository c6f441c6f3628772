"""What the kinds of step and the answers' tables do, on a script small enough to see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scripts.engine import advance
from scripts.load import load
from scripts.model import EngineError, Need, Script
from scripts.progress import Progress
from scripts.values import Answered, FollowUp, Heard, Input, ProblemOpened
from tests.scripts_facts import CALL
from tests.scripts_walk import ended, walk

WORDS = """
script  = "small"
title   = "小脚本"
version = 1
include = ["common"]

[step.mark]
kind = "rate"
say  = "这次服务您给几分？一分最低，五分最高。"
low  = { max = 2, problem = "P20", ask = "方便说说哪里不满意吗？" }

[step.detour]
kind = "ask"
say  = "要听一下说明吗？"
yes  = "manual"
no   = "wishes"

[step.manual]
kind = "tell"
only = "wired"
say  = "说明在公司网站上。"
then = "wishes"

[step.wishes]
kind  = "open"
say   = "您还有什么想说的？"
value = { follow_up = "wish" }
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Script:
    path: Path = tmp_path_factory.mktemp("scripts") / "small.toml"
    path.write_text(WORDS, encoding="utf-8")
    return load(path)


def categories(script: Script, *inputs: str) -> list[str]:
    """What the inputs meant, one after the other."""
    effects = [effect for turn in walk(script, CALL, inputs) for effect in turn.effects]
    return [effect.category for effect in effects if isinstance(effect, Answered)]


@pytest.mark.parametrize(
    ("text", "category"),
    [("[1]", "low"), ("[2]", "low"), ("[3]", "high"), ("给五分", "high"), ("两分", "low")],
)
def test_a_mark_is_high_or_low(small: Script, text: str, category: str) -> None:
    assert categories(small, text) == [category]


def test_a_low_mark_opens_the_problem_before_the_reason_is_asked(small: Script) -> None:
    turns = list(walk(small, CALL, ["[1]", "等太久了"]))
    assert ProblemOpened("P20", "mark") in turns[1].effects
    assert turns[2].effects == (Answered("mark", "detail", "等太久了"),)
    assert turns[2].progress.step == "detour"


def test_silence_after_a_follow_up_question_goes_on(small: Script) -> None:
    assert list(walk(small, CALL, ["[1]", "(silence)"]))[-1].progress.step == "detour"


def test_a_follow_up_question_is_repeated_alone(small: Script) -> None:
    asked, again = list(walk(small, CALL, ["[1]", "[9]"]))[1:]
    assert again.say == asked.say
    assert again.progress.part == "ask.low"


def test_what_is_heard_everywhere_is_heard_in_a_follow_up_question_too(small: Script) -> None:
    assert list(walk(small, CALL, ["[1]", "[0]"]))[-1].progress.step == "transfer"


def test_a_statement_may_be_wired_and_lead_on(small: Script) -> None:
    turn = list(walk(small, CALL, ["[5]", "[1]"]))[-1]
    assert [said.step for said in turn.say] == ["manual", "wishes"]


@pytest.mark.parametrize("text", ["没有", "不是", "[2]", "(silence)"])
def test_nothing_to_say_ends_an_open_question(small: Script, text: str) -> None:
    assert categories(small, "[5]", "[2]", text)[-1] == "none"


def test_free_words_are_kept_as_they_are(small: Script) -> None:
    turn = list(walk(small, CALL, ["[5]", "[2]", "希望网点多一些"]))[-1]
    assert turn.effects[:2] == (Answered("wishes", "value", "希望网点多一些"), FollowUp("wish"))
    assert ended(turn) is not None


def test_nobody_can_answer_a_statement(small: Script) -> None:
    with pytest.raises(EngineError, match='nobody can answer step "manual"'):
        advance(small, CALL, Progress("manual"), Heard(Input.KEYS, "1"))


def test_a_circle_of_statements_is_stopped(small: Script) -> None:
    circle = replace(small.steps["manual"], then="manual")
    script = replace(small, steps={**small.steps, "manual": circle}, digest="circle")
    with pytest.raises(EngineError, match="goes in a circle"):
        list(walk(script, CALL, ["[5]", "[1]"]))


def test_a_way_that_never_applies_is_an_error(small: Script) -> None:
    goodbye = replace(small.steps["goodbye"], when=(Need("never", (True,)),))
    script = replace(small, steps={**small.steps, "goodbye": goodbye}, digest="no end")
    with pytest.raises(EngineError, match='no way "next" from step "wishes" applies'):
        list(walk(script, CALL, ["[5]", "[2]", "[2]"]))
