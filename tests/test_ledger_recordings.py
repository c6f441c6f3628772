import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import LedgerError, connect, events, migrate, recordings, transaction
from tests.ledger_rows import NOW, campaign, claim_some, contact, later


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        claim_some(conn, campaign(conn, [contact(1)]))
        yield conn


def announce(conn: sqlite3.Connection, sid: str = "RE1") -> bool:
    with transaction(conn):
        return recordings.announce(
            conn, call_id=1, carrier_sid=sid, url=f"http://x/{sid}", duration_ms=9000, channels=2, now=NOW
        )


def store(conn: sqlite3.Connection, recording_id: int = 1) -> None:
    with transaction(conn):
        recordings.stored(
            conn, recording_id, path="2026/1.wav", bytes=100, sha256="ab", duration_ms=9100, channels=2,
            detail="", now=later(minutes=1),
        )  # fmt: skip


def test_a_recording_announced_twice_is_one_to_be_fetched(conn: sqlite3.Connection) -> None:
    assert announce(conn)
    assert not announce(conn)
    (due,) = recordings.due(conn, NOW, 10)
    assert (due.recording_id, due.call_id, due.carrier_sid, due.url) == (1, 1, "RE1", "http://x/RE1")
    assert (due.duration_ms, due.attempts, due.announced_at) == (9000, 0, NOW)


def test_a_recording_that_could_not_be_fetched_waits_for_its_next_try(conn: sqlite3.Connection) -> None:
    announce(conn)
    with transaction(conn):
        recordings.retry(conn, 1, next_at=later(minutes=5), detail="http 404", now=NOW)
    assert recordings.due(conn, later(minutes=4), 10) == []
    assert [due.attempts for due in recordings.due(conn, later(minutes=5), 10)] == [1]
    assert recordings.listing(conn)[0].detail == "http 404"


def test_the_longest_waiting_is_fetched_first_and_no_more_than_asked(conn: sqlite3.Connection) -> None:
    for sid in ("RE1", "RE2", "RE3"):
        announce(conn, sid)
    with transaction(conn):
        recordings.retry(conn, 1, next_at=later(minutes=5), detail="", now=NOW)
    assert [due.carrier_sid for due in recordings.due(conn, later(minutes=5), 2)] == ["RE2", "RE3"]


def test_stored_audio_is_sealed_and_not_due_again(conn: sqlite3.Connection) -> None:
    announce(conn)
    store(conn)
    (row,) = recordings.of_call(conn, 1)
    assert (row.status, row.path, row.bytes, row.sha256, row.duration_ms) == (
        "stored", "2026/1.wav", 100, "ab", 9100,
    )  # fmt: skip
    assert row.stored_at == later(minutes=1)
    assert recordings.due(conn, later(days=9), 10) == []
    assert events.verify(conn) == []
    conn.execute("update recordings set sha256 = 'cd'")
    (finding,) = events.verify(conn)
    assert finding.endswith("differs from what it sealed: recordings 1")


def test_what_is_not_waiting_cannot_be_stored(conn: sqlite3.Connection) -> None:
    announce(conn)
    store(conn)
    with pytest.raises(LedgerError, match="look at its status"):
        store(conn)


def test_a_recording_given_up_says_why(conn: sqlite3.Connection) -> None:
    announce(conn)
    with transaction(conn):
        recordings.failed(conn, 1, status="missing", detail="http 404", now=NOW)
        recordings.failed(conn, 1, status="corrupt", detail="", now=NOW)
    (row,) = recordings.listing(conn)
    assert (row.status, row.detail, row.attempts) == ("missing", "http 404", 1)
    assert recordings.due(conn, later(days=9), 10) == []
