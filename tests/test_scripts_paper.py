"""A script on paper: the same items as the talk, the values of one customer, nothing of the telephone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from scripts import sample
from scripts.load import library
from scripts.model import Script
from scripts.paper import Item, paper
from scripts.values import Performer
from scripts.wording import presses

NEW = library()["new-contract"]
SURVEY = library()["survey"]


def everything(items: Iterable[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        for after in item.after:
            yield from everything(after.items)


def words(item: Item) -> str:
    return "".join(text for text, _ in item.words)


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_mandatory_item_of_the_talk_stands_on_paper(script: Script) -> None:
    items = {item.step for item in everything(paper(script).items)}
    required = {step.name for step in script.required({}, Performer.AGENT)}
    assert required - set(script.opening) <= items


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_nothing_on_paper_speaks_of_keys(script: Script) -> None:
    assert [item.step for item in everything(paper(script).items) if presses(words(item))] == []


def test_a_blank_form_says_to_whom_an_item_applies() -> None:
    items = {item.step: item for item in paper(NEW).items}
    assert items["dividends"].only_if == "产品类型：分红型"
    assert items["older_investor"].only_if == "产品类型：投连型，年龄满60"
    assert items["signed"].only_if == "电子投保：否"
    assert ("", True) in items["aware"].words


def test_a_customers_form_has_the_values_and_only_the_items_that_apply() -> None:
    facts = sample.facts(
        NEW, {"product_type": "分红型", "first_premium": "12000.50", "sold_on": "2026-11-08"}
    )
    items = {item.step: item for item in paper(NEW, facts).items}
    assert "dividends" in items
    assert "fees" not in items
    assert words(items["aware"]).startswith("我们这里登记，您在2026年11月8日买了一份")
    assert "12,000.50元" in words(items["aware"])


def test_an_item_of_an_unknown_fact_is_left_to_the_reader() -> None:
    items = {item.step: item for item in paper(NEW, {"product_type": "普通型"}).items}
    assert items["cooling_off_over"].only_if == "犹豫期已经结束"
    assert "dividends" not in items


def test_what_follows_an_answer_stands_below_it_once() -> None:
    items = {item.step: item for item in paper(SURVEY).items}
    (no,) = items["arrived"].after
    assert no.boxes == ("没到",)
    assert [item.step for item in no.items] == ["appointment"]
    aware = next(item for item in paper(NEW).items if item.step == "aware")
    assert [after.boxes for after in aware.after] == [("不是", "说不清楚")]
