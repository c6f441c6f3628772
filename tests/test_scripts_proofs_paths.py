"""What the path proofs found in the engine and the shared steps, and how a path is told."""

from __future__ import annotations

from pathlib import Path

from scripts.engine import advance
from scripts.load import library, load
from scripts.progress import Progress
from scripts.proofs import prove
from scripts.sample import facts
from scripts.values import Ended, Outcome, Performer, Turn
from tests.scripts_facts import PLAIN, UNIT_LINKED
from tests.scripts_walk import ended, heard, walk

NEW = library()["new-contract"]
UNPROVEN = Path(__file__).parent / "scripts_unproven"
KNOWN = ["[1]", "[1]", "[123*]"]


def last(inputs: list[str], performer: Performer = Performer.ROBOT) -> Turn:
    *_, turn = walk(NEW, facts(NEW, PLAIN), inputs, performer=performer)
    return turn


def test_who_denied_the_purchase_is_asked_nothing_more_after_a_complaint() -> None:
    turn = last([*KNOWN, "[1]", "我没买过", "我要投诉", "(agent)", "<value>", "<yes>"])
    assert ended(turn) is not None
    assert turn.progress.step == "colleague"


def test_who_is_not_the_customer_and_complains_is_never_told_the_reason() -> None:
    turn = last(["[2]", "我要投诉"])
    assert ended(turn) == Ended(Outcome.NOT_COMPLETED, "third_party")


def test_who_doubts_who_we_are_is_asked_who_he_is_again_after_an_interruption() -> None:
    turn = last(["[3]", "我在开会", "我要投诉", "(no_agent)", "态度差", "[1]"])
    assert turn.progress.step == "who"


def test_a_robot_never_goes_back_to_a_question_of_a_person() -> None:
    person = next(step for step in NEW.steps.values() if step.human_only)
    here = Progress("complaint_noted", identified=True, back=person.name)
    turn = advance(NEW, facts(NEW, UNIT_LINKED), here, heard("[1]"))
    assert person.name not in {said.step for said in turn.say}


def test_who_refused_and_then_denies_the_purchase_is_asked_nothing_more() -> None:
    turn = last([*KNOWN, "别再打了", "我没买过"])
    assert ended(turn) == Ended(Outcome.REFUSED, "refused")


def test_a_finding_tells_the_way_there_and_what_is_wrong_in_the_end() -> None:
    (found,) = prove(load(UNPROVEN / "success_before_the_items.toml"))
    assert {line.who for line in found.talk} >= {"customer", "note"}
    assert found.talk[-1].words == found.message()
