import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import NothingSaid, UnknownCall, calls, connect, dnc, events, migrate, transaction
from ledger.records import (
    Answer,
    Block,
    CallState,
    Disclosure,
    DncEntry,
    Problem,
    Promise,
    StatusUpdate,
    TurnRecord,
)
from tests.ledger_rows import DIGEST, FIRST_NUMBER, NOW, campaign, claim_some, contact, done, later, said

NAMES = ("turns", "answers", "disclosures", "problems", "appointments", "dnc", "events")


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """One claimed call: of customer k, who has a second number in another row."""
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        other = contact(2, numbers=(FIRST_NUMBER + 2, 861055555555), customer="k", due_by=later(days=90))
        claim_some(conn, campaign(conn, [contact(1, customer="k"), other]))
        yield conn


def answer_call(conn: sqlite3.Connection, record: TurnRecord | None = None) -> str:
    with transaction(conn):
        return calls.answered(conn, 1, "CA1", later(seconds=10), lambda state: record or said("hello"))


def take(conn: sqlite3.Connection, n: int, record: TurnRecord, *, seconds: float = 20) -> str:
    with transaction(conn):
        return calls.turn(conn, 1, n, later(seconds=seconds), '{"kind":"keys"}', lambda state: record)


def counts(conn: sqlite3.Connection) -> dict[str, int]:
    return {name: conn.execute(f"select count(*) from {name}").fetchone()[0] for name in NAMES}


def never(state: CallState) -> TurnRecord:
    raise AssertionError("a repeated turn is not decided again")


def test_the_first_turn_begins_when_the_customer_picks_up(conn: sqlite3.Connection) -> None:
    seen: list[CallState] = []
    with transaction(conn):
        reply = calls.answered(
            conn, 1, "CA1", later(seconds=10), lambda state: seen.append(state) or said("hello")
        )
    assert reply == "hello"
    (state,) = seen
    assert (state.call_id, state.contact_id, state.customer_key, state.number) == (
        1,
        1,
        "k",
        FIRST_NUMBER + 1,
    )
    assert (state.facts, state.script_digest, state.turn, state.attempts) == ('{"name":"王"}', DIGEST, -1, 1)
    assert (state.status, state.answered_at) == ("in-progress", later(seconds=10))
    row = conn.execute("select carrier_sid, turn, placed_at is not null from calls where id = 1").fetchone()
    assert row == ("CA1", 0, 1)


