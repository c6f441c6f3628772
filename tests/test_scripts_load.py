"""Script files: what is refused and how the refusal reads; what a loaded script holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.engine import begin
from scripts.load import LIBRARY, library, load, restore
from scripts.model import Kind, Need, Only, Reveal, Script, ScriptError
from scripts.texts import cut, cut_question
from scripts.values import Purpose
from tests.scripts_facts import CALL

BROKEN = sorted((Path(__file__).parent / "scripts_broken").glob("*.toml"))
SCRIPTS = library().values()
NEW = library()["new-contract"]
SMALL = """
script  = "small"
title   = "小脚本"
version = 1
include = ["common"]
opening = ["label"]

[step.first]
kind = "ask"
say  = "您收到合同了吗？"

[step.second]
kind = "ask"
say  = "您方便吗？"
"""


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_script_is_refused_with_place_and_remedy(path: Path) -> None:
    expected = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# error: ")
    with pytest.raises(ScriptError) as refusal:
        load(path)
    assert str(refusal.value) == expected
    assert expected.startswith(f"{path.name}: ")


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"^gone.toml: file: is not there"):
        load(tmp_path / "gone.toml")


def test_a_script_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gb.toml"
    path.write_bytes(SMALL.encode("gb18030"))
    with pytest.raises(ScriptError, match=r"^gb.toml: file: is not UTF-8"):
        load(path)


def test_an_include_beside_the_script_comes_before_the_library(tmp_path: Path) -> None:
    common = (LIBRARY / "common.toml").read_text(encoding="utf-8").replace("打扰了", "打搅了")
    (tmp_path / "common.toml").write_text(common, encoding="utf-8")
    assert "打搅了" in _small(tmp_path, SMALL).canonical


def test_the_library_is_loaded_once() -> None:
    assert library() is library()
    assert {"new-contract", "survey", "hotline"} <= set(library())


@pytest.mark.parametrize(
    "change",
    [
        ("您方便吗", "您有空吗"),
        ("version = 1", "version = 2"),
        ("小脚本", "脚本"),
        ('kind = "ask"', 'kind = "confirm"'),
    ],
    ids=["a word", "the version", "the title", "the kind"],
)
def test_any_change_makes_another_digest(tmp_path: Path, change: tuple[str, str]) -> None:
    assert _small(tmp_path, SMALL).digest != _small(tmp_path, SMALL.replace(*change)).digest


def test_the_order_of_the_steps_is_part_of_the_digest(tmp_path: Path) -> None:
    head, first, second = SMALL.partition("[step.first]")[0], *SMALL.split("\n[step.")[1:]
    turned = f"{head}[step.{second}\n[step.{first}"
    assert _small(tmp_path, SMALL).digest != _small(tmp_path, turned).digest


def test_comments_and_spaces_leave_the_digest_alone(tmp_path: Path) -> None:
    spaced = "# remark\n" + SMALL.replace(" = ", "    =  ")
    assert _small(tmp_path, SMALL).digest == _small(tmp_path, spaced).digest


def test_the_canonical_form_is_json_and_holds_every_step() -> None:
    for script in SCRIPTS:
        assert json.loads(script.canonical)["order"] == list(script.steps)


def test_only_what_a_script_can_come_to_is_taken_from_an_include() -> None:
    survey = library()["survey"]
    assert "identity" not in survey.steps
    assert survey.opening == ("label",)
    assert survey.purpose is Purpose.DUTY


def test_the_steps_stand_in_the_order_of_the_talk() -> None:
    names = list(NEW.steps)
    assert names[: len(NEW.opening)] == list(NEW.opening)
    assert names.index("anything_else") < names.index("goodbye")


def test_the_header_speaks_through_its_own_placeholders() -> None:
    intro = NEW.text("intro", "say")
    assert "这次来电是新保单的例行回访，大约四分钟" in "".join(intro.pieces)
    assert not {"about", "minutes"} & set(intro.names)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_statement_and_question_make_up_the_text(script: Script) -> None:
    for (name, part), text in script.texts.items():
        halves = [half for half in (text.statement, text.question) if half]
        assert "".join("".join(half.pieces) for half in halves) == "".join(text.pieces), (name, part)
        assert tuple(n for half in halves for n in half.names) == text.names


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_every_disclosure_states_something_before_it_asks(script: Script) -> None:
    for step in script.steps.values():
        if step.kind is Kind.DISCLOSE:
            text = script.text(step.name, "say")
            assert text.statement is not None
            assert "吗？" in "".join(text.question.pieces if text.question else ())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_each_step_asks_one_thing(script: Script) -> None:
    for key, text in script.texts.items():
        assert "".join(text.pieces).count("？") <= 1, key


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_text_leads_or_uses_half_width_punctuation(script: Script) -> None:
    for key, text in script.texts.items():
        words = "".join(text.pieces)
        assert not any(tail in words for tail in ("对吧", "没问题吧", "您就说清楚")), key
        assert not set(words) & set(",?!:;()"), key


def test_an_included_step_that_only_the_script_may_open_with_is_no_part_of_the_fall() -> None:
    assert all(NEW.steps[name].only in (Only.OPENING, Only.WIRED) for name in NEW.opening)


def test_every_policy_value_is_private() -> None:
    for name, variable in NEW.variables.items():
        row = json.loads(NEW.canonical)["files"][0]["variables"].get(name)
        if row:
            assert variable.reveal is Reveal.PRIVATE


@pytest.mark.parametrize(
    ("need", "value", "met"),
    [
        (Need("x", ("a", "b")), "b", True),
        (Need("x", ("a", "b")), "c", False),
        (Need("x", (True,)), True, True),
        (Need("x", (True,)), 1, False),
        (Need("x", least=60), 60, True),
        (Need("x", least=60), 59, False),
        (Need("x", most=60), 61, False),
        (Need("x", least=60), "60", False),
        (Need("x", ("a",)), None, None),
        (Need("x", ("a",), unless=True), "a", False),
        (Need("x", ("a",), unless=True), "b", True),
        (Need("x", ("a",), unless=True), None, None),
    ],
)
def test_a_condition_is_met_by_value_list_or_bounds(need: Need, value: str | int | None, met: bool) -> None:
    assert need.met({"x": value}) is met


def test_a_text_is_cut_at_its_placeholders() -> None:
    text = cut("您交了{amount}，到{day}为止。")
    assert (text.pieces, text.names) == (("您交了", "，到", "为止。"), ("amount", "day"))
    assert text.spoken(("八元", "今天")) == "您交了八元，到今天为止。"
    assert text.question is None


def test_the_question_of_a_text_is_its_last_question_and_what_follows() -> None:
    text = cut_question("这是{what}。您要短信，还是信？短信请按{key}。")
    assert text.statement is not None
    assert text.question is not None
    assert text.statement.names == ("what",)
    assert text.question.pieces == ("您要短信，还是信？短信请按", "。")


def test_a_request_without_a_question_mark_is_asked_with_its_last_sentence() -> None:
    text = cut_question("先核对身份。请输入后四位。")
    assert text.question is not None
    assert text.question.pieces == ("请输入后四位。",)


def _small(folder: Path, words: str) -> Script:
    path = folder / "small.toml"
    path.write_text(words, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_a_script_is_restored_from_its_canonical_text(script: Script) -> None:
    again = restore(script.canonical)
    assert again.digest == script.digest
    assert again.texts == script.texts


def test_an_optional_step_may_speak_the_constants_of_the_header(tmp_path: Path) -> None:
    words = SMALL.replace("您收到", "大约{minutes}分钟。您收到")
    assert words != SMALL
    script = _small(tmp_path, words)
    assert not any("minutes" in step.names for step in script.steps.values())
    assert begin(script, CALL).say
