"""The picture of a script: every step once, exceptions beside the talk, nothing outside the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from xml.etree.ElementTree import Element, fromstring

import pytest

from scripts.conditions import title
from scripts.diagram import Diagram, Exit, Row, diagram
from scripts.drawing import WIDTH, lines, svg, width_of
from scripts.load import library
from scripts.model import Script
from scripts.playing import readable
from scripts.values import Outcome

SVG = "{http://www.w3.org/2000/svg}"
NEW = library()["new-contract"]
every_script = pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)


def row(drawn: Diagram, name: str) -> Row:
    todo = [*drawn.opening, *drawn.talk]
    todo += [one.exit.branch for one in drawn.anytime if one.exit.branch]
    while todo:
        here = todo.pop()
        if here.box.step == name:
            return here
        todo += [one.branch for one in here.exits if one.branch]
    raise AssertionError(name)


def exits(script: Script, name: str) -> tuple[Exit, ...]:
    return row(diagram(script), name).exits


@cache
def picture_of(name: str, language: str = "zh") -> Element:
    return fromstring(svg(library()[name], language))


def boxes(picture: Element) -> Iterator[Element]:
    return (link for link in picture.iter(f"{SVG}a") if "step" in link.get("class", "").split())


@every_script
def test_every_step_has_one_box(script: Script) -> None:
    assert sorted(diagram(script).drawn()) == sorted(script.steps)


@every_script
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_picture_links_every_step_and_keeps_to_its_sheet(script: Script, language: str) -> None:
    picture = picture_of(script.name, language)
    assert sorted(str(link.get("data-step")) for link in boxes(picture)) == sorted(script.steps)
    _, _, width, height = map(float, str(picture.get("viewBox")).split())
    for text in picture.iter(f"{SVG}text"):
        end = float(str(text.get("x"))) + width_of(text.text or "", int(str(text.get("font-size"))))
        assert end <= width, text.text
        assert float(str(text.get("y"))) <= height


@every_script
def test_no_box_covers_another(script: Script) -> None:
    places = []
    for link in boxes(picture_of(script.name)):
        rect = link.find(f"{SVG}rect")
        assert rect is not None
        places.append([float(str(rect.get(name))) for name in ("x", "y", "width", "height")])
    for at, (x, y, w, h) in enumerate(places):
        for left, top, wide, high in places[at + 1 :]:
            assert x + w <= left or left + wide <= x or y + h <= top or top + high <= y


def test_an_exception_has_its_answers_its_problem_and_where_it_leads() -> None:
    only = exits(NEW, "terms")
    assert [(one.labels, one.problem, one.leads) for one in only] == [
        (("没看过", "含糊或迟疑"), "P08", "接着往下")
    ]


def test_a_step_that_only_one_answer_leads_to_stands_beside_it() -> None:
    found = next(one.branch for one in exits(NEW, "identity") if one.branch)
    assert found is not None
    assert found.box.step == "identity_again"
    failed = next(one for one in found.exits if one.problem == "P01")
    assert failed.branch is not None
    assert failed.branch.box.step == "identity_failed"


def test_a_step_that_stands_elsewhere_is_referred_to() -> None:
    refers = {one.refers for one in exits(NEW, "identity")}
    assert "identity_refused" in refers


def test_an_answer_that_ends_the_talk_names_the_outcome() -> None:
    assert exits(NEW, "received")[0].end is Outcome.PROBLEM


def test_what_can_always_come_is_below_and_not_beside_each_step() -> None:
    drawn = diagram(NEW)
    triggers = {label for one in drawn.anytime for label in one.labels}
    assert {"客户要求不再拨打", "没有声音", "要找人工"} <= triggers
    beside = {label for one in (*drawn.opening, *drawn.talk) for way in one.exits for label in way.labels}
    assert "客户要求不再拨打" not in beside
    main = Diagram(drawn.alone, drawn.opening, drawn.talk, ())
    assert not {"busy", "third_party", "refusal", "transfer"} & set(main.drawn())


def test_marks_and_conditions_stand_in_the_box() -> None:
    box = row(diagram(NEW), "older_investor").box
    assert box.marks == ("mandatory", "human_only")
    assert "投连型" in box.condition
    assert "60" in box.condition


def test_a_script_of_people_alone_says_so() -> None:
    assert diagram(library()["hotline-callback"]).alone
    assert not diagram(NEW).alone
    assert "整通由人工" in svg(library()["hotline-callback"])


def test_the_current_step_is_marked() -> None:
    picture = fromstring(svg(NEW, current="terms"))
    assert [link.get("data-step") for link in boxes(picture) if "now" in str(link.get("class"))] == ["terms"]


def test_looks_stand_in_attributes_alone() -> None:
    picture = picture_of(NEW.name)
    assert not list(picture.iter(f"{SVG}style"))
    assert not [one for one in picture.iter() if "style" in one.attrib]


def test_no_line_begins_with_a_closing_sign() -> None:
    for width in range(20, 120, 7):
        found = lines("这一点，您清楚吗？（好的。）", 13, width, 20)
        assert "".join(found) == "这一点，您清楚吗？（好的。）"
        assert not [line for line in found if line[0] in "，。？）"]


def test_no_line_begins_with_the_dot_between_two_answers() -> None:
    for width in range(40, 160, 7):
        found = lines("预约回访 · 正在开车 · 嫌电话太多", 12, width, 20)
        assert not [line for line in found if line.startswith("·")]


def test_a_long_text_is_cut_behind_its_last_line() -> None:
    assert lines("一二三四五六七八九十", 10, 40, 2) == ["一二三四", "五六七…"]
    assert WIDTH == 552


@every_script
def test_every_fact_of_a_shipped_script_has_a_name_in_the_picture(script: Script) -> None:
    assert [name for name in readable(script) if title(name) == name] == []
