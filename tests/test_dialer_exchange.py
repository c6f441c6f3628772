"""The loop against the exchange: the worst carrier there is loses no call and gets none twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import ledger
from dialer.carrier import Carrier
from ledger import desks, offers
from ledger.times import to_text
from tests.dialing import FastClock, database, started
from tests.ledger_people import ready_agent
from tests.ledger_rows import campaign, contact

ROOT = Path(__file__).parent.parent
ACCOUNT = "AC" + "7" * 32
NOWHERE = "http://127.0.0.1:1"
"""Every webhook goes there, so that the ledger hears of nothing but what the sweeper asks."""
DEADLINE = 90.0
FAULTS = """
[submit]
refuse = 0.1
drop = 0.2
late = 0.1
seconds = [60, 90]
"""


@contextmanager
def exchange(folder: Path, clock: FastClock) -> Iterator[str]:
    """An exchange in a process of its own that loses, refuses and delays submissions; its address."""
    faults = folder / "faults.toml"
    faults.write_text(FAULTS, encoding="utf-8")
    spec = f"{clock.start.isoformat()}*{clock.speed:g}@{clock.anchor}"
    command = [sys.executable, "-m", "exchange", "--port", "0", "--clock", spec, "--cps", "50", "--seed", "7"]
    command += ["--faults", str(faults), "--account-sid", ACCOUNT, "--auth-token", "secret"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()
            process.wait(DEADLINE)


@contextmanager
def dialer(path: Path, url: str, clock: FastClock) -> Iterator[subprocess.Popen[bytes]]:
    """The loop in a process of its own; stopped at the end if nobody killed it."""
    command = [sys.executable, "-m", "tests.dialer_process", str(path), url, repr(clock.anchor), ACCOUNT]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": "."}) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(DEADLINE)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.05)


def number(path: Path, query: str) -> int:
    with closing(ledger.connect(path)) as conn:
        found: tuple[int] = conn.execute(query).fetchone()
    return found[0]


def dialed(url: str) -> Counter[str]:
    """How often each number was dialed, as the exchange saw it."""
    client = Carrier(ACCOUNT, "secret", url, NOWHERE).client
    return Counter(call.to for call in client.calls.list(page_size=1000))


def settled(path: Path, contacts: int) -> bool:
    """Whether every contact has a call that the carrier took, and no call is open."""
    reached = number(path, "select count(distinct task_id) from calls where carrier_sid is not null")
    return reached == contacts and number(path, "select count(*) from calls where ended_at is null") == 0


def rounds(path: Path) -> int:
    """The most attempts that the ledger counted on any contact."""
    return number(path, "select max(attempts) from tasks")


def work(path: Path, clock: FastClock) -> int:
    """Agents who are there, press dial, and complete their records; returns how many calls are theirs now."""
    now = clock.now()
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        conn.execute("update desks set seen_at = ?, leg_at = '2027-01-01T00:00:00.000Z'", (to_text(now),))
        for user_id, state in conn.execute("select user_id, state from desks").fetchall():
            if state == "offered":
                offers.accept(conn, user_id, now)
            elif state in ("paused", "wrapup"):
                desks.ready(conn, user_id, now)
        theirs = "select count(*) from calls where ended_at is null and performer = 'agent'"
        return int(conn.execute(theirs).fetchone()[0])


@pytest.fixture
def clock() -> FastClock:
    return started(60)


def test_agents_call_everybody_once_over_the_worst_carrier_and_none_of_them_is_stuck(
    tmp_path: Path, clock: FastClock
) -> None:
    path, most = database(tmp_path, 4), 0
    with closing(ledger.connect(path)) as conn:
        campaign(conn, [contact(row) for row in range(50, 54)], name="shown", mode="preview")
        conn.execute("update campaigns set profile = 'cn_life', mode = iif(id = 1, 'progressive', mode)")
        for n in range(4):
            ready_agent(conn, f"agent {n}", clock.now())

    def done() -> bool:
        nonlocal most
        most = max(most, work(path, clock))
        return settled(path, 8)

    with exchange(tmp_path, clock) as url, dialer(path, url, clock):
        until(done)
        seen = dialed(url)
    assert len(seen) == 8
    assert max(seen.values()) == rounds(path) == 1
    assert 1 <= most <= 4
    assert number(path, "select count(*) from desks where state = 'ready'") == 4
    with closing(ledger.connect(path)) as conn:
        assert ledger.events.verify(conn) == []


def test_lost_submissions_and_lost_callbacks_leave_no_call_open_and_none_doubled(
    tmp_path: Path, clock: FastClock
) -> None:
    path = database(tmp_path, 60)
    with exchange(tmp_path, clock) as url, dialer(path, url, clock):
        until(lambda: settled(path, 60))
        seen = dialed(url)
    assert len(seen) == 60
    assert max(seen.values()) == rounds(path) == 1
    assert number(path, "select count(*) from events where kind = 'submission_unknown'") > 0
    with closing(ledger.connect(path)) as conn:
        assert ledger.events.verify(conn) == []


def test_killed_three_times_it_dials_no_number_twice(tmp_path: Path, clock: FastClock) -> None:
    path = database(tmp_path, 120)
    with exchange(tmp_path, clock) as url:
        for wanted in (20, 50, 80):
            with dialer(path, url, clock) as process:
                until(lambda wanted=wanted: len(dialed(url)) >= wanted)  # type: ignore[misc]
                process.kill()
                assert process.wait() == -signal.SIGKILL
        with dialer(path, url, clock):
            until(lambda: settled(path, 120))
        seen = dialed(url)
    assert len(seen) == 120
    assert max(seen.values()) == rounds(path) == 1
