"""The hotline on the exchange: real processes, real webhooks, scripted callers by keys and by speech."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass

import pytest
import requests

import ledger
from dialer.carrier import Carrier
from ivr import demo
from ivr.demo import COMPANY, Processes
from ivr.home import Home
from ledger import events, wishes
from tests.conftest import MORNING, furnished
from tests.in_force import put_in_force
from tests.ledger_people import busy_agent

SPEED = 60.0
SECONDS = 60.0
OURS = f"+{COMPANY.numbers[0]}"


@dataclass(frozen=True)
class Town:
    """An exchange and the web process, and the ledger between them."""

    home: Home
    environ: Mapping[str, str]
    conn: sqlite3.Connection

    def call(self, caller: str, *answers: Mapping[str, object]) -> str:
        """Somebody calls the number and answers in this order; the SID of the call."""
        asked = requests.post(
            f"{self.environ['TWILIO_API_BASE']}/control/calls",
            json={"to": OURS, "from": caller, "answers": list(answers)},
            auth=self.credentials,
            timeout=10,
        )
        assert asked.status_code in (200, 201), asked.text
        return str(asked.json()["sid"])

    @property
    def credentials(self) -> tuple[str, str]:
        return self.environ["TWILIO_ACCOUNT_SID"], self.environ["TWILIO_AUTH_TOKEN"]

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        return self.conn.execute(query, values).fetchall()

    def ended(self, sid: str) -> tuple[object, ...]:
        """The outcome and the reason of a call, once it is over."""
        query = "select outcome, outcome_reason from calls where carrier_sid = ? and ended_at is not null"
        until(lambda: bool(self.rows(query, sid)))
        return self.rows(query, sid)[0]

    def notifications(self) -> list[dict[str, object]]:
        url = f"{self.environ['TWILIO_API_BASE']}/control/notifications"
        found = requests.get(url, auth=self.credentials, timeout=10).json()
        return list(found["notifications"] if isinstance(found, dict) else found)


def until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < ends, "it never became true"
        time.sleep(0.05)


def number(environ: Mapping[str, str]) -> None:
    """The account has the number, and its webhooks lead to the hotline."""
    account, token = environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"]
    Carrier(account, token, environ["TWILIO_API_BASE"], "http://x").client.incoming_phone_numbers.create(
        phone_number=OURS
    )
    command = [sys.executable, "-m", "ivr.cli", "hotline", "connect"]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=True)
    assert "comes to the hotline" in done.stdout


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = furnished(tmp_path_factory.mktemp("hotline") / "home")
    environ = demo.environment(home, SPEED)
    ledger.migrate(home.root / "huifang.db")
    with closing(ledger.connect(home.root / "huifang.db")) as conn:
        with ledger.transaction(conn):
            put_in_force(conn, MORNING)
            busy_agent(conn, "busy", MORNING)
        with demo.running(home, environ) as processes:
            begin(processes, environ)
            yield Town(home, environ, conn)


def begin(processes: Processes, environ: Mapping[str, str]) -> None:
    exchange, app = environ["TWILIO_API_BASE"], environ["HUIFANG_PUBLIC_URL"]
    processes.start("exchange", "--port", exchange.rpartition(":")[2], "--seed", "3")
    processes.start("serve", "--port", app.rpartition(":")[2], "--live-port", str(demo.free_port()))
    processes.await_answer(f"{exchange}/control/health")
    processes.await_answer(f"{app}/health")
    number(environ)


def keys(*answers: str) -> list[dict[str, object]]:
    return [{"keys": answer} for answer in answers]


def say(*answers: str) -> list[dict[str, object]]:
    return [{"say": answer} for answer in answers]


BRANCHES = [
    (keys("4", "075588880000#", "2"), ("SUCCESS", "served")),
    (say("核实一下来电", "一三八零零零零一一一一", "没有了"), ("SUCCESS", "served")),
    (keys("5", "1"), ("SUCCESS", "stopped")),
    (say("别再给我打电话了"), ("REFUSED", "stopped")),
    (keys("2", "3", "1"), ("SUCCESS", "appointment")),
    (say("保单", "改天", "前一个"), ("SUCCESS", "appointment")),
    (
        [*keys("1"), *say("早上八点", "长江西路", "追尾了", "没有人受伤"), *keys("1", "1", "2")],
        ("SUCCESS", "accident_reported"),
    ),
    (
        say("我要报案", "刚才", "陈家镇", "撞树了", "没受伤", "就这个号码", "在乡下", "不用了"),
        ("SUCCESS", "accident_reported"),
    ),
    (keys("0", "1"), ("CLOSED_OTHER", "callback")),
]


@pytest.fixture(scope="module")
def sids(town: Town) -> list[str]:
    """One caller for each branch, all at once."""
    return [town.call(f"+86139{n:08}", *answers) for n, (answers, _) in enumerate(BRANCHES)]


@pytest.mark.parametrize("n", range(len(BRANCHES)))
def test_a_scripted_caller_gets_through_a_branch(town: Town, sids: list[str], n: int) -> None:
    assert town.ended(sids[n]) == BRANCHES[n][1]


def test_every_call_is_recorded(town: Town, sids: list[str]) -> None:
    recorded = "select c.carrier_sid from recordings r join calls c on c.id = r.call_id"
    until(lambda: set(sids) <= {sid for (sid,) in town.rows(recorded)})


def test_thirty_callers_at_once_are_all_served_in_their_order(town: Town) -> None:
    sids = [town.call(f"+86137{n:08}", *keys("0", "1")) for n in range(30)]
    assert {town.ended(sid) for sid in sids} == {("CLOSED_OTHER", "callback")}
    waited = """
    select c.carrier_sid from events e join calls c on c.id = e.call_id where e.kind = 'waiting' order by e.id
    """
    order = [sid for (sid,) in town.rows(waited) if sid in sids]
    due = """
    select c.carrier_sid from tasks t join appointments a on a.task_id = t.id join calls c on c.id = a.call_id
    order by t.due_by, t.id
    """
    assert [sid for (sid,) in town.rows(due) if sid in sids] == order


def test_no_document_of_the_hotline_is_refused_by_the_carrier(town: Town) -> None:
    assert [one for one in town.notifications() if str(one.get("code", "")).startswith(("12", "13"))] == []


def test_the_evidence_of_all_calls_holds(town: Town) -> None:
    assert events.verify(town.conn) == []


def test_a_locked_ledger_is_answered_and_the_wish_applied(town: Town) -> None:
    caller = 8613600000001
    with closing(ledger.connect(town.home.root / "huifang.db")) as other, ledger.transaction(other):
        town.call(f"+{caller}", {"keys": "5"})
        until(lambda: bool(wishes.waiting(town.home.wishes)))
    until(lambda: town.rows("select purpose from dnc where number = ?", caller) == [("all",)])
    assert json.dumps([wish.number for wish in wishes.waiting(town.home.wishes)]) == "[]"
