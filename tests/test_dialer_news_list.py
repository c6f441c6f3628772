"""A list sent again whose rows say that something is over cancels it in every campaign."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer import news_file
from dialer.lists.examine import Terms
from dialer.lists.importer import Progress, Report, import_list
from dialer.lists.kinds import kinds, load_kind
from dialer.lists.products import load_products
from dialer.selection.choice import NOT_DUE, Choice
from dialer.selection.choice import Terms as Selecting
from dialer.selection.recipe import recipe_of
from ledger import events, news
from tests.ledger_rows import NOW, campaign, contact

GRACE = "保单号,投保人,证件号码,联系电话,险种名称,应交日期,期交保费,保单状态,缴费状态\n"
ROW = "{},郑俊红,420106196208097534,1891991090{},福满人生两全保险（分红型）,2026-11-01,800,{},{}\n"


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        yield conn
        assert events.verify(conn) == []


def told(folder: Path, *states: tuple[str, str]) -> Path:
    path = folder / "again.csv"
    rows = [ROW.format(f"P0000000{at}", at, *both) for at, both in enumerate(states, 1)]
    path.write_text(GRACE + "".join(rows), encoding="gb18030")
    return path


def imported(conn: sqlite3.Connection, path: Path, kind: str = "grace") -> Report:
    return import_list(conn, path, Terms(load_kind(kind), load_products(), b"s", NOW))


def statuses(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    return conn.execute("select status, outcome_reason from tasks order by id").fetchall()


def test_a_list_sent_again_cancels_what_its_rows_say_is_over(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    campaign(conn, [contact(at) for at in (1, 2, 3, 4)])
    campaign(conn, [contact(1)], name="another")
    conn.execute("update lists set kind = 'grace'")
    path = told(tmp_path, ("失效", "已交"), ("已退保", ""), ("有效", "未交"), ("已复效", "已交"))
    report = imported(conn, path)
    assert (report.accepted, report.ended, report.cancelled) == (4, 3, 4)
    assert statuses(conn) == [
        ("cancelled", "paid"), ("cancelled", "surrendered"), ("ready", ""), ("cancelled", "reinstated"),
        ("cancelled", "paid"),
    ]  # fmt: skip
    before = events.count(conn)
    again = imported(conn, path)
    assert (again.unchanged, again.ended, again.cancelled) == (True, 3, 4)
    assert events.count(conn) == before


def test_an_import_that_was_cut_off_before_its_news_applies_them_when_it_goes_on(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    campaign(conn, [contact(1)])
    conn.execute("update lists set kind = 'grace'")
    path = told(tmp_path, ("", "已交"))

    def killed(reached: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_list(conn, path, Terms(load_kind("grace"), load_products(), b"s", NOW), progress=killed)
    assert statuses(conn) == [("ready", "")]
    assert imported(conn, path).cancelled == 1
    assert statuses(conn) == [("cancelled", "paid")]


def test_an_old_list_imported_again_does_not_end_what_fell_due_after_it(
    conn: sqlite3.Connection, tmp_path: Path
) -> None:
    path = told(tmp_path, ("", "已交"))
    imported(conn, path)
    campaign(conn, [contact(1)])
    conn.execute("update lists set kind = 'grace'")
    imported(conn, path)
    assert statuses(conn) == [("ready", "")]


def test_the_state_of_a_case_ends_the_survey(conn: sqlite3.Connection, tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "报案号,投保人,联系电话,报案时间,区域,案件状态\nC1,郑俊红,18919910901,2026-11-23 08:54,市区,已决\n",
        encoding="utf-8",
    )
    assert imported(conn, path, "claims_survey").ended == 1
    assert [row[0] for row in news.history(conn, "C1", "claim_no")] == ["settled"]


@pytest.mark.parametrize(
    ("kind", "facts", "rule"),
    [
        ("grace", {"payment_state": "已交"}, NOT_DUE),
        ("grace", {"payment_state": "未交"}, None),
        ("renewal_due", {"status": "已退保"}, NOT_DUE),
        ("surrender", {"status": "已退保"}, None),
        ("lapsed", {"status": "已交费"}, "no_longer_lapsed"),
        ("lapse_cleanup", {"status": "已退保", "suspended_on": "2026-01-05"}, None),
    ],
)
def test_a_row_that_says_it_is_over_is_not_called(kind: str, facts: dict[str, str], rule: str | None) -> None:
    found = load_kind(kind)
    choice = Choice(Selecting(found, recipe_of(kind, found.selection), "s", found.script, NOW))
    left_out = choice.left_out(1, "P1", facts)
    assert (left_out and left_out.rule) == rule


def test_every_fact_that_says_a_state_is_of_some_column() -> None:
    facts = {column.fact for name in kinds() for column in load_kind(name).columns}
    assert set(news_file.words().facts) <= facts