def test_a_repeated_answer_gives_the_same_reply_and_no_second_row(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    before = counts(conn)
    with transaction(conn):
        assert calls.answered(conn, 1, "CA1", later(seconds=30), never) == "hello"
    assert counts(conn) == before
    assert conn.execute("select answered_at from calls").fetchone() == ("2026-11-23T01:00:10.000Z",)


def test_a_turn_writes_everything_it_brings_at_once(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    record = said(
        "next",
        answers=(Answer("identity", "match", "**12"),),
        told=(Disclosure("cooling_off", "t1", affirmed=True), Disclosure("fees", "t2", affirmed=False)),
        problems=(Problem("P05", "fees", "high", later(days=3), "unsure"),),
        promises=(Promise("callback", later(days=1)),),
        outcome="PARTIAL",
        outcome_reason="busy",
    )
    assert take(conn, 1, record) == "next"
    told = "select step, text_digest, told_at, affirmed_at, offset_ms from disclosures order by step"
    assert conn.execute(told).fetchall() == [
        ("cooling_off", "t1", "2026-11-23T01:00:10.000Z", "2026-11-23T01:00:20.000Z", 0),
        ("fees", "t2", "2026-11-23T01:00:10.000Z", None, 0),
    ]
    assert conn.execute("select turn, step, category, raw, at from answers").fetchall() == [
        (1, "identity", "match", "**12", "2026-11-23T01:00:20.000Z")
    ]
    problem = "select task_id, code, severity, note, status, due_at from problems"
    assert conn.execute(problem).fetchall() == [
        (1, "P05", "high", "unsure", "open", "2026-11-26T01:00:00.000Z")
    ]
    assert conn.execute("select kind, due_at, status from appointments").fetchall() == [
        ("callback", "2026-11-24T01:00:00.000Z", "open")
    ]
    assert conn.execute("select outcome, outcome_reason, turn from calls").fetchone() == (
        "PARTIAL",
        "busy",
        1,
    )
    assert conn.execute("select kind from events where call_id = 1").fetchall()[-1] == ("turn",)
    assert events.verify(conn) == []


def test_what_is_told_again_keeps_its_first_moment_and_is_affirmed_once(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    once = said("a", told=(Disclosure("fees", "t2", affirmed=False),))
    take(conn, 1, once, seconds=20)
    take(conn, 2, once, seconds=30)
    take(conn, 3, said("b", affirmed=("fees",)), seconds=40)
    take(conn, 4, said("c", affirmed=("fees",)), seconds=50)
    assert conn.execute("select told_at, affirmed_at, offset_ms from disclosures").fetchall() == [
        ("2026-11-23T01:00:10.000Z", "2026-11-23T01:00:40.000Z", 0)
    ]
    assert events.verify(conn) == []


def test_the_moment_in_the_recording_is_when_the_text_was_given_out(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    take(conn, 1, said("a"), seconds=22.5)
    take(conn, 2, said("b", told=(Disclosure("fees", "t2", affirmed=True),)), seconds=40)
    assert conn.execute("select told_at, offset_ms from disclosures").fetchall() == [
        ("2026-11-23T01:00:22.500Z", 12_500)
    ]


def test_a_repeated_turn_gives_the_stored_reply_and_writes_nothing(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    take(conn, 1, said("one", answers=(Answer("a", "yes", "1"),)))
    take(conn, 2, said("two"))
    before = counts(conn)
    with transaction(conn):
        assert calls.turn(conn, 1, 1, later(seconds=99), "{}", never) == "one"
        assert calls.turn(conn, 1, 0, later(seconds=99), "{}", never) == "hello"
    assert counts(conn) == before


def test_a_turn_too_far_ahead_gives_the_last_reply(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    with transaction(conn):
        assert calls.turn(conn, 1, 5, later(seconds=99), "{}", never) == "hello"


def test_after_the_end_the_last_reply_is_given_and_nothing_written(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    with transaction(conn):
        calls.status(conn, 1, StatusUpdate("CA1", "completed", 4, later(seconds=30), 20), NOW, done)
    before = counts(conn)
    with transaction(conn):
        assert calls.turn(conn, 1, 1, later(seconds=40), "{}", never) == "hello"
        assert calls.answered(conn, 1, "CA1", later(seconds=40), never) == "hello"
    assert counts(conn) == before


def test_a_call_that_ended_before_anything_was_said_has_nothing_to_repeat(conn: sqlite3.Connection) -> None:
    with transaction(conn):
        calls.status(conn, 1, StatusUpdate("CA1", "no-answer", 2, later(seconds=30)), NOW, done)
    with pytest.raises(NothingSaid, match="hang up"), transaction(conn):
        calls.answered(conn, 1, "CA1", later(seconds=40), never)


def test_a_turn_before_the_answer_has_nothing_to_repeat(conn: sqlite3.Connection) -> None:
    for n in (0, 1):
        with pytest.raises(NothingSaid), transaction(conn):
            calls.turn(conn, 1, n, NOW, "{}", never)


def test_an_unknown_call_and_another_call_of_the_carriers_are_told_apart_from_ours(
    conn: sqlite3.Connection,
) -> None:
    with pytest.raises(UnknownCall, match="call 77"), transaction(conn):
        calls.turn(conn, 77, 1, NOW, "{}", never)
    answer_call(conn)
    with pytest.raises(UnknownCall, match="another id"), transaction(conn):
        calls.answered(conn, 1, "CA2", NOW, never)


def test_a_decision_that_fails_leaves_no_trace_of_its_turn(conn: sqlite3.Connection) -> None:
    before = counts(conn)
    with pytest.raises(AssertionError), transaction(conn):
        calls.answered(conn, 1, "CA1", NOW, never)
    assert counts(conn) == before
    assert conn.execute("select status, carrier_sid from calls").fetchone() == ("claimed", None)


def test_a_refusal_blocks_the_customer_and_every_number_of_the_customer(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    take(conn, 1, said("goodbye", blocks=(Block("marketing", "refused", later(days=365)),)))
    entry = DncEntry("marketing", "company", later(seconds=20), later(days=365), "refused")
    for number in (FIRST_NUMBER + 1, FIRST_NUMBER + 2, 861055555555):
        assert dnc.entries(conn, number, "") == (entry,)
        assert conn.execute("select 1 from dnc_numbers where number = ?", (number,)).fetchone()
    assert dnc.entries(conn, None, "k") == (entry,)
    assert conn.execute("select distinct call_id, source, reason from dnc").fetchall() == [
        (1, "call", "refused")
    ]
    assert events.verify(conn) == []


def test_an_inbound_call_without_task_blocks_the_number_that_called(conn: sqlite3.Connection) -> None:
    conn.execute(
        "insert into calls (id, direction, to_number, from_number, status, claimed_at, facts)"
        " values (2, 'inbound', 95500, 8613700000000, 'claimed', '2026-11-23T01:00:00.000Z', '{\"a\":1}')"
    )
    seen: list[CallState] = []
    record = said("bye", blocks=(Block("all", "refused"),))
    with transaction(conn):
        calls.answered(conn, 2, "CA9", NOW, lambda state: seen.append(state) or record)
    assert (seen[0].number, seen[0].task_id, seen[0].customer_key, seen[0].facts) == (
        8613700000000, None, "", '{"a":1}',
    )  # fmt: skip
    assert [row.number for row in dnc.listing(conn, limit=9)] == [8613700000000]
