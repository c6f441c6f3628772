import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from ledger import LedgerError, audit, connect, dnc, events, migrate, transaction
from ledger.records import DncEntry
from tests.ledger_rows import FIRST_NUMBER, NOW, allow_unlisted, campaign, claim_some, contact, later

TAIL = ("all", "company", "asked", "letter", None, "2026-11-23T01:00:00.000Z", None)


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def forbid(
    conn: sqlite3.Connection, *numbers: int, customer: str = "", days: float | None = None
) -> list[int]:
    with transaction(conn):
        return dnc.add(
            conn, numbers=numbers, customer_key=customer, purpose="all", scope="company", reason="asked",
            source="letter", call_id=None, starts_at=NOW, ends_at=None if days is None else later(days=days),
            now=NOW,
        )  # fmt: skip


def revoke(conn: sqlite3.Connection, dnc_id: int, now: datetime = NOW) -> bool:
    return dnc.revoke(conn, dnc_id, now, reason="agreed in writing", by="lin")


def compact(conn: sqlite3.Connection) -> tuple[list[int], list[str]]:
    numbers = conn.execute("select number from dnc_numbers order by 1").fetchall()
    customers = conn.execute("select customer_key from dnc_customers order by 1").fetchall()
    return [row[0] for row in numbers], [row[0] for row in customers]


def test_an_entry_stands_in_the_history_and_in_the_compact_tables(conn: sqlite3.Connection) -> None:
    assert forbid(conn, 7, 5, 7, customer="k", days=30) == [1, 2, 3]
    assert compact(conn) == ([5, 7], ["k"])
    entry = DncEntry("all", "company", NOW, later(days=30), "asked")
    assert dnc.entries(conn, 7, "") == (entry,)
    assert dnc.entries(conn, 7, "k") == (entry, entry)
    assert dnc.entries(conn, None, "other") == ()


def test_an_entry_needs_someone_it_protects(conn: sqlite3.Connection) -> None:
    with pytest.raises(LedgerError, match="name at least one"):
        forbid(conn)


def test_an_entry_ends_by_its_date_or_when_it_is_taken_back(conn: sqlite3.Connection) -> None:
    forbid(conn, 7, days=30)
    (found,) = dnc.check(conn, 7)
    assert [found.active(later(days=d)) for d in (-1, 0, 29.99, 30)] == [False, True, True, False]
    with transaction(conn):
        assert revoke(conn, found.dnc_id, later(days=1))
    (revoked,) = dnc.check(conn, 7)
    assert not revoked.active(later(days=2))
    assert revoked.revoked_at == later(days=1)
    assert (revoked.revoke_reason, revoked.revoked_by) == ("agreed in writing", "lin")
    noted = audit.listing(conn, audit.Wanted(subject="dnc"), limit=9)
    assert [(one.user, one.action, one.subject) for one in noted] == [("lin", "dnc_revoked", "dnc:1")]
    assert events.verify(conn) == []


def test_nothing_is_taken_back_without_a_reason(conn: sqlite3.Connection) -> None:
    (dnc_id,) = forbid(conn, 7)
    with pytest.raises(LedgerError, match="without a reason"), transaction(conn):
        dnc.revoke(conn, dnc_id, NOW, reason=" ", by="lin")


def test_a_reason_that_was_changed_afterwards_is_found(conn: sqlite3.Connection) -> None:
    (dnc_id,) = forbid(conn, 7)
    with transaction(conn):
        revoke(conn, dnc_id)
    conn.execute("update dnc set revoked_by = 'somebody else'")
    assert events.verify(conn) == ["event 2: differs from what it sealed: dnc 1"]


def test_the_compact_tables_forget_a_number_only_with_its_last_entry(conn: sqlite3.Connection) -> None:
    first, second = forbid(conn, 7) + forbid(conn, 7)
    (third,) = forbid(conn, customer="k")
    for dnc_id, left in ((first, ([7], ["k"])), (second, ([], ["k"])), (third, ([], []))):
        with transaction(conn):
            assert revoke(conn, dnc_id)
        assert compact(conn) == left
    with transaction(conn):
        assert not revoke(conn, first)
        assert not revoke(conn, 99)
    assert events.verify(conn) == []


def test_a_number_is_checked_with_the_customers_known_under_it(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1, customer="k")])
    forbid(conn, customer="k")
    forbid(conn, FIRST_NUMBER + 2)
    assert [row.customer_key for row in dnc.check(conn, FIRST_NUMBER + 1)] == ["k"]
    assert [row.number for row in dnc.check(conn, FIRST_NUMBER + 2)] == [FIRST_NUMBER + 2]
    assert dnc.check(conn, 1) == []


