"""Whether a task may be dialed now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.calendar import CHINA, LOCAL
from dialer.errors import CalendarError
from dialer.gate import RULES as ORDER
from dialer.gate import Rules, decide
from dialer.profile import FOREVER, CoolDown, Profile, Window
from ledger.records import Action, ClaimFacts, DncEntry, Verdict
from tests.dialer_facts import FROM, LIFE, NOW, RULES, SALES, SURVEY, at, entry, facts, past

MARKETING = replace(RULES, purpose="marketing")
SALE = replace(MARKETING, profile=SALES, line="property", renewal=True)
COOLING = replace(LIFE, cool_down=CoolDown(timedelta(days=60), timedelta(hours=72)))
RESTING = replace(RULES, profile=COOLING)
SURVEYS = replace(RULES, profile=SURVEY)


def judge(changed: ClaimFacts, rules: Rules = RULES, now: datetime = NOW) -> Verdict:
    return decide(changed, rules=rules, now=now)


def test_a_due_task_inside_calling_hours_is_allowed() -> None:
    assert judge(facts()) == Verdict(Action.ALLOW, "allowed", "cn_life/2 gate/2")


BLOCKED: list[tuple[str, dict[str, Any], Rules]] = [
    ("unknown_facts", {"number": None}, RULES),
    ("unknown_facts", {"number": 110}, RULES),
    ("unknown_facts", {"number": 10**15}, RULES),
    ("unknown_facts", {"due_by": datetime(2026, 12, 6)}, RULES),  # noqa: DTZ001
    ("unknown_facts", {"last_attempt_at": datetime(2026, 11, 1), "attempts": 1}, RULES),  # noqa: DTZ001
    ("unknown_facts", {"dnc": (DncEntry("all", "customer", datetime(2026, 1, 1), None),)}, RULES),  # noqa: DTZ001
    ("unknown_facts", {"due_from": at("2026-12-07T00:00")}, RULES),
    ("unknown_facts", {"attempts": 1}, RULES),
    ("unknown_facts", {"attempts_today": 1}, RULES),
    ("unknown_facts", {"attempts": -1, "attempts_today": -1}, RULES),
    ("do_not_call", {"dnc": (entry("all"),)}, RULES),
    ("do_not_call", {"dnc": (entry("all"),)}, SURVEYS),
    ("do_not_call", {"dnc": (entry("all", ends="2026-11-23T09:31"),)}, RULES),
    ("do_not_call", {"dnc": (entry("marketing"),)}, MARKETING),
    ("do_not_call", {"dnc": (entry("marketing"),)}, replace(RULES, purpose="service")),
    ("do_not_call", {"dnc": (entry("no such purpose"),)}, RULES),
    ("do_not_call", {"dnc": (entry("marketing", ends="2026-11-10T00:00"),)}, SALE),
    ("do_not_call", {"dnc": (entry("all", ends="2026-11-10T00:00"),)}, replace(RULES, purpose="service")),
    ("do_not_call", {"dnc": (entry("all", ends="2026-11-10T00:00", reason="consent_withdrawn"),)}, RULES),
    ("zone_unknown", {"zone": "Mars/Olympus"}, RULES),
    ("zone_unknown", {"number": 80012345678}, RULES),
    ("purpose_not_allowed", {}, MARKETING),
    ("purpose_not_allowed", {}, replace(SURVEYS, purpose="service")),
    ("purpose_not_allowed", {}, replace(SALE, purpose="duty")),
    ("consent_missing", {}, SALE),
    ("script_not_in_force", {"script_in_force": False}, RULES),
    ("script_not_filed", {}, replace(RULES, filing=True)),
    ("list_not_locked", {"list_locked": False}, RULES),
    ("caller_not_allowed", {}, replace(RULES, from_number=FROM + 1)),
    ("caller_not_allowed", {}, replace(RULES, allowed_callers=frozenset())),
    ("variables_missing", {"missing": "cooling_end"}, RULES),
    ("deadline_expired", {"due_by": NOW}, SURVEYS),
    ("attempts_exhausted", {"attempts": 13, "last_attempt_at": at("2026-11-20T10:00")}, RULES),
    (
        "refused_before",
        {"past": past("2020-01-01T10:00", outcome="REFUSED")},
        replace(RULES, profile=replace(LIFE, cool_down=CoolDown(FOREVER, timedelta()))),
    ),
    ("renewal_too_early", {"expires_on": "soon", "consent": True}, SALE),
]


@pytest.mark.parametrize(("rule", "changes", "rules"), BLOCKED)
def test_a_rule_of_substance_blocks(rule: str, changes: dict[str, Any], rules: Rules) -> None:
    verdict = judge(facts(**changes), rules)
    assert (verdict.action, verdict.rule, verdict.until) == (Action.BLOCK, rule, None)


DEFERRED: list[tuple[str, dict[str, Any], str, str]] = [
    ("too_often", {"past": past(*["2026-11-01T10:00"] * 20)}, "2026-11-23T09:30", "2026-12-01T10:00"),
    ("too_often", {"past": past(*["2026-11-01T22:00"] * 20)}, "2026-11-23T09:30", "2026-12-02T09:00"),
    ("attempts_today", {"past": past(*["2026-11-23T08:00"] * 5)}, "2026-11-23T09:30", "2026-11-24T09:00"),
    ("too_soon", {"past": past("2026-11-23T09:25")}, "2026-11-23T09:30", "2026-11-23T09:35"),
    ("in_progress", {"in_progress": True}, "2026-11-23T09:30", "2026-11-23T09:35"),
    ("in_progress", {"in_progress": True}, "2026-11-23T19:58", "2026-11-24T09:00"),
    ("not_yet_due", {"due_from": at("2026-11-23T14:00")}, "2026-11-23T09:30", "2026-11-23T14:00"),
    ("not_yet_due", {"due_from": at("2026-11-25T00:00")}, "2026-11-23T09:30", "2026-11-25T09:00"),
    ("outside_hours", {}, "2026-11-23T08:59:59", "2026-11-23T09:00"),
    ("outside_hours", {}, "2026-11-23T20:00", "2026-11-24T09:00"),
    ("outside_hours", {"due_from": None}, "2026-10-01T12:00", "2026-10-08T09:00"),
    ("outside_hours", {"due_from": None}, "2026-09-30T20:00", "2026-10-08T09:00"),
    (
        "attempts_today",
        {"attempts": 3, "attempts_today": 3, "last_attempt_at": at("2026-11-23T09:00")},
        "2026-11-23T09:30",
        "2026-11-24T09:00",
    ),
    (
        "too_soon",
        {"attempts": 1, "attempts_today": 1, "last_attempt_at": at("2026-11-23T09:25")},
        "2026-11-23T09:30",
        "2026-11-23T09:35",
    ),
    (
        "too_soon",
        {"attempts": 1, "attempts_today": 1, "last_attempt_at": at("2026-11-23T19:55")},
        "2026-11-23T19:59",
        "2026-11-24T09:00",
    ),
]


RESTED: list[tuple[str, dict[str, Any], Rules, str]] = [
    ("refused_before", {"past": past("2026-10-01T10:00", outcome="REFUSED")}, RESTING, "2026-11-30T10:00"),
    ("called_and_silent", {"past": past("2026-11-22T21:00", silent=True)}, RESTING, "2026-11-26T09:00"),
    ("renewal_too_early", {"expires_on": "2027-01-03", "consent": True}, SALE, "2026-11-24T09:00"),
]


@pytest.mark.parametrize(("rule", "changes", "rules", "until"), RESTED)
def test_a_rest_that_the_profile_prescribes_is_kept_to_its_end(
    rule: str, changes: dict[str, Any], rules: Rules, until: str
) -> None:
    assert judge(facts(**changes), rules) == Verdict(Action.DEFER, rule, rules.version, at(until))


@pytest.mark.parametrize(("rule", "changes", "now", "until"), DEFERRED)
def test_a_rule_of_time_defers_until_the_exact_moment(
    rule: str, changes: dict[str, Any], now: str, until: str
) -> None:
    verdict = judge(facts(**changes), now=at(now))
    assert verdict == Verdict(Action.DEFER, rule, "cn_life/2 gate/2", at(until))


ALLOWED: list[tuple[str, dict[str, Any], Rules, str]] = [
    ("external_list_stale", {}, replace(RULES, stale=()), "2026-11-23T09:30"),
    ("zone_unknown", {"zone": "Asia/Urumqi"}, RULES, "2026-11-23T11:30"),
    (
        "do_not_call",
        {"dnc": (entry("marketing", "2025-11-23T09:30", "2025-11-30T00:00"),), "consent": True},
        SALE,
        "2026-11-23T09:30",
    ),
    ("do_not_call", {"dnc": (entry("all", ends="2026-11-10T00:00"),)}, RULES, "2026-11-23T09:30"),
    ("purpose_not_allowed", {}, replace(RULES, purpose="service"), "2026-11-23T09:30"),
    ("consent_missing", {"consent": True}, SALE, "2026-11-23T09:30"),
    ("script_not_filed", {"script_filed": True}, replace(RULES, filing=True), "2026-11-23T09:30"),
    ("list_not_locked", {}, RULES, "2026-11-23T09:30"),
    ("refused_before", {"past": past("2026-09-24T09:30", outcome="REFUSED")}, RESTING, "2026-11-23T09:30"),
    ("called_and_silent", {"past": past("2026-11-20T09:30", silent=True)}, RESTING, "2026-11-23T09:30"),
    ("renewal_too_early", {"expires_on": "2027-01-02", "consent": True}, SALE, "2026-11-23T09:30"),
    ("renewal_too_early", {"expires_on": "2027-06-01"}, replace(RULES, line="property"), "2026-11-23T09:30"),
    (
        "renewal_too_early",
        {"expires_on": "2027-06-01", "consent": True},
        replace(SALE, line="life"),
        "2026-11-23T09:30",
    ),
    ("too_often", {"past": past(*["2026-11-01T10:00"] * 19)}, RULES, "2026-11-23T09:30"),
    ("attempts_today", {"past": past(*["2026-11-23T08:00"] * 4)}, RULES, "2026-11-23T09:30"),
    ("unknown_facts", {"due_from": None, "due_by": None}, RULES, "2026-11-23T09:30"),
    ("do_not_call", {"dnc": (entry("marketing"),)}, RULES, "2026-11-23T09:30"),
    ("do_not_call", {"dnc": (entry("all", ends="2026-11-23T09:30"),)}, RULES, "2026-11-23T09:30"),
    ("do_not_call", {"dnc": (entry("all", starts="2026-11-23T09:31"),)}, RULES, "2026-11-23T09:30"),
    ("caller_not_allowed", {}, replace(RULES, allowed_callers=frozenset({1, FROM})), "2026-11-23T09:30"),
    ("variables_missing", {"missing": ""}, RULES, "2026-11-23T09:30"),
    ("deadline_expired", {}, RULES, "2026-12-07T09:30"),
    (
        "attempts_exhausted",
        {"attempts": 8, "last_attempt_at": at("2026-11-20T10:00")},
        RULES,
        "2026-11-23T09:30",
    ),
    ("in_progress", {"in_progress": False}, RULES, "2026-11-23T09:30"),
    ("not_yet_due", {"due_from": NOW}, RULES, "2026-11-23T09:30"),
    ("script_not_in_force", {}, RULES, "2026-11-23T09:30"),
    ("outside_hours", {}, RULES, "2026-11-23T09:00"),
    ("outside_hours", {}, RULES, "2026-11-23T19:59:59"),
    ("outside_hours", {}, RULES, "2026-11-22T12:00"),
    ("outside_hours", {}, SURVEYS, "2026-11-23T03:00"),
    ("outside_hours", {"due_from": None}, SURVEYS, "2026-10-01T03:00"),
    (
        "attempts_today",
        {"attempts": 2, "attempts_today": 2, "last_attempt_at": at("2026-11-23T09:00")},
        RULES,
        "2026-11-23T09:30",
    ),
    (
        "too_soon",
        {"attempts": 1, "attempts_today": 1, "last_attempt_at": at("2026-11-23T09:20")},
        RULES,
        "2026-11-23T09:30",
    ),
]


@pytest.mark.parametrize(("rule", "changes", "rules", "now"), ALLOWED)
def test_a_rule_without_objection_lets_the_call_pass(
    rule: str, changes: dict[str, Any], rules: Rules, now: str
) -> None:
    assert judge(facts(**changes), rules, at(now)).action is Action.ALLOW


def test_every_rule_has_a_case_for_and_a_case_against() -> None:
    names = {rule.__name__ for rule in ORDER}
    stale = {"external_list_stale"}  # tests/test_dialer_dnc_lists.py
    assert names - stale == {case[0] for cases in (BLOCKED, DEFERRED, RESTED) for case in cases}
    assert names == {case[0] for case in ALLOWED}


@pytest.mark.parametrize("rule", [rule.__name__ for rule in ORDER])
def test_every_rule_is_explained_with_its_source(rule: str) -> None:
    text = (Path(__file__).parents[1] / "docs" / "compliance.md").read_text(encoding="utf-8")
    paragraph = text.partition(f"### `{rule}`")[2].partition("###")[0]
    assert "Source:" in paragraph


def test_the_gravest_objection_is_named() -> None:
    listed = facts(dnc=(entry(),), missing="cooling_end", attempts=13, last_attempt_at=NOW, in_progress=True)
    assert judge(listed, now=at("2026-11-23T22:00")).rule == "do_not_call"


def test_a_block_is_named_before_a_deferral() -> None:
    used_up = facts(attempts=13, last_attempt_at=at("2026-11-22T10:00"))
    assert judge(used_up, now=at("2026-11-23T22:00")).rule == "attempts_exhausted"


def test_a_year_without_holidays_is_not_dialed_on_a_guess() -> None:
    with pytest.raises(CalendarError, match="2041"):
        judge(facts(due_from=None, due_by=None), now=at("2041-01-07T10:00"))


def test_the_last_day_of_the_known_years_is_dialed() -> None:
    assert judge(facts(), now=at("2026-12-31T10:00")).action is Action.ALLOW


def test_a_lunch_gap_defers_to_the_afternoon() -> None:
    gap = replace(LIFE, windows=((_window(9, 12), _window(13.5, 20)),) * 7)
    rules = replace(RULES, profile=gap)
    assert judge(facts(), rules, at("2026-11-23T12:00")).until == at("2026-11-23T13:30")
    assert judge(facts(), rules, at("2026-11-23T11:59")).action is Action.ALLOW


def _window(opens: float, closes: float) -> Window:
    return Window(timedelta(hours=opens), timedelta(hours=closes))


MOMENTS = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2026, 12, 20),  # noqa: DTZ001
).map(lambda moment: moment.replace(tzinfo=UTC))
TIMES = st.none() | MOMENTS | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20))  # noqa: DTZ001
ENTRIES = st.lists(
    st.builds(
        DncEntry, st.sampled_from(["marketing", "all", "?"]), st.just("number"), MOMENTS, st.none() | MOMENTS
    ),
    max_size=2,
).map(tuple)
ANY_FACTS = st.builds(
    ClaimFacts,
    task_id=st.just(1),
    contact_id=st.just(1),
    number=st.none() | st.integers(-1, 10**16) | st.just(8613812345678),
    customer_key=st.just("k"),
    missing=st.sampled_from(["", "", "seller"]),
    attempts=st.integers(-1, 10),
    attempts_today=st.integers(-1, 4),
    last_attempt_at=TIMES,
    due_from=TIMES,
    due_by=TIMES,
    in_progress=st.booleans(),
    script_in_force=st.just(True),
    script_filed=st.just(False),
    list_locked=st.just(True),
    zone=st.just(""),
    consent=st.booleans(),
    expires_on=st.just(""),
    past=st.just(()),
    dnc=ENTRIES,
)
ANY_PROFILE = st.sampled_from(
    [LIFE, SURVEY, replace(LIFE, windows=((_window(10, 13), _window(14, 20)),) * 7)]
)


@given(
    changed=ANY_FACTS,
    now=MOMENTS,
    profile=ANY_PROFILE,
    purpose=st.sampled_from(["duty", "service", "marketing"]),
)
@settings(max_examples=100, deadline=None)
def test_no_call_is_ever_allowed_outside_hours_when_listed_or_when_anything_is_odd(
    changed: ClaimFacts, now: datetime, profile: Profile, purpose: str
) -> None:
    verdict = judge(changed, replace(RULES, profile=profile, purpose=purpose), now)
    if verdict.action is Action.DEFER:
        assert verdict.until is not None
        assert verdict.until > now
        assert _open(profile, verdict.until)
    if verdict.action is Action.ALLOW:
        assert changed.number == 8613812345678 or 10**6 <= (changed.number or 0) < 10**15
        assert _open(profile, now)
        assert not changed.missing
        assert changed.attempts_today < profile.per_day
        assert changed.attempts < profile.in_total
        assert not any(one.purpose != "marketing" and _in_force(one, now) for one in changed.dnc)


@given(now=MOMENTS)
@settings(max_examples=100, deadline=None)
def test_a_deferral_for_the_hour_ends_at_the_first_open_moment(now: datetime) -> None:
    verdict = judge(facts(due_from=None, due_by=None), now=now)
    if verdict.until is not None:
        assert _open(LIFE, verdict.until)
        assert not _open(LIFE, verdict.until - timedelta(milliseconds=1))
        assert judge(facts(due_from=None, due_by=None), now=verdict.until).action is Action.ALLOW


def _in_force(one: DncEntry, now: datetime) -> bool:
    return one.starts_at <= now and (one.ends_at is None or now < one.ends_at)


def _open(profile: Profile, moment: datetime) -> bool:
    local = moment.astimezone(LOCAL)
    since = timedelta(
        hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond
    )
    inside = any(window.opens <= since < window.closes for window in profile.windows[local.weekday()])
    return profile.any_hour or (inside and not CHINA.is_holiday(local.date()))


def test_who_agreed_to_be_called_again_today_is_called_today() -> None:
    used_up = facts(attempts=3, attempts_today=3, last_attempt_at=at("2026-11-23T09:00"))
    assert judge(used_up).rule == "attempts_today"
    assert judge(replace(used_up, agreed=True)).action is Action.ALLOW
