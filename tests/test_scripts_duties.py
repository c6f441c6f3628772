"""Clocks and retention classes: every row says by which rule it stands."""

from __future__ import annotations

import pytest

from scripts.duties import CLOCKS, RETENTION, Clock, Retention


@pytest.mark.parametrize("row", [*CLOCKS.values(), *RETENTION.values()], ids=lambda row: row.name)
def test_every_row_names_its_rules(row: Clock | Retention) -> None:
    assert row.basis
    assert row.title


def test_accident_calls_are_due_within_minutes_and_telesales_within_hours() -> None:
    assert (CLOCKS["survey"].due, CLOCKS["survey"].unit) == (30, "minutes")
    assert (CLOCKS["receipt_72h"].due, CLOCKS["receipt_72h"].unit) == (72, "hours")
    assert CLOCKS["health_service"].due == (3, 6, 12)


def test_long_life_records_are_kept_longest() -> None:
    assert RETENTION["life_long"].years == 10
    assert RETENTION["life_long"].anchor == "contract_end"
