"""Calls that come in: one row for each, parts whose evidence holds, and who the number may be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger import (
    callers,
    calls,
    connect,
    dnc,
    events,
    expected,
    inbound,
    migrate,
    script_life,
    standing,
    state,
    transaction,
)
from ledger.canonical import sha256
from ledger.inbound import Arrival
from ledger.records import Block, ClaimFacts, ContactRow, Promise, StatusUpdate, Verdict
from ledger.times import to_text
from tests.ledger_rows import (
    DIGEST,
    FIRST_NUMBER,
    NOW,
    OFFICER,
    Words,
    allow,
    campaign,
    claim_some,
    contact,
    ending,
    in_force,
    later,
    said,
)

HOTLINE = sha256("hotline")
CALLER = FIRST_NUMBER + 1


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    migrate(tmp_path / "h.db")
    with closing(connect(tmp_path / "h.db")) as conn:
        yield conn


def come_in(conn: sqlite3.Connection, sid: str = "CA1", caller: int = CALLER) -> int:
    """A call comes in and hears the first turn."""
    with transaction(conn):
        in_force(conn, Words("hotline", canonical="hotline", purpose="service"))
        call_id = inbound.opened(conn, Arrival(sid, caller, 4001), HOTLINE, NOW)
        calls.answered(conn, call_id, sid, NOW, lambda call: said("hello", facts='{"known":true}'))
    return call_id


def person(row: int, *numbers: int, customer: str = "", age: int | None = 40) -> ContactRow:
    facts = json.dumps({"age": age, "name": "王"})
    return contact(row, numbers=numbers, customer=customer)._replace(facts=facts)


def missed_once(conn: sqlite3.Connection, *rows: ContactRow) -> None:
    """A campaign whose first task was called in vain."""
    claim_some(conn, campaign(conn, rows))
    with transaction(conn):
        calls.placing(conn, 1, NOW)
        calls.placed(conn, 1, "CA0", NOW)
        end = StatusUpdate("CA0", "no-answer", 3, later(seconds=50), 0)
        calls.status(
            conn, 1, end, NOW, lambda call: ending("NOT_COMPLETED", "no_answer", next_at=later(hours=2))
        )


def test_a_webhook_that_comes_twice_opens_one_call(conn: sqlite3.Connection) -> None:
    assert come_in(conn) == come_in(conn)
    assert conn.execute("select count(*), min(from_number) from calls").fetchone() == (1, CALLER)
    assert conn.execute("select count(*) from parts").fetchone() == (1,)
    call = state.read(conn, 1).state
    assert (call.direction, call.number, call.facts, call.turn) == ("inbound", CALLER, '{"known":true}', 0)
    assert events.verify(conn) == []


def test_a_missed_callback_is_taken_up_once_and_both_parts_stay(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER))
    call_id = come_in(conn)
    found = callers.recognise(conn, CALLER).callback
    assert found is not None
    with transaction(conn):
        assert inbound.taken_up(conn, call_id, 3, found, found.facts, NOW)
        assert not inbound.taken_up(conn, call_id, 4, found, found.facts, NOW)
    call = state.read(conn, call_id).state
    assert (call.task_id, call.campaign_id, call.script_digest, call.customer_key) == (
        1,
        1,
        DIGEST,
        "customer-1",
    )
    assert [(part.turn, part.script_digest) for part in inbound.parts(conn, call_id)] == [
        (0, HOTLINE),
        (3, DIGEST),
    ]
    assert [inbound.digest_at(conn, call_id, n) for n in (0, 2, 3, 9)] == [HOTLINE, HOTLINE, DIGEST, DIGEST]
    assert callers.recognise(conn, CALLER).callback is None
    with transaction(conn):
        end = StatusUpdate("CA1", "completed", 3, NOW, 90)
        calls.status(conn, call_id, end, NOW, lambda call: ending("SUCCESS", "done"))
    assert conn.execute("select status, outcome from tasks").fetchone() == ("done", "SUCCESS")
    assert events.verify(conn) == []
    assert events.verify_call(conn, call_id) == []


@pytest.mark.parametrize(
    ("crime", "named"),
    [
        ("update calls set from_number = 7 where id = 1", "calls 1"),
        ("update calls set script_digest = 'x' where id = 1", "differs from its last part"),
        ("update calls set task_id = 9 where id = 1", "differs from its last part"),
        ("update parts set facts = '{}'", "parts 1"),
        ("delete from parts", "parts 1: missing"),
        ("insert into parts values (7, 1, 5, 'x', null, null, '{}', '2026')", "parts 7: no event knows it"),
    ],
)
def test_a_part_that_was_changed_is_found(conn: sqlite3.Connection, crime: str, named: str) -> None:
    call_id = come_in(conn)
    conn.execute("pragma foreign_keys = off")
    conn.execute(crime)
    assert any(named in finding for finding in events.verify(conn))
    assert any(named in finding for finding in events.verify_call(conn, call_id))


def test_a_number_that_nobody_has_is_nobody(conn: sqlite3.Connection) -> None:
    assert callers.recognise(conn, CALLER) == callers.Caller()


def test_two_customers_behind_one_number_are_nobody_in_particular(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER, age=70), person(2, CALLER, age=30))
    assert callers.recognise(conn, CALLER) == callers.Caller()


def test_who_is_sixty_or_more_is_known_to_be(conn: sqlite3.Connection) -> None:
    campaign(
        conn, [person(1, CALLER, age=60), person(2, CALLER + 1, age=59), person(3, CALLER + 2, age=None)]
    )
    assert [callers.recognise(conn, CALLER + n).elder for n in range(3)] == [True, False, False]


def test_a_couple_of_elders_behind_one_number_is_served_as_elders(conn: sqlite3.Connection) -> None:
    campaign(conn, [person(1, CALLER, age=60), person(2, CALLER, age=71)])
    assert callers.recognise(conn, CALLER) == callers.Caller(elder=True)


def test_a_callback_that_was_never_tried_is_not_missed(conn: sqlite3.Connection) -> None:
    campaign(conn, [person(1, CALLER)])
    assert callers.recognise(conn, CALLER) == callers.Caller("customer-1", facts=person(1).facts)


def test_the_callback_of_another_number_of_the_customer_can_be_finished(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER, CALLER + 5))
    assert callers.recognise(conn, CALLER + 5).callback is not None


def test_nobody_is_dialed_who_is_calling_us(conn: sqlite3.Connection) -> None:
    campaign(conn, [person(1, CALLER)])
    come_in(conn)
    seen = []

    def look(facts: ClaimFacts) -> Verdict:
        seen.append(facts.in_progress)
        return allow(facts)

    claim_some(conn, 1, gate=look)
    assert seen == [True]


def test_a_caller_who_proved_nothing_forbids_only_the_own_number(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER, CALLER + 5))
    call_id = come_in(conn)
    with transaction(conn):
        calls.turn(conn, call_id, 1, NOW, "{}", lambda call: said("bye", blocks=(Block("all", "refused"),)))
    assert len(dnc.check(conn, CALLER)) == 1
    assert dnc.check(conn, CALLER + 5) == []


def test_who_took_up_the_own_callback_forbids_all_numbers(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER, CALLER + 5))
    call_id = come_in(conn)
    found = callers.recognise(conn, CALLER).callback
    assert found is not None
    with transaction(conn):
        inbound.taken_up(conn, call_id, 1, found, found.facts, NOW)
        calls.turn(conn, call_id, 1, NOW, "{}", lambda call: said("go on"))
        calls.turn(conn, call_id, 2, NOW, "{}", lambda call: said("bye", blocks=(Block("all", "refused"),)))
    assert dnc.check(conn, CALLER + 5) != []


def test_a_caller_without_a_number_leaves_nothing_to_forbid(conn: sqlite3.Connection) -> None:
    call_id = come_in(conn, caller=0)
    with transaction(conn):
        calls.turn(conn, call_id, 1, NOW, "{}", lambda call: said("bye", blocks=(Block("all", "x"),)))
    assert conn.execute("select count(*) from dnc").fetchone() == (0,)


CALLBACKS = standing.Standing("热线回电", "hotline", HOTLINE, 1, "service", "cn_life", "preview", 4001)


def test_a_promise_to_an_unknown_caller_is_a_task_with_a_number_and_a_time(conn: sqlite3.Connection) -> None:
    call_id = come_in(conn)
    by = later(hours=2)
    with transaction(conn):
        wanted = standing.Wanted("call 1", CALLER, "", NOW, by)
        task_id = standing.add(conn, CALLBACKS, wanted, NOW)
        standing.add(conn, CALLBACKS, replace(wanted, reference="call 2", number=CALLER + 1), NOW)
        promise = Promise("callback", by, task_id=task_id)
        calls.turn(conn, call_id, 1, NOW, "{}", lambda call: said("bye", promises=(promise,)))
    assert conn.execute("select task_id from appointments").fetchall() == [(task_id,)]
    assert conn.execute("select mode, status, purpose from campaigns").fetchall() == [
        ("preview", "running", "service")
    ]
    tasks = "select n.number, t.status, t.due_by from tasks t join numbers n on n.contact_id = t.contact_id"
    assert conn.execute(tasks).fetchall() == [
        (CALLER, "ready", to_text(by)),
        (CALLER + 1, "ready", to_text(by)),
    ]
    assert events.verify(conn) == []


def test_promises_go_on_in_the_newest_words_and_earlier_ones_in_theirs(
    conn: sqlite3.Connection,
) -> None:
    wanted = standing.Wanted("call 1", CALLER, "", NOW, None)
    with transaction(conn):
        in_force(conn, Words("hotline", canonical="hotline"))
        standing.add(conn, CALLBACKS, wanted, NOW)
        newer = in_force(conn, Words("hotline", 2, "better"))
        now_said = replace(CALLBACKS, script_digest=newer, version=2)
        for reference in ("call 2", "call 3"):
            standing.add(conn, now_said, replace(wanted, reference=reference), NOW)
    assert conn.execute("select c.name, c.script_digest, c.status, count(*) from tasks t"
        " join campaigns c on c.id = t.campaign_id group by c.id").fetchall() == [
        ("热线回电", HOTLINE, "running", 1), ("热线回电 · 2", newer, "running", 2),
    ]  # fmt: skip


def test_a_callback_in_retired_words_is_not_taken_up(conn: sqlite3.Connection) -> None:
    missed_once(conn, person(1, CALLER))
    assert callers.recognise(conn, CALLER).callback is not None
    with transaction(conn):
        script_life.retire(conn, DIGEST, OFFICER, NOW)
    assert callers.recognise(conn, CALLER).callback is None


def served(conn: sqlite3.Connection, *waits: tuple[float, float]) -> None:
    """Callers who waited from one minute to another, put through in this order."""
    for kind, moments in (
        ("waiting", [since for since, _ in waits]),
        ("agent", [until for _, until in waits]),
    ):
        for call_id, minutes in enumerate(moments, 100):
            with transaction(conn):
                events.append(conn, kind, {}, later(minutes=minutes), call_id)


def test_a_wait_is_only_estimated_from_waits(conn: sqlite3.Connection) -> None:
    assert expected.expected(conn, 0, NOW) is None
    served(conn, (0, 2), (10, 14))
    now = later(minutes=15)
    assert expected.expected(conn, 0, now) == timedelta(minutes=3)
    assert expected.expected(conn, 1, now) is None
    assert expected.expected(conn, 0, later(hours=2)) is None


def test_who_waits_in_turn_waits_as_long_as_the_ones_before_took(conn: sqlite3.Connection) -> None:
    served(conn, (0, 2), (1, 5), (1.5, 8), (2, 11))
    assert expected.expected(conn, 2, later(minutes=12)) == timedelta(minutes=9)
