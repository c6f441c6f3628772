"""What happens after an attempt."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import retry
from dialer.calendar import Calendar
from dialer.hours import is_open, next_opening
from dialer.profile import Profile
from ledger.times import local_day
from tests.dialer_facts import LIFE, SURVEY, at

NOW = at("2026-11-23T10:00")


def after(outcome: str, reason: str, **changes: Any) -> datetime | None:
    given: dict[str, Any] = {"attempts": 1, "attempts_today": 1, "now": NOW, "policy": LIFE}
    return retry.after(outcome, reason, **(given | changes))


@pytest.mark.parametrize("outcome", ["SUCCESS", "PROBLEM", "REFUSED", "CLOSED_OTHER", ""])
def test_a_closed_outcome_ends_the_task(outcome: str) -> None:
    assert after(outcome, "done") is None


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        ("line_busy", "2026-11-23T10:30"),
        ("no_answer", "2026-11-23T12:00"),
        ("no-answer", "2026-11-23T12:00"),
        ("machine", "2026-11-23T13:00"),
        ("failed", "2026-11-23T10:30"),
        ("silence", "2026-11-23T11:00"),
        ("third_party", "2026-11-23T14:00"),
        ("identity_failed", "2026-11-24T09:00"),
        ("identity_refused", "2026-11-24T09:00"),
        ("a cause nobody thought of", "2026-11-23T12:00"),
    ],
)
def test_every_cause_has_its_own_pause(reason: str, again: str) -> None:
    assert after("NOT_COMPLETED", reason) == at(again)


def test_a_talk_that_broke_off_is_resumed_soon() -> None:
    assert after("PARTIAL", "hangup") == at("2026-11-23T10:10")


def test_a_complaint_in_the_middle_is_not_answered_with_another_robot_call() -> None:
    assert after("PARTIAL", "complaint") is None


def test_a_person_who_was_busy_in_the_middle_is_given_time() -> None:
    assert after("PARTIAL", "busy") == at("2026-11-23T12:00")


def test_a_pause_that_ends_after_hours_ends_at_the_next_opening() -> None:
    assert after("NOT_COMPLETED", "no_answer", now=at("2026-11-23T19:00")) == at("2026-11-24T09:00")


def test_the_last_attempt_of_a_day_waits_for_the_next() -> None:
    assert after("NOT_COMPLETED", "line_busy", attempts=3, attempts_today=3) == at("2026-11-24T09:00")


def test_the_last_attempt_of_all_ends_the_task() -> None:
    assert after("NOT_COMPLETED", "no_answer", attempts=9) is None
    assert after("NOT_COMPLETED", "no_answer", attempts=9, appointed=NOW) is not None
    assert after("NOT_COMPLETED", "no_answer", attempts=13, appointed=NOW) is None


@pytest.mark.parametrize("broken_at", [1, 5, 9])
def test_the_rest_of_a_broken_talk_has_attempts_of_its_own(broken_at: int) -> None:
    assert after("PARTIAL", "hangup", attempts=broken_at) == at("2026-11-23T10:10")
    last = broken_at + 4
    assert after("NOT_COMPLETED", "no_answer", attempts=last - 1, broken_at=broken_at) is not None
    assert after("NOT_COMPLETED", "no_answer", attempts=last, broken_at=broken_at) is None
    assert after("PARTIAL", "hangup", attempts=last, broken_at=broken_at) is None


def test_an_appointment_wins_over_the_pause() -> None:
    assert after("NOT_COMPLETED", "third_party", appointed=at("2026-11-24T19:00")) == at("2026-11-24T19:00")


def test_an_appointment_outside_hours_is_kept_at_the_next_opening() -> None:
    assert after("NOT_COMPLETED", "busy", appointed=at("2026-11-24T21:00")) == at("2026-11-25T09:00")


def test_a_number_that_does_not_exist_is_followed_by_the_next_number_or_none() -> None:
    assert retry.wants_next_number("invalid_number", LIFE)
    assert after("NOT_COMPLETED", "invalid_number", numbers_left=1) == at("2026-11-23T10:10")
    assert after("NOT_COMPLETED", "invalid_number", numbers_left=0) is None
    assert not retry.wants_next_number("no_answer", LIFE)


def test_a_year_without_holidays_does_not_lose_the_end_of_a_call() -> None:
    assert after("NOT_COMPLETED", "no_answer", now=at("2040-12-31T19:00")) == at("2041-01-01T09:00")


def test_a_survey_is_tried_again_within_its_half_hour_at_any_hour() -> None:
    night = at("2026-11-23T23:58")
    assert after("NOT_COMPLETED", "no_answer", policy=SURVEY, now=night) == at("2026-11-24T00:06")
    assert after("NOT_COMPLETED", "hangup", policy=SURVEY) is None


def test_who_does_not_pick_up_is_tried_in_another_part_of_the_day() -> None:
    assert after("NOT_COMPLETED", "no_answer", now=at("2026-11-23T09:15")) == at("2026-11-23T12:00")
    assert after("NOT_COMPLETED", "machine", now=at("2026-11-23T13:00")) == at("2026-11-23T17:30")
    assert after("NOT_COMPLETED", "no_answer", now=at("2026-11-23T18:00")) == at("2026-11-24T09:00")
    assert after("NOT_COMPLETED", "line_busy", now=at("2026-11-23T09:15")) == at("2026-11-23T09:45")
    last = after("NOT_COMPLETED", "no_answer", now=at("2026-11-23T09:15"), attempts=3, attempts_today=3)
    assert last == at("2026-11-24T12:00")


def test_S001_24_before_a_near_deadline_the_attempts_left_share_what_is_left() -> None:
    soon = at("2026-11-23T13:00")
    assert after("NOT_COMPLETED", "no_answer", due_by=soon, attempts=7) == at("2026-11-23T11:00")
    assert after("NOT_COMPLETED", "no_answer", due_by=at("2026-11-23T10:05")) == at("2026-11-23T10:10")


BEYOND = Calendar(guess=True)
"""Retries may reach a year whose holidays are not published."""
CAUSES = st.sampled_from(
    [
        *((("NOT_COMPLETED"), reason) for reason in (*LIFE.retry, "no-answer", "unheard of")),
        *((("PARTIAL"), reason) for reason in ("hangup", "busy", "error", "machine")),
    ]
)


@given(st.lists(st.tuples(CAUSES, st.booleans()), min_size=30, max_size=30), st.integers(0, 60 * 24 * 40))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("policy", [LIFE, SURVEY], ids=["life", "survey"])
def test_retries_keep_within_budgets_and_windows_and_end(
    policy: Profile, ends: list[tuple[tuple[str, str], bool]], minutes: int
) -> None:
    """Whatever happens: never more than the budgets, always inside the windows, and the end comes."""
    now: datetime | None = next_opening(policy, NOW + timedelta(minutes=minutes), BEYOND)
    broken_at, attempts, days = 0, 0, Counter[str]()
    for (outcome, reason), agreed in ends:
        if now is None:
            break
        assert is_open(policy, now, BEYOND)
        attempts, days[local_day(now)] = attempts + 1, days[local_day(now)] + 1
        given = {"attempts": attempts, "attempts_today": days[local_day(now)], "now": now, "policy": policy}
        wanted = now + timedelta(days=1) if agreed else None
        again = retry.after(outcome, reason, appointed=wanted, broken_at=broken_at, numbers_left=9, **given)
        broken_at = broken_at or (attempts if outcome == "PARTIAL" else 0)
        assert again is None or again > now
        if again is not None and not agreed:
            assert attempts < retry.budget(broken_at, policy)
            assert again >= now + policy.spacing or days[local_day(again)] == 0
        now = again
    assert now is None
    assert attempts <= policy.in_total + policy.to_complete
