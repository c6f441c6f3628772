import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import UnknownCall, calls, connect, dnc, events, migrate, transaction
from ledger.progress import progress
from ledger.records import Answer, CallState, Ending, Promise, StatusUpdate
from tests.ledger_rows import FIRST_NUMBER, NOW, campaign, claim_some, contact, done, ending, later, said


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        claim_some(conn, campaign(conn, [contact(1, customer="k"), contact(2), contact(3)]))
        yield conn


def forbid(conn: sqlite3.Connection, *numbers: int, customer: str = "", purpose: str = "all") -> None:
    with transaction(conn):
        dnc.add(
            conn, numbers=numbers, customer_key=customer, purpose=purpose, scope="company", reason="asked",
            source="letter", call_id=None, starts_at=NOW, ends_at=later(days=1), now=NOW,
        )  # fmt: skip


def place(conn: sqlite3.Connection, call_id: int = 1, **span: float) -> bool:
    with transaction(conn):
        return calls.placing(conn, call_id, later(**span))


def tell(
    conn: sqlite3.Connection, status: str, sequence: int, *, sid: str = "CA1", end: Ending | None = None
) -> bool:
    update = StatusUpdate(sid, status, sequence, later(seconds=30 + sequence), 17)
    with transaction(conn):
        return calls.status(conn, 1, update, later(minutes=1), lambda state: end or ending())


def call(conn: sqlite3.Connection, columns: str = "status, carrier_sid") -> tuple[object, ...]:
    row: tuple[object, ...] = conn.execute(f"select {columns} from calls where id = 1").fetchone()
    return row


def task(conn: sqlite3.Connection, columns: str = "status, outcome, outcome_reason") -> tuple[object, ...]:
    row: tuple[object, ...] = conn.execute(f"select {columns} from tasks where id = 1").fetchone()
    return row


def answer_call(conn: sqlite3.Connection) -> str:
    with transaction(conn):
        return calls.answered(conn, 1, "CA1", later(seconds=10), lambda state: said("hello"))


def test_a_call_may_be_placed_once(conn: sqlite3.Connection) -> None:
    assert place(conn)
    assert call(conn, "status, placing_at") == ("placing", "2026-11-23T01:00:00.000Z")
    assert not place(conn)


@pytest.mark.parametrize("listed", ["number", "customer"])
def test_an_entry_made_after_the_claim_withdraws_the_call(conn: sqlite3.Connection, listed: str) -> None:
    if listed == "number":
        forbid(conn, FIRST_NUMBER + 1)
    else:
        forbid(conn, customer="k")
    assert not place(conn)
    assert call(conn, "status, ended_at is not null, outcome_reason") == ("withdrawn", 1, "withdrawn")
    assert task(conn, "status, outcome_reason, attempts, attempts_today") == ("blocked", "withdrawn", 0, 0)
    assert not place(conn)
    assert events.verify(conn) == []


def test_an_entry_that_is_over_withdraws_nothing(conn: sqlite3.Connection) -> None:
    forbid(conn, FIRST_NUMBER + 1)
    assert not place(conn, hours=23)
    forbid(conn, FIRST_NUMBER + 2)
    claim_some(conn, 1)
    assert place(conn, 2, days=1)


def test_an_entry_against_marketing_withdraws_marketing_calls_only(conn: sqlite3.Connection) -> None:
    row = contact(9, due_by=later(days=1))
    claim_some(conn, campaign(conn, [row], purpose="marketing", name="more products"))
    forbid(conn, FIRST_NUMBER + 1, FIRST_NUMBER + 9, purpose="marketing")
    assert place(conn, 1)
    assert not place(conn, 2)


def test_what_the_carriers_callbacks_said_before_placed_stays(conn: sqlite3.Connection) -> None:
    place(conn)
    assert tell(conn, "ringing", 1)
    with transaction(conn):
        calls.placed(conn, 1, "CA1", NOW)
    assert call(conn) == ("ringing", "CA1")


def test_a_call_the_carrier_took_is_placed(conn: sqlite3.Connection) -> None:
    place(conn)
    with transaction(conn):
        calls.placed(conn, 1, "CA1", later(seconds=1))
    assert call(conn, "status, carrier_sid, placed_at") == ("placed", "CA1", "2026-11-23T01:00:01.000Z")


