"""Nothing hangs for ever: lost answers are asked for, silent calls are ended, and no call is placed twice."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.profile import Profile, load_profile
from dialer.refusals import CarrierError
from dialer.submission import Result, submit
from dialer.sweep import Swept, sweep_once
from ledger import calls
from ledger.claims import Terms, claim
from ledger.records import Claimed, StatusUpdate, TurnRecord
from scripts import engine
from scripts.values import Heard, Input
from tests.dialing import BOOK, SCRIPT, claimed, database, row
from tests.ledger_rows import HOTLINE, NOW, TODAY, allow, campaign, contact, later
from tests.tiny_twilio import ACCOUNT, TinyTwilio


class Still:
    """A clock that stands."""

    speed = 1.0

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float, stop: object) -> None:
        raise AssertionError("nothing here waits")


@pytest.fixture
def tiny() -> Iterator[TinyTwilio]:
    server = TinyTwilio()
    server.behaviour.now = lambda: NOW
    yield server
    server.stop()


@pytest.fixture
def carrier(tiny: TinyTwilio) -> Carrier:
    return Carrier(ACCOUNT, "secret", tiny.url, "http://127.0.0.1:1", timeouts=(1, 0.5))


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(ledger.connect(database(tmp_path))) as conn:
        yield conn


def sweep(
    conn: sqlite3.Connection, carrier: Carrier, now: datetime, *, flying: tuple[int, ...] = ()
) -> Swept:
    return sweep_once(conn, carrier, now, BOOK.decide, flying=flying)


def submitted(conn: sqlite3.Connection, carrier: Carrier) -> tuple[Claimed, Result]:
    call = claimed(conn)
    return call, submit(conn, carrier, Still(), call, BOOK.decide)


def talk(conn: sqlite3.Connection, now: datetime) -> None:
    """The customer picks up and has the time to talk."""
    turn = engine.advance(SCRIPT, {}, engine.begin(SCRIPT, {}).progress, Heard(Input.KEYS, "1"))
    with ledger.transaction(conn):
        calls.answered(conn, 1, "", now, lambda call: TurnRecord("{}", "[[],null]", turn.progress.to_json()))


@pytest.mark.parametrize("how", ["lose", "late"])
def test_a_call_whose_answer_was_lost_is_found_and_adopted(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio, how: str
) -> None:
    tiny.behaviour.faults = [how]
    _, result = submitted(conn, carrier)
    assert result is Result.UNKNOWN
    assert row(conn, "calls")["status"] == "unknown"
    assert sweep(conn, carrier, later(seconds=30)) == Swept(adopted=1)
    assert row(conn, "calls")["carrier_sid"] == tiny.calls[0]["sid"]
    assert row(conn, "calls")["status"] == "placed"
    assert len(tiny.calls) == 1


def test_a_call_adopted_after_its_end_is_ended_at_once(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    tiny.behaviour.faults = ["lose"]
    submitted(conn, carrier)
    tiny.calls[0]["status"] = "no-answer"
    assert sweep(conn, carrier, later(seconds=50)) == Swept(adopted=1, ended=1)
    assert row(conn, "tasks")["outcome_reason"] == "no_answer"
    assert row(conn, "tasks")["attempts"] == 1


def test_a_campaign_without_its_rules_stops_no_other(
    tmp_path: Path, carrier: Carrier, tiny: TinyTwilio
) -> None:
    """Its profile went with an upgrade: its calls wait for it, all others are settled."""

    def policy(campaign_id: int) -> Profile:
        return load_profile("cn_life" if campaign_id > 1 else "gone")

    with closing(ledger.connect(database(tmp_path))) as conn:
        campaign(conn, [contact(2)], name="other")
        ours = [claimed(conn), *claim(conn, Terms(2, NOW, TODAY, allow, HOTLINE), limit=1)]
        for call in ours:
            submit(conn, carrier, Still(), call, BOOK.decide)
        for call in tiny.calls:
            call["status"] = "no-answer"
        book = replace(BOOK, policy=policy)
        assert sweep_once(conn, carrier, later(minutes=5), book.decide) == Swept(ended=1)
        assert row(conn, "calls")["ended_at"] is None
        assert row(conn, "tasks", 2)["outcome_reason"] == "no_answer"


def test_a_call_that_never_arrived_is_given_back_after_the_grace_and_is_no_attempt(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    tiny.behaviour.faults = ["vanish"]
    submitted(conn, carrier)
    assert sweep(conn, carrier, later(seconds=119)) == Swept()
    assert row(conn, "tasks")["status"] == "leased"
    assert sweep(conn, carrier, later(seconds=120)) == Swept(not_submitted=1)
    task = row(conn, "tasks")
    assert (task["status"], task["attempts"], task["attempts_today"]) == ("ready", 0, 0)
    assert task["last_attempt_at"] is None
    assert row(conn, "calls")["outcome_reason"] == "not_submitted"


def test_the_attempts_before_a_call_that_never_arrived_still_count(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    first, _ = submitted(conn, carrier)
    with ledger.transaction(conn):
        update = StatusUpdate(tiny.calls[0]["sid"], "busy", 3, NOW)
        calls.status(conn, first.call_id, update, NOW, BOOK.decide("busy", NOW))
    tiny.behaviour.faults = ["vanish"]
    second = claimed(conn, later(hours=1))
    submit(conn, carrier, Still(), second, BOOK.decide)
    sweep(conn, carrier, later(hours=2))
    task = row(conn, "tasks")
    assert (task["attempts"], task["last_attempt_at"]) == (1, "2026-11-23T01:00:00.000Z")


def test_the_grace_begins_when_the_answer_was_given_up(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    """A process that was killed while placing leaves the call to the next one, which starts the clock."""
    call = claimed(conn)
    with ledger.transaction(conn):
        calls.placing(conn, call.call_id, NOW)
    assert sweep(conn, carrier, later(hours=1)) == Swept()
    assert row(conn, "calls")["status"] == "unknown"
    assert sweep(conn, carrier, later(hours=1, minutes=1)) == Swept()
    assert sweep(conn, carrier, later(hours=1, minutes=2)) == Swept(not_submitted=1)


def test_a_call_claimed_by_a_killed_process_is_given_back(conn: sqlite3.Connection, carrier: Carrier) -> None:
    claimed(conn)
    assert sweep(conn, carrier, later(seconds=90)) == Swept()
    assert sweep(conn, carrier, later(minutes=2)) == Swept(not_submitted=1)
    assert row(conn, "tasks")["attempts"] == 0


def test_a_call_that_is_just_being_submitted_is_left_alone(
    conn: sqlite3.Connection, carrier: Carrier
) -> None:
    call = claimed(conn)
    assert sweep(conn, carrier, later(hours=1), flying=(call.call_id,)) == Swept()
    assert row(conn, "calls")["status"] == "claimed"


def test_the_call_of_another_row_is_never_adopted(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    first, _ = submitted(conn, carrier)
    with ledger.transaction(conn):
        update = StatusUpdate(tiny.calls[0]["sid"], "busy", 3, NOW)
        calls.status(conn, first.call_id, update, NOW, BOOK.decide("busy", NOW))
    tiny.behaviour.faults = ["vanish"]
    submit(conn, carrier, Still(), claimed(conn, later(hours=1)), BOOK.decide)
    conn.execute("update calls set claimed_at = ? where id = 2", ("2026-11-23T01:00:01.000Z",))
    assert sweep(conn, carrier, later(hours=2)) == Swept(not_submitted=1)


def test_an_older_call_to_the_same_number_is_never_adopted(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    call = claimed(conn)
    tiny.behaviour.now = lambda: NOW - timedelta(minutes=1)
    carrier.place(99, call.to_number, call.from_number)
    tiny.behaviour.faults = ["vanish"]
    submit(conn, carrier, Still(), call, BOOK.decide)
    assert sweep(conn, carrier, later(seconds=30)) == Swept()


def test_an_answered_webhook_settles_a_lost_submission_without_the_sweeper(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    tiny.behaviour.faults = ["lose"]
    submitted(conn, carrier)
    with ledger.transaction(conn):
        calls.answered(conn, 1, tiny.calls[0]["sid"], NOW, lambda call: TurnRecord("{}", "[[],null]", "{}"))
    assert sweep(conn, carrier, later(minutes=3)) == Swept()
    assert row(conn, "calls")["status"] == "in-progress"


@pytest.mark.parametrize(
    ("status", "reason"), [("busy", "line_busy"), ("no-answer", "no_answer"), ("failed", "failed")]
)
def test_a_call_whose_last_callback_never_came_ends_as_the_carrier_says(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio, status: str, reason: str
) -> None:
    submitted(conn, carrier)
    tiny.calls[0]["status"] = status
    assert sweep(conn, carrier, later(seconds=90)) == Swept()
    assert sweep(conn, carrier, later(seconds=91)) == Swept(ended=1)
    assert row(conn, "calls")["status"] == status
    assert row(conn, "tasks")["outcome_reason"] == reason


def test_the_recording_of_a_call_whose_callbacks_never_came_is_found(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    submitted(conn, carrier)
    tiny.calls[0] |= {"status": "completed", "duration": "42"}
    tiny.recordings = [{"sid": "RE1", "status": "completed", "duration": "42", "media_url": "https://x/RE1"}]
    sweep(conn, carrier, later(minutes=10))
    sweep(conn, carrier, later(minutes=20))
    found = row(conn, "recordings")
    assert (found["call_id"], found["carrier_sid"], found["url"]) == (1, "RE1", "https://x/RE1")
    assert (found["status"], found["duration_ms"]) == ("announced", 42_000)


def test_a_talk_whose_end_was_lost_is_partial_and_is_resumed(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    submitted(conn, carrier)
    talk(conn, later(seconds=10))
    tiny.calls[0] |= {"status": "completed", "duration": "15"}
    assert sweep(conn, carrier, later(minutes=2)) == Swept()
    assert sweep(conn, carrier, later(minutes=2, seconds=11)) == Swept(ended=1)
    task, call = row(conn, "tasks"), row(conn, "calls")
    assert (task["status"], task["outcome"], call["duration"]) == ("ready", "PARTIAL", 15)
    assert "greet" in task["resume"]


def test_a_call_the_carrier_does_not_know_has_failed(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    submitted(conn, carrier)
    tiny.calls.clear()
    assert sweep(conn, carrier, later(seconds=91)) == Swept(ended=1)
    assert row(conn, "calls")["status"] == "failed"
    assert row(conn, "calls")["error"] == "unknown to the carrier"


@pytest.mark.parametrize("status", ["queued", "ringing", "in-progress"])
def test_a_call_that_is_silent_for_too_long_is_hung_up_and_then_ended(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio, status: str
) -> None:
    submitted(conn, carrier)
    tiny.calls[0]["status"] = status
    assert sweep(conn, carrier, later(minutes=10)) == Swept()
    assert sweep(conn, carrier, later(minutes=10, seconds=1)) == Swept(hung_up=1)
    assert tiny.calls[0]["status"] == "completed"
    assert sweep(conn, carrier, later(minutes=11)) == Swept(ended=1)


def test_a_carrier_that_cannot_be_asked_is_asked_at_the_next_sweep(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    submitted(conn, carrier)
    broken = Carrier(ACCOUNT, "secret", "http://127.0.0.1:1", "http://127.0.0.1:1")
    assert sweep(conn, broken, later(seconds=91)) == Swept(failed=1)
    tiny.calls[0]["status"] = "busy"
    assert sweep(conn, carrier, later(seconds=92)) == Swept(ended=1)


def test_a_sweep_gives_up_on_a_carrier_that_is_down(tmp_path: Path) -> None:
    folder = tmp_path / "ten"
    folder.mkdir()
    broken = Carrier(ACCOUNT, "secret", "http://127.0.0.1:1", "http://127.0.0.1:1")
    with closing(ledger.connect(database(folder, 10))) as conn:
        for _ in range(10):
            claimed(conn)
        assert sweep(conn, broken, later(minutes=1)) == Swept(failed=5)


def test_a_stopped_sweep_looks_at_no_further_call(conn: sqlite3.Connection, carrier: Carrier) -> None:
    claimed(conn)
    stop = Event()
    stop.set()
    assert sweep_once(conn, carrier, later(hours=1), BOOK.decide, stop=stop) == Swept()
    assert row(conn, "calls")["status"] == "claimed"


def test_wrong_credentials_are_raised_instead_of_being_tried_for_ever(conn: sqlite3.Connection) -> None:
    claimed(conn)
    broken = Carrier(ACCOUNT, "secret", "nonsense", "http://127.0.0.1:1")
    with pytest.raises(CarrierError):
        sweep(conn, broken, later(minutes=3))
