"""Agent and robot perform the same script; a talk passes between them at the same step."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.engine import advance, begin
from scripts.load import library
from scripts.model import Kind, Need, NotOffered, Script
from scripts.progress import Progress
from scripts.values import (
    Affirmed,
    Answered,
    Ended,
    Facts,
    FollowUp,
    Heard,
    Input,
    Outcome,
    Performer,
    ProblemOpened,
    Told,
    Wanted,
)
from tests.scripts_facts import ACCIDENT, HOTLINE, PLAIN, POLICIES, UNIT_LINKED
from tests.scripts_walk import ended, good_answer, heard, stored, walk, willing

NEW, SURVEY = library()["new-contract"], library()["survey"]
CALLS: dict[str, tuple[Script, Facts]] = {
    **{name: (NEW, facts) for name, facts in POLICIES.items()},
    "inbound": (NEW, {**PLAIN, "direction": "inbound"}),
    "survey": (SURVEY, ACCIDENT),
}
ELDERLY = replace(NEW, human_first=(Need("age", least=60),), digest="elderly")
OLD: Facts = {**PLAIN, "age": 71}
OPENING = ["[1]", "[1]", "[123*]"]
AGENTS = ["<yes>", "<yes>", "[123*]"]


@pytest.mark.parametrize("call", CALLS)
def test_both_performers_reach_the_same_success(call: str) -> None:
    script, facts = CALLS[call]
    robot = list(walk(script, facts, willing(script, facts)))
    turn = begin(script, facts, performer=Performer.AGENT)
    while turn.wait is not None:
        step = script.step(turn.progress.step)
        key = good_answer(script, facts, turn.progress).strip("[]")
        said = f"[{key}]" if step.kind is Kind.IDENTITY else f"<{_meaning(script, turn.progress, key)}>"
        turn = advance(script, facts, stored(turn.progress), heard(said))
    assert ended(turn) == ended(robot[-1]) == Ended(Outcome.SUCCESS, "done")
    assert turn.progress.problems == robot[-1].progress.problems == ()


def _meaning(script: Script, progress: Progress, key: str) -> str:
    listening = script.step(progress.step).listening
    assert listening
    return listening.keys.get(key, "none")


@pytest.mark.parametrize(
    "choice", ["<match>", "<mismatch>", "<value>", "<somebody>", "<detail 好>", "[1]", "呱呱"]
)
def test_an_agent_cannot_choose_what_the_step_does_not_offer(choice: str) -> None:
    *_, asked = walk(NEW, PLAIN, ["<yes>", "<yes>"], performer=Performer.AGENT)
    with pytest.raises(NotOffered, match="identity"):
        advance(NEW, PLAIN, asked.progress, heard(choice))


def test_an_agent_types_the_four_characters_and_they_are_stored_masked() -> None:
    *_, turn = walk(NEW, PLAIN, AGENTS, performer=Performer.AGENT)
    assert Answered("identity", "match", "****") in turn.effects
    assert "123" not in repr(turn)


def test_the_words_an_agent_types_are_kept_beside_the_category() -> None:
    *_, turn = walk(NEW, PLAIN, [*AGENTS, "<yes 对，我买的>"], performer=Performer.AGENT)
    assert Answered("aware", "yes", "对，我买的") in turn.effects


def test_an_agent_reads_again_as_often_as_it_is_wanted() -> None:
    *_, turn = walk(NEW, PLAIN, [*AGENTS, *["<repeat>"] * 9], performer=Performer.AGENT)
    assert turn.progress.step == "aware"


def test_an_early_answer_is_not_offered_once_the_identity_is_known() -> None:
    *_, turn = walk(NEW, PLAIN, AGENTS, performer=Performer.AGENT)
    with pytest.raises(NotOffered):
        advance(NEW, PLAIN, turn.progress, heard("<wrong_person>"))
    assert ended(advance(NEW, PLAIN, turn.progress, heard("<not_holder>"))) == Ended(
        Outcome.NOT_COMPLETED, "identity_failed"
    )


def test_a_text_cut_short_by_an_early_click_was_neither_told_nor_affirmed() -> None:
    early = list(walk(NEW, PLAIN, [*AGENTS, "~<yes>"], performer=Performer.AGENT))[-1]
    assert not {Told, Affirmed} & {type(effect) for effect in early.effects}
    assert early.progress.step == "received"
    *_, resumed = walk(NEW, PLAIN, AGENTS, performer=Performer.AGENT, resume=early.progress)
    assert resumed.progress.step == "aware"


def test_an_agent_goes_on_where_the_customer_asked_for_one() -> None:
    *_, wanted, taken = walk(NEW, PLAIN, [*OPENING, "[1]", "[0]", "(agent)"])
    assert wanted.effects[-1] == Wanted("human")
    assert (taken.progress.step, taken.progress.performer) == ("received", Performer.AGENT)
    assert [said.step for said in taken.say] == ["received"]


def test_an_agent_asks_the_follow_up_question_that_was_open() -> None:
    until = [*willing(NEW, PLAIN, until="promises"), "[1]"]
    *_, asked, _, taken = walk(NEW, PLAIN, [*until, "[0]", "(agent)"])
    assert taken.say == asked.say
    *_, after = walk(NEW, PLAIN, [*until, "[0]", "(agent)", "<detail 一桶油>"])
    assert Answered("promises", "detail", "一桶油") in after.effects


@pytest.mark.parametrize("step", ["open", "identity", "cooling_off", "promises", "anything_else"])
def test_an_agent_may_take_over_at_any_question(step: str) -> None:
    until = willing(NEW, PLAIN, until=step)
    *_, here, taken = walk(NEW, PLAIN, [*until, "(agent)"])
    assert taken.progress.step == step
    assert [(said.step, said.values) for said in taken.say] == [(here.say[-1].step, here.say[-1].values)]


def test_a_statement_cut_short_by_the_take_over_is_said_again() -> None:
    facts = {**UNIT_LINKED, "age": 63}
    *_, taken = walk(NEW, facts, [*OPENING, "(agent)", "~(agent)"])
    assert [said.step for said in taken.say] == ["older_investor", "aware"]
    *_, once = walk(NEW, facts, [*OPENING, "(agent)", "(agent)"])
    assert [said.step for said in once.say] == ["aware"]


def test_a_human_step_is_never_the_robots() -> None:
    facts = {**UNIT_LINKED, "age": 63}
    *_, waiting, taken = walk(NEW, facts, [*OPENING, "(agent)"])
    assert Wanted("human_only") in waiting.effects
    assert [said.step for said in taken.say] == ["older_investor", "aware"]
    with pytest.raises(NotOffered):
        advance(NEW, facts, waiting.progress, heard("(robot)"))


def test_a_robot_that_goes_on_says_first_what_it_is() -> None:
    *_, turn = walk(NEW, PLAIN, [*AGENTS, "(robot)"], performer=Performer.AGENT)
    assert [said.step for said in turn.say] == ["label", "aware"]
    assert turn.progress.performer is Performer.ROBOT
    *_, again = walk(NEW, PLAIN, [*AGENTS, "(robot)", "(agent)", "(robot)"], performer=Performer.AGENT)
    assert [said.step for said in again.say] == ["aware"]


def test_a_talk_that_passed_to_the_robot_needs_the_label_for_success() -> None:
    *_, asked = walk(NEW, PLAIN, [*AGENTS, "(robot)", "~[1]", "[1]"], performer=Performer.AGENT)
    assert "label" not in asked.progress.told
    assert asked.progress.affirmed[-1] == "received"
    required = {step.name for step in NEW.required(PLAIN, asked.progress.performer)}
    assert "label" in required


def test_who_waits_for_a_person_hears_nothing_new_and_may_keep_the_place() -> None:
    *_, waiting, silent = walk(NEW, PLAIN, [*OPENING, "[0]", "(silence)"])
    assert (silent.say, silent.effects, silent.wait) == ((), (), waiting.wait)
    kept = advance(NEW, PLAIN, silent.progress, heard("[1]"))
    assert Answered("transfer", "keep_place", "1") in kept.effects
    assert FollowUp("callback", "callback_by") in kept.effects


@pytest.mark.parametrize(("inputs", "outcome"), [(["[0]"], "callback"), (["呱"] * 3, "callback")])
def test_where_nobody_came_in_time_a_callback_is_promised(inputs: list[str], outcome: str) -> None:
    *_, last = walk(NEW, PLAIN, [*OPENING, *inputs, "(no_agent)"])
    assert FollowUp("callback", "callback_by") in last.effects
    assert ended(last) == Ended(Outcome.PARTIAL, outcome)


@pytest.mark.parametrize("performer", Performer)
def test_a_customer_whose_agent_is_gone_is_promised_a_callback_from_any_question(
    performer: Performer,
) -> None:
    *_, last = walk(NEW, PLAIN, [*AGENTS, "(no_agent)"], performer=performer)
    assert last.progress.step == "promised"
    assert FollowUp("callback", "callback_by") in last.effects
    *_, refused = walk(NEW, PLAIN, ["<stop_calling>", "(no_agent)"], performer=performer)
    assert ended(refused) == Ended(Outcome.REFUSED, "refused")


@pytest.mark.parametrize("early", ["~<fraud>", "~<deposit>", "~<coached>"])
def test_a_text_that_was_interrupted_is_read_again_from_the_beginning(early: str) -> None:
    *_, again = walk(NEW, PLAIN, [*AGENTS, early], performer=Performer.AGENT)
    assert (again.say[-1].step, again.say[-1].part) == ("aware", "say")
    after = advance(NEW, PLAIN, again.progress, heard("<yes>"))
    assert Affirmed("aware") in after.effects


def test_a_complaint_is_a_persons_and_is_written_down_where_nobody_comes() -> None:
    *_, wanted, taken = walk(NEW, PLAIN, [*OPENING, "我要投诉", "(agent)"])
    assert {ProblemOpened("P20", "aware"), Wanted("complaint")} <= set(wanted.effects)
    *_, alone = walk(NEW, PLAIN, [*OPENING, "我要投诉", "(no_agent)"])
    assert taken.progress.step == alone.progress.step == "complaint"
    *_, own_complaint = walk(NEW, PLAIN, [*AGENTS, "<complaint>"], performer=Performer.AGENT)
    assert own_complaint.progress.step == "complaint"


def test_a_problem_is_recorded_and_the_talk_stays_where_it_is() -> None:
    *_, here, noted = walk(NEW, PLAIN, [*AGENTS, "!P20 等了很久"], performer=Performer.AGENT)
    assert noted.effects == (ProblemOpened("P20", "aware", "等了很久"),)
    assert noted.say == here.say[-1:]
    assert noted.progress.problems == ("P20",)


@pytest.mark.parametrize(
    ("code", "step"), [("P01", "impostor"), ("P02", "wrong_number"), ("P03", "denial"), ("P25", "condolence")]
)
def test_a_problem_that_stops_the_call_stops_it(code: str, step: str) -> None:
    *_, turn = walk(NEW, PLAIN, [*AGENTS, f"!{code} 说明"], performer=Performer.AGENT)
    assert ProblemOpened(code, "aware", "说明") in turn.effects
    assert turn.progress.step == step


@pytest.mark.parametrize("code", ["P99", "", "P03"])
def test_an_unknown_problem_is_not_offered(code: str) -> None:
    with pytest.raises(NotOffered):
        advance(SURVEY, ACCIDENT, begin(SURVEY, ACCIDENT).progress, heard(f"!{code}"))


def test_a_robot_calls_for_a_person_at_once_where_the_whole_talk_is_a_persons() -> None:
    turn = begin(ELDERLY, OLD)
    assert ELDERLY.wants_human(OLD)
    assert [said.step for said in turn.say] == ["label", "transfer"]
    assert turn.effects == (Wanted("human_first"),)
    taken = advance(ELDERLY, OLD, stored(turn.progress), heard("(agent)"))
    assert [said.step for said in taken.say] == ["open"]
    with pytest.raises(NotOffered):
        advance(ELDERLY, OLD, taken.progress, heard("(robot)"))


def test_who_complains_while_waiting_from_the_first_word_still_waits_for_a_person() -> None:
    *_, last = walk(ELDERLY, OLD, ["我要投诉", "(no_agent)", "态度差", "好的"])
    assert last.effects[-1] == Wanted("human_first")


def test_a_script_without_conditions_wants_nobody_first() -> None:
    assert not NEW.wants_human(OLD)
    assert not ELDERLY.wants_human(PLAIN)
    assert not ELDERLY.wants_human({**PLAIN, "age": None})


def test_what_somebody_else_answered_is_asked_again_in_the_next_call() -> None:
    *_, last = walk(NEW, PLAIN, [*OPENING, "[1]", "[1]", "我不是本人，我是她老公"])
    *_, asked = walk(NEW, PLAIN, OPENING, resume=last.progress)
    assert asked.progress.step == "aware"


def test_a_robot_that_speaks_after_an_agent_was_lost_says_that_it_is_one() -> None:
    script = library()["new-contract"]
    begun = begin(script, PLAIN, performer=Performer.AGENT)
    turn = advance(script, PLAIN, begun.progress, Heard(Input.NO_AGENT))
    assert turn.say[0].step == "label"
    assert turn.progress.performer is Performer.ROBOT
    assert turn.progress.ended


def test_who_is_put_through_before_hearing_of_the_recording_is_told_by_the_agent() -> None:
    script, facts = library()["hotline"], {**HOTLINE, "elder": True, "open_now": True}
    begun = begin(script, facts)
    assert [said.step for said in begun.say] == ["label", "recorded", "person"]
    cut = advance(script, facts, begun.progress, Heard(Input.AGENT, whole=False))
    assert cut.say[0].step == "recorded"
    assert cut.effects == ()
    heard_out = advance(script, facts, begun.progress, Heard(Input.AGENT))
    assert [effect.step for effect in heard_out.effects if isinstance(effect, Told)] == ["label", "recorded"]