def test_a_lost_submission_is_unknown_until_the_carrier_speaks_of_it(conn: sqlite3.Connection) -> None:
    place(conn)
    with transaction(conn):
        calls.unknown(conn, 1, NOW)
    assert call(conn) == ("unknown", None)
    assert answer_call(conn) == "hello"
    assert call(conn) == ("in-progress", "CA1")
    with transaction(conn):
        calls.unknown(conn, 1, NOW)
    assert call(conn) == ("in-progress", "CA1")


def test_a_refused_submission_ends_the_call_and_the_rule_decides_what_follows(
    conn: sqlite3.Connection,
) -> None:
    place(conn)
    with transaction(conn):
        assert calls.refused(conn, 1, "21211", NOW, lambda state: ending("CLOSED_OTHER", "number_invalid"))
        assert not calls.refused(conn, 1, "21211", NOW, done)
    assert call(conn, "status, error, outcome_reason") == ("refused", "21211", "number_invalid")
    assert task(conn) == ("done", "CLOSED_OTHER", "number_invalid")


def test_statuses_only_go_forward_by_their_sequence(conn: sqlite3.Connection) -> None:
    assert tell(conn, "in-progress", 2)
    assert not tell(conn, "ringing", 1)
    assert not tell(conn, "in-progress", 2)
    assert call(conn, "status, sequence, answered_at") == ("in-progress", 2, "2026-11-23T01:00:32.000Z")


def test_a_call_ends_once_and_later_statuses_change_nothing(conn: sqlite3.Connection) -> None:
    assert tell(conn, "busy", 3, end=ending("NOT_COMPLETED", "busy"))
    before = conn.execute("select count(*) from events").fetchone()
    assert not tell(conn, "busy", 3)
    assert not tell(conn, "completed", 4, end=ending("SUCCESS", "done"))
    assert not tell(conn, "ringing", 1)
    assert conn.execute("select count(*) from events").fetchone() == before
    assert call(conn, "status, outcome, outcome_reason, duration, ended_at") == (
        "busy", "NOT_COMPLETED", "busy", 17, "2026-11-23T01:00:33.000Z",
    )  # fmt: skip
    assert task(conn) == ("done", "NOT_COMPLETED", "busy")


def test_an_ending_that_overtook_others_still_ends_the_call(conn: sqlite3.Connection) -> None:
    tell(conn, "in-progress", 5)
    assert tell(conn, "completed", 4)
    assert call(conn, "status, sequence") == ("completed", 5)


def test_the_end_of_another_carrier_call_is_refused(conn: sqlite3.Connection) -> None:
    tell(conn, "ringing", 1)
    with pytest.raises(UnknownCall):
        tell(conn, "completed", 2, sid="CA2")


