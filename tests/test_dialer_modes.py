"""The loop with agents: one line for each who is free, dialed at once, and nobody is left hanging."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.ending import Book
from dialer.loop import Loop, run
from dialer.submission import submit
from dialer.sweep import Swept, sweep_once
from ledger import calls, desks, dnc, offers
from ledger.records import StatusUpdate
from ledger.times import to_text
from tests.dialer_process import ONCE
from tests.dialing import BOOK, FastClock, database, orders, row, started
from tests.ledger_people import ready_agent
from tests.ledger_rows import NOW, campaign, claim_some, contact, later, said
from tests.tiny_twilio import ACCOUNT, TinyTwilio

DEADLINE = 60.0
LONG_AFTER = "2027-01-01T00:00:00.000Z"
"""An agent's line of that moment is too new to be asked for."""


@pytest.fixture
def tiny() -> Iterator[TinyTwilio]:
    server = TinyTwilio()
    yield server
    server.stop()


@pytest.fixture
def clock(tiny: TinyTwilio) -> FastClock:
    clock = started(1)
    tiny.behaviour.now = clock.now
    return clock


@pytest.fixture
def carrier(tiny: TinyTwilio) -> Carrier:
    return Carrier(ACCOUNT, "secret", tiny.url, "http://127.0.0.1:1", timeouts=(1, 0.5))


def served(folder: Path, mode: str, contacts: int, agents: int) -> Path:
    """A ledger with one running campaign of this mode, and agents who wait for calls."""
    path = database(folder, contacts)
    with closing(ledger.connect(path)) as conn:
        conn.execute("update campaigns set mode = ?", (mode,))
        for n in range(agents):
            ready_agent(conn, f"agent {n}", NOW)
    return path


@contextmanager
def dialing(path: Path, carrier: Carrier, clock: FastClock, book: Book = BOOK) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(orders(path, book=book), carrier, clock, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)


def number(path: Path, query: str) -> int:
    with closing(ledger.connect(path)) as conn:
        found: tuple[int] = conn.execute(query).fetchone()
    return found[0]


def placed(path: Path) -> int:
    return number(path, "select count(*) from calls where carrier_sid is not null")


def agents(path: Path, state: str) -> int:
    return number(path, f"select count(*) from desks where state = '{state}'")


def end_all(path: Path, status: str, clock: FastClock, book: Book = BOOK) -> None:
    """The carrier's last callbacks for every open call."""
    with closing(ledger.connect(path)) as conn:
        for call_id, sid in conn.execute(
            "select id, carrier_sid from calls where ended_at is null and carrier_sid is not null"
        ).fetchall():
            now = clock.now()
            with ledger.transaction(conn):
                update = StatusUpdate(sid, status, 9, now)
                calls.status(conn, call_id, update, now, book.decide(status, now))


def press_dial(path: Path, clock: FastClock) -> None:
    """Every agent with an offer dials it."""
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        for (user_id,) in conn.execute("select user_id from desks where state = 'offered'").fetchall():
            offers.accept(conn, user_id, clock.now())


