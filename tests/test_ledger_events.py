import itertools
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerError, calls, connect, dnc, events, migrate, transaction
from ledger.records import Answer, Block, Disclosure, Problem, Promise, StatusUpdate
from tests.ledger_rows import NOW, campaign, claim_some, contact, ending, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Two finished calls, each with one row of every sort; foreign keys are off, as for one who falsifies."""
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        claim_some(conn, campaign(conn, [contact(1), contact(2)]), limit=2)
        for call_id in (1, 2):
            talk(conn, call_id)
        conn.execute("pragma foreign_keys = off")
        yield conn


def talk(conn: sqlite3.Connection, call_id: int) -> None:
    record = said(
        "bye",
        answers=(Answer("fees", "yes", "1"),),
        told=(Disclosure("fees", "t", affirmed=True),),
        problems=(Problem("P01", "fees", "high", None),),
        promises=(Promise("letter", None),),
        blocks=(Block("all", "refused"),),
    )
    end = StatusUpdate(f"CA{call_id}", "completed", 3, later(seconds=50), 40)
    with transaction(conn):
        calls.answered(conn, call_id, f"CA{call_id}", NOW, lambda state: said("hello"))
        calls.turn(conn, call_id, 1, later(seconds=9), "{}", lambda state: record)
        calls.status(conn, call_id, end, later(seconds=51), lambda state: ending("PROBLEM", "done"))


def test_an_untouched_ledger_has_no_findings(conn: sqlite3.Connection) -> None:
    assert events.verify(conn) == []
    assert events.verify_call(conn, 1) == []
    assert events.verify_call(conn, 2) == []


@pytest.mark.parametrize(
    ("crime", "named"),
    [
        ("update answers set category = 'no' where id = 1", "answers 1"),
        ("update disclosures set told_at = '2026' where id = 1", "disclosures 1"),
        ("update disclosures set affirmed_at = '2026' where id = 1", "disclosures 1"),
        ("update problems set severity = 'low' where id = 1", "problems 1"),
        ("update appointments set kind = 'sms' where id = 1", "appointments 1"),
        ("update dnc set ends_at = '2026' where id = 1", "dnc 1"),
        ("update turns set heard = 'x' where call_id = 1 and n = 1", "turns 1"),
        ("update calls set outcome = 'SUCCESS' where id = 1", "calls 1"),
        ("update calls set to_number = 1 where id = 1", "calls 1"),
        ("update gate_decisions set rule = 'x' where id = 1", "gate_decisions 1"),
        ("delete from answers where id = 1", "answers 1: missing"),
        ("delete from disclosures where id = 1", "disclosures 1: missing"),
        ("delete from turns where call_id = 1 and n = 1", "turns 1: missing"),
        (
            "insert into answers select 9, 1, 1, 'x', 'yes', '1', at from answers where id = 1",
            "answers 9: no event",
        ),
        (
            "insert into disclosures select 9, 1, 'x', 'x', told_at, null, 0 from disclosures where id = 1",
            "disclosures 9: no event",
        ),
        ("insert into turns values (1, 7, '', '', '')", "turns 7: no event knows it (call 1)"),
    ],
)
def test_a_changed_deleted_or_inserted_row_is_found_and_named(
    conn: sqlite3.Connection, crime: str, named: str
) -> None:
    conn.execute(crime)
    assert named in " ".join(events.verify(conn))
    assert named in " ".join(events.verify_call(conn, 1))
    assert events.verify_call(conn, 2) == []


@pytest.mark.parametrize(
    ("crime", "named"),
    [
        ("update events set data = '{}' where id = 4", "events 4: its hash"),
        ("update events set at = '2026' where id = 4", "events 4: its hash"),
        ("update events set call_id = 2 where id = 4", "events 4: its hash"),
        ("delete from events where id = 4", "events 5: does not follow event 3"),
        ("update events set id = 99 where id = 4", "events 99: does not follow"),
        ("delete from events where id = 1", "events 2: does not follow event 0"),
        (
            "insert into events select 99, call_id, kind, data, at, prev_hash, hash from events where id = 4",
            "99",
        ),
    ],
)
def test_a_changed_deleted_or_inserted_event_is_found_and_named(
    conn: sqlite3.Connection, crime: str, named: str
) -> None:
    conn.execute(crime)
    assert named in " ".join(events.verify(conn))


def test_a_kept_script_whose_words_were_changed_is_found(conn: sqlite3.Connection) -> None:
    conn.execute("update scripts set canonical = replace(canonical, '}', ' }')")
    assert "its text does not fit its digest" in " ".join(events.verify(conn))
    assert "its text does not fit its digest" in " ".join(events.verify_call(conn, 1))


def test_an_event_forged_with_a_fitting_hash_breaks_the_next_link(conn: sqlite3.Connection) -> None:
    (at,) = conn.execute("select min(id) from events where kind = 'turn' and call_id = 1").fetchone()
    row = conn.execute("select call_id, kind, at, prev_hash from events where id = ?", (at,)).fetchone()
    forged = events._hash(row[3], at, row[1], row[0], row[2], "{}")
    conn.execute("update events set data = '{}', hash = ? where id = ?", (forged, at))
    found = " ".join(events.verify(conn))
    assert f"events {at + 1}: does not follow event {at}" in found
    assert "does not follow" in " ".join(events.verify_call(conn, 1))


def test_rows_whose_last_events_were_cut_off_are_found(conn: sqlite3.Connection) -> None:
    conn.execute("delete from events where id >= 6")
    assert "answers 2: no event knows it" in " ".join(events.verify(conn))


def test_events_are_appended_to_the_one_before_and_read_by_anyone(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        event_id = events.append(conn, "started", {"b": [1, None], "a": "回访"}, NOW, 1)
    row = conn.execute("select data, prev_hash from events where id = ?", (event_id,)).fetchone()
    before = conn.execute("select hash from events where id = ?", (event_id - 1,)).fetchone()
    assert row == ('{"a":"回访","b":[1,null]}', before[0])
    assert events.verify(conn) == []


def test_an_event_outside_of_a_transaction_is_refused(conn: sqlite3.Connection) -> None:
    with pytest.raises(LedgerError, match="outside of a transaction"):
        events.append(conn, "started", {}, NOW)


def test_a_ledger_that_is_being_written_verifies_all_the_time(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    migrate(path)
    over = threading.Event()

    def write() -> None:
        with closing(connect(path)) as own:
            for number in itertools.count(8_613_800_000_000):
                if over.is_set():
                    return
                with transaction(own):
                    dnc.add(
                        own, numbers=[number], customer_key="", purpose="all", scope="company", reason="",
                        source="test", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
                    )  # fmt: skip

    writing = threading.Thread(target=write)
    writing.start()
    try:
        with closing(connect(path)) as reader:
            assert [finding for _ in range(30) for finding in events.verify(reader)] == []
    finally:
        over.set()
        writing.join()
