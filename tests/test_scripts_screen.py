"""What an agent sees of a turn."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.choices import own
from scripts.engine import advance, begin
from scripts.labels import LANGUAGES, anytime, label
from scripts.load import library
from scripts.model import Kind, Reveal, Script
from scripts.reading import FASTEST, hold_ms, interrupts
from scripts.screen import CHOICE, DIGITS, SYNONYMS, WORDS, Screen, label_of, screen
from scripts.values import Facts, Performer, Said, Turn
from tests.scripts_facts import ACCIDENT, PLAIN, UNIT_LINKED, UNIVERSAL
from tests.scripts_walk import heard, stored, walk

NEW, SURVEY = library()["new-contract"], library()["survey"]
AGENTS = ["<yes>", "<yes>", "[123*]"]
OF_THE_DESK = {"P", "T", "B", "N", "M", "H", "K", "S", "/", "?"}
CALLS = {
    "universal": (NEW, UNIVERSAL),
    "inbound": (NEW, {**PLAIN, "direction": "inbound"}),
    "survey": (SURVEY, ACCIDENT),
}


def seen(inputs: list[str], facts: Facts = PLAIN, language: str = "zh", script: Script = NEW) -> Screen:
    """The screen after these inputs of an agent."""
    *_, turn = walk(script, facts, inputs, performer=Performer.AGENT)
    return shown(script, facts, turn, language)


def shown(script: Script, facts: Facts, turn: Turn, language: str = "zh") -> Screen:
    return screen(script, facts, stored(turn.progress), turn.say, language)


def words(view: Screen) -> str:
    """Everything that is to be read."""
    return "".join(text for pieces in (*view.said, view.question or ()) for text, _ in pieces)


def answers(view: Screen) -> list[tuple[str, str, str]]:
    return [(one.key, one.category, one.label) for one in view.answers]


def at(step: str, facts: Facts = PLAIN) -> list[str]:
    """The choices of an agent whose customer answers well up to a step."""
    inputs, turn = list[str](), begin(NEW, facts, performer=Performer.AGENT)
    while turn.progress.step != step:
        here = NEW.step(turn.progress.step)
        inputs.append("[123*]" if here.kind is Kind.IDENTITY else f"<{here.wanted or 'unsure'}>")
        turn = advance(NEW, facts, turn.progress, heard(inputs[-1]))
    return inputs


def test_the_words_are_cut_into_texts_and_values_with_the_question_by_itself() -> None:
    view = seen(at("fees", UNIVERSAL), UNIVERSAL)
    assert ("一万两千元", True) in view.said[-1]
    assert view.question == (("您清楚吗？", False),)
    assert words(view).startswith("要扣的费用有初始费用百分之五、保单管理费")
    assert view.explain is not None
    assert ("三百四十三元五角五分", True) in view.explain
    assert view.tags == ("verbatim", "mandatory", "P16")


def test_a_step_that_only_a_person_says_is_marked() -> None:
    facts = {**UNIT_LINKED, "age": 63}
    view = seen(AGENTS, facts)
    assert words(view).startswith("您买的是投资连结保险")
    assert (view.name, view.tags) == ("aware", ("mandatory", "human_only"))
    assert "human_only" not in seen([*AGENTS, "<yes>"], facts).tags


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        ("fees", ["清楚", "不清楚", "含糊或迟疑"]),
        ("received", ["收到了", "没收到", "含糊或迟疑"]),
        ("promises", ["有", "没有", "含糊或迟疑"]),
        ("aware", ["是", "不是", "含糊或迟疑", "说是存款或理财"]),
        ("anything_else", ["有，记下", "没有"]),
    ],
)
def test_the_answers_stand_in_the_order_of_their_keys(step: str, labels: list[str]) -> None:
    view = seen(at(step, UNIVERSAL), UNIVERSAL)
    assert [one.label for one in view.answers] == labels
    assert [one.key for one in view.answers] == [str(n) for n in range(1, len(labels) + 1)]


def test_the_key_of_a_choice_is_the_one_that_the_words_name() -> None:
    view = seen(["<busy>"])
    assert answers(view) == [
        ("1", "first_slot", "前一个 十一月二十四号上午九点半"),
        ("2", "second_slot", "后一个 十一月二十四号下午三点"),
        ("3", "neither", "都不合适"),
    ]


@pytest.mark.parametrize(
    ("inputs", "how"),
    [(["<yes>"], CHOICE), (["<yes>", "<yes>"], DIGITS), (["<complaint>"], WORDS)],
)
def test_a_step_is_answered_by_click_digits_or_words(inputs: list[str], how: str) -> None:
    assert seen(inputs).input == how


def test_a_follow_up_question_is_answered_by_words_alone() -> None:
    view = seen([*at("promises"), "<yes>"])
    assert (view.input, view.answers, view.after) == (WORDS, (), None)
    assert words(view) == "方便说说是谁、许诺了什么吗？"
    *_, after = walk(NEW, PLAIN, [*at("promises"), "<yes>", "< 一桶油>"], performer=Performer.AGENT)
    assert after.progress.step == "coached"


def test_the_agent_reads_words_that_speak_of_no_key() -> None:
    view = seen(["<yes>", "<yes>"])
    assert "".join(text for text, _ in view.said[-1]) == "为了保护您的信息，先核对身份。"
    assert view.question == (("请告诉我您身份证号码的最后四位，末位是字母的，请说字母。", False),)
    assert view.hold_ms == hold_ms(NEW, (Said("identity", "agent_say"),)) > 0


def test_who_will_not_prove_the_identity_is_a_choice_at_that_step_alone() -> None:
    asked = [("Y", "refuses_identity", "客户不愿核对")]
    for inputs in (["<yes>", "<yes>"], ["<yes>", "<yes>", "[9999]"]):
        found = seen(inputs).anytime
        assert [(o.key, o.category, o.label) for o in found if o.category == "refuses_identity"] == asked
    for inputs in ([], ["<yes>"], AGENTS):
        assert "refuses_identity" not in {one.category for one in seen(inputs).anytime}


def test_the_agent_never_sees_the_digits_that_are_expected() -> None:
    for inputs in (["<yes>", "<yes>"], ["<yes>", "<yes>", "[9999]"]):
        view = seen(inputs)
        assert view.input == DIGITS
        assert view.answers == ()
        assert not any(str(PLAIN[fact]) in repr(view) for fact in ("id_tail", "birthday"))


@given(st.sampled_from(sorted(CALLS)), st.lists(st.integers(0, 99), max_size=30))
@settings(max_examples=40, deadline=None)
def test_everything_on_the_screen_may_be_chosen_and_nothing_private_stands_there_too_early(
    call: str, draws: list[int]
) -> None:
    script, facts = CALLS[call]
    private = {
        str(facts[v.fact])
        for v in script.variables.values()
        if v.reveal is Reveal.PRIVATE and v.fact in facts
    }
    turn = begin(script, facts, performer=Performer.AGENT)
    for draw in draws:
        view = shown(script, facts, turn)
        if turn.wait is None:
            assert (view.answers, view.anytime, view.after, view.robot) == ((), (), None, False)
            return
        if not turn.progress.identified and script.identity:
            assert not any(value in words(view) + (view.after or "") for value in private if len(value) > 3)
        options = [f"<{one.category} 好>" for one in (*view.answers, *view.anytime)]
        for option in options:
            advance(script, facts, turn.progress, heard(option))
        typed = {DIGITS: ["[123*]"], WORDS: ["< 好>"], CHOICE: list[str]()}[view.input]
        said = (options + typed * 9)[draw % len(options + typed * 9)]
        turn = advance(script, facts, turn.progress, heard(said))


def test_what_comes_next_is_named_by_its_first_words() -> None:
    assert seen(at("received")).after == "投保单上投保人那一栏，是您亲手签的字吗？"
    assert (seen(at("surrender_loss")).after or "").endswith("……")
    assert seen(["<yes>", "<yes>"]).after is None


def test_the_way_shows_what_is_done_bad_open_and_where_we_are() -> None:
    view = seen([*at("terms"), "<no>"])
    states = dict(view.way)
    assert (states["signed"], states["terms"], states["manual"], states["promises"]) == (
        "done",
        "bad",
        "now",
        "open",
    )
    assert (view.told, view.of) == (6, len(view.way))
    assert "label" not in states


def test_a_second_try_is_shown_at_the_place_of_the_first() -> None:
    assert dict(seen([*AGENTS, "<no>"]).way)["aware"] == "now"
    assert dict(seen(["<yes>", "<yes>", "[9999]"]).way)["identity"] == "now"


def test_a_text_cut_short_stays_open_on_the_way() -> None:
    assert dict(seen([*AGENTS, "~<yes>"]).way)["aware"] == "open"


def test_mandatory_words_are_held_for_as_long_as_they_take_to_read() -> None:
    text = NEW.text("surrender_loss", "say").spoken(())
    signs = sum(sign.isalnum() for sign in text)
    assert hold_ms(NEW, (Said("surrender_loss", "say"),)) == round(signs / FASTEST * 1000)
    assert hold_ms(NEW, (Said("identity", "agent_say"),)) < hold_ms(NEW, (Said("identity", "say"),))
    assert seen(at("surrender_loss")).hold_ms > 5000
    assert seen([]).hold_ms == 0
    assert seen([*AGENTS, "<fraud>"]).hold_ms == 0


@pytest.mark.parametrize(
    ("choice", "may"),
    [
        ("<stop_calling>", True),
        ("<deposit>", True),
        ("<repeat>", True),
        ("!P20", True),
        ("(agent)", True),
        ("<yes>", False),
        ("<no>", False),
        ("[123*]", False),
    ],
)
def test_only_what_does_not_answer_a_text_may_interrupt_it(choice: str, may: bool) -> None:
    *_, turn = walk(NEW, PLAIN, AGENTS, performer=Performer.AGENT)
    assert interrupts(NEW, PLAIN, turn.progress, heard(choice)) is may


def test_what_only_an_agent_can_report_changes_with_the_identity_check() -> None:
    before = {one.category for one in seen([]).anytime}
    after = {one.category for one in seen(AGENTS).anytime}
    assert before - after == {"wrong_person", "third_party"}
    assert after - before == {"not_holder"}
    assert {"stop_calling", "busy", "complaint", "repeat", "deceased", "driving", "coached"} <= before & after


def test_a_robot_may_go_on_but_not_where_a_person_is_prescribed() -> None:
    assert seen(AGENTS).robot
    *_, waiting = walk(NEW, PLAIN, ["[0]"])
    assert not shown(NEW, PLAIN, waiting).robot


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_the_library_has_a_label(script: Script, language: str) -> None:
    for step in (step for step in script.steps.values() if step.waits):
        beside = [name for name in step.hears or () if name not in script.hears and name not in SYNONYMS]
        names = [name for name in own(step) if not (name == "yes" and step.kind is Kind.OPEN)]
        for name in (*names, *beside):
            assert label(script, step.name, name, language) != name, (step.name, name)
    keys = {category for category, _, _ in anytime(language)}
    assert set(script.hears) <= keys


def test_no_key_means_two_things() -> None:
    keys = [key for _, key, _ in anytime("zh")]
    assert len(set(keys)) == len(keys)
    assert not set(keys) & OF_THE_DESK


def test_labels_are_short_in_both_languages() -> None:
    assert all(len(words) <= 10 for _, _, words in anytime("zh"))
    assert all(len(words) <= 24 for _, _, words in anytime("en"))
    assert [words for _, _, words in anytime("zh")] != [words for _, _, words in anytime("en")]


def test_an_answer_without_a_label_shows_its_name() -> None:
    assert label_of(NEW, "fees", "yes") == "清楚"
    assert label_of(NEW, "fees", "stop_calling", "en") == "Wants no more calls"
    assert label_of(NEW, "gone", "something") == "something"


def test_the_words_of_a_repeated_and_of_an_ended_turn_are_shown() -> None:
    view = seen([*AGENTS, "!P20 等了很久"])
    assert words(view).startswith("我们这里登记")
    over = seen([*at("received"), "<no>", "<no>"])
    assert words(over).startswith("那我请同事尽快补给您")
    assert over.answers == ()