def test_there_is_one_line_for_each_free_agent(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = served(tmp_path, "progressive", 9, 2)
    with dialing(path, carrier, clock):
        until(lambda: placed(path) == 2)
        time.sleep(0.3)
        assert len(tiny.calls) == agents(path, "dialing") == 2
        end_all(path, "busy", clock)
        until(lambda: placed(path) == 4)
        time.sleep(0.3)
        assert len(tiny.calls) == 4


def test_an_offer_is_dialed_when_its_agent_says_so_and_the_next_one_follows(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = served(tmp_path, "preview", 4, 2)
    with dialing(path, carrier, clock):
        until(lambda: agents(path, "offered") == 2)
        time.sleep(0.3)
        assert tiny.forms == []
        press_dial(path, clock)
        until(lambda: placed(path) == 2)
        assert agents(path, "dialing") == 2
        end_all(path, "no-answer", clock)
        until(lambda: agents(path, "offered") == 2)
    assert sorted(tiny.dialed()) == ["+8613800000001", "+8613800000002"]
    assert number(path, "select count(*) from tasks where status = 'offered' and id in (3, 4)") == 2


def test_a_wish_not_to_be_called_wins_over_the_button(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = served(tmp_path, "preview", 1, 1)
    with dialing(path, carrier, clock):
        until(lambda: agents(path, "offered") == 1)
        with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
            dnc.add(
                conn, numbers=[8613800000001], customer_key="", purpose="all", scope="company",
                reason="asked", source="test", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
            )  # fmt: skip
            offers.accept(conn, 1, clock.now())
        until(lambda: number(path, "select count(*) from tasks where status = 'elsewhere'") == 1)
    assert tiny.forms == []
    assert number(path, "select count(*) from desks where state = 'ready' and reason = 'do_not_call'") == 1


def test_without_agents_the_robots_campaigns_go_on(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = served(tmp_path, "progressive", 2, 0)
    with closing(ledger.connect(path)) as conn:
        campaign(conn, [contact(50, due_by=later(days=30))], name="robot's")
        conn.execute("update campaigns set profile = 'cn_life'")
    with dialing(path, carrier, clock):
        until(lambda: placed(path) == 1)
    assert tiny.dialed() == ["+8613800000050"]


@pytest.mark.parametrize(("urgent", "offered"), [("progressive", 0), ("preview", 1)])
def test_the_most_urgent_task_gets_the_free_agent_whatever_its_mode(
    tmp_path: Path, carrier: Carrier, clock: FastClock, urgent: str, offered: int
) -> None:
    path = served(tmp_path, "preview" if urgent == "progressive" else "progressive", 3, 1)
    with closing(ledger.connect(path)) as conn:
        campaign(conn, [contact(50, due_by=later(days=1))], name="urgent", mode=urgent)
        with closing(Loop(orders(path), carrier, clock, threading.Event())) as loop:
            loop.step()
    assert agents(path, "offered") == offered
    assert number(path, "select count(*) from calls where task_id = 4") == 1 - offered
    assert number(path, "select count(*) from tasks where campaign_id = 1 and status <> 'ready'") == 0


def test_a_loop_that_serves_agents_wakes_when_somebody_writes(
    tmp_path: Path, carrier: Carrier, clock: FastClock
) -> None:
    path, stop = served(tmp_path, "preview", 1, 0), threading.Event()
    with closing(Loop(orders(path), carrier, clock, stop)) as loop:
        loop.step()
        loop.is_stirred()
        with closing(ledger.connect(path)) as conn, ledger.transaction(conn):  # a sweep writes, too
            ready_agent(conn, "min", clock.now())
        overslept = threading.Timer(DEADLINE, stop.set)
        overslept.start()
        loop.rest(timedelta(hours=1))
        overslept.cancel()
        assert not stop.is_set()
        loop.step()
    assert agents(path, "offered") == 1


@pytest.mark.parametrize("mode", ["preview", "progressive"])
def test_a_loop_that_waits_for_agents_does_not_spin(
    tmp_path: Path, carrier: Carrier, clock: FastClock, mode: str
) -> None:
    path = served(tmp_path, mode, 5, 0)
    with dialing(path, carrier, clock):
        time.sleep(0.3)
        begin = time.process_time()
        time.sleep(1.0)
        spent = time.process_time() - begin
    assert spent < 0.3


def test_offers_are_counted_as_open_until_the_campaign_is_over(
    tmp_path: Path, carrier: Carrier, clock: FastClock
) -> None:
    path = served(tmp_path, "preview", 1, 1)
    with dialing(path, carrier, clock, ONCE):
        until(lambda: agents(path, "offered") == 1)
        assert number(path, "select count(*) from campaigns where status = 'running'") == 1
        press_dial(path, clock)
        until(lambda: placed(path) == 1)
        end_all(path, "no-answer", clock, ONCE)
        until(lambda: number(path, "select count(*) from campaigns where status = 'done'") == 1)


# ---------------------------------------------------------------- what the sweeper frees


def test_an_agent_whose_call_was_never_placed_is_free_at_the_next_sweep(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    """Killed between claim and request: nothing was asked for, so that nobody needs to wait for an answer."""
    with closing(ledger.connect(served(tmp_path, "progressive", 1, 1))) as conn:
        claim_some(conn, 1)
        assert sweep_once(conn, carrier, later(seconds=1), BOOK.decide, flying=(1,)) == Swept()
        assert sweep_once(conn, carrier, later(seconds=2), BOOK.decide) == Swept(not_submitted=1)
        desk = desks.get(conn, 1)
        assert desk is not None
        assert (desk.state, desk.reason) == ("ready", "not_reached")
        assert (row(conn, "tasks")["status"], row(conn, "tasks")["attempts"]) == ("ready", 0)
    assert tiny.queries == []


def talking(folder: Path, carrier: Carrier, clock: FastClock, answered_by: str = "") -> Path:
    """An agent who was put through at once to whoever answered."""
    path = served(folder, "progressive", 1, 1)
    with closing(ledger.connect(path)) as conn:
        (made,) = claim_some(conn, 1)
        submit(conn, carrier, clock, made, BOOK.decide)
        with ledger.transaction(conn):
            calls.answered(conn, made.call_id, "", NOW, lambda call: said())
            desks.talk(conn, 1, made.call_id, NOW)
            calls.status(conn, 1, StatusUpdate("", "in-progress", 2, NOW), NOW, BOOK.decide("", NOW))
            if answered_by:
                calls.machine(conn, made.call_id, answered_by, NOW)
    return path


def swept(path: Path, carrier: Carrier, **span: float) -> int:
    """How many calls a sweep hangs up."""
    with closing(ledger.connect(path)) as conn:
        return sweep_once(conn, carrier, later(**span), BOOK.decide).hung_up


def test_no_agent_listens_to_a_mailbox_for_ever(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = talking(tmp_path, carrier, clock, "machine_start")
    assert swept(path, carrier, seconds=59) == 0
    assert swept(path, carrier, seconds=61) == 1
    assert tiny.calls[0]["status"] == "completed"


@pytest.mark.parametrize("answered_by", ["", "human", "unknown"])
def test_a_long_talk_of_an_agent_is_not_ended(
    tmp_path: Path, carrier: Carrier, clock: FastClock, answered_by: str
) -> None:
    assert swept(talking(tmp_path, carrier, clock, answered_by), carrier, minutes=30) == 0


def test_a_customer_taken_for_a_machine_is_not_cut_off_once_an_answer_is_written(
    tmp_path: Path, carrier: Carrier, clock: FastClock
) -> None:
    path = talking(tmp_path, carrier, clock, "machine_start")
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        calls.turn(conn, 1, 1, NOW, "", lambda call: said())
    assert swept(path, carrier, minutes=5) == 0


def test_the_desk_is_told_of_a_machine(tmp_path: Path, carrier: Carrier, clock: FastClock) -> None:
    with closing(ledger.connect(talking(tmp_path, carrier, clock))) as conn:
        before = desks.get(conn, 1)
        with ledger.transaction(conn):
            calls.machine(conn, 1, "machine_start", NOW)
        after = desks.get(conn, 1)
    assert before is not None
    assert after is not None
    assert after.version == before.version + 1


# ---------------------------------------------------------------- killed in the middle


def process(path: Path, tiny: TinyTwilio, clock: FastClock) -> subprocess.Popen[bytes]:
    """A dialer that can be killed; its clock runs sixty times as fast."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.dialer_process", str(path), tiny.url, repr(clock.anchor)],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
    )


def work(path: Path, clock: FastClock) -> None:
    """The agents are there, press dial, and reach nobody."""
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        conn.execute("update desks set seen_at = ?, leg_at = ?", (to_text(clock.now()), LONG_AFTER))
        for (user_id,) in conn.execute("select user_id from desks where state = 'paused'").fetchall():
            desks.ready(conn, user_id, clock.now())
    press_dial(path, clock)
    end_all(path, "busy", clock, ONCE)


@pytest.mark.parametrize("mode", ["preview", "progressive"])
def test_killed_and_restarted_nobody_is_called_twice_and_no_agent_is_stuck(
    tmp_path: Path, tiny: TinyTwilio, mode: str
) -> None:
    path, clock = served(tmp_path, mode, 24, 4), started(60)
    tiny.behaviour.now = clock.now
    tiny.behaviour.delay = 0.05

    def reached(wanted: int) -> bool:
        work(path, clock)
        return len(tiny.calls) >= wanted

    for wanted in (6, 12):
        dialer = process(path, tiny, clock)
        until(lambda wanted=wanted: reached(wanted))  # type: ignore[misc]
        dialer.kill()
        assert dialer.wait(DEADLINE) == -signal.SIGKILL
    dialer = process(path, tiny, clock)
    until(lambda: reached(24) and number(path, "select count(*) from calls where ended_at is null") == 0)
    until(lambda: agents(path, "ready") == 4)
    dialer.send_signal(signal.SIGTERM)
    assert dialer.wait(DEADLINE) == 0
    assert max(Counter(tiny.dialed()).values()) == 1
    assert len(tiny.calls) == 24
    assert number(path, "select count(*) from tasks where offered_to is not null") == 0
    with closing(ledger.connect(path)) as conn:
        assert ledger.events.verify(conn) == []
