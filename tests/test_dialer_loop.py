"""The loop over real HTTP and a real ledger: pace, lines, failures, stopping, and death in the middle."""

import inspect
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.errors import AlreadyDialing, ProfileError, SourceError
from dialer.loop import Loop, Orders, alone, run
from dialer.policy_source import Fresh, Inquiry, Subject
from dialer.profile import Profile, load_profile
from dialer.refusals import CarrierError, Kind
from dialer.submission import Result, submit
from ledger import calls, campaigns, dnc
from ledger.records import StatusUpdate
from tests.dialing import BOOK, FastClock, claimed, database, orders, row, started
from tests.ledger_rows import NOW, campaign, contact
from tests.tiny_twilio import ACCOUNT, TinyTwilio

DEADLINE = 60.0


@pytest.fixture
def tiny() -> Iterator[TinyTwilio]:
    server = TinyTwilio()
    yield server
    server.stop()


@pytest.fixture
def clock(tiny: TinyTwilio) -> FastClock:
    clock = started()
    tiny.behaviour.now = clock.now
    return clock


@pytest.fixture
def carrier(tiny: TinyTwilio) -> Carrier:
    return Carrier(ACCOUNT, "secret", tiny.url, "http://127.0.0.1:1", timeouts=(1, 0.5))


@contextmanager
def dialing(wanted: Orders, carrier: Carrier, clock: FastClock) -> Iterator[list[BaseException]]:
    """The loop in a thread, as long as the block lasts; what it raised is in the list afterwards."""
    stop, raised = threading.Event(), list[BaseException]()

    def work() -> None:
        try:
            run(wanted, carrier, clock, stop)
        except CarrierError as error:
            raised.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield raised
    finally:
        stop.set()
        thread.join()


def until(true: Callable[[], bool]) -> None:
    """Wait in real time for something to become true."""
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


def end_all(path: Path, status: str, now: datetime) -> None:
    """The carrier's last callbacks for every open call."""
    with closing(ledger.connect(path)) as conn:
        rows = conn.execute(
            "select id, carrier_sid from calls where ended_at is null and carrier_sid is not null"
        ).fetchall()
        for call_id, sid in rows:
            with ledger.transaction(conn):
                update = StatusUpdate(sid, status, 9, now)
                calls.status(conn, call_id, update, now, BOOK.decide(status, now))


def test_every_contact_is_called_once_and_the_most_urgent_first(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 20)
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 20)
    assert sorted(tiny.dialed()) == [f"+{8613800000000 + n}" for n in range(1, 21)]
    assert number(path, "select count(*) from calls where status = 'placed'") == 20


def test_urgency_decides_among_campaigns(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 2)
    with closing(ledger.connect(path)) as conn:
        urgent = [contact(50, due_by=NOW + timedelta(days=1))]
        campaign(conn, urgent, name="urgent")
    with dialing(orders(path, per_second=0.5), carrier, clock):
        until(lambda: placed(path) == 3)
    assert tiny.dialed()[0] == "+8613800000050"


def test_calls_are_spaced_by_the_pace_of_the_account(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 12)
    with dialing(orders(path, per_second=0.2), carrier, clock):
        until(lambda: placed(path) == 12)
    with closing(ledger.connect(path)) as conn:
        moments = [
            datetime.fromisoformat(at) for (at,) in conn.execute("select claimed_at from calls order by id")
        ]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    assert min(gaps) >= 4.999


def test_no_more_calls_are_in_progress_than_there_are_lines(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 9)
    with dialing(orders(path, lines=3), carrier, clock):
        until(lambda: placed(path) == 3)
        time.sleep(0.2)
        assert len(tiny.calls) == 3
        end_all(path, "busy", clock.now())
        until(lambda: placed(path) == 6)
        time.sleep(0.2)
        assert len(tiny.calls) == 6


def test_slow_answers_of_the_carrier_hold_up_no_other_call(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 16)
    tiny.behaviour.delay = 0.3
    begin = time.monotonic()
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 16)
    assert time.monotonic() - begin < 16 * 0.3


def test_a_slow_submission_is_not_taken_for_a_lost_one(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    """On this clock the carrier takes four minutes to accept: longer than sweep and grace."""
    path, clock = database(tmp_path, 3), started(600)
    tiny.behaviour.now = clock.now
    tiny.behaviour.faults = ["slow"] * 3
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 3)
    assert len(tiny.forms) == 3


