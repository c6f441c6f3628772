"""The difference of two scripts: nothing changed is left out, nothing else is told."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.cli import huifang
from scripts.diff import Change, Mark, Row, Side, Sort, diff, marks
from scripts.load import library, named
from scripts.model import Script
from tests.scripts_small import TEXT, small

MANNER = "[step.manner]\n"
DRIVING = '[hears.driving]\ntell = "您先开车。"\nthen = "busy"\n\n'
UNTOLD = '[hears.driving]\nthen = "busy"\n\n'
FIRST = '[step.first]\nkind = "tell"\nsay = "好。"\n\n'


def changes(tmp_path: Path, *changed: tuple[str, str]) -> list[Row]:
    return list(diff(small(tmp_path), small(tmp_path, *changed)))


def test_a_script_does_not_differ_from_itself() -> None:
    for script in library().values():
        assert diff(script, script) == ()


def test_the_header_is_told_key_by_key(tmp_path: Path) -> None:
    rows = changes(tmp_path, ("version = 3", "version = 4"), ('purpose = "duty"', 'purpose = "service"'))
    assert rows == [
        Row(Sort.HEADER, Change.CHANGED, "", "version", "3", "4"),
        Row(Sort.HEADER, Change.CHANGED, "", "purpose", "duty", "service"),
    ]


def test_a_text_is_told_word_by_word(tmp_path: Path) -> None:
    (row,) = changes(tmp_path, ("他的态度和讲解，您满意吗？", "他的态度，您满意吗？"))
    assert (row.sort, row.change, row.step, row.key) == (Sort.TEXT, Change.CHANGED, "manner", "say")
    assert row.marks == (
        Mark(Side.BOTH, "他的态度"),
        Mark(Side.OLD, "和讲解"),
        Mark(Side.BOTH, "，您满意吗？"),
    )


def test_a_text_of_an_answer_and_its_wiring_are_rows_of_their_own(tmp_path: Path) -> None:
    old = 'problem = "P20", follow_up = "complaint", ask = "很抱歉，方便说说哪里不满意吗？"'
    new = 'problem = "P29", ask = "很抱歉，哪里不满意呢？"'
    rows = {row.key: row for row in changes(tmp_path, (old, new))}
    assert {key: (row.sort, row.change) for key, row in rows.items()} == {
        "no.problem": (Sort.WIRING, Change.CHANGED),
        "no.follow_up": (Sort.WIRING, Change.REMOVED),
        "no.ask": (Sort.TEXT, Change.CHANGED),
    }
    assert (rows["no.problem"].old, rows["no.problem"].new) == ("P20", "P29")


def test_a_guard_and_a_flag_are_wiring(tmp_path: Path) -> None:
    rows = changes(tmp_path, ("when = { remote = true }", "slow = true"))
    assert [(row.sort, row.change, row.key, row.old, row.new) for row in rows] == [
        (Sort.WIRING, Change.REMOVED, "when.remote", "true", ""),
        (Sort.WIRING, Change.ADDED, "slow", "", "true"),
    ]


def test_an_added_step_is_told_with_all_that_it_says(tmp_path: Path) -> None:
    rows = changes(tmp_path, (MANNER, FIRST + MANNER))
    assert [(row.sort, row.change, row.step, row.key, row.new) for row in rows] == [
        (Sort.STEP, Change.ADDED, "first", "", "tell"),
        (Sort.WIRING, Change.ADDED, "first", "kind", "tell"),
        (Sort.TEXT, Change.ADDED, "first", "say", "好。"),
    ]


def test_a_removed_step_is_told_where_it_stood(tmp_path: Path) -> None:
    kept = small(tmp_path, (MANNER, FIRST + MANNER))
    rows = diff(kept, small(tmp_path))
    assert (rows[0].sort, rows[0].step, rows[0].old) == (Sort.STEP, "first", "tell")
    assert {row.change for row in rows} == {Change.REMOVED}


def test_a_moved_step_is_told_once_with_what_stood_before_it(tmp_path: Path) -> None:
    start, end = TEXT.index("[step.both_places]"), TEXT.index("[step.need]")
    rows = changes(tmp_path, (TEXT[start:end], ""), (MANNER, TEXT[start:end] + MANNER))
    assert rows == [Row(Sort.STEP, Change.MOVED, "both_places", "", "manner", "label")]


def test_a_step_that_the_talk_comes_to_now_is_added(tmp_path: Path) -> None:
    rows = changes(tmp_path, ('opening = ["label"]', 'opening = ["label", "keys"]'))
    assert [(row.sort, row.change, row.step) for row in rows if row.sort is not Sort.WIRING] == [
        (Sort.HEADER, Change.CHANGED, ""),
        (Sort.STEP, Change.ADDED, "keys"),
        (Sort.TEXT, Change.ADDED, "keys"),
    ]


def test_what_is_heard_everywhere_is_told_under_common(tmp_path: Path) -> None:
    rows = changes(tmp_path, (MANNER, DRIVING + MANNER))
    assert [(row.sort, row.step, row.key, row.new) for row in rows] == [
        (Sort.TEXT, "common", "hears.driving.tell", "您先开车。")
    ]


def test_a_row_that_the_script_replaces_is_told_as_a_whole(tmp_path: Path) -> None:
    rows = changes(tmp_path, (MANNER, UNTOLD + MANNER))
    assert [(row.change, row.key) for row in rows] == [(Change.REMOVED, "hears.driving.tell")]


def test_a_variable_is_told_by_its_name(tmp_path: Path) -> None:
    rows = changes(tmp_path, ('reveal = "public"', 'reveal = "private"'))
    assert [(row.sort, row.key, row.old, row.new) for row in rows] == [
        (Sort.VARIABLE, "place.reveal", "public", "private")
    ]


def test_the_words_of_a_region_differ_in_texts_and_header_only() -> None:
    rows = diff(library()["new-contract"], named("new-contract@dalian"))
    assert {row.sort for row in rows} == {Sort.HEADER, Sort.TEXT}
    assert "cooling_off_over" in {row.step for row in rows}


def test_a_placeholder_and_a_figure_are_marked_whole() -> None:
    assert marks("一共{pay_years}年，15天", "一共{pay_days}年，18天") == (
        Mark(Side.BOTH, "一共"),
        Mark(Side.OLD, "{pay_years}"),
        Mark(Side.NEW, "{pay_days}"),
        Mark(Side.BOTH, "年，"),
        Mark(Side.OLD, "15"),
        Mark(Side.NEW, "18"),
        Mark(Side.BOTH, "天"),
    )


def test_a_single_character_between_two_changes_is_no_word() -> None:
    assert marks("甲的乙很好", "丙的丁很好") == (
        Mark(Side.OLD, "甲的乙"),
        Mark(Side.NEW, "丙的丁"),
        Mark(Side.BOTH, "很好"),
    )


@settings(deadline=None, max_examples=60)
@given(st.text("甲乙丙的，{a}1"), st.text("甲乙丙的，{a}1"))
def test_the_marks_hold_both_texts_whole(old: str, new: str) -> None:
    found = marks(old, new)
    assert "".join(mark.words for mark in found if mark.side is not Side.NEW) == old
    assert "".join(mark.words for mark in found if mark.side is not Side.OLD) == new


def test_every_change_of_a_leaf_is_told() -> None:
    """Whatever a reviewer is not shown could be changed behind his back."""
    script = library()["new-contract"]
    chance = random.Random(5)
    data = json.loads(script.canonical)
    for name in chance.sample(list(script.steps), 25):
        table = next(raw["step"][name] for raw in data["files"] if name in raw.get("step", {}))
        key = chance.choice(list(table))
        kept, table[key] = table[key], "something else"
        changed = Changed(json.dumps(data, ensure_ascii=False))
        assert {row.step for row in diff(script, changed)} == {name}
        table[key] = kept


class Changed(Script):
    """A script of which only the canonical form is looked at."""

    def __init__(self, canonical: str) -> None:
        object.__setattr__(self, "canonical", canonical)


# ---------------------------------------------------------------- the command


def said(*arguments: str) -> str:
    result = CliRunner().invoke(huifang, ["scripts", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_tells_two_scripts_apart(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    small(tmp_path)
    small(tmp_path / "new", ("他的态度和讲解", "他的态度"), ("version = 3", "version = 4"))
    lines = said("diff", str(tmp_path / "small.toml"), str(tmp_path / "new" / "small.toml")).splitlines()
    assert lines == ["header", "  ~ version: 3 -> 4", "manner", "  ~ say: 他的态度[-和讲解-]，您满意吗？"]


def test_the_command_says_so_when_nothing_is_different() -> None:
    assert said("diff", "survey", "survey") == "nothing is different\n"


def test_the_command_gives_rows_to_programs() -> None:
    rows = json.loads(said("diff", "new-contract", "new-contract@dalian", "--json"))
    assert rows[0] == {
        "sort": "header",
        "change": "added",
        "step": "",
        "key": "region",
        "old": "",
        "new": "dalian",
        "marks": [],
    }


def test_the_words_of_a_region_are_shown_with_what_is_different() -> None:
    shown = said("show", "new-contract", "--region", "dalian")
    assert "新契约回访 · new-contract@dalian " in shown
    assert "因为我们的电话打晚了，公司给您延长到{cooling_extended_to}" in shown
    assert "* cooling_off_over.say: 您的犹豫期在{cooling_end}已经结束。因为我们的电话打晚了" in shown


@pytest.mark.parametrize("name", ["survey@mars", "sruvey@dalian"])
def test_an_unknown_script_or_region_is_one_line(name: str) -> None:
    result = CliRunner().invoke(huifang, ["scripts", "show", name])
    assert result.exit_code != 0
    assert "choose" in str(result.output) + str(result.exception)
