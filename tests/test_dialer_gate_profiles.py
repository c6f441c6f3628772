"""What the regulation of each market demands of the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer import gate
from dialer.gate import Rules, case_of
from dialer.hours import is_open
from dialer.profile import load_profile
from dialer.zones import zones_of
from ledger.records import Action, ClaimFacts, PastCall, Verdict
from tests.dialer_facts import FROM, NOW, RULES, SALES, at, entry, facts, past

FR, UK, US = (load_profile(name) for name in ("fr", "uk", "us"))
PARIS, NEW_YORK, TOLL_FREE = 33612345678, 12125551234, 18005551234
SALE = replace(RULES, profile=SALES, purpose="marketing", line="property")


def judge(rules: Rules = RULES, now: datetime = NOW, **changes: Any) -> Verdict:
    clean = {"due_from": None, "due_by": None, "consent": True}
    return gate.decide(facts(**clean | changes), rules=rules, now=now)


def under(profile: object) -> Rules:
    return Rules(profile, "marketing", FROM, frozenset({FROM}))  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "days", "blocked"),
    [("property", 364, True), ("property", 365, False), ("life", 179, True), ("life", 180, False)],
)
def test_a_refusal_lasts_as_long_as_the_strictest_rule(line: str, days: int, blocked: bool) -> None:
    """S001-16, B9: whatever end the entry itself was given."""
    refused = replace(
        entry("marketing"), starts_at=NOW - timedelta(days=days), ends_at=NOW - timedelta(days=days - 1)
    )
    rules = replace(SALE, line=line)
    assert (judge(rules, dnc=(refused,)).rule == "do_not_call") is blocked
    longer = replace(refused, ends_at=NOW + timedelta(days=1))
    assert judge(rules, dnc=(longer, refused)).rule == "do_not_call"


@pytest.mark.parametrize("line", ["life", "property"])
def test_a_withdrawn_consent_is_never_forgotten(line: str) -> None:
    """B15: until it is revoked."""
    withdrawn = entry("marketing", "2010-01-01T00:00", "2010-01-02T00:00", "consent_withdrawn")
    assert judge(replace(SALE, line=line), dnc=(withdrawn,)).rule == "do_not_call"


@pytest.mark.parametrize("scope", ["company", "industry"])
@pytest.mark.parametrize(("purpose", "passes"), [("duty", True), ("service", False), ("marketing", False)])
def test_duty_calls_alone_pass_a_marketing_block(scope: str, purpose: str, passes: bool) -> None:
    """A+4, B10: whoever's list it stands on."""
    verdict = judge(replace(RULES, purpose=purpose), dnc=(replace(entry("marketing"), scope=scope),))
    assert (verdict.rule != "do_not_call") is passes


@given(minutes=st.integers(0, 60 * 24 * 40))
@settings(max_examples=60, deadline=None)
def test_sales_are_never_made_between_21_and_9(minutes: int) -> None:
    """B9."""
    now = at("2026-11-01T00:00") + timedelta(minutes=minutes)
    if judge(SALE, now).action is Action.ALLOW:
        assert 9 <= (now + timedelta(hours=8)).hour < 21


def test_nobody_is_called_for_72_hours_after_a_silent_call_in_the_uk() -> None:
    silent = (PastCall(utc("2026-11-20T14:00"), "NOT_COMPLETED", silent=True, is_open=False),)
    rules, london = under(UK), {"number": 442079460000, "past": silent}
    before = judge(rules, utc("2026-11-23T13:59:59"), **london)
    assert (before.rule, before.until) == ("called_and_silent", utc("2026-11-23T14:00"))
    assert judge(rules, utc("2026-11-23T14:00"), **london).action is Action.ALLOW


def test_the_fifth_attempt_in_france_waits_for_the_thirtieth_day() -> None:
    days = ("2026-11-20T10:00", "2026-11-19T10:00", "2026-11-03T10:00", "2026-11-02T10:00")
    four = tuple(PastCall(utc(day), "NOT_COMPLETED", silent=False, is_open=False) for day in days)
    verdict = judge(under(FR), utc("2026-11-23T10:00"), number=PARIS, past=four)
    assert (verdict.rule, verdict.until) == ("too_often", utc("2026-12-02T10:00"))
    assert judge(under(FR), utc("2026-11-23T10:00"), number=PARIS, past=four[:3]).action is Action.ALLOW
    assert judge(under(FR), utc("2026-12-02T10:00"), number=PARIS, past=four).action is Action.ALLOW


