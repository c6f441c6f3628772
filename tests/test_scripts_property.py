"""The property and motor scripts: what their branches promise, and whom they speak to about what."""

from __future__ import annotations

import pytest

from scripts import sample
from scripts.engine import missing
from scripts.load import library
from scripts.model import Script
from scripts.values import Affirmed, Answered, Effect, Ended, Facts, FollowUp, Outcome, ProblemOpened
from tests.scripts_walk import walk, willing

TELESALES, MOTOR, SURVEY = library()["telesales"], library()["motor-new"], library()["survey"]
CORPORATE, PROGRESS, ADJUSTER = library()["corporate"], library()["progress"], library()["adjuster"]


def effects(script: Script, inputs: list[str], **chosen: str | bool) -> list[Effect]:
    """Everything that one call leads to."""
    facts = sample.facts(script, chosen)
    return [effect for turn in walk(script, facts, inputs) for effect in turn.effects]


def until(script: Script, step: str, **chosen: str | bool) -> list[str]:
    """The inputs of a willing customer who comes to the step."""
    return willing(script, sample.facts(script, chosen), until=step)


def said(script: Script, inputs: list[str], facts: Facts) -> str:
    """All words of a call, one after the other."""
    turns = walk(script, facts, inputs)
    return "".join(script.text(s.step, s.part).spoken(s.values) for turn in turns for s in turn.say)


@pytest.mark.parametrize("script", [TELESALES, MOTOR], ids=lambda script: script.name)
def test_who_was_told_the_exclusions_and_who_was_not_leave_different_records(script: Script) -> None:
    before = until(script, "exclusions_explained")
    told, untold = effects(script, [*before, "[1]"]), effects(script, [*before, "[2]", "[1]"])
    assert FollowUp("sales_check") not in told
    assert FollowUp("sales_check") in untold
    assert Affirmed("exclusions_explained") in told
    assert Affirmed("exclusions_explained") in untold
    assert ProblemOpened("P09", "exclusions") in effects(script, [*before, "[2]", "[2]", "[2]"])


def test_a_problem_of_the_second_question_settles_the_first_one_too() -> None:
    inputs = [*until(MOTOR, "received"), "[2]", "[2]", "[2]", "[1]", "[1]", "[1]", "没有了"]
    assert effects(MOTOR, inputs)[-1] == Ended(Outcome.PROBLEM, "done")


def test_no_word_of_a_car_is_said_before_the_birthday_matches() -> None:
    facts = sample.facts(MOTOR)
    before = said(MOTOR, [*until(MOTOR, "birthday"), "[1231]", "[0000]"], facts)
    assert "车" not in before
    assert "车" in said(MOTOR, until(MOTOR, "received"), facts)


def test_who_never_heard_of_the_policy_may_hold_a_forged_one() -> None:
    denied = [*until(TELESALES, "received"), "不是我买的", "(agent)", "<value 没有车>"]
    assert ProblemOpened("P30", "policy_known") in effects(TELESALES, [*denied, "<no>"])
    assert ProblemOpened("P30", "policy_known") not in effects(TELESALES, [*denied, "<yes>"])


@pytest.mark.parametrize(
    ("answers", "reason"),
    [(["[2]"], "surveyor_did_not_call"), (["[1]", "[2]", "[2]"], "no_appointment")],
)
def test_a_surveyor_who_did_not_call_is_told_now_registered_and_looked_after(
    answers: list[str], reason: str
) -> None:
    found = effects(SURVEY, [*until(SURVEY, "called_in_ten_minutes"), *answers])
    assert [effect for effect in found if isinstance(effect, FollowUp)][-2:] == [
        FollowUp("surveyor", within=5),
        FollowUp("recheck", within=10),
    ]
    assert "P29" in {effect.code for effect in found if isinstance(effect, ProblemOpened)}
    assert found[-1] == Ended(Outcome.PROBLEM, reason)


@pytest.mark.parametrize(("free", "words"), [(True, "改派一位查勘员"), (False, "先拍照")])
def test_where_no_other_surveyor_is_free_photographs_stand_in(free: bool, words: str) -> None:
    late = [*until(SURVEY, "called_in_ten_minutes"), "[1]", "[2]", "[1]", "明天才来，太晚了"]
    assert words in said(SURVEY, late, sample.facts(SURVEY, {"other_surveyor": free}))
    assert FollowUp("dispatch", within=10) in effects(SURVEY, late, other_surveyor=free)


def test_people_come_before_cars() -> None:
    hurt = [*until(SURVEY, "anyone_hurt"), "有人受伤"]
    assert FollowUp("injury_desk", within=10) in effects(SURVEY, hurt)
    for answer in ("还没叫", "(silence)", "(hangup)"):
        ends = [effect for effect in effects(SURVEY, [*hurt, answer, answer]) if isinstance(effect, Ended)]
        assert ends[-1].reason in ("injury", "hangup")


def test_a_case_for_another_branch_is_told_to_both_places() -> None:
    kinds = [
        one.kind
        for one in effects(SURVEY, until(SURVEY, "arrived"), dual_agency=True)
        if isinstance(one, FollowUp)
    ]
    assert kinds == ["handling_place", "underwriting_place"]
    assert not any(
        isinstance(one, FollowUp) for one in effects(SURVEY, until(SURVEY, "arrived"), dual_agency=False)
    )


@pytest.mark.parametrize("key", ["[3]", "[4]"], ids=["an agent", "a repair shop"])
def test_a_case_that_an_agent_or_a_repair_shop_reported_is_not_asked_about(key: str) -> None:
    found = effects(ADJUSTER, [*until(ADJUSTER, "reported_by"), key])
    assert found[-1] == Ended(Outcome.CLOSED_OTHER, "excluded")


def test_nobody_is_called_about_progress_who_did_not_agree_to_it() -> None:
    facts = sample.facts(PROGRESS, {"final": False})
    assert missing(PROGRESS, facts) == ()
    assert missing(PROGRESS, {**facts, "consent_on": None}) == ("consent_on",)


def test_the_result_is_told_with_or_without_that_consent() -> None:
    assert missing(PROGRESS, {**sample.facts(PROGRESS, {"final": True}), "consent_on": None}) == ()


def test_an_organisation_proves_itself_by_post_and_registered_number() -> None:
    before = [step.name for step in CORPORATE.mandatory if step.name in CORPORATE.opening]
    assert before[-2:] == ["post_held", "unit_number"]
    gone = effects(CORPORATE, [*until(CORPORATE, "post_held"), "[2]", "现在是周会计"])
    assert Answered("successor", "value", "现在是周会计") in gone
    assert gone[-1] == Ended(Outcome.NOT_COMPLETED, "third_party")


@pytest.mark.parametrize("check", [True, False])
def test_the_legal_representative_is_asked_for_only_where_it_is_needed(check: bool) -> None:
    facts = sample.facts(CORPORATE, {"legal_check": check})
    assert ("法定代表人" in said(CORPORATE, willing(CORPORATE, facts), facts)) is check
