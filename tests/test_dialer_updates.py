"""News of a policy cancel what is no longer due, in every campaign, once, and cut nobody off."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer import updates
from dialer.errors import UpdateError
from dialer.updates import Cancelled
from ledger import calls, events, news
from ledger.records import Ending, StatusUpdate
from tests.ledger_rows import NOW, campaign, claim_some, contact, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    ledger.migrate(tmp_path / "h.db")
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        yield conn


def tell(conn: sqlite3.Connection, state: str = "surrendered", key: str = "P00000001") -> Cancelled:
    with ledger.transaction(conn):
        return updates.apply(
            conn, key=key, kind_of_key="policy_no", state=state, source="test", now=later(minutes=1)
        )


def statuses(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    return conn.execute("select status, outcome_reason from tasks order by id").fetchall()


def test_a_surrendered_policy_is_called_in_no_campaign(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1), contact(2)])
    campaign(conn, [contact(1)], name="again")
    assert tell(conn) == Cancelled(new=True, tasks=2)
    assert statuses(conn) == [("cancelled", "surrendered"), ("ready", ""), ("cancelled", "surrendered")]
    assert claim_some(conn, 2) == []
    assert events.verify(conn) == []


def test_the_same_news_again_change_nothing(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    tell(conn)
    before = events.count(conn)
    assert tell(conn) == Cancelled()
    assert events.count(conn) == before
    assert len(news.history(conn, "P00000001", "policy_no")) == 1


def test_news_of_a_policy_nobody_calls_are_kept(conn: sqlite3.Connection) -> None:
    assert tell(conn, key="elsewhere") == Cancelled(new=True)
    assert [row[0] for row in news.history(conn, "elsewhere", "policy_no")] == ["surrendered"]


def test_a_paid_premium_does_not_end_the_callback_of_a_new_contract(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    assert tell(conn, "paid").tasks == 0
    assert statuses(conn) == [("ready", "")]


def test_a_telephone_that_rings_is_ended_and_not_called_again(conn: sqlite3.Connection) -> None:
    (call,) = claim_some(conn, campaign(conn, [contact(1)]))
    with ledger.transaction(conn):
        calls.placing(conn, call.call_id, NOW)
        calls.placed(conn, call.call_id, "CA1", NOW)
    assert tell(conn) == Cancelled(new=True, tasks=1, ringing=(call.call_id,))
    assert news.ringing(conn) == [(call.call_id, "CA1")]
    with ledger.transaction(conn):
        calls.status(conn, call.call_id, StatusUpdate("CA1", "canceled", 3, NOW), NOW, again)
    assert statuses(conn) == [("cancelled", "surrendered")]
    assert news.ringing(conn) == []


def test_what_is_claimed_and_not_placed_is_withdrawn(conn: sqlite3.Connection) -> None:
    (call,) = claim_some(conn, campaign(conn, [contact(1)]))
    tell(conn)
    with ledger.transaction(conn):
        assert not calls.placing(conn, call.call_id, NOW)
    assert statuses(conn) == [("cancelled", "surrendered")]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [("SUCCESS", ("done", "done")), ("PARTIAL", ("cancelled", "surrendered"))],
)
def test_who_is_talked_to_talks_on_and_is_not_called_again(
    conn: sqlite3.Connection, outcome: str, expected: tuple[str, str]
) -> None:
    (call,) = claim_some(conn, campaign(conn, [contact(1)]))
    with ledger.transaction(conn):
        calls.placing(conn, call.call_id, NOW)
        calls.answered(conn, call.call_id, "CA1", NOW, lambda state: said())
    assert tell(conn).talking == (call.call_id,)
    assert news.ringing(conn) == []
    next_at = None if outcome == "SUCCESS" else later(hours=1)
    with ledger.transaction(conn):
        calls.status(
            conn, call.call_id, StatusUpdate("CA1", "completed", 3, NOW), NOW,
            lambda state: Ending(outcome, "done", next_at),
        )  # fmt: skip
    assert statuses(conn) == [expected]
    assert events.verify(conn) == []


def test_a_row_of_the_news_that_was_changed_is_found(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1)])
    tell(conn)
    conn.execute("update policy_news set state = 'paid'")
    assert any("policy_news" in finding for finding in events.verify(conn))


def test_a_state_or_key_nobody_knows_is_refused_with_the_choices(conn: sqlite3.Connection) -> None:
    with pytest.raises(UpdateError, match="paid, reinstated"):
        tell(conn, "gone")
    with pytest.raises(UpdateError, match="policy_no or claim_no"):
        updates.apply(conn, key="1", kind_of_key="x", state="paid", source="", now=NOW)


def again(state: object) -> Ending:
    return Ending("NOT_COMPLETED", "no_answer", later(hours=1))
