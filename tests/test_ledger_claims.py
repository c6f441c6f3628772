import logging
import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from ledger import campaigns, claims, connect, dnc, events, migrate, script_life, transaction
from ledger.records import Action, ClaimFacts, ContactRow, Verdict
from tests.ledger_rows import (
    DIGEST,
    FIRST_NUMBER,
    HOTLINE,
    NOW,
    OFFICER,
    Words,
    allow,
    allow_unlisted,
    campaign,
    claim_some,
    contact,
    in_force,
    later,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    migrate(tmp_path / "h.db")
    return tmp_path / "h.db"


@pytest.fixture
def conn(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as conn:
        yield conn


def forbid(conn: sqlite3.Connection, *numbers: int, customer: str = "") -> None:
    with transaction(conn):
        dnc.add(
            conn, numbers=numbers, customer_key=customer, purpose="all", scope="company", reason="asked",
            source="letter", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
        )  # fmt: skip


def defer_until(**span: float) -> Verdict:
    return Verdict(Action.DEFER, "hours", "1", later(**span))


def task(conn: sqlite3.Connection, task_id: int, columns: str) -> tuple[object, ...]:
    row: tuple[object, ...] = conn.execute(f"select {columns} from tasks where id = ?", (task_id,)).fetchone()
    return row


def test_the_most_urgent_are_claimed_first_and_those_without_a_deadline_last(
    conn: sqlite3.Connection,
) -> None:
    never = ContactRow(4, "P4", "k4", "{}", None, None, (FIRST_NUMBER + 4,))
    rows = [contact(1, due_by=later(days=3)), never, contact(2, due_by=later(days=1))]
    campaign_id = campaign(conn, rows)
    assert [one.task_id for one in claim_some(conn, campaign_id, limit=5)] == [3, 1, 2]


def test_an_allowed_task_becomes_an_open_call_and_counts_as_an_attempt(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    (claimed,) = claim_some(conn, campaign_id)
    assert (claimed.to_number, claimed.from_number) == (FIRST_NUMBER + 1, HOTLINE)
    assert task(conn, 1, "status, attempts, attempts_today, attempts_day") == ("leased", 1, 1, "2026-11-23")
    call = "select task_id, direction, to_number, script_digest, status, ended_at from calls where id = ?"
    assert conn.execute(call, (claimed.call_id,)).fetchone() == (
        1, "outbound", FIRST_NUMBER + 1, DIGEST, "claimed", None,
    )  # fmt: skip
    decision = "select call_id, verdict, rule, version from gate_decisions"
    assert conn.execute(decision).fetchall() == [(claimed.call_id, "allow", "allowed", "1")]
    assert conn.execute("select kind, call_id from events where kind <> 'script'").fetchall() == [
        ("claimed", claimed.call_id)
    ]
    assert claim_some(conn, campaign_id) == []


def test_only_a_running_campaign_is_dialed(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    with transaction(conn):
        campaigns.set_status(conn, campaign_id, "paused", NOW)
    assert claim_some(conn, campaign_id) == []
    assert claim_some(conn, 99) == []


def test_a_retired_script_is_not_in_force_and_a_superseded_one_is(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1), contact(2)])
    seen: list[bool] = []

    def gate(facts: ClaimFacts) -> Verdict:
        seen.append(facts.script_in_force)
        return Verdict(Action.DEFER, "later", "1", later(hours=1))

    with transaction(conn):
        in_force(conn, Words(version=2, canonical="newer"))
    claim_some(conn, campaign_id, gate=gate)
    with transaction(conn):
        script_life.retire(conn, DIGEST, OFFICER, NOW)
    claim_some(conn, campaign_id, gate=gate, now=later(hours=2))
    assert seen == [True, True, False, False]


def test_the_gate_sees_what_is_known_of_the_task(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1, customer="k", due_by=later(days=2))])
    seen: list[ClaimFacts] = []
    claim_some(conn, campaign_id, gate=lambda facts: seen.append(facts) or allow(facts))
    assert seen == [
        ClaimFacts(1, 1, FIRST_NUMBER + 1, "k", "", 0, 0, None, None, later(days=2), False, True, False, True)
    ]


