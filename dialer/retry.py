"""What happens after an attempt: when the task is tried again, by cause. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dialer.calendar import CHINA, Calendar
from dialer.day_parts import hastened, next_part
from dialer.hours import next_day, next_opening
from dialer.profile import NEVER, NEXT_NUMBER, TOMORROW, Profile

_OPEN = frozenset({"PARTIAL", "NOT_COMPLETED"})
"""The outcomes after which the duty is still open; all others end the task."""

_NOBODY_THERE = frozenset({"no_answer", "no-answer", "machine"})
"""Why somebody else's hours are tried: the line is right, the person was not there."""

_BROKEN_OFF = frozenset({"hangup", "error", "failed"})
"""Why a talk stops in the middle without anybody having said why."""


def after(
    outcome: str,
    reason: str,
    *,
    attempts: int,
    attempts_today: int,
    now: datetime,
    policy: Profile,
    appointed: datetime | None = None,
    numbers_left: int = 0,
    broken_at: int = 0,
    due_by: datetime | None = None,
    calendar: Calendar = CHINA,
) -> datetime | None:
    """When the task is due again; None: it is finished.

    `appointed` is the time agreed with the customer and wins over the pause of the cause and over the budget,
    as far as the gate lets it; `numbers_left` counts the contact's numbers that were not tried yet;
    `broken_at` how many attempts there were when a talk first broke off. Who did not pick up is tried in
    another part of the day; before the deadline `due_by` what is left of it is shared by the attempts left.
    """
    calendar = replace(calendar, guess=True)
    if outcome not in _OPEN or attempts >= policy.at_most:
        return None
    if appointed is not None:
        return next_opening(policy, max(appointed, now), calendar)
    left = budget(broken_at or (attempts if outcome == "PARTIAL" else 0), policy) - attempts
    if left <= 0:
        return None
    pause = pause_of(outcome, reason, policy)
    if pause == NEVER or (pause == NEXT_NUMBER and not numbers_left):
        return None
    if pause == TOMORROW or attempts_today >= policy.per_day:
        return next_opening(policy, _elsewhen(reason, now, next_day(policy, now, calendar), policy), calendar)
    wanted = pause if isinstance(pause, timedelta) else policy.spacing
    soon = max(hastened(wanted, now, due_by, left), now + min(wanted, policy.spacing))
    usual = soon if soon < now + wanted else _elsewhen(reason, now, soon, policy)
    return next_opening(policy, usual, calendar)


def _elsewhen(reason: str, now: datetime, earliest: datetime, policy: Profile) -> datetime:
    """In the next part of the day, where nobody picked up in this one."""
    return next_part(policy.parts, now, earliest) if reason in _NOBODY_THERE else earliest


def budget(broken_at: int, policy: Profile) -> int:
    """How many attempts are made: those to reach somebody, or from the broken talk on those for its rest."""
    return broken_at + policy.to_complete if broken_at and policy.to_complete else policy.in_total


def pause_of(outcome: str, reason: str, policy: Profile) -> timedelta | str:
    """The pause that the policy prescribes for the cause: a span, or a word of the profile."""
    cause = "resume" if outcome == "PARTIAL" and reason in _BROKEN_OFF else reason.replace("-", "_")
    return policy.retry.get(cause, policy.retry["other"])


def wants_next_number(reason: str, policy: Profile) -> bool:
    """Whether the number itself is useless, so that the contact's next number is to be tried."""
    return pause_of("NOT_COMPLETED", reason, policy) == NEXT_NUMBER