def test_a_campaign_ends_when_nothing_of_it_is_open(
    tmp_path: Path, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 2)
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 2)
        assert number(path, "select count(*) from campaigns where status = 'running'") == 1
        with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
            conn.execute("update tasks set attempts = 9")
        end_all(path, "no-answer", clock.now())
        until(lambda: number(path, "select count(*) from campaigns where status = 'done'") == 1)


def test_a_deferred_task_keeps_its_campaign_running_and_is_called_when_it_is_due(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path, clock = database(tmp_path, 1), started(600)
    tiny.behaviour.now = clock.now
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 1)
        end_all(path, "busy", clock.now())
        until(lambda: placed(path) == 2)
    with closing(ledger.connect(path)) as conn:
        first, second = row(conn, "calls", 1), row(conn, "calls", 2)
    pause = datetime.fromisoformat(second["claimed_at"]) - datetime.fromisoformat(first["ended_at"])
    assert timedelta(minutes=30) <= pause < timedelta(minutes=60)


def test_outside_calling_hours_nobody_is_called(tmp_path: Path, tiny: TinyTwilio, carrier: Carrier) -> None:
    path = database(tmp_path, 3)
    clock = FastClock(60, NOW + timedelta(hours=12), time.time())
    with dialing(orders(path), carrier, clock):
        until(lambda: number(path, "select count(*) from gate_decisions where rule = 'outside_hours'") == 3)
    assert tiny.forms == []


def test_blocked_tasks_at_the_head_of_the_queue_hold_up_nobody(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path, clock = database(tmp_path, 1001), started(1)
    with closing(ledger.connect(path)) as conn:
        conn.execute("update tasks set missing = 'premium' where id <= 1000")
    begin = time.monotonic()
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 1)
    assert time.monotonic() - begin < 3.5
    assert number(path, "select count(*) from tasks where status = 'blocked'") == 1000


def test_a_number_blocked_after_the_claim_is_withdrawn_before_the_carrier_is_asked(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 1)
    with closing(ledger.connect(path)) as conn:
        call = claimed(conn)
        with ledger.transaction(conn):
            dnc.add(
                conn, numbers=[call.to_number], customer_key="", purpose="all", scope="company",
                reason="asked", source="test", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
            )  # fmt: skip
        assert submit(conn, carrier, clock, call, BOOK.decide) is Result.WITHDRAWN
        assert row(conn, "tasks")["status"] == "blocked"
    assert tiny.forms == []


def test_a_number_that_cannot_be_called_gives_way_to_the_next_one(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path, clock = database(tmp_path, 1, numbers=2), started(600)
    tiny.behaviour.now = clock.now
    tiny.behaviour.faults = [(400, 21217)]
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 1)
    assert [form["To"][0] for form in tiny.forms] == ["+8613800000001", "+8613801000001"]
    assert number(path, "select attempts from tasks") == 2


def test_a_carrier_that_says_later_is_asked_again_later_and_no_attempt_is_counted(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 6)
    tiny.behaviour.faults = [(429, 20429)] * 4
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 6)
    assert number(path, "select max(attempts) from tasks") == 1
    assert number(path, "select count(*) from calls where outcome_reason = 'refused_for_now'") == 4