def test_attempts_of_another_day_do_not_count_as_todays(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    conn.execute("update tasks set attempts = 3, attempts_today = 2, attempts_day = '2026-11-22'")
    conn.execute("update tasks set last_attempt_at = '2026-11-22T01:00:00.000Z'")
    seen: list[ClaimFacts] = []
    claim_some(conn, campaign_id, gate=lambda facts: seen.append(facts) or allow(facts))
    assert (seen[0].attempts, seen[0].attempts_today, seen[0].last_attempt_at) == (3, 0, later(days=-1))
    assert task(conn, 1, "attempts, attempts_today, attempts_day") == (4, 1, "2026-11-23")


@pytest.mark.parametrize("listed", ["number", "customer"])
def test_the_gate_sees_a_do_not_call_entry_of_number_and_of_customer(
    conn: sqlite3.Connection, listed: str
) -> None:
    campaign_id = campaign(conn, [contact(1, customer="k"), contact(2)])
    if listed == "number":
        forbid(conn, FIRST_NUMBER + 1)
    else:
        forbid(conn, customer="k")
    (claimed,) = claim_some(conn, campaign_id, limit=5, gate=allow_unlisted)
    assert claimed.task_id == 2
    assert task(conn, 1, "status, outcome_reason, attempts") == ("blocked", "dnc", 0)
    assert conn.execute("select count(*) from calls").fetchone() == (1,)


def test_a_deferred_task_stays_ready_and_comes_back_at_its_time(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    assert claim_some(conn, campaign_id, gate=lambda facts: defer_until(hours=2)) == []
    assert task(conn, 1, "status, next_at, attempts") == ("ready", "2026-11-23T03:00:00.000Z", 0)
    assert claim_some(conn, campaign_id, now=later(hours=1)) == []
    assert len(claim_some(conn, campaign_id, now=later(hours=2))) == 1
    decisions = conn.execute("select verdict, rule, until from gate_decisions").fetchall()
    assert decisions[0] == ("defer", "hours", "2026-11-23T03:00:00.000Z")
    assert len(decisions) == 2


def test_a_task_made_for_later_waits(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)], next_at=later(hours=1))
    assert claim_some(conn, campaign_id) == []
    assert len(claim_some(conn, campaign_id, now=later(hours=1))) == 1


@pytest.mark.parametrize("until", [None, NOW, NOW - timedelta(days=1)])
def test_a_deferral_without_a_future_is_put_off_a_quarter_of_an_hour(
    conn: sqlite3.Connection, until: None
) -> None:
    campaign_id = campaign(conn, [contact(1)])
    claim_some(conn, campaign_id, gate=lambda facts: Verdict(Action.DEFER, "spacing", "1", until))
    assert task(conn, 1, "next_at") == ("2026-11-23T01:15:00.000Z",)


def test_a_failing_gate_defers_its_task_and_the_others_go_on(
    conn: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    campaign_id = campaign(conn, [contact(1), contact(2)])

    def gate(facts: ClaimFacts) -> Verdict:
        if facts.task_id == 1:
            raise KeyError(facts.number)
        return allow(facts)

    with caplog.at_level(logging.ERROR):
        assert [one.task_id for one in claim_some(conn, campaign_id, limit=2, gate=gate)] == [2]
    assert task(conn, 1, "status, next_at") == ("ready", "2026-11-23T01:15:00.000Z")
    assert conn.execute("select verdict, rule from gate_decisions where task_id = 1").fetchall() == [
        ("defer", "gate_error")
    ]
    assert str(FIRST_NUMBER) not in caplog.text


def test_a_gate_that_allows_a_contact_without_a_number_is_not_believed(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1)])
    conn.execute("delete from numbers")
    assert claim_some(conn, campaign_id) == []
    assert conn.execute("select verdict, rule from gate_decisions").fetchall() == [("defer", "gate_error")]


