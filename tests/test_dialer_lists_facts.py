"""Facts that follow from rows of policies and cases in service."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dialer.concession import facts_on
from dialer.lists import facts_service
from dialer.lists.amounts import parse_count, parse_digits, parse_tail
from dialer.lists.findings import Unfit
from dialer.lists.known import Fact, Known
from dialer.lists.products import find_product, load_products
from dialer.lists.rows import Row

TODAY = date(2026, 11, 23)
DAYS = {"handled_days": 30, "change_days": 3, "answer_days": 15}


def of(derivation: str, product: str = "", **values: Any) -> dict[str, Fact | None]:
    """What the derivation makes of a row."""
    known = Known(Row(2, values, ()), find_product(load_products(), product), TODAY, DAYS)
    return dict(getattr(facts_service, derivation)(known))


def test_b1_the_grace_period_ends_sixty_days_after_the_premium_fell_due_unless_the_list_says_more() -> None:
    assert of("grace", due_on=date(2026, 10, 29)) == {"grace_end": "2026-12-28"}
    assert of("grace", due_on=date(2028, 1, 1)) == {"grace_end": "2028-03-01"}  # a leap year
    assert of("grace", due_on=date(2026, 10, 29), grace_end=date(2027, 1, 5)) == {"grace_end": "2027-01-05"}
    assert of("grace") == {"grace_end": None}


def test_b1_a_suspension_begins_when_the_grace_period_is_over_and_can_be_lifted_for_two_years() -> None:
    assert of("lapse", grace_end=date(2026, 12, 28)) == {
        "suspended_on": "2026-12-29",
        "grace_end": "2026-12-28",
        "reinstate_by": "2028-12-29",
    }
    assert of("lapse", suspended_on=date(2024, 2, 29))["reinstate_by"] == "2026-02-28"
    assert of("lapse") == {}


def test_s000_23_a_concession_ends_with_the_two_years() -> None:
    policy = of("lapse", suspended_on=date(2024, 11, 23)) | {"concession": "免息"}
    last, later = facts_on(policy, TODAY), facts_on(policy, date(2026, 11, 24))
    assert (last["lapsed_two_years"], last["concession_allowed"]) == (False, True)
    assert (later["lapsed_two_years"], later["concession_allowed"]) == (True, False)


def test_the_loss_of_a_surrender_is_what_was_paid_less_what_comes_back() -> None:
    row = {"applied_on": date(2026, 11, 18), "surrender_value": Decimal("8315.20")}
    found = of("surrender", **row, total_paid=Decimal("18600.00"))
    assert (found["surrender_loss"], found["handled_by"]) == ("10284.80", "2026-12-18")
    assert (found["payout_on"], found["papers_missing"], found["alternatives_told"]) == (
        "2026-12-18",
        False,
        False,
    )
    assert of("surrender", **row, total_paid=Decimal("8000.00"))["surrender_loss"] == "0.00"
    assert of("surrender", **row, surrender_loss=Decimal("1.00"))["surrender_loss"] == "1.00"
    assert of("surrender", **row)["surrender_loss"] is None


@pytest.mark.parametrize(
    ("item", "money", "number"),
    [
        ("领取满期金", True, False),
        ("保单借款", True, False),
        ("变更手机号码", False, True),
        ("变更地址", False, False),
    ],
)
def test_b28_what_a_change_is_follows_from_its_name(item: str, money: bool, number: bool) -> None:
    found = of("change", change_item=item, applied_on=date(2026, 11, 30))
    assert (found["money_paid_out"], found["number_changed"]) == (money, number)
    assert found["changes_on"] == "2026-12-03"
    assert of("change", change_item=item, money_paid_out=not money)["money_paid_out"] is not money


def test_a_reminder_is_of_the_premium_where_one_is_due_and_else_of_the_end() -> None:
    due, ends = date(2026, 12, 8), date(2026, 12, 20)
    assert of("reminder", due_on=due, expires_on=ends) == {"reminder": "续期缴费", "falls_on": "2026-12-08"}
    assert of("reminder", expires_on=ends) == {"reminder": "到期续保", "falls_on": "2026-12-20"}
    assert of("reminder", reminder="到期续保", due_on=due, expires_on=ends)["falls_on"] == "2026-12-20"
    assert of("reminder", reminder="续期缴费", expires_on=ends)["falls_on"] is None


@pytest.mark.parametrize(
    ("began", "month"),
    [
        (date(2026, 11, 20), 3),
        (date(2026, 7, 24), 3),
        (date(2026, 7, 23), 6),
        (date(2026, 4, 23), 12),
        (date(2025, 10, 24), 12),
        (date(2025, 10, 23), None),
    ],
)
def test_s002_106_a_health_policy_is_called_for_the_month_that_is_not_over(
    began: date, month: int | None
) -> None:
    assert of("health", effective_on=began)["service_month"] == month


def test_the_end_of_a_health_policy_is_the_products_unless_the_list_says_it() -> None:
    began, product = date(2026, 11, 20), "医享无忧医疗保险（费率可调）"
    assert of("health", product, effective_on=began)["expires_on"] == "2032-11-19"
    assert of("health", product, effective_on=began, expires_on=began)["expires_on"] is None
    assert of("texts", product)["deductible"] == "10000.00"
    assert "deductible" not in of("texts", product, deductible=Decimal(5))
    assert of("texts") == {}


def test_b13_a_complaint_is_answered_within_fifteen_days_and_final_with_its_result() -> None:
    assert of("complaint", complained_on=date(2026, 12, 20)) == {"final": False, "answer_by": "2027-01-04"}
    assert of("complaint", result="补给您") == {"final": True, "answer_by": None}
    assert of("complaint", result="补给您", final=False)["final"] is False


def test_a_sample_is_called_until_the_month_of_the_import_is_over() -> None:
    assert of("period") == {"period_end": "2026-11-30"}
    assert of("period", period_end=date(2026, 12, 31)) == {"period_end": "2026-12-31"}


@pytest.mark.parametrize("cell", ["尾号6621", "6621", "6222 0210 0111 6621", "６６２１"])
def test_of_an_account_only_the_last_four_digits_are_kept(cell: str) -> None:
    assert parse_tail(cell) == "6621"


def test_numbers_to_be_read_out() -> None:
    assert parse_digits("0755-8899 1234") == "075588991234"
    assert parse_digits("+86 13800001234") == "13800001234"
    assert parse_count("48小时") == 48
    for parse, cell in (
        (parse_tail, "621"),
        (parse_digits, "1234"),
        (parse_digits, "无"),
        (parse_count, "两天"),
    ):
        with pytest.raises(Unfit):
            parse(cell)
