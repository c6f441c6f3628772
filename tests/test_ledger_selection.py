"""Quotas that go on by themselves, and who is left out and why."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from ledger import LedgerError, campaigns, events, lists, selection, transaction
from ledger.calls import status
from ledger.records import StatusUpdate, TaskRow
from ledger.selection import Draw, Exclusion
from tests.ledger_rows import DIGEST, HOTLINE, NOW, Words, claim_some, contact, ending, in_force, later

ADJUSTER = "D101"
WHY = Exclusion(0, "reinstated", "record 7", "局字12号", "ming")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "h.db"
    ledger.migrate(path)
    return path


@pytest.fixture
def conn(empty: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(ledger.connect(shutil.copy(empty, tmp_path))) as opened:
        yield opened


def month(conn: sqlite3.Connection, tasks: int, name: str = "November", list_id: int = 0) -> int:
    """A running campaign with a quota of two successes for one adjuster; the last of the list is first."""
    rows = [contact(row + 100 * list_id) for row in range(tasks)]
    with transaction(conn):
        list_id = lists.add_list(
            conn, kind="loss_adjuster", name=name, digest=name, encoding="", rows=tasks, accepted=tasks,
            refused=0, now=NOW,
        )  # fmt: skip
        ids = lists.add_contacts(conn, list_id, rows, NOW)
        in_force(conn, Words())
        campaign_id = campaigns.create(
            conn, name=name, list_id=list_id, script_digest=DIGEST, purpose="duty", from_number=HOTLINE,
            profile="", now=NOW,
        )  # fmt: skip
        campaigns.add_tasks(conn, campaign_id, [TaskRow(i, "", None, None, NOW, "spare") for i in ids])
        selection.add_draws(conn, campaign_id, [Draw(i, "adjuster", ADJUSTER, "2026-11", 2, -i) for i in ids])
        selection.open_quotas(conn, campaign_id, NOW)
        campaigns.set_status(conn, campaign_id, "running", NOW)
    return campaign_id


def standing(conn: sqlite3.Connection, campaign_id: int) -> dict[str, int]:
    return Counter(
        f"{row[0]} {row[1]}".strip()
        for row in conn.execute(
            "select status, outcome_reason from tasks where campaign_id = ?", (campaign_id,)
        )
    )


def end(conn: sqlite3.Connection, call_id: int, outcome: str) -> None:
    with transaction(conn):
        said = StatusUpdate("", "completed", 9, later(minutes=3))
        status(conn, call_id, said, later(minutes=3), lambda _: ending(outcome, "done"))


def test_s002_62_two_of_each_adjuster_are_called_in_the_order_of_the_draw(conn: sqlite3.Connection) -> None:
    campaign_id = month(conn, 5)
    assert standing(conn, campaign_id) == {"ready": 2, "spare": 3}
    first = claim_some(conn, campaign_id, limit=9)
    assert [one.task_id for one in first] == [4, 5]
    end(conn, first[0].call_id, "NOT_COMPLETED")
    assert [one.task_id for one in claim_some(conn, campaign_id, limit=9)] == [3]
    end(conn, first[1].call_id, "SUCCESS")
    assert claim_some(conn, campaign_id, limit=9) == []  # the third one's call may be the second success


def test_s002_62_only_a_success_counts_and_two_of_them_end_it(conn: sqlite3.Connection) -> None:
    campaign_id = month(conn, 6)
    one, two = claim_some(conn, campaign_id, limit=9)
    end(conn, one.call_id, "PROBLEM")
    end(conn, two.call_id, "SUCCESS")
    (three,) = claim_some(conn, campaign_id, limit=9)
    assert selection.quotas(conn, campaign_id)[0] == selection.Quota(ADJUSTER, "2026-11", 2, 1, 1, 3)
    end(conn, three.call_id, "SUCCESS")
    assert standing(conn, campaign_id) == {"done done": 3, "cancelled quota_met": 3}
    assert claim_some(conn, campaign_id, limit=9) == []
    assert campaigns.progress(conn, campaign_id).cancelled == {"quota_met": 3}


def test_s002_62_whatever_ends_a_task_draws_the_next(conn: sqlite3.Connection) -> None:
    campaign_id = month(conn, 4)
    with transaction(conn):
        conn.execute("update tasks set status = 'blocked', outcome_reason = 'do_not_call' where id = 4")
        selection.exclude(conn, campaign_id, "P00000002", WHY, NOW)
    assert standing(conn, campaign_id) == {
        "ready": 2, "blocked do_not_call": 1, "cancelled reinstated": 1
    }  # fmt: skip


def test_s002_62_a_second_list_of_the_month_goes_on_where_the_first_ended(conn: sqlite3.Connection) -> None:
    first = month(conn, 2)
    made = claim_some(conn, first, limit=9)
    end(conn, made[0].call_id, "SUCCESS")
    second = month(conn, 3, "November again", 1)
    assert standing(conn, second) == {"ready": 1, "spare": 2}
    end(conn, made[1].call_id, "SUCCESS")
    assert standing(conn, second) == {"cancelled quota_met": 3}
    assert standing(conn, month(conn, 2, "late", 2)) == {"cancelled quota_met": 2}


def hang_up(path: Path, call_id: int) -> None:
    with closing(ledger.connect(path)) as conn:
        end(conn, call_id, "SUCCESS")


def test_s002_62_calls_that_end_at_once_leave_no_third_one_open(conn: sqlite3.Connection) -> None:
    campaign_id = month(conn, 9)
    path = Path(conn.execute("pragma database_list").fetchone()[2])
    made = claim_some(conn, campaign_id, limit=9)
    context = multiprocessing.get_context("spawn")
    ends = [context.Process(target=hang_up, args=(path, one.call_id)) for one in made]
    for process in ends:
        process.start()
    for process in ends:
        process.join()
    assert standing(conn, campaign_id) == {"done done": 2, "cancelled quota_met": 7}


def test_s000_25_an_exclusion_by_hand_is_sealed_and_audited(conn: sqlite3.Connection) -> None:
    campaign_id = month(conn, 3)
    with transaction(conn):
        selection.exclude(conn, campaign_id, "P00000001", WHY, NOW)
    (row,) = selection.exclusions(conn, campaign_id, limit=9)
    assert (row.policy_no, row.rule, row.evidence, row.approval) == (
        "P00000001", "reinstated", "record 7", "局字12号",
    )  # fmt: skip
    assert selection.excluded(conn, campaign_id) == {"reinstated": 1}
    assert conn.execute("select user, action, subject from audit").fetchall() == [
        ("ming", "excluded", "task:2")
    ]
    assert events.verify(conn) == []
    conn.execute("update exclusions set approval = 'none'")
    assert events.verify(conn) != []


@pytest.mark.parametrize(
    ("number", "message"),
    [("P00000000", "left out already"), ("P00000002", "being called"), ("P9", "not in the list")],
)
def test_who_is_called_or_gone_is_not_excluded_by_hand(
    conn: sqlite3.Connection, number: str, message: str
) -> None:
    campaign_id = month(conn, 3)
    claim_some(conn, campaign_id, limit=1)
    with transaction(conn):
        conn.execute("update tasks set status = 'leased' where id = 3")
        conn.execute("delete from draws where task_id = 1")
        conn.execute("delete from tasks where id = 1")
    with pytest.raises(LedgerError, match=message), transaction(conn):
        selection.exclude(conn, campaign_id, number, WHY, NOW)
    assert selection.exclusions(conn, campaign_id, limit=9) == []