def test_a_refusal_in_france_is_followed_by_sixty_days_of_rest() -> None:
    refused = (PastCall(utc("2026-10-01T10:00"), "REFUSED", silent=False, is_open=False),)
    verdict = judge(under(FR), utc("2026-11-23T10:00"), number=PARIS, past=refused)
    assert (verdict.rule, verdict.until) == ("refused_before", utc("2026-11-30T10:00"))


@pytest.mark.parametrize("profile", [US, UK, FR, SALES])
def test_marketing_needs_consent(profile: object) -> None:
    """B15, B16, D."""
    assert judge(under(profile), consent=False).rule == "consent_missing"


def test_a_number_of_many_zones_is_called_when_all_are_open() -> None:
    zones = zones_of(NEW_YORK, ""), zones_of(TOLL_FREE, "")
    assert [len(found) > 1 for found in zones] == [False, True]
    eastern = judge(under(US), utc("2026-11-23T13:00"), number=NEW_YORK)
    assert eastern.action is Action.ALLOW
    spread = judge(under(US), utc("2026-11-23T13:00"), number=TOLL_FREE)
    assert spread.rule == "outside_hours"
    stated = judge(under(US), utc("2026-11-23T13:00"), number=TOLL_FREE, zone="America/Chicago")
    assert (stated.rule, stated.until) == ("outside_hours", utc("2026-11-23T14:00"))


NUMBERS = st.sampled_from([PARIS, NEW_YORK, TOLL_FREE, 442079460000, 8613812345678, 85291234567, 61212345678])
ZONES = st.sampled_from(["", "", "America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "Nowhere"])
MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC, microsecond=0)
)
BEFORE = st.lists(
    st.tuples(st.integers(0, 70 * 24 * 60), st.sampled_from(["", "REFUSED", "SUCCESS"]), st.booleans()),
    max_size=6,
)


def history(now: datetime, before: list[tuple[int, str, bool]]) -> tuple[PastCall, ...]:
    return tuple(
        PastCall(now - timedelta(minutes=minutes), outcome, silent, is_open=False)
        for minutes, outcome, silent in sorted(before)
    )


@given(
    number=NUMBERS, zone=ZONES, now=MOMENTS, before=BEFORE, profile=st.sampled_from([FR, UK, US, SALES]),
    seen=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_until_is_the_next_moment_at_which_the_rule_is_silent_and_every_zone_open(
    number: int, zone: str, now: datetime, before: list[tuple[int, str, bool]], profile: Any, seen: int
) -> None:
    known = facts(
        number=number, zone=zone, consent=True, past=history(now, before), due_from=None, due_by=None
    )
    rules = under(profile)
    verdict = gate.decide(known, rules=rules, now=now)
    zones = zones_of(number, zone)
    if verdict.action is Action.ALLOW:
        assert all(is_open(profile, now, rules.calendar, (one,)) for one in zones)
    if verdict.until is None:
        return
    rule = next(rule for rule in gate.RULES if rule.__name__ == verdict.rule)
    calendar = replace(rules.calendar, guess=True)
    assert is_open(profile, verdict.until, calendar, zones)
    assert rule(case_of(known, rules, verdict.until)) is None
    sooner = now + (verdict.until - now) * seen / 4 - timedelta(milliseconds=1)
    silent = rule(case_of(known, rules, sooner)) is None
    assert sooner < now or not (silent and is_open(profile, sooner, calendar, zones))


@given(now=MOMENTS, before=BEFORE, more=BEFORE, profile=st.sampled_from([FR, UK, SALES]))
@settings(max_examples=100, deadline=None)
def test_caps_only_ever_close(
    now: datetime, before: list[tuple[int, str, bool]], more: list[tuple[int, str, bool]], profile: Any
) -> None:
    """S002-86, B16: who was called more often is never called sooner."""

    def verdict(calls: list[tuple[int, str, bool]]) -> Verdict:
        known = facts(past=history(now, calls), consent=True, due_from=None, due_by=None)
        return gate.decide(known, rules=under(profile), now=now)

    if verdict(before).action is not Action.ALLOW:
        assert verdict(before + more).action is not Action.ALLOW


def test_every_rule_is_explained_until_the_facts_themselves_are_in_doubt() -> None:
    known: ClaimFacts = facts(past=past("2026-11-23T09:25"), missing="premium")
    said = {one.rule: one.action for one in gate.explain(known, rules=RULES, now=NOW)}
    assert list(said) == [rule.__name__ for rule in gate.RULES]
    assert [rule for rule, action in said.items() if action is not Action.ALLOW] == [
        "variables_missing",
        "too_soon",
    ]
    assert [one.rule for one in gate.explain(facts(number=None), rules=RULES, now=NOW)] == ["unknown_facts"]
