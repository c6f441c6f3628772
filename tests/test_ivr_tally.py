"""The table of a campaign: every outcome, with problem codes and blocking rules below theirs."""

from __future__ import annotations

from ivr.tally import tally
from ledger.campaigns import Progress
from scripts.values import Outcome

PROGRESS = Progress(
    due=20,
    waiting=4,
    retrying=3,
    in_progress=1,
    finished=13,
    dialed=17,
    reached=11,
    outcomes={"SUCCESS": 8, "PROBLEM": 2, "NOT_COMPLETED": 5, "REFUSED": 1},
    reasons={
        ("SUCCESS", "done"): 8,
        ("PROBLEM", "done"): 2,
        ("NOT_COMPLETED", "busy"): 3,
        ("NOT_COMPLETED", "machine"): 2,
        ("REFUSED", "refused"): 1,
    },
    problems={"P12": 1, "P08": 2},
    blocked={"do_not_call": 2},
    elsewhere={"letter": 1},
    spare=2,
)


def test_every_outcome_has_its_line_even_when_nobody_had_it() -> None:
    counts = {line.key: line.count for line in tally(PROGRESS)}
    assert {outcome.value: counts[outcome.value] for outcome in Outcome} == {
        "SUCCESS": 8,
        "PROBLEM": 2,
        "PARTIAL": 0,
        "NOT_COMPLETED": 5,
        "REFUSED": 1,
        "CLOSED_OTHER": 0,
    }


def test_details_stand_below_what_they_belong_to() -> None:
    lines = [(line.level, line.key) for line in tally(PROGRESS)]
    assert lines == [
        (0, "due"),
        (0, "dialed"),
        (0, "reached"),
        (0, "SUCCESS"),
        (0, "PROBLEM"),
        (1, "PROBLEM.P08"),
        (1, "PROBLEM.P12"),
        (0, "PARTIAL"),
        (0, "NOT_COMPLETED"),
        (1, "NOT_COMPLETED.busy"),
        (1, "NOT_COMPLETED.machine"),
        (0, "REFUSED"),
        (0, "CLOSED_OTHER"),
        (0, "waiting"),
        (1, "retrying"),
        (0, "in_progress"),
        (0, "blocked"),
        (1, "blocked.do_not_call"),
        (0, "elsewhere"),
        (1, "elsewhere.letter"),
        (0, "cancelled"),
        (0, "spare"),
    ]


def test_a_problem_code_is_named_in_chinese() -> None:
    words = {line.key: line.words for line in tally(PROGRESS)}
    assert words["PROBLEM.P08"].startswith("P08 未阅读")
