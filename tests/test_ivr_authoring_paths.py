"""The conversation of a finding can be played: its premises are facts, its lines are answers."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.authoring.paths import path
from scripts import sample
from scripts.conditions import title
from scripts.load import library
from scripts.playing import Given, fact, play
from scripts.proofs.finding import Finding, Line
from scripts.proofs.replay import HAPPENS, SAYS
from scripts.values import Input

NEW = library()["new-contract"]
ALONE = library()["hotline-callback"]
PLAIN = HAPPENS["facts"].format(facts=f"{title('product_type')}：普通型")
OPENING = (
    Line("note", PLAIN),
    Line("robot", "您好"),
    Line("customer", "“是”（按1）"),
    Line("customer", "“方便”（按1）"),
    Line("customer", SAYS["match"]),
)


def found(*talk: Line) -> Finding:
    return Finding("refusal_unblocked", "", "received", (), talk)


def played(way: dict[str, Any]) -> str:
    """The step to which a path leads."""
    chosen = {name: None if text is None else fact(NEW, name, text) for name, text in way["facts"].items()}
    given = [Given(Input(kind), text) for kind, text in way["given"]]
    return play(NEW, sample.facts(NEW, chosen), given)[-1].sides[0].turn.progress.step


def test_labels_keys_and_digits_lead_to_the_step() -> None:
    way = path(NEW, found(*OPENING))
    assert way is not None
    assert way["facts"] == {"product_type": "普通型"}
    assert played(way) == "aware"


def test_wishes_are_given_as_the_answers_that_they_mean() -> None:
    way = path(NEW, found(*OPENING, Line("customer", SAYS["stop_calling"])))
    assert way is not None
    assert way["given"][-1] == ["choice", "stop_calling"]
    assert played(way) == "refusal"


@pytest.mark.parametrize(("happens", "step"), [("silence", "no_sound"), ("no_match", "transfer")])
def test_what_happens_so_often_that_the_talk_moves_is_given_so_often(happens: str, step: str) -> None:
    way = path(NEW, found(*OPENING, Line("note", HAPPENS[happens])))
    assert way is not None
    assert played(way) == step


def test_the_sentence_of_the_finding_at_the_end_is_no_answer() -> None:
    finding = found(*OPENING)
    talk = (*OPENING, Line("note", finding.message()))
    assert path(NEW, found(*talk)) == path(NEW, finding)


def test_what_nobody_knows_is_a_fact_too() -> None:
    unknown = HAPPENS["facts"].format(facts=f"{title('seller_surname')}：{HAPPENS['none']}")
    way = path(NEW, found(Line("note", unknown), *OPENING))
    assert way is not None
    assert way["facts"] == {"seller_surname": None, "product_type": "普通型"}


@pytest.mark.parametrize(
    "line",
    [
        Line("customer", "“一个没有的答案”"),
        Line("note", "天上掉下来一块石头"),
        Line("note", HAPPENS["facts"].format(facts="颜色：红")),
        Line("note", HAPPENS["no_agent"]),
    ],
)
def test_a_conversation_that_no_play_can_follow_has_no_path(line: Line) -> None:
    assert path(NEW, found(*OPENING, line)) is None


def test_a_finding_without_a_talk_and_a_robot_that_never_speaks_have_no_path() -> None:
    assert path(NEW, found()) is None
    assert path(ALONE, found(Line("robot", "您好"))) is None
