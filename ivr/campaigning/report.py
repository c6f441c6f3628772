"""The report of one campaign (A+6): coverage, success in time, problems, other channels, calls by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from dialer.calendar import LOCAL
from ivr.campaigning.figures import Figures
from scripts.values import Outcome

WORDS = {
    "due": "应回访 due",
    "attempted": "已拨打 attempted",
    "reached": "已接通 reached",
    "completed": "已完成 completed",
    "success": "成功 success",
    "coverage": "覆盖率 coverage (success of due)",
    "success_in_time_rate": "期内成功率 success in time (犹豫期内) of due",
    "on_time_rate": "按时率 over in time",
    "overdue": "逾期未完成 overdue",
    "problem_share": "问题件占比 problem cases of due",
    "elsewhere_share": "上门和信函占比 visits and letters of due",
    "attempts": "拨打次数 attempts",
}


def report(found: Figures) -> dict[str, Any]:
    """The report as numbers; rates are shares of what is due unless their name says otherwise."""
    progress = found.progress
    problem = progress.outcomes.get(Outcome.PROBLEM, 0)
    return {
        "id": found.campaign.campaign_id,
        "name": found.campaign.name,
        "status": found.campaign.status,
        "at": found.at.isoformat(),
        "due": progress.due,
        "attempted": progress.dialed,
        "reached": progress.reached,
        "completed": progress.finished,
        "success": found.success,
        "coverage": rounded(found.coverage),
        "success_in_time": found.in_time,
        "success_in_time_rate": rounded(found.in_time_rate),
        "on_time_rate": rounded(found.on_time_rate),
        "overdue": found.overdue,
        "problem": problem,
        "problem_share": rounded(problem / progress.due if progress.due else None),
        "problems": dict(progress.problems),
        "elsewhere": dict(progress.elsewhere),
        "elsewhere_share": rounded(
            found.outside / progress.due if progress.due else None
        ),  # S002-97: a tenth
        "blocked": dict(progress.blocked),
        "left_out": dict(found.left_out),
        "cancelled": dict(progress.cancelled),
        "alarms": dict(found.alarms),
        "attempts": found.attempts,
        "attempts_by_hour": by_hour(found),
    }


def rates(found: Figures) -> dict[str, Any]:
    """The shares that `campaign status` adds to its counts."""
    return {
        "coverage": rounded(found.coverage),
        "success_in_time_rate": rounded(found.in_time_rate),
        "on_time_rate": rounded(found.on_time_rate),
        "overdue": found.overdue,
        "left_out": dict(found.left_out),
        "alarms": dict(found.alarms),
    }


def in_words(told: dict[str, Any]) -> Iterator[str]:
    """The report as lines of a terminal."""
    yield f"{told['name']}: {told['status']}"
    for key, words in WORDS.items():
        value = told[key]
        shown = "–" if value is None else f"{value:.1%}" if isinstance(value, float) else f"{value:,}"
        yield f"{words:<44}{shown:>10}"
    for key in ("problems", "elsewhere", "blocked", "left_out", "cancelled", "alarms"):
        if told[key]:
            yield f"{key}: " + ", ".join(f"{name} {count:,}" for name, count in told[key].items())
    for hour, counts in told["attempts_by_hour"].items():
        yield f"{hour}:00  {counts['placed']:>9,} placed  {counts['answered']:>9,} answered"


def by_hour(found: Figures) -> dict[str, dict[str, int]]:
    """Calls of all days by the local hour of the day."""
    counts: dict[int, Counter[str]] = {}
    for hour in found.hours:
        of = counts.setdefault(hour.began.astimezone(LOCAL).hour, Counter())
        of.update(placed=hour.placed, answered=hour.answered, reached=hour.reached)
    return {f"{hour:02}": dict(counts[hour]) for hour in sorted(counts)}


def rounded(rate: float | None) -> float | None:
    """A rate with four digits, so that nobody takes rounding for a change."""
    return None if rate is None else round(rate, 4)
