"""What becomes of a list, and of its campaign, when the holidays of a year are not known."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import ledger
from dialer import release
from dialer.calendar import CHINA, Calendar, read_calendar
from dialer.campaigns import Plan, create_campaign
from dialer.errors import CampaignError
from dialer.lists.check import Terms
from dialer.lists.importer import Report, import_list
from dialer.lists.kinds import load_kind
from dialer.lists.products import load_products
from ledger.connection import transaction
from tests.dialer_facts import FROM, NOW
from tests.ledger_rows import officer

PLAN = Plan(
    "autumn", 1, FROM, {"company": "示例人寿", "hotline": "95500", "staff_name": "小安", "staff_no": "1001"}
)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "huifang.db")
    with closing(ledger.connect(tmp_path / "huifang.db")) as opened:
        with transaction(opened):
            release.put_in_force(opened, ("grace", "health"), officer(opened), NOW)
        yield opened


def imported(conn: sqlite3.Connection, folder: Path, name: str = "grace", **cells: str) -> Report:
    """A list of one complete row."""
    kind = load_kind(name)
    row = {column.name: column.example for column in kind.columns} | {"product_type": ""} | cells
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[column.headers[0] for column in kind.columns], row.values()])
    return import_list(conn, folder / "list.csv", Terms(kind, load_products(), b"secret", NOW))


def deadline(conn: sqlite3.Connection, calendar: Calendar) -> str:
    campaign_id = create_campaign(conn, replace(PLAN, calendar=calendar), NOW)
    found = conn.execute("select due_by from tasks where campaign_id = ?", (campaign_id,)).fetchone()
    return str(found[0])[:13]


def test_a_list_is_accepted_flagged_and_counted_early(conn: sqlite3.Connection, tmp_path: Path) -> None:
    report = imported(conn, tmp_path, due_on="2026-11-18", grace_end="2027-01-17")
    assert (report.accepted, report.refused) == (1, ())
    assert [(one.row, one.code) for one in report.flagged] == [(2, "calendar_missing")]
    assert "holidays.csv" in report.flagged[0].reason
    assert deadline(conn, CHINA) == "2026-12-11T16"


def test_a_campaign_counts_again_once_the_year_is_supplied(conn: sqlite3.Connection, tmp_path: Path) -> None:
    imported(conn, tmp_path, due_on="2026-11-18", grace_end="2027-01-17")
    (tmp_path / "holidays.csv").write_text("2027-01-01,off\n", encoding="utf-8")
    assert deadline(conn, read_calendar(tmp_path / "holidays.csv")) == "2026-12-25T16"


def test_no_campaign_is_made_of_a_list_that_has_no_deadline(conn: sqlite3.Connection, tmp_path: Path) -> None:
    imported(conn, tmp_path, due_on="2041-03-01", grace_end="2041-04-30")
    with pytest.raises(CampaignError, match=r"list 1: row 2: .* 2041; supply them in holidays\.csv"):
        create_campaign(conn, PLAN, NOW)
    assert conn.execute("select count(*) from campaigns").fetchone()[0] == 0


def test_a_natural_clock_goes_on_and_the_year_is_told(conn: sqlite3.Connection, tmp_path: Path) -> None:
    report = imported(conn, tmp_path, "health", effective_on="2026-10-31")
    assert (report.accepted, [one.code for one in report.flagged]) == (1, ["holidays_unknown"])
    assert "2027" in report.flagged[0].reason
    assert deadline(conn, CHINA) == "2027-02-28T16"