def test_it_holds_back_twice_as_long_each_time_until_a_call_is_taken(
    tmp_path: Path, carrier: Carrier
) -> None:
    clock = Hand()
    with closing(Loop(orders(database(tmp_path, 0)), carrier, clock, threading.Event())) as loop:
        waits = []
        for _ in range(8):
            loop.pace_by(Result.LATER)
            loop.pace_by(Result.LATER)
            waits.append((loop.hold_until - clock.moment).total_seconds())
            assert loop.dial(clock.moment) == timedelta(seconds=1)
            clock.moment = loop.hold_until
        loop.pace_by(Result.PLACED)
        loop.pace_by(Result.LATER)
        assert loop.hold_until - clock.moment == timedelta(seconds=1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_campaign_without_answers_of_the_core_system_waits_twice_as_long_each_time(
    tmp_path: Path, carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Hand()
    with closing(Loop(orders(database(tmp_path, 1)), carrier, clock, threading.Event())) as loop:
        loop.wait_for_answers(1, Result.UNANSWERED)
        loop.wait_for_answers(1, Result.UNANSWERED)
        assert len(loop.running(clock.moment)) == 1
        waits = []
        for _ in range(6):
            loop.wait_for_answers(1, Result.UNANSWERED)
            loop.wait_for_answers(1, Result.UNANSWERED)  # was in the air meanwhile
            assert loop.running(clock.moment) == []
            waits.append((loop.skipped[1] - clock.moment).total_seconds() / 60)
            clock.moment = loop.skipped[1]
        assert "core system silent" in caplog.text
        loop.wait_for_answers(1, Result.KEPT_BACK)
        loop.wait_for_answers(1, Result.UNANSWERED)
        assert len(loop.running(clock.moment)) == 1
    assert waits == [1, 2, 4, 8, 16, 30]


class Silent:
    """A core system that never answers, and counts how often it was asked."""

    asked = 0

    def fresh(self, subject: Subject) -> Fresh:
        self.asked += 1
        raise SourceError("no answer")


def test_a_silent_core_system_is_not_asked_at_the_dialing_pace(tmp_path: Path, carrier: Carrier) -> None:
    path, silent, clock = database(tmp_path, 60), Silent(), Hand()
    wanted = replace(orders(path, per_second=1), inquiry=Inquiry(silent, frozenset(), timedelta(hours=1)))
    with closing(Loop(wanted, carrier, clock, threading.Event())) as loop:
        for _ in range(40):
            loop.dial(clock.moment)
            for future in loop.flying:
                future.exception()
            loop.land()
            clock.moment += timedelta(seconds=2)
    assert silent.asked == 4  # three, and one more after a minute
    assert number(path, "select count(*) from calls where outcome_reason = 'policy_unknown'") == 4


def test_a_submission_the_ledger_was_not_told_of_is_left_to_the_sweeper(
    tmp_path: Path, carrier: Carrier
) -> None:
    with closing(Loop(orders(database(tmp_path, 0)), carrier, Hand(), threading.Event())) as loop:
        future: Future[Result] = Future()
        future.set_exception(ledger.LedgerBusy("still locked"))
        assert loop.outcome(future) is None
        assert loop.fault is None


class Hand:
    """A clock that is moved by hand."""

    speed = 1.0
    moment = NOW

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float, stop: threading.Event) -> None:
        raise AssertionError("nothing here waits")


@pytest.mark.parametrize(("status", "code"), [(401, 20003), (400, 21212), (400, 21205)])
def test_what_is_wrong_with_every_call_stops_the_loop_and_burns_no_task(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock, status: int, code: int
) -> None:
    path = database(tmp_path, 50)
    tiny.behaviour.faults = [(status, code)] * 50
    with pytest.raises(CarrierError) as caught:
        run(orders(path, per_second=1), carrier, clock, threading.Event())
    assert caught.value.kind is Kind.SETUP
    assert str(code) in str(caught.value)
    assert number(path, "select count(*) from tasks where status = 'ready' and attempts = 0") == 50
    assert len(tiny.forms) < 10


def test_lost_answers_are_reconciled_and_no_number_is_dialed_twice(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 12)
    tiny.behaviour.faults = ["lose", "late", "vanish"] * 2
    with dialing(orders(path), carrier, clock):
        until(lambda: placed(path) == 12)
    assert max(Counter(tiny.dialed()).values()) == 1
    assert len(tiny.calls) == 12
    assert number(path, "select count(*) from calls where outcome_reason = 'not_submitted'") == 2


def test_one_broken_campaign_stops_no_other(
    tmp_path: Path,
    tiny: TinyTwilio,
    carrier: Carrier,
    clock: FastClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = database(tmp_path, 3)
    with closing(ledger.connect(path)) as conn:
        broken = campaign(conn, [contact(70, due_by=NOW + timedelta(days=1))], name="broken")

    def policy(campaign_id: int) -> Profile:
        if campaign_id == broken:
            raise ProfileError('profile "x" is unknown')
        return load_profile("cn_life")

    with dialing(orders(path, book=replace(BOOK, policy=policy)), carrier, clock):
        until(lambda: placed(path) == 3)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "campaign skipped"
    ]


def test_a_sweep_that_breaks_off_ends_no_dialing(tmp_path: Path, carrier: Carrier, clock: FastClock) -> None:
    broken: Future[Result] = Future()
    broken.set_exception(ProfileError("its rules are gone"))
    with closing(Loop(orders(database(tmp_path)), carrier, clock, threading.Event())) as loop:
        assert loop.outcome(broken) is None
        assert loop.fault is None


def test_a_paused_campaign_is_left_alone_until_it_is_started_again(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 2)
    set_status(path, "paused", clock)
    with dialing(orders(path), carrier, clock):
        time.sleep(0.2)
        assert tiny.forms == []
        set_status(path, "running", clock)
        until(lambda: placed(path) == 2)


def set_status(path: Path, status: str, clock: FastClock) -> None:
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        campaigns.set_status(conn, 1, status, clock.now())


def test_a_locked_ledger_is_waited_for(
    tmp_path: Path,
    tiny: TinyTwilio,
    carrier: Carrier,
    clock: FastClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = database(tmp_path, 2)
    monkeypatch.setattr(inspect.unwrap(ledger.transaction), "__kwdefaults__", {"deadline": 0.05})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with dialing(orders(path), carrier, clock):
            time.sleep(0.3)
            assert tiny.forms == []
            assert {record.getMessage() for record in caplog.records} == {"ledger busy", "ledger not written"}
            other.execute("rollback")
            until(lambda: placed(path) == 2)


def test_stopping_finishes_what_is_being_submitted(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 30)
    tiny.behaviour.delay = 0.3
    with dialing(orders(path), carrier, clock):
        until(lambda: len(tiny.forms) >= 5)
    assert placed(path) == len(tiny.calls)
    assert number(path, "select count(*) from calls where status in ('claimed', 'placing')") == 0
    assert placed(path) < 30


def test_an_idle_loop_does_not_spin(tmp_path: Path, carrier: Carrier, clock: FastClock) -> None:
    path = database(tmp_path, 0)
    begin = time.process_time()
    with dialing(orders(path), carrier, clock):
        time.sleep(1.0)
    assert time.process_time() - begin < 0.3


def test_a_second_dialer_on_the_same_ledger_is_refused(
    tmp_path: Path, carrier: Carrier, clock: FastClock
) -> None:
    path = database(tmp_path, 0)
    with alone(path), pytest.raises(AlreadyDialing, match=r"huifang\.db"):
        run(orders(path), carrier, clock, threading.Event())


# ---------------------------------------------------------------- a process of its own


def process(path: Path, tiny: TinyTwilio, clock: FastClock) -> subprocess.Popen[bytes]:
    """A dialer that can be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.dialer_process", str(path), tiny.url, repr(clock.anchor)],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
    )


def test_sigterm_ends_the_loop_cleanly(tmp_path: Path, tiny: TinyTwilio, clock: FastClock) -> None:
    path = database(tmp_path, 200)
    tiny.behaviour.delay = 0.05
    dialer = process(path, tiny, clock)
    until(lambda: len(tiny.calls) >= 5)
    dialer.send_signal(signal.SIGTERM)
    assert dialer.wait(DEADLINE) == 0
    assert placed(path) == len(tiny.calls)
    assert len(tiny.calls) < 200


def test_killed_and_restarted_no_number_is_dialed_twice(
    tmp_path: Path, tiny: TinyTwilio, clock: FastClock
) -> None:
    path = database(tmp_path, 60)
    tiny.behaviour.delay = 0.05
    for wanted in (10, 25, 40):
        dialer = process(path, tiny, clock)
        until(lambda wanted=wanted: len(tiny.calls) >= wanted)  # type: ignore[misc]
        dialer.kill()
        assert dialer.wait(DEADLINE) == -signal.SIGKILL
    dialer = process(path, tiny, clock)
    until(lambda: placed(path) == 60)
    dialer.send_signal(signal.SIGTERM)
    assert dialer.wait(DEADLINE) == 0
    assert max(Counter(tiny.dialed()).values()) == 1
    assert len(tiny.calls) == 60
    assert number(path, "select count(*) from events where kind = 'submission_unknown'") > 0