def test_an_import_that_was_cut_off_is_finished_by_repeating_it(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnc, "BATCH", 2)
    origin = dnc.Origin("industry", "marketing", "industry", ends_at=later(days=365))
    assert next(dnc.import_sorted(conn, [1, 2, 3, 4, 5], origin, NOW)) == 2
    assert list(dnc.import_sorted(conn, [1, 2, 3, 4, 5], origin, later(hours=1))) == [0, 2, 1]
    assert compact(conn)[0] == [1, 2, 3, 4, 5]
    found = dnc.listing(conn, limit=9)
    assert [(row.number, row.scope, row.ends_at) for row in found] == [
        (n, "industry", later(days=365)) for n in (1, 2, 3, 4, 5)
    ]
    assert list(dnc.import_sorted(conn, [1], origin, later(days=365))) == [1]
    assert events.verify(conn) == []


def test_a_refusal_of_a_customer_stops_numbers_that_come_with_a_later_list(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1, customer="k")])
    with transaction(conn):
        assert dnc.around(conn, FIRST_NUMBER + 1) == ([FIRST_NUMBER + 1, FIRST_NUMBER + 1], "k")
        dnc.insert(conn, *dnc.around(conn, FIRST_NUMBER + 1), TAIL, NOW)
    later_list = campaign(conn, [contact(5, customer="k")], name="next month")
    assert claim_some(conn, later_list, gate=allow_unlisted) == []


def test_a_number_of_several_customers_is_forbidden_alone(conn: sqlite3.Connection) -> None:
    campaign(conn, [contact(1, numbers=[7_000_000]), contact(2, numbers=[7_000_000])])
    assert dnc.around(conn, 7_000_000) == ([7_000_000], "")
    assert dnc.holders_of(conn, "P00000002") == ["customer-2"]


def test_the_listing_goes_on_where_it_stopped(conn: sqlite3.Connection) -> None:
    forbid(conn, 5, 6, 7)
    assert [row.number for row in dnc.listing(conn, limit=2)] == [5, 6]
    assert [row.number for row in dnc.listing(conn, limit=2, after=2)] == [7]


def test_an_import_is_sorted_and_leaves_alone_what_its_source_named_before(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnc, "BATCH", 2)
    load = {"purpose": "marketing", "source": "industry", "now": NOW}
    assert dnc.import_many(conn, [5, 3, 9, 3, 7, 1], **load) == 5  # type: ignore[arg-type]
    assert dnc.import_many(conn, [3, 4], **load) == 1  # type: ignore[arg-type]
    assert dnc.import_many(conn, [3, 4], **load) == 0  # type: ignore[arg-type]
    assert [row.number for row in dnc.listing(conn, limit=9)] == [1, 3, 5, 7, 9, 4]
    assert compact(conn)[0] == [1, 3, 4, 5, 7, 9]
    assert dnc.import_many(conn, [3], purpose="all", source="industry", now=NOW) == 1
    with transaction(conn):
        assert revoke(conn, 1)
    assert dnc.import_many(conn, [1, 3], **load) == 1  # type: ignore[arg-type]
    assert events.verify(conn) == []


@pytest.mark.parametrize(
    "crime", ["update dnc set ends_at = '2026' where id = 2", "delete from dnc where id = 2"]
)
def test_a_changed_or_deleted_entry_of_an_import_is_found(conn: sqlite3.Connection, crime: str) -> None:
    dnc.import_many(conn, [1, 2, 3], purpose="all", source="industry", now=NOW)
    conn.execute(crime)
    assert events.verify(conn) == ["event 1: differs from what it sealed: dnc 1 to 3"]


def test_an_entry_slipped_in_or_taken_back_behind_the_chain_is_found(conn: sqlite3.Connection) -> None:
    forbid(conn, 7)
    conn.execute(
        "insert into dnc (id, number, purpose, scope, reason, source, starts_at, created_at)"
        " values (5, 8, 'all', 'company', '', '', '', '')"
    )
    conn.execute("update dnc set revoked_at = '2026' where id = 1")
    assert events.verify(conn) == ["dnc 5: no event knows it (dnc)", "dnc 1: no event knows it (revoked)"]


def test_a_customer_takes_back_what_was_said_in_calls_for_every_number(conn: sqlite3.Connection) -> None:
    tail = ("all", "company", "stop_calling", "call", None, "2026-11-23T01:00:00.000Z", None)
    wish = ("all", "company", "stop_calling", "wish 7", None, "2026-11-23T01:00:00.000Z", None)
    kept = forbid(conn, 5)
    with transaction(conn):
        dnc.insert(conn, [5], "k", tail, NOW)
        dnc.insert(conn, [6], "", wish, NOW)
        dnc.insert(conn, [8], "other", tail, NOW)
        assert len(dnc.take_back(conn, 5, "k", NOW)) == 2
        assert len(dnc.take_back(conn, 6, "", NOW)) == 1
    assert compact(conn) == ([5, 8], ["other"])
    assert [row.dnc_id for row in dnc.check(conn, 5) if row.revoked_at is None] == kept
