"""When a contact is due, at the edges of the calendar (regulation A+1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from dialer.calendar import LOCAL, read_calendar
from dialer.lists.clock import alarms, due, period_end
from dialer.lists.kinds import Clock, Span, kinds, load_kind
from dialer.lists.known import Fact
from scripts.duties import CLOCKS
from scripts.load import library

TODAY = date(2026, 11, 23)
NONE = Span("days")


def local(moment: datetime | None) -> str:
    """The moment as a clock in China shows it."""
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}" if moment else "never"


def by(span: Span, start: str, **facts: Fact) -> str:
    """Until when, counted from the start."""
    found = due(Clock("start", NONE, span), {"start": start, **facts}, TODAY)
    assert not found.lacks
    return local(found.ends)


def of(kind: str, today: date = TODAY, **facts: Any) -> tuple[str, str]:
    """From when and until when a row of the kind with these facts is due."""
    found = due(load_kind(kind).clock, facts, today)
    return local(found.starts), local(found.ends)


def test_s001_24_seventy_two_hours_run_through_nights_holidays_and_the_turn_of_the_year() -> None:
    assert by(Span("hours", 72), "2026-09-30T17:45+08:00") == "2026-10-03 17:45"
    assert by(Span("hours", 72), "2026-12-30T23:59+08:00") == "2027-01-02 23:59"


def test_s001_24_hours_from_a_day_without_a_time_run_from_its_beginning() -> None:
    assert by(Span("hours", 72), "2026-11-20") == "2026-11-23 00:00"


def test_hours_are_as_long_in_the_night_when_a_foreign_clock_is_put_back() -> None:
    assert by(Span("hours", 2), "2026-10-25T02:30+02:00") == "2026-10-25 10:30"  # 00:30 UTC
    assert by(Span("days", 1), "2026-10-25T23:30+01:00") == "2026-10-28 00:00"  # the 26th in China


def test_a_day_ends_at_midnight_and_a_moment_after_it_is_the_next_one() -> None:
    assert by(Span("days", 0), "2026-06-30") == "2026-07-01 00:00"
    assert by(Span("days", 0), "2026-06-30T23:59+08:00") == "2026-07-01 00:00"
    assert by(Span("days", 0), "2026-07-01T00:00+08:00") == "2026-07-02 00:00"


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2026-01-31", 1, "2026-03-01 00:00"),  # to the end of 28 February
        ("2028-01-31", 1, "2028-03-01 00:00"),  # of 29 February
        ("2028-02-29", 12, "2029-03-01 00:00"),
        ("2026-12-31", 2, "2027-03-01 00:00"),
        ("2026-03-31", -1, "2026-03-01 00:00"),
    ],
)
def test_s002_106_a_month_from_a_day_that_the_later_month_lacks_ends_with_that_month(
    start: str, months: int, last: str
) -> None:
    assert by(Span("months", months), start) == last


def test_s002_114_five_working_days_count_the_saturday_that_is_worked() -> None:
    assert of("payer", premium_paid_on="2026-09-30")[1] == "2026-10-14 00:00"  # 8, 9, 10 (Saturday), 12, 13
    assert of("payer", premium_paid_on="2026-10-10")[1] == "2026-10-17 00:00"


def test_s002_26_the_reminder_is_due_fifteen_working_days_before_the_grace_period_ends() -> None:
    assert of("grace", due_on="2026-10-29", grace_end="2026-12-28") == (
        "2026-10-30 00:00",
        "2026-12-08 00:00",
    )
    assert of("grace", due_on="2026-08-20", grace_end="2026-10-19")[1] == "2026-09-22 00:00"


def test_s002_27_whoever_did_not_pay_is_called_within_fifteen_working_days_after_the_grace_period() -> None:
    assert of("lapsed", grace_end="2026-09-15") == ("2026-09-16 00:00", "2026-10-13 00:00")


def test_s002_80_the_clock_of_a_survey_depends_on_the_area() -> None:
    start = "2026-11-23T23:50+08:00"
    assert of("survey", reported_at=start, area="市区") == ("2026-11-24 00:00", "2026-11-24 00:20")
    assert of("survey", reported_at=start, area="县区")[1] == "2026-11-24 00:50"
    assert of("survey", reported_at=start, area="海上")[1] == "never"


def test_s002_03_the_cooling_off_ends_with_its_last_day() -> None:
    assert of("new_policy", receipt_on="2026-11-17", cooling_days=15)[1] == "2026-12-03 00:00"
    assert of("new_policy", cooling_days=15) == ("never", "never")  # no receipt: the clock has not begun
    assert of("new_policy", receipt_on="2026-11-17")[1] == "never"


def test_s002_62_a_clock_of_a_month_is_that_of_the_import() -> None:
    assert of("loss_adjuster", date(2028, 2, 29)) == ("2028-02-01 00:00", "2028-03-01 00:00")
    assert of("loss_adjuster", date(2026, 12, 31))[1] == "2027-01-01 00:00"


def test_s003_07_a_clock_of_a_quarter_is_that_of_the_import() -> None:
    assert of("quarterly", date(2026, 3, 31)) == ("2026-01-01 00:00", "2026-04-01 00:00")
    assert of("quarterly", date(2026, 10, 1)) == ("2026-10-01 00:00", "2027-01-01 00:00")
    assert period_end("month", date(2027, 2, 1)) == date(2027, 2, 28)


def test_b10_nobody_is_reminded_of_a_contract_earlier_than_forty_days_before_its_end() -> None:
    assert of("renewal_due", reminder="到期续保", falls_on="2027-01-01") == (
        "2026-11-22 00:00",
        "2027-01-02 00:00",
    )


def test_s004_02_a_surrender_is_checked_before_the_day_on_which_it_is_paid() -> None:
    assert of("surrender", applied_on="2026-11-18", payout_on="2026-12-01")[1] == "2026-12-01 00:00"


def test_s002_106_health_policies_are_called_for_the_next_of_three_months() -> None:
    began = "2026-05-31"
    assert of("health", effective_on=began, service_month=6) == ("2026-11-30 00:00", "2027-01-01 00:00")
    assert of("health", effective_on=began, service_month=12) == ("2027-05-31 00:00", "2027-07-01 00:00")


def test_alarms_count_from_the_start_and_back_from_the_deadline() -> None:
    clock = load_kind("telesales_delivery").clock
    facts = {"delivered_at": "2026-11-22T15:30+08:00"}
    points = alarms(clock, facts, TODAY, by=due(clock, facts, TODAY).ends)
    assert [local(point) for point in points] == ["2026-11-23 15:30", "2026-11-24 15:30", "2026-11-25 03:30"]
    clock = replace(clock, alarms=(Span("days", -1), Span("hours", 80)))
    points = alarms(clock, facts, TODAY, by=due(clock, facts, TODAY).ends)
    assert [local(point) for point in points] == ["2026-11-24 15:30"]  # none after the deadline
    assert alarms(clock, {}, TODAY) == ()


YEAR = "2027-01-01,off\n2027-02-05,off\n2027-02-08,off\n2027-02-06,work\n"


def test_a_year_without_data_leaves_a_deadline_that_no_publication_can_make_late(tmp_path: Path) -> None:
    clock, facts = load_kind("grace").clock, {"due_on": "2026-11-18", "grace_end": "2027-01-17"}
    found = due(clock, facts, TODAY)
    assert "2027" in found.lacks
    assert "holidays.csv" in found.lacks
    (tmp_path / "holidays.csv").write_text(YEAR, encoding="utf-8")
    exact = due(clock, facts, TODAY, read_calendar(tmp_path / "holidays.csv"))
    assert not exact.lacks
    assert (local(found.ends), local(exact.ends)) == ("2026-12-12 00:00", "2026-12-26 00:00")


def test_a_year_without_data_counts_every_day_forward_as_worked() -> None:
    found = due(load_kind("lapsed").clock, {"grace_end": "2026-12-20"}, TODAY)
    assert "2027" in found.lacks
    assert local(found.ends) == "2027-01-07 00:00"  # nine days of December, and six of January


def test_a_year_without_data_stops_a_deadline_for_which_it_leaves_no_time() -> None:
    found = due(load_kind("grace").clock, {"due_on": "2041-03-01", "grace_end": "2041-04-30"}, TODAY)
    assert "2041" in found.lacks
    assert found.ends is None


def test_natural_clocks_need_no_calendar() -> None:
    assert by(Span("days", 10), "2041-12-25") == "2042-01-05 00:00"
    assert by(Span("months", 3), "2041-12-25") == "2042-03-26 00:00"


@pytest.mark.parametrize("name", kinds())
def test_every_clock_is_the_one_that_the_script_names(name: str) -> None:
    kind = load_kind(name)
    rule = CLOCKS[kind.clock.rule]
    assert rule.name in library()[kind.script].clocks
    span, wanted = kind.clock.due_by, rule.due
    if isinstance(wanted, int) and kind.clock.starts not in ("month", "quarter"):
        amounts = span.amounts.values() or [span.amount]
        assert (span.unit, wanted in amounts) == (rule.unit, True)


def test_moments_are_in_utc() -> None:
    found = due(load_kind("survey").clock, {"reported_at": "2026-11-23T08:54+08:00", "area": "市区"}, TODAY)
    assert found.ends == datetime(2026, 11, 23, 1, 24, tzinfo=UTC)
