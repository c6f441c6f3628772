"""What the proofs about words find, and what they leave alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.load import LIBRARY, library, load
from scripts.model import Script
from scripts.proofs import (
    collisions,
    explanations,
    manners,
    numbers,
    questions,
    spoken_keys,
    tails,
)
from scripts.proofs.finding import Finding
from scripts.proofs.speech import comes_to, read_by
from scripts.values import Performer

PROOFS = (questions, tails, manners, numbers, spoken_keys, collisions, explanations)
HEAD = """
script  = "tried"
title   = "试一试"
version = 1
include = ["common"]
about   = "试验"
opening = ["open", "intro", "identity", "identity_again"]
"""


def script_of(tmp_path: Path, steps: str) -> Script:
    """A script of a file with these steps."""
    path = tmp_path / "tried.toml"
    path.write_text(HEAD + steps, encoding="utf-8")
    return load(path)


def found(script: Script) -> Iterator[Finding]:
    """The findings in the script's own steps."""
    for proof in PROOFS:
        yield from (one for one in proof.findings(script, None) if one.file == "tried.toml")


def rules(script: Script) -> set[str]:
    """The rules that its own steps break."""
    return {finding.rule for finding in found(script)}


def asking(words: str, kind: str = "confirm") -> str:
    return f'[step.asked]\nkind = "{kind}"\nsay = "{words}"\n'


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("条款和说明书您都看过吗？", "question_compound"),
        ("收益、费用、犹豫期，您都清楚吗？", "question_compound"),
        ("合同收到了吗，是本人签收的吗？", "question_compound"),
        ("您收到了吗？是您自己签收的吗？", "question_double"),
        ("这些您都清楚，对吧？", "leading_tail"),
        ("您收到了，没问题吧？", "leading_tail"),
        ("您收到了，是吗？", "leading_tail"),
        ("您收到了，对不对？", "leading_tail"),
        ("我再跟您确认一下，好吧？", "leading_tail"),
        ("您直接说清楚，这项权利您清楚吗？", "leading_tail"),
        ("您说清楚就行，这项权利您清楚吗？", "leading_tail"),
        ("您肯定看过条款，还记得吗？", "leading_tail"),
        ("难道您没有收到吗？", "leading_tail"),
        ("你收到了吗？", "impolite"),
        ("每月8元的管理费您清楚吗？", "sign_unreadable"),
        ("一年百分之五(固定)，您清楚吗？", "sign_unreadable"),
        ("APP上的通知您看到了吗？", "sign_unreadable"),
        ("￥一百元的费用您清楚吗？", "sign_unreadable"),
        ("合同undefined您收到了吗？", "unfinished"),
        ("合同（待定）您收到了吗？", "unfinished"),
        ("满意请按一，一般请按五，您满意吗？", "key_without_answer"),
    ],
)
def test_words_that_nobody_should_hear_are_found(tmp_path: Path, words: str, rule: str) -> None:
    assert rule in rules(script_of(tmp_path, asking(words)))


@pytest.mark.parametrize(
    "words",
    [
        "保险合同，纸质的也好电子的也好，您收到了吗？",
        "投保提示书呢，您看过没有？",
        "有没有人许诺过合同以外的好处，像返钱、送礼，或者保证收益？",
        "修哪里、换什么、多少钱，他讲清楚了吗？",
        "您可以先拍照，撤到安全的地方，我们按照片处理，您看行吗？",
        "您的犹豫期从签收合同的第二天算起，一共十五天。这一点您清楚吗？",
        "《安心保》这份保险是您自己要买的吗？",
        "请说是什么事，我来记，可以吗？",
    ],
)
def test_good_words_are_left_alone(tmp_path: Path, words: str) -> None:
    assert rules(script_of(tmp_path, asking(words))) <= {"robot_words"}


def test_what_is_said_on_the_way_asks_nothing(tmp_path: Path) -> None:
    steps = asking("您收到了吗？") + 'no = { tell = "那我请同事补给您，您看可以吗？" }\n'
    assert {"question_unheard"} == rules(script_of(tmp_path, steps))


def test_a_follow_up_question_may_be_asked(tmp_path: Path) -> None:
    steps = asking("您收到了吗？") + 'no = { ask = "方便说说是怎么回事吗？" }\n'
    assert rules(script_of(tmp_path, steps)) == set()


