"""The numbers of a campaign in the order in which people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.campaigns import Progress
from scripts.problems import PROBLEMS
from scripts.values import Outcome

WORDS = {
    Outcome.SUCCESS: "成功 SUCCESS",
    Outcome.PROBLEM: "问题件 PROBLEM",
    Outcome.PARTIAL: "未完成 PARTIAL",
    Outcome.NOT_COMPLETED: "未接通 NOT_COMPLETED",
    Outcome.REFUSED: "拒访 REFUSED",
    Outcome.CLOSED_OTHER: "其他 CLOSED_OTHER",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `level` 1 belongs to the line of level 0 above it."""

    key: str
    words: str
    count: int
    level: int = 0


def tally(progress: Progress) -> list[Line]:
    """Return the lines: due, dialed, reached, each outcome, what waits, what was blocked by which rule,
    what goes on elsewhere, what is due no more or not yet."""
    lines = [
        Line("due", "应回访 due", progress.due),
        Line("dialed", "已拨打 dialed", progress.dialed),
        Line("reached", "已接通 reached", progress.reached),
    ]
    for outcome, words in WORDS.items():
        lines.append(Line(outcome.value, words, progress.outcomes.get(outcome.value, 0)))
        if outcome is Outcome.PROBLEM:
            lines += [_problem(code, count) for code, count in sorted(progress.problems.items())]
        lines += _reasons(progress, outcome)
    lines.append(Line("waiting", "待拨 waiting", progress.waiting))
    lines.append(Line("retrying", "其中重拨 to be tried again", progress.retrying, 1))
    lines.append(Line("in_progress", "通话中 in progress", progress.in_progress))
    lines.append(Line("blocked", "拦截 blocked", sum(progress.blocked.values())))
    lines += _below("blocked", progress.blocked)
    lines.append(Line("elsewhere", "转其他渠道 elsewhere", sum(progress.elsewhere.values())))
    lines += _below("elsewhere", progress.elsewhere)
    lines.append(Line("cancelled", "已撤销 cancelled", sum(progress.cancelled.values())))
    lines += _below("cancelled", progress.cancelled)
    lines.append(Line("spare", "备选未抽 spare", progress.spare))
    return lines


def _below(key: str, counts: Mapping[str, int]) -> list[Line]:
    return [Line(f"{key}.{rule}", rule, count, 1) for rule, count in sorted(counts.items())]


def _problem(code: str, count: int) -> Line:
    return Line(f"PROBLEM.{code}", f"{code} {PROBLEMS[code].title}", count, 1)


def _reasons(progress: Progress, outcome: Outcome) -> list[Line]:
    if outcome is not Outcome.NOT_COMPLETED:
        return []
    found = {reason: n for (of, reason), n in progress.reasons.items() if of == outcome.value}
    return [Line(f"NOT_COMPLETED.{reason}", reason, count, 1) for reason, count in sorted(found.items())]
