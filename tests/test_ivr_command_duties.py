"""`huifang fallback`, `policy` and `appointments`, as people type them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest

import ledger
from dialer import fallback, updates
from ivr.cli import main
from ledger import calls, events, people
from ledger.people import Particulars
from ledger.records import Claimed, Ending, Promise, StatusUpdate
from tests.conftest import MORNING
from tests.ledger_rows import said

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def huifang(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        return int(ended.value.code or 0), *capsys.readouterr()

    return run


def person(conn: sqlite3.Connection, name: str, role: str) -> int:
    with ledger.transaction(conn):
        return people.add(conn, name, Particulars(role, f"{name}的全名", name), "x", MORNING, by=None)


def test_a_visit_from_the_list_to_the_signed_form(conn: sqlite3.Connection, huifang: Run) -> None:
    person(conn, "li", "supervisor")
    with ledger.transaction(conn):
        for task_id in (2, 1):
            fallback.discharge(conn, task_id, "attempts_used_up", MORNING)
    (shown,) = json.loads(huifang("fallback", "list", "--status", "stopped", "--json")[1])
    assert (shown["task"], shown["channel"]) == (1, "visit")
    assert huifang("fallback", "allow", "2", "--reason", "镇上没有信号", "--by", "li")[0] == 0
    assert huifang("fallback", "visit", "2", "--visitor", "li", "--by", "li")[0] == 0
    code, _, error = huifang("fallback", "visit", "2", "--visitor", "li", "--failed", "x", "--by", "li")
    assert (code, "--signed" in error) == (2, True)
    (campaign, *_) = json.loads(huifang("fallback", "share", "--json")[1])
    assert (campaign["outside"], campaign["state"].split(":")[0]) == (2, "above")
    assert huifang("fallback", "visit", "2", "--signed", "SCAN-7", "--by", "li")[0] == 0
    assert conn.execute("select outcome, outcome_reason from tasks where id = 1").fetchone() == (
        "SUCCESS",
        "visit",
    )
    assert "signed" in huifang("fallback", "why", "1")[1]
    assert huifang("fallback", "letter", "2", "--sent", "RR1", "--by", "li")[0] == 2
    assert events.verify(conn) == []


def test_a_policy_is_updated_once(conn: sqlite3.Connection, huifang: Run) -> None:
    (number,) = conn.execute("select policy_no from contacts order by id limit 1").fetchone()
    assert "1 tasks" in huifang("policy", "update", number, "--state", "surrendered")[1]
    assert "was known" in huifang("policy", "update", number, "--state", "surrendered")[1]
    assert len(json.loads(huifang("policy", "history", number, "--json")[1])) == 1
    code, _, error = huifang("policy", "update", number, "--state", "gone")
    assert code == 2
    assert all(state in error for state in updates.states())


def test_promises_are_listed_booked_and_done(
    conn: sqlite3.Connection, claimed: list[Claimed], huifang: Run
) -> None:
    agent = person(conn, "li", "agent")
    call = claimed[0].call_id
    again = MORNING + timedelta(hours=2)
    with ledger.transaction(conn):
        promise = Promise("explanation", again)
        sid = conn.execute("select ifnull(carrier_sid, '') from calls where id = ?", (call,)).fetchone()[0]
        calls.answered(conn, call, sid, MORNING, lambda state: said(promises=(promise,)))
        update = StatusUpdate(sid, "completed", 9, MORNING)
        calls.status(conn, call, update, MORNING, lambda state: Ending("PARTIAL", "busy", again))
    (shown,) = json.loads(huifang("appointments", "list", "--json")[1])
    assert shown["kind"] == "explanation"
    assert huifang("appointments", "done", str(shown["id"]), "--by", "li")[0] == 0
    assert huifang("appointments", "done", str(shown["id"]), "--by", "li")[0] == 2
    booked = ("appointments", "book", str(call), "--by", "li")
    assert (
        huifang(*booked, "--from", "2026-11-30 10:00", "--until", "2026-11-30 12:00", "--agent", "li")[0] == 0
    )
    row = conn.execute("select since, until, exact, agent_id from appointed").fetchone()
    assert row == ("2026-11-30T02:00:00.000Z", "2026-11-30T04:00:00.000Z", 0, agent)
    next_at = conn.execute("select next_at from tasks where id = ?", (claimed[0].task_id,)).fetchone()
    assert next_at == ("2026-11-30T02:15:00.000Z",)
    assert huifang(*booked, "--at", "2026-11-30 10:00", "--until", "2026-11-30 12:00")[0] == 2
    assert huifang(*booked, "--at", "2020-11-30 10:00")[0] == 2
    assert events.verify(conn) == []