def test_a_task_that_is_tried_again_is_ready_at_its_time_and_resumes(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    last = said("", answers=(Answer("fees", "unsure", "3"),))
    again = ending("PARTIAL", "hangup", next_at=later(hours=2), record=last)
    assert tell(conn, "completed", 3, end=again)
    assert task(conn, "status, next_at, resume, outcome") == (
        "ready", "2026-11-23T03:00:00.000Z", "{}", "PARTIAL",
    )  # fmt: skip
    assert conn.execute("select call_id, turn, step from answers").fetchall() == [(1, 1, "fees")]
    assert [one.task_id for one in claim_some(conn, 1, limit=3)] == [2, 3]
    (claimed,) = claim_some(conn, 1, now=later(hours=2))
    seen: list[CallState] = []
    with transaction(conn):
        calls.answered(conn, claimed.call_id, "CA7", NOW, lambda state: seen.append(state) or said())
    assert (seen[0].resume, seen[0].attempts, seen[0].attempts_today) == ("{}", 2, 2)
    assert events.verify(conn) == []


def test_a_promised_callback_is_kept_by_the_later_call_that_reaches_the_customer(
    conn: sqlite3.Connection,
) -> None:
    asked = said("", promises=(Promise("callback", later(hours=1)), Promise("letter", None)))
    answer_call(conn)
    tell(conn, "completed", 3, end=ending("PARTIAL", "busy", next_at=later(hours=1), record=asked))
    claim_some(conn, 1, limit=2)
    assert promises(conn) == [("callback", "open"), ("letter", "open")]
    again(conn, 1, ending("NOT_COMPLETED", "no_answer", next_at=later(hours=2)))
    assert promises(conn) == [("callback", "open"), ("letter", "open")]
    again(conn, 2, ending("PARTIAL", "busy", next_at=later(hours=4), record=asked))
    assert promises(conn) == [
        ("callback", "kept"),
        ("letter", "open"),
        ("callback", "open"),
        ("letter", "open"),
    ]
    assert events.verify(conn) == []


def promises(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """What was promised, and what became of it."""
    return conn.execute("select kind, status from appointments order by id").fetchall()


def again(conn: sqlite3.Connection, hours: int, end: Ending) -> None:
    """The first task is called again after so many hours."""
    (claimed,) = claim_some(conn, 1, now=later(hours=hours))
    sid = f"CA{claimed.call_id}"
    with transaction(conn):
        calls.answered(conn, claimed.call_id, sid, later(hours=hours), lambda state: said())
        update = StatusUpdate(sid, "completed", 3, later(hours=hours, minutes=1), 60)
        calls.status(conn, claimed.call_id, update, later(hours=hours, minutes=1), lambda state: end)


def test_what_was_to_be_resumed_is_not_lost_by_a_call_nobody_answered(conn: sqlite3.Connection) -> None:
    conn.execute("update tasks set resume = 'half way' where id = 1")
    tell(conn, "no-answer", 3, end=ending(next_at=later(hours=2)))
    assert task(conn, "resume") == ("half way",)


def test_an_ending_without_an_outcome_keeps_the_one_of_the_last_turn(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    with transaction(conn):
        calls.turn(
            conn, 1, 1, NOW, "{}", lambda state: said("bye", outcome="REFUSED", outcome_reason="refused")
        )
    tell(conn, "completed", 3, end=Ending("", "", None))
    assert call(conn, "outcome, outcome_reason") == ("REFUSED", "refused")
    assert task(conn) == ("done", "REFUSED", "refused")


def test_a_machine_is_noted_and_seen_by_the_next_decision(conn: sqlite3.Connection) -> None:
    answer_call(conn)
    with transaction(conn):
        calls.machine(conn, 1, "machine_end_beep", NOW)
    seen: list[CallState] = []
    with transaction(conn):
        calls.turn(conn, 1, 1, NOW, "{}", lambda state: seen.append(state) or said())
    assert seen[0].answered_by == "machine_end_beep"
    with pytest.raises(UnknownCall), transaction(conn):
        calls.machine(conn, 99, "human", NOW)


def test_calls_without_an_end_are_found_for_the_sweeper(conn: sqlite3.Connection) -> None:
    claim_some(conn, 1, limit=2, now=later(minutes=10))
    place(conn)
    (old,) = calls.unsettled(conn, before=later(minutes=5))
    assert (old.call_id, old.status, old.carrier_sid, old.claimed_at) == (1, "placing", "", NOW)
    assert len(calls.unsettled(conn, before=later(minutes=11))) == 3
    tell(conn, "failed", 3)
    assert len(calls.unsettled(conn, before=later(minutes=11))) == 2


def test_progress_counts_every_task_once(conn: sqlite3.Connection) -> None:
    """One is done, one withdrawn, one in progress."""
    answer_call(conn)
    tell(conn, "completed", 3, end=ending("SUCCESS", "done"))
    claim_some(conn, 1, limit=2)
    forbid(conn, FIRST_NUMBER + 2)
    assert not place(conn, 2)
    found = progress(conn, 1)
    assert (found.due, found.waiting, found.in_progress, found.finished) == (3, 0, 1, 1)
    assert (found.dialed, found.reached, found.retrying) == (2, 1, 0)
    assert found.outcomes == {"SUCCESS": 1}
    assert found.reasons == {("SUCCESS", "done"): 1}
    assert found.blocked == {"withdrawn": 1}


def test_progress_counts_retries_problems_and_machines(conn: sqlite3.Connection) -> None:
    from ledger.records import Problem

    answer_call(conn)
    problems = (Problem("P05", "fees", "high", None), Problem("P05", "risk", "high", None))
    with transaction(conn):
        calls.turn(conn, 1, 1, NOW, "{}", lambda state: said(problems=problems))
        calls.machine(conn, 1, "machine_start", NOW)
    tell(conn, "completed", 3, end=ending(next_at=later(hours=2)))
    found = progress(conn, 1)
    assert (found.waiting, found.retrying, found.dialed, found.reached) == (3, 1, 1, 0)
    assert found.problems == {"P05": 1}