@pytest.mark.parametrize(
    ("name", "say", "rule"),
    [
        ("sold_on", "text", {"variable_kind"}),
        ("sold_on", "date", set()),
        ("annual_premium", "count", {"variable_kind"}),
        ("initial_fee", "money", set()),
        ("management_fee", "text", set()),
        ("initial_fee_rate", "money", {"variable_kind"}),
        ("phone_tail", "count", {"variable_kind"}),
        ("surrender_fee_years", "count", set()),
    ],
)
def test_a_variable_is_said_as_what_its_name_says(
    tmp_path: Path, name: str, say: str, rule: set[str]
) -> None:
    head = f'[variables]\n{name} = {{ from = "policy.{name}", say = "{say}", reveal = "private" }}\n'
    assert rules(script_of(tmp_path, head + asking(f"我们这里登记的是{{{name}}}，对得上吗？"))) == rule


def choice(words: str, first: str, second: str) -> str:
    return (
        f'[step.asked]\nkind = "choice"\nsay = "{words}"\nagent_say = "您看怎么办？"\n[step.asked.choices]\n'
        f"first  = {{ key = 1, words = {first} }}\nsecond = {{ key = 2, words = {second} }}\n"
    )


@pytest.mark.parametrize(
    ("words", "first", "second", "rule"),
    [
        ("要退保请按一，想恢复请按二。", '["退保"]', '["恢复"]', set()),
        ("要退保请按一，想恢复请按二。", '["退保"]', '["复效"]', {"offer_misheard"}),
        ("要退保请按二，想恢复请按一。", '["退保"]', '["恢复"]', {"offer_misheard"}),
        ("您是要退保，还是要恢复？退保请按一。", '["退保"]', '["恢复"]', {"key_unnamed"}),
        ("您是要退保，还是再想想？退保按一，恢复按二。", '["退保"]', '["恢复"]', {"offer_misheard"}),
        ("退保按一，恢复按二。", '["保", "退保"]', '["恢复", "保单恢复"]', {"word_misheard"}),
        ("退保按一，恢复按二。", '["退保"]', '["恢复", "投诉"]', {"intent_hidden"}),
        ("退保按一，恢复按二。", '["退保", "别再打了"]', '["恢复"]', {"word_misheard"}),
    ],
)
def test_what_is_offered_is_what_is_understood(
    tmp_path: Path, words: str, first: str, second: str, rule: set[str]
) -> None:
    assert rules(script_of(tmp_path, choice(words, first, second))) == rule


def test_a_misheard_word_is_shown_as_a_conversation(tmp_path: Path) -> None:
    words = "要退保请按一，想恢复请按二。"
    (finding,) = found(script_of(tmp_path, choice(words, '["退保"]', '["复效"]')))
    assert [(line.who, line.words) for line in finding.talk] == [
        ("robot", words),
        ("customer", "恢复"),
        ("note", "no_match"),
    ]
    assert "恢复" in finding.message("zh")
    assert "恢复" in finding.message("en")


def test_words_of_a_person_alone_are_not_listened_to(tmp_path: Path) -> None:
    steps = choice("您看怎么办？", '["退保"]', '["想退保"]').replace('agent_say = "您看怎么办？"\n', "")
    script = script_of(tmp_path, 'performers = ["agent"]\n' + steps)
    assert rules(script) == set()
    assert "asked" not in comes_to(script, Performer.ROBOT)


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_text_of_the_library_is_said_by_somebody(script: Script) -> None:
    read = {(speech.step, speech.part) for one in Performer for speech in read_by(script, one)}
    parts = {(step, part) for step, part in script.texts if not re.search("question$", part)}
    if len(script.performers) == len(Performer):
        assert parts == read


def test_an_explanation_says_something_new(tmp_path: Path) -> None:
    steps = asking("退的是现金价值，会有损失。这一点您清楚吗？")
    new = steps + 'explain = "就是说，拿回来的钱会比交的少，头几年少得更多。"\n'
    same = steps + 'explain = "也就是说，退的是现金价值，会有损失。"\n'
    mandatory = 'mandatory = true\nunclear = { problem = "P11" }\n'
    assert rules(script_of(tmp_path, new + mandatory)) == set()
    assert rules(script_of(tmp_path, same + mandatory)) == {"explanation_repeats"}


def test_the_library_folder_is_what_is_proven() -> None:
    assert {path.name for path in LIBRARY.glob("*.toml")} >= {"common.toml", "new_contract.toml"}
