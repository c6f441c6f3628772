"""Both performers beside each other: one answer moves both, going back is answering less."""

from __future__ import annotations

import pytest

from scripts.load import library
from scripts.model import Kind, Script
from scripts.playing import (
    Given,
    Moment,
    NoSuchFact,
    answered,
    begun,
    differences,
    fact,
    offers,
    play,
    readable,
)
from scripts.retelling import lines
from scripts.sample import facts
from scripts.values import Ended, Facts, Input, Outcome, Performer, ProblemOpened

NEW = library()["new-contract"]
PLAIN = facts(NEW, {"product_type": "普通型", "channel": "个人代理"})
HERE = [Given(Input.CHOICE, "yes"), Given(Input.KEYS, "1"), Given(Input.KEYS, "1234")]
"""Who answers, has time, and proves to be the policyholder."""


def good(script: Script, known: Facts, moment: Moment) -> Given:
    """What a customer without complaints answers."""
    step = script.step(moment.leads.turn.progress.step)
    found = offers(script, known, moment)
    if step.kind is Kind.OPEN or not found:
        return Given(Input.SPEECH, "没有了")
    wanted = next((one for one in found if one.category == (step.wanted or one.category)), found[0])
    return wanted.given


def whole(script: Script, known: Facts) -> list[Moment]:
    """Every moment until the end; who would go on for ever hangs up."""
    moments = [begun(script, known)]
    while not moments[-1].over:
        given = good(script, known, moments[-1]) if len(moments) < 60 else Given(Input.HANGUP)
        moments.append(answered(script, known, moments[-1], given))
    return moments


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_shipped_script_can_be_played_to_its_end(script: Script) -> None:
    moments = whole(script, facts(script))
    assert moments[-1].over
    assert all(any(side.took for side in moment.sides) for moment in moments)


def test_good_answers_lead_both_performers_to_the_same_success() -> None:
    moments = whole(NEW, PLAIN)
    assert {side.turn.progress.outcome for side in moments[-1].sides} == {Outcome.SUCCESS}
    assert {differences(moment) for moment in moments} == {()}


def test_a_key_of_the_robots_is_the_answer_that_the_agent_notes() -> None:
    *_, last = play(NEW, PLAIN, [*HERE, Given(Input.KEYS, "1"), Given(Input.SPEECH, "没收到")])
    for side in last.sides:
        assert ProblemOpened("P07", "received") in side.turn.effects
        assert isinstance(side.turn.effects[-1], Ended)


def test_what_the_robot_does_not_understand_is_nothing_to_the_agent() -> None:
    *_, before, after = play(NEW, PLAIN, [*HERE, Given(Input.SPEECH, "呱呱呱")])
    robot, agent = after.sides
    assert (robot.took, agent.took) == (True, False)
    assert agent.turn == before.sides[1].turn


def test_digits_are_compared_on_both_sides() -> None:
    *_, last = play(NEW, PLAIN, [*HERE[:2], Given(Input.KEYS, "0000")])
    assert [side.turn.progress.step for side in last.sides] == ["identity_again"] * 2


def test_the_details_that_follow_an_answer_are_the_same_words() -> None:
    moments = [*play(NEW, PLAIN, HERE)]
    while moments[-1].leads.turn.progress.step != "promises":
        moments.append(answered(NEW, PLAIN, moments[-1], good(NEW, PLAIN, moments[-1])))
    for given in (Given(Input.KEYS, "1"), Given(Input.SPEECH, "业务员说送一桶油")):
        moments.append(answered(NEW, PLAIN, moments[-1], given))
    assert [side.took for side in moments[-1].sides] == [True, True]
    assert differences(moments[-1]) == ()


def test_going_back_is_playing_one_answer_less() -> None:
    given = [*HERE, Given(Input.KEYS, "2")]
    assert play(NEW, PLAIN, given)[:-1] == play(NEW, PLAIN, given[:-1])


def test_only_the_robot_waits_for_a_person() -> None:
    known = facts(NEW, {"product_type": "投连型", "age": 60})
    *_, last = play(NEW, known, HERE)
    robot, agent = last.sides
    assert NEW.step(robot.turn.progress.step).kind is Kind.TRANSFER
    assert differences(last) == ("step",)
    assert [one.given.kind for one in offers(NEW, known, last)][:2] == [Input.AGENT, Input.NO_AGENT]
    handed = answered(NEW, known, last, Given(Input.AGENT))
    assert [side.took for side in handed.sides] == [True, False]
    assert handed.sides[0].turn.progress.performer is Performer.AGENT
    assert agent.turn == handed.sides[1].turn


def test_a_transfer_comes_and_goes_nowhere_else() -> None:
    last = answered(NEW, PLAIN, begun(NEW, PLAIN), Given(Input.NO_AGENT))
    assert [side.took for side in last.sides] == [False, False]


def test_a_script_of_people_alone_has_no_robot() -> None:
    script = library()["hotline-callback"]
    moment = begun(script, facts(script))
    assert moment.side(Performer.ROBOT) is None
    assert moment.leads.performer is Performer.AGENT


def test_after_the_end_nothing_moves() -> None:
    moments = whole(NEW, PLAIN)
    after = answered(NEW, PLAIN, moments[-1], Given(Input.HANGUP))
    assert [side.turn for side in after.sides] == [side.turn for side in moments[-1].sides]
    assert offers(NEW, PLAIN, after) == ()


@pytest.mark.parametrize("script", library().values(), ids=lambda script: script.name)
def test_every_offer_of_the_beginning_is_taken_by_whoever_leads(script: Script) -> None:
    known = facts(script)
    moment = begun(script, known)
    for offer in offers(script, known, moment):
        assert answered(script, known, moment, offer.given).sides[0].took, offer


def test_a_chosen_fact_is_read_as_the_script_reads_it() -> None:
    assert fact(NEW, "age", "61") == 61
    assert fact(NEW, "electronic", "是") is True
    assert fact(NEW, "electronic", "false") is False
    assert fact(NEW, "product_type", "万能型") == "万能型"
    assert fact(NEW, "id_tail", "123X") == "123X"


def test_a_fact_that_no_script_reads_is_named_with_those_it_reads() -> None:
    with pytest.raises(NoSuchFact, match=r"colour.*product_type"):
        fact(NEW, "colour", "red")
    assert readable(NEW)[0] == "direction"


def test_a_play_reads_as_a_conversation() -> None:
    moments = play(NEW, PLAIN, [*HERE, Given(Input.SILENCE)])
    robot = list(lines(NEW, moments, Performer.ROBOT))
    agent = list(lines(NEW, moments, Performer.AGENT))
    assert [line.words for line in robot if line.who == "customer"] == [
        "是",
        "按 1",
        "按 1234",
        "（没有声音）",
    ]
    assert {line.who for line in robot} == {"robot", "customer"}
    assert {line.who for line in agent} == {"agent", "customer"}
    assert not any("按一" in line.words for line in agent)
