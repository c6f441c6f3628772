"""What the report of a campaign says (A+6): successes over due, never over attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ivr.campaigning.figures import Figures, figures
from ivr.campaigning.report import in_words, report
from ledger import calls, campaigns, connect, fallbacks, migrate, transaction
from ledger.fallbacks import Way
from ledger.records import StatusUpdate
from tests.ledger_rows import campaign, claim_some, contact, ending, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        campaign(conn, [contact(row, due_by=later(hours=24 * row)) for row in range(1, 11)])
        yield conn


def over(conn: sqlite3.Connection, outcome: str, *, hours: float, reason: str = "done") -> None:
    """The most urgent task is called, answered and over after so many hours."""
    (claimed,) = claim_some(conn, 1, now=later(hours=hours))
    call_id, sid, at = claimed.call_id, f"CA{claimed.call_id}", later(hours=hours)
    with transaction(conn):
        calls.placing(conn, call_id, at)
        calls.placed(conn, call_id, sid, at)
        calls.answered(conn, call_id, sid, at, lambda _: said())
        update = StatusUpdate(sid, "completed", 9, at)
        calls.status(conn, call_id, update, at, lambda _: ending(outcome, reason))


def seen(conn: sqlite3.Connection, hours: float) -> Figures:
    found = campaigns.get(conn, 1)
    assert found
    return figures(conn, found, later(hours=hours))


def test_success_in_time_is_of_all_that_is_due(conn: sqlite3.Connection) -> None:
    """The in-cooling-off success rate: the second success came after its deadline."""
    over(conn, "SUCCESS", hours=2)
    over(conn, "SUCCESS", hours=50)
    over(conn, "PROBLEM", hours=51)
    told = report(seen(conn, 52))
    assert (told["due"], told["success"], told["coverage"]) == (10, 2, 0.2)
    assert (told["success_in_time"], told["success_in_time_rate"]) == (1, 0.1)
    assert (told["problem"], told["problem_share"]) == (1, 0.1)


def test_what_is_open_after_its_deadline_is_overdue_and_not_on_time(conn: sqlite3.Connection) -> None:
    over(conn, "SUCCESS", hours=2)
    found = seen(conn, 24 * 3)
    assert (found.timely, found.overdue, found.on_time_rate) == (1, 2, pytest.approx(1 / 3))


def test_tasks_are_shown_by_the_local_day_of_their_deadline(conn: sqlite3.Connection) -> None:
    over(conn, "SUCCESS", hours=2)
    first, second, *_ = seen(conn, 3).days
    assert (first.day, first.success, first.open) == ("2026-11-24", 1, 0)
    assert (second.day, second.due, second.open) == ("2026-11-25", 1, 1)


def test_days_to_come_are_shown_however_many_are_over(conn: sqlite3.Connection) -> None:
    earlier, *single = seen(conn, 24 * 8).days
    assert (earlier.day, earlier.passed, earlier.open) == ("earlier", True, 3)
    assert (single[0].day, single[-1].day) == ("2026-11-27", "2026-12-03")
    assert sum(day.due for day in (earlier, *single)) == 10


def test_attempts_are_told_by_the_local_hour(conn: sqlite3.Connection) -> None:
    over(conn, "SUCCESS", hours=2)
    over(conn, "NOT_COMPLETED", hours=26.5, reason="no_answer")
    told = report(seen(conn, 30))
    assert told["attempts_by_hour"] == {"11": {"placed": 2, "answered": 2, "reached": 2}}
    assert "11:00          2 placed          2 answered" in list(in_words(told))


def test_a_campaign_of_nobody_has_no_rates(conn: sqlite3.Connection) -> None:
    campaign(conn, [], name="empty")
    found = campaigns.by_name(conn, "empty")
    assert found
    empty = figures(conn, found, later())
    assert (empty.coverage, empty.on_time_rate, empty.days) == (None, None, ())


def test_visits_and_letters_are_a_share_of_what_is_due(conn: sqlite3.Connection) -> None:
    """S002-97: also when the letter was answered and the task is over."""
    with transaction(conn):
        way = Way(0, 1, "letter", "open", "attempts_exhausted", "", None, later(), later(hours=24), None)
        fallbacks.open_way(conn, way, later())
    assert report(seen(conn, 1))["elsewhere_share"] == 0.1
    with transaction(conn):
        fallbacks.finish(conn, 1, "SUCCESS", "letter", later(hours=2))
    told = report(seen(conn, 3))
    assert (told["success"], told["elsewhere_share"]) == (1, 0.1)
