"""The proofs that a pack decides, case by case: items, header, label, words, lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.model import Need, Script
from scripts.packs import Item, Label, Must, Pack, Prescribed, pack
from scripts.proofs import forbidden, header, items, label, lengths
from scripts.proofs.finding import Finding
from scripts.values import Performer
from tests.scripts_small import small

MANNER = 'say  = "他的态度和讲解，您满意吗？"\n'
DEAF = '[hears.stop_calling]\nthen = "refused"\n\n[step.manner]'


def asking(*asked: Item) -> Pack:
    """The national pack, asking the small script for nothing but these."""
    return replace(pack(), scripts={"small": Prescribed(covers=("NOTICE",), items=asked)})


def told(script: Script, *asked: Item) -> list[tuple[str, str, str]]:
    return [(one.rule, one.step, one.values[-1][1]) for one in items.findings(script, asking(*asked))]


def item(*steps: str, must: Must = Must.ASKED, **more: object) -> Item:
    return replace(Item("one", "一项", steps, ("B2",), must), **more)  # type: ignore[arg-type]


def rules(found: Sequence[Finding]) -> list[str]:
    return [one.rule for one in found]


# ---------------------------------------------------------------- items


def test_an_item_that_is_asked_for_its_facts_has_no_finding(tmp_path: Path) -> None:
    remote = (Need("remote", (True,)),)
    assert told(small(tmp_path), item("manner"), item("both_places", when=remote)) == []


def test_a_finding_names_the_facts_and_who_performs(tmp_path: Path) -> None:
    assert told(small(tmp_path), item("both_places")) == [
        ("item_uncovered", "both_places", "remote = false，robot")
    ]


def test_only_the_facts_that_somebody_reads_are_tried(tmp_path: Path) -> None:
    both = (Need("remote", (True,)), Need("age", least=60))
    assert told(small(tmp_path), item("both_places", when=both)) == [
        ("item_uncalled_for", "both_places", "remote = true，age = 59，robot")
    ]


def test_alternatives_cover_an_item_together(tmp_path: Path) -> None:
    script = small(
        tmp_path,
        (
            "[step.need]",
            '[step.here]\nkind = "tell"\nunless = { remote = true }\nsay = "好。"\n\n[step.need]',
        ),
    )
    assert told(script, item("both_places", "here")) == []


def test_an_item_of_one_performer_is_not_missed_from_the_other(tmp_path: Path) -> None:
    robots = item("manner", performer=Performer.ROBOT)
    script = small(tmp_path, (MANNER, f'{MANNER}performer = "robot"\n'))
    assert told(script, robots) == []
    assert told(script, item("manner")) == [("item_uncovered", "manner", "agent")]
    assert told(small(tmp_path), robots) == [("item_uncalled_for", "manner", "agent")]


def test_an_item_of_a_performer_who_never_performs_may_be_missing(tmp_path: Path) -> None:
    script = small(tmp_path, ('opening = ["label"]', 'opening = ["label"]\nperformers = ["agent"]'))
    assert told(script, item("greeting", performer=Performer.ROBOT)) == []
    assert told(script, item("greeting")) == [("item_missing", "", "greeting")]


def test_a_step_of_another_purpose_is_no_fulfilment(tmp_path: Path) -> None:
    script = small(tmp_path, (MANNER, f'{MANNER}purpose = "marketing"\n'))
    assert told(script, item("manner")) == [("item_uncovered", "manner", "robot")]


def test_an_opening_step_that_is_only_wired_is_nobodys_way(tmp_path: Path) -> None:
    """`who` leads to `intro`, but nobody falls into it."""
    script = small(tmp_path, ('opening = ["label"]', 'opening = ["label", "open"]'))
    outbound = (Need("direction", ("outbound",)),)
    assert told(script, item("intro", must=Must.AFFIRMED, when=outbound)) == [
        ("item_not_come_to", "intro", "")
    ]


def test_every_unwanted_answer_leaves_the_problem(tmp_path: Path) -> None:
    script = small(tmp_path)
    assert told(script, item("manner", problems=(("no", "P20"),))) == []
    assert told(script, item("manner", problems=(("", "P20"),))) == [
        ("item_without_problem", "manner", "unsure → P20")
    ]
    assert told(script, item("manner", problems=(("maybe", "P20"),))) == [
        ("item_without_problem", "manner", "maybe → P20")
    ]


# ---------------------------------------------------------------- header and label


def test_every_unknown_name_of_a_header_is_told(tmp_path: Path) -> None:
    basis = 'basis   = ["S002-122", "S002-123", "S005-01", "B29", "B30", "B0", "C1", "S002-4"]'
    script = small(tmp_path, ('basis   = ["S002-04"]', basis))
    found = [dict(one.values)["value"] for one in header.findings(script, pack())]
    assert found == ["S002-123", "S005-01", "B30", "B0", "C1", "S002-4"]


@pytest.mark.parametrize("purpose", ["duty", "marketing"])
def test_only_marketing_needs_the_block_of_a_refusal(tmp_path: Path, purpose: str) -> None:
    script = small(tmp_path, ('purpose = "duty"', f'purpose = "{purpose}"'), ("[step.manner]", DEAF))
    found = rules(list(header.findings(script, pack())))
    assert ("marketing_without_refusal" in found) is (purpose == "marketing")


def test_a_label_that_some_facts_pass_over_is_none(tmp_path: Path) -> None:
    own = '[step.hello]\nkind = "tell"\nmandatory = true\nsay = "现在的声音由人工智能合成。"\n\n[step.manner]'
    first = ('opening = ["label"]\n', "")
    assert rules(list(label.findings(small(tmp_path, first, ("[step.manner]", own)), pack()))) == []
    guarded = own.replace("mandatory = true", "mandatory = true\nwhen = { remote = true }")
    assert rules(list(label.findings(small(tmp_path, first, ("[step.manner]", guarded)), pack()))) == [
        "label_not_first"
    ]


def test_no_label_is_needed_of_people_and_where_the_pack_needs_none(tmp_path: Path) -> None:
    bare = small(tmp_path, ('opening = ["label"]\n', ""))
    assert rules(list(label.findings(bare, pack()))) == ["label_not_first"]
    assert list(label.findings(bare, replace(pack(), label=Label.NONE))) == []
    persons = small(tmp_path, ('opening = ["label"]\n', 'performers = ["agent"]\n'))
    assert list(label.findings(persons, pack())) == []


# ---------------------------------------------------------------- words and lengths


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("这是保险，不是存款，也不是理财产品。", []),
        ("这不是普通保险，是存款。", ["存款"]),
        ("要补交保费和利息。", []),
        ("每年还有利息。", ["利息"]),
        ("有没有人许诺过好处，像返钱，或者保证收益？", []),
        ("我们保证收益。", ["保证收益"]),
        ("我们不会问验证码和密码。", []),
        ("请把验证码告诉我。", ["验证码"]),
        ("再不交就起诉，还要上征信。", ["起诉", "征信"]),
    ],
)
def test_a_forbidden_word_stands_only_where_it_is_denied(
    tmp_path: Path, words: str, found: list[str]
) -> None:
    script = small(tmp_path, ("您在{place}出的险，两地的同事都会看到。", words))
    assert [dict(one.values)["word"] for one in forbidden.findings(script, pack())] == found


def test_what_is_counted_is_what_is_heard(tmp_path: Path) -> None:
    script = small(tmp_path)
    text = script.text("both_places", "say")
    assert lengths.heard(script, text) == len("您在示例出的险两地的同事都会看到")
    short = replace(pack(), lengths={**pack().lengths, "text": 15})
    assert ("too_long", "both_places") in [(one.rule, one.step) for one in lengths.findings(script, short)]
    assert ("too_long", "manner") not in [(one.rule, one.step) for one in lengths.findings(script, short)]
