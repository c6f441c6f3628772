import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import connect, lists, migrate, transaction
from ledger.records import ContactRow, RowError
from tests.ledger_rows import NOW, contact, later


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def new_list(conn: sqlite3.Connection, digest: str = "aa") -> int:
    return lists.add_list(
        conn, kind="new_policy", name="a.csv", digest=digest, encoding="gb18030",
        rows=3, accepted=2, refused=1, now=NOW,
    )  # fmt: skip


def test_a_list_is_found_by_the_digest_of_its_file(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        list_id = new_list(conn)
    found = lists.find(conn, "new_policy", "aa")
    assert found is not None
    assert (found.list_id, found.encoding, found.accepted, found.created_at) == (list_id, "gb18030", 2, NOW)
    assert lists.find(conn, "claims_survey", "aa") is None
    assert lists.get(conn, list_id) == found
    assert lists.listing(conn) == [found]


def test_the_same_file_is_not_stored_twice(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        new_list(conn)
    with pytest.raises(sqlite3.IntegrityError), transaction(conn):
        new_list(conn)


def test_contacts_come_back_in_the_order_of_the_file_with_their_numbers_best_first(
    conn: sqlite3.Connection,
) -> None:
    two = ContactRow(2, "P2", "k2", '{"a":1}', NOW, later(days=3), (8613900000000, 861055555555), ("minor",))
    with transaction(conn):
        list_id = new_list(conn)
        other = new_list(conn, "bb")
        assert list(lists.add_contacts(conn, list_id, [two, contact(3)], NOW)) == [1, 2]
        assert list(lists.add_contacts(conn, other, [contact(3)], NOW)) == [3]
    first, second = lists.contacts(conn, list_id)
    assert (first.contact_id, first.row, first.policy_no, first.facts) == (1, 2, "P2", '{"a":1}')
    assert (first.due_from, first.due_by) == (NOW, later(days=3))
    assert (first.numbers, first.flags) == ((8613900000000, 861055555555), ("minor",))
    assert second.flags == ()


def test_a_policy_stands_in_a_list_once(conn: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError), transaction(conn):
        lists.add_contacts(conn, new_list(conn), [contact(1), contact(1)], NOW)


def test_refused_rows_are_kept_in_the_order_of_the_file(conn: sqlite3.Connection) -> None:
    late = RowError(9, "phone", "phone_missing", "no number")
    early = RowError(4, "date", "date_invalid", "31 February")
    with transaction(conn):
        list_id = new_list(conn)
        lists.add_errors(conn, list_id, [late, early])
        lists.add_errors(conn, list_id, [RowError(5, "phone", "phone_unused", "?", "?")], remarks=True)
        lists.finish(conn, list_id, rows=9, content="c0", ignored=["a"], skipped=["b"], now=NOW)
    assert lists.list_errors(conn, list_id) == [early, late]
    counted = lists.get(conn, list_id)
    assert counted is not None
    assert (counted.rows, counted.accepted, counted.refused) == (9, 0, 2)
    assert (counted.ignored, counted.skipped) == (("a",), ("b",))


def test_a_list_is_locked_once(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        list_id = new_list(conn)
        assert lists.lock(conn, list_id, NOW)
        assert not lists.lock(conn, list_id, later(hours=1))
    locked = lists.get(conn, list_id)
    assert locked is not None
    assert locked.locked_at == NOW


def test_flags_are_replaced(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        list_id = new_list(conn)
        lists.add_contacts(conn, list_id, [contact(1)], NOW)
        lists.set_flags(conn, 1, ["shared_number"])
    assert next(lists.contacts(conn, list_id)).flags == ("shared_number",)
