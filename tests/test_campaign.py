"""A whole campaign over HTTP with everything that goes wrong between a dialer and its carrier.

The exchange loses, doubles, delays and reorders webhooks, refuses submissions and cuts answers off, and the
dialer is killed in the middle. In the end nothing hangs, nobody was called twice, and all evidence is whole.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import requests

import ledger
from dialer.carrier import Carrier
from dialer.lists.invent import invent
from ivr import demo
from ivr.clock import parse
from ivr.demo import Processes
from ivr.home import Home
from ledger import events
from recordings.verify import verify as findings_of
from tests.in_force import put_in_force

ROWS, CALLS, KILLED_AFTER = 120, 100, 30
SPEED = 240.0
SECONDS = 90.0
PACE = ("--cps", "2", "--lines", "40")
FAULTS = """
[turn]
lose = 0.003
double = 0.05
delay = 0.01
seconds = [1, 20]

[status]
lose = 0.08
double = 0.1
delay = 0.1
seconds = [1, 60]
reorder = 0.1

[amd]
lose = 0.1
double = 0.1
delay = 0.1
seconds = [1, 30]

[recording]
lose = 0.08
double = 0.1
delay = 0.1
seconds = [1, 60]
reorder = 0.1

[submit]
refuse = 0.03
late = 0.03
seconds = [60, 90]
drop = 0.05
"""


@dataclass(frozen=True)
class Campaign:
    """What the campaign left behind: its ledger, what the carrier saw, and who must not have been called."""

    home: Home
    carrier_calls: list[dict[str, str]]
    carrier_recordings: list[str]
    counters: Mapping[str, object]
    blocked_before: list[int]
    blocked_during: list[int]
    called_by_then: set[int]
    killed: int

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(ledger.connect(self.home.root / "huifang.db")) as conn:
            return conn.execute(query).fetchall()


def huifang(environ: Mapping[str, str], *arguments: str) -> str:
    """Run a command that must succeed and return what it printed."""
    command = [sys.executable, "-m", "ivr.cli", *arguments]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(conn: sqlite3.Connection, query: str, processes: Processes, done: Callable[[int], bool]) -> None:
    """Wait until a count in the ledger is as wanted, as long as every process lives."""
    ends = time.monotonic() + SECONDS
    while not done(found := conn.execute(query).fetchone()[0]):
        processes.check()
        assert time.monotonic() < ends, f"{query}: still {found}"
        time.sleep(0.1)


def prepare(home: Home, environ: Mapping[str, str]) -> list[int]:
    """Import a list, block every fifteenth customer, and make the campaign; the numbers that are blocked."""
    (home.root / "list.csv").write_bytes(invent(ROWS, 11))
    (home.root / "faults.toml").write_text(FAULTS, encoding="utf-8")
    huifang(environ, "lists", "import", str(home.root / "list.csv"), "--kind", "new_policy", "--json")
    with closing(ledger.connect(home.root / "huifang.db")) as conn:
        with ledger.transaction(conn):
            put_in_force(conn, parse(environ["HUIFANG_CLOCK"]).now())
        known = dict(people(conn))
    blocked = list(known)[::15]
    (home.root / "people.json").write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    (home.root / "dnc.txt").write_text("\n".join(f"+{number}" for number in blocked), encoding="utf-8")
    huifang(environ, "dnc", "import", str(home.root / "dnc.txt"))
    huifang(environ, "campaign", "create", "all", "--list", "1")
    return blocked


def people(conn: sqlite3.Connection) -> Iterator[tuple[int, dict[str, str]]]:
    """What each customer knows of themselves, by number."""
    query = (
        "select number, facts from numbers n join contacts k on k.id = n.contact_id order by k.id, position"
    )
    for number, text in conn.execute(query):
        facts = json.loads(text)
        yield (
            number,
            {name: str(facts[name]) for name in ("id_tail", "birthday", "holder") if facts.get(name)},
        )


def open_town(processes: Processes, environ: Mapping[str, str], root: Path) -> None:
    """Start the exchange with its faults, the web process and the collector."""
    exchange, app = environ["TWILIO_API_BASE"], environ["HUIFANG_PUBLIC_URL"]
    files = ("--people", str(root / "people.json"), "--faults", str(root / "faults.toml"))
    processes.start("exchange", "--port", exchange.rpartition(":")[2], "--seed", "5", "--cps", "20", *files)
    processes.start("serve", *demo.ports(environ))
    processes.await_answer(f"{exchange}/control/health")
    processes.await_answer(f"{app}/health")
    processes.start("collect")


def dial_and_kill(conn: sqlite3.Connection, processes: Processes, environ: Mapping[str, str]) -> int:
    """Dial until so many calls were placed, then kill the dialer where it stands; how it ended."""
    command = [sys.executable, "-m", "ivr.cli", "dial", *PACE]
    with subprocess.Popen(command, env=os.environ | environ, stderr=subprocess.DEVNULL) as dialer:
        try:
            query = "select count(*) from calls where placed_at is not null"
            until(conn, query, processes, lambda found: dialer.poll() is not None or found >= KILLED_AFTER)
        finally:
            dialer.kill()
    return dialer.returncode


def block_some(conn: sqlite3.Connection, environ: Mapping[str, str]) -> list[int]:
    """Block some whose turn has not come."""
    waiting = """
    select n.number from tasks t
      join numbers n on n.contact_id = t.contact_id and n.position = t.number_position
    where t.status = 'ready' and t.attempts = 0
      and not exists (select 1 from calls c where c.to_number = n.number) order by t.due_by desc, t.id limit 3
    """
    numbers = [number for (number,) in conn.execute(waiting)]
    for number in numbers:
        huifang(environ, "dnc", "add", f"+{number}", "--reason", "wrote a letter")
    return numbers


def run(home: Home, environ: dict[str, str]) -> Campaign:
    """One campaign from the first call to the last recording."""
    before = prepare(home, environ)
    exchange = environ["TWILIO_API_BASE"]
    with demo.running(home, environ) as processes, closing(ledger.connect(home.root / "huifang.db")) as conn:
        open_town(processes, environ, home.root)
        huifang(environ, "campaign", "start", "all")
        killed = dial_and_kill(conn, processes, environ)
        during = block_some(conn, environ)
        called = {number for (number,) in conn.execute("select to_number from calls")}
        processes.start("dial", *PACE)
        never = "select count(*) from tasks where status = 'ready' and attempts = 0"
        until(conn, never, processes, lambda found: found == 0)
        until(conn, "select count(*) from calls", processes, lambda found: found >= CALLS)
        huifang(environ, "campaign", "pause", "all")
        until(conn, "select count(*) from calls where ended_at is null", processes, lambda found: found == 0)
        processes.stop("dial")
        announced = "select count(*) from recordings where status = 'announced'"
        until(conn, announced, processes, lambda found: found == 0)
        client = Carrier(
            environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"], exchange, "http://x"
        ).client
        counters = requests.get(
            f"{exchange}/control/counters",
            auth=(environ["TWILIO_ACCOUNT_SID"], environ["TWILIO_AUTH_TOKEN"]),
            timeout=5,
        )
        return Campaign(
            home,
            [
                {
                    "sid": one.sid,
                    "to": one.to,
                    "status": one.status,
                    "at": one.date_created,
                    "end": one.end_time,
                }
                for one in client.calls.list(page_size=1000)
            ],
            [one.sid for one in client.recordings.list(page_size=1000)],
            counters.json(),
            before,
            during,
            called,
            killed,
        )


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    home = Home(tmp_path_factory.mktemp("campaign") / "home")
    demo.prepare(home)
    return run(home, demo.environment(home, SPEED))


pytestmark = pytest.mark.xdist_group("campaign")


def test_no_call_is_stuck(campaign: Campaign) -> None:
    assert campaign.killed == -signal.SIGKILL
    assert len(campaign.carrier_calls) >= CALLS
    assert campaign.rows("select id from calls where ended_at is null") == []
    assert campaign.rows("select id from tasks where status = 'leased'") == []
    assert campaign.rows("select id from tasks where status = 'ready' and attempts = 0") == []
    assert {call["status"] for call in campaign.carrier_calls} <= ledger.calls.ENDED


def test_the_faults_happened(campaign: Campaign) -> None:
    seen = json.dumps(campaign.counters)
    for fault in ("lost turn", "lost status", "lost recording", "reordered", "refused", "cut"):
        assert f"fault {fault}" in seen, campaign.counters


def test_every_call_of_the_carriers_is_one_row(campaign: Campaign) -> None:
    rows = [sid for (sid,) in campaign.rows("select carrier_sid from calls where carrier_sid is not null")]
    assert sorted(map(str, rows)) == sorted(call["sid"] for call in campaign.carrier_calls)


def test_no_number_is_dialed_twice_at_once_or_more_often_than_counted(campaign: Campaign) -> None:
    calls = defaultdict(list)
    for call in campaign.carrier_calls:
        calls[call["to"]].append((call["at"], call["end"]))
    for spans in calls.values():
        for (_, end), (at, _) in pairwise(sorted(spans)):
            assert at >= end
    counted = campaign.rows("select to_number, count(*) from calls where carrier_sid is not null group by 1")
    assert {f"+{number}": count for number, count in counted} == {
        to: len(spans) for to, spans in calls.items()
    }
    attempts = campaign.rows(
        "select t.id from tasks t where t.attempts <> (select count(*) from calls c"
        " where c.task_id = t.id and c.carrier_sid is not null)"
    )
    assert attempts == []


def test_no_blocked_number_is_dialed(campaign: Campaign) -> None:
    seen = Counter(call["to"] for call in campaign.carrier_calls)
    assert campaign.blocked_before
    assert campaign.blocked_during
    for number in (*campaign.blocked_before, *campaign.blocked_during):
        assert seen[f"+{number}"] == 0
    late = campaign.rows(
        "select c.id from calls c join dnc d on d.number = c.to_number"
        " where c.placing_at > d.created_at and c.placed_at is not null and d.call_id is not c.id"
        " and d.purpose = 'all'"
    )
    assert late == []


def test_every_recording_is_stored_or_absent_with_its_reason(campaign: Campaign) -> None:
    rows = campaign.rows("select carrier_sid, status, detail from recordings")
    assert {sid for sid, _, _ in rows} == set(campaign.carrier_recordings)
    assert all(status == "stored" or (status == "absent" and detail) for _, status, detail in rows)
    assert findings_of(campaign.home.root / "huifang.db", campaign.home.root) == []


def test_the_evidence_is_whole(campaign: Campaign) -> None:
    with closing(ledger.connect(campaign.home.root / "huifang.db")) as conn:
        assert events.verify(conn) == []
    assert campaign.rows("pragma foreign_key_check") == []
    assert campaign.rows("pragma integrity_check") == [("ok",)]


def test_the_logs_hold_nothing_private_and_no_failure(campaign: Campaign) -> None:
    logs = "".join(path.read_text(encoding="utf-8") for path in (campaign.home.root / "logs").glob("*.log"))
    numbers = [str(number) for (number,) in campaign.rows("select number from numbers")]
    policies = [str(number) for (number,) in campaign.rows("select policy_no from contacts")]
    names = {
        str(json.loads(str(facts))["holder"]) for (facts,) in campaign.rows("select facts from contacts")
    }
    for text in (*numbers, *policies, *names):
        assert text not in logs
    assert "Traceback" not in logs
    assert " ERROR " not in logs
    ours = "".join(
        (campaign.home.root / "logs" / f"{name}.log").read_text() for name in ("serve", "dial", "collect")
    )
    assert not re.search("[\u4e00-\u9fff]|Digits|SpeechResult", ours), "answers are words or keys"