def test_a_number_on_the_line_is_in_progress_also_within_one_claim(conn: sqlite3.Connection) -> None:
    shared = (FIRST_NUMBER,)
    campaign_id = campaign(conn, [contact(row, numbers=shared) for row in range(3)])
    seen: list[bool] = []

    def gate(facts: ClaimFacts) -> Verdict:
        seen.append(facts.in_progress)
        return defer_until(hours=1) if facts.in_progress else allow(facts)

    assert len(claim_some(conn, campaign_id, limit=2, gate=gate)) == 1
    assert seen == [False, True, True]
    claim_some(conn, campaign_id, gate=gate, now=later(hours=1))
    assert seen[3:] == [True, True]


def test_a_second_number_is_dialed_when_the_task_points_at_it(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(1, numbers=(FIRST_NUMBER, FIRST_NUMBER + 7))])
    conn.execute("update tasks set number_position = 1")
    assert claim_some(conn, campaign_id)[0].to_number == FIRST_NUMBER + 7


def test_blocked_and_deferred_tasks_at_the_head_are_looked_at_only_once(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LOOKS", 4)
    campaign_id = campaign(conn, [contact(row) for row in range(12)])
    looked: list[int] = []

    def gate(facts: ClaimFacts) -> Verdict:
        looked.append(facts.task_id)
        return defer_until(days=1) if facts.task_id <= 10 else allow(facts)

    made = [len(claim_some(conn, campaign_id, gate=gate)) for _ in range(4)]
    assert made == [0, 0, 1, 1]
    assert looked == list(range(1, 13))


def test_a_claim_moves_a_bounded_number_of_held_tasks_earliest_first(
    conn: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOVES", 2)
    campaign_id = campaign(conn, [contact(row) for row in range(4)], next_at=later(hours=1))
    assert [one.task_id for one in claim_some(conn, campaign_id, limit=9, now=later(hours=1))] == [1, 2]
    assert [one.task_id for one in claim_some(conn, campaign_id, limit=9, now=later(hours=1))] == [3, 4]


def test_a_claim_reads_the_head_of_an_index_and_scans_nothing(conn: sqlite3.Connection) -> None:
    key = {"campaign_id": 1, "today": "2026-11-23", "limit": 1, "now": "", "moves": 1}
    for statement, index in ((claims.PICK, "tasks_queue"), (claims.RELEASE_HELD, "tasks_held")):
        plan = " ".join(row[3] for row in conn.execute("explain query plan " + statement, key))
        assert index in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan


def test_every_claim_is_in_the_chain(conn: sqlite3.Connection) -> None:
    campaign_id = campaign(conn, [contact(row) for row in range(6)])
    forbid(conn, FIRST_NUMBER + 2)
    claim_some(conn, campaign_id, limit=9, gate=allow_unlisted)
    assert events.verify(conn) == []
    conn.execute("update gate_decisions set rule = 'other' where task_id = 3")
    assert "gate_decisions 3" in " ".join(events.verify(conn))


def compete(path: Path, campaign_id: int, results: "Queue[list[tuple[int, int]]]") -> None:
    with closing(connect(path)) as conn:
        mine: list[tuple[int, int]] = []
        while made := claim_some(conn, campaign_id, limit=3, gate=allow_unlisted):
            mine += [(one.task_id, one.to_number) for one in made]
        results.put(mine)


def test_processes_at_once_claim_no_task_twice_and_no_forbidden_number(
    path: Path, conn: sqlite3.Connection
) -> None:
    campaign_id = campaign(conn, [contact(row) for row in range(300)])
    forbidden = {FIRST_NUMBER + row for row in range(0, 300, 5)}
    forbid(conn, *forbidden)
    context = multiprocessing.get_context("spawn")
    results: Queue[list[tuple[int, int]]] = context.Queue()
    workers = [context.Process(target=compete, args=(path, campaign_id, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    claimed = [one for _ in workers for one in results.get()]
    for worker in workers:
        worker.join()
    assert len(claimed) == len({task_id for task_id, _ in claimed}) == 240
    assert forbidden.isdisjoint(number for _, number in claimed)
    assert events.verify(conn) == []
