"""A refusal that comes in while the telephone rings: it is hung up, and the very next claim knows."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.loop import run
from dialer.recall import recall, watched
from dialer.submission import submit
from ledger import calls, dnc, events
from ledger.records import StatusUpdate
from tests.dialing import BOOK, FastClock, database, orders, started
from tests.ledger_rows import NOW, claim_some
from tests.test_dialer_loop import number, placed, until
from tests.tiny_twilio import ACCOUNT, TinyTwilio

FIRST = 8613800000001


@pytest.fixture
def tiny() -> Iterator[TinyTwilio]:
    server = TinyTwilio()
    yield server
    server.stop()


@pytest.fixture
def carrier(tiny: TinyTwilio) -> Carrier:
    return Carrier(ACCOUNT, "secret", tiny.url, "http://127.0.0.1:1", timeouts=(1, 0.5))


def refuse(path: Path, *numbers: int, customer: str = "", purpose: str = "all") -> None:
    """Another connection writes an entry, as a page does."""
    with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
        dnc.add(
            conn, numbers=numbers, customer_key=customer, purpose=purpose, scope="company", reason="asked",
            source="letter", call_id=None, starts_at=NOW, ends_at=None, now=NOW,
        )  # fmt: skip


def ring(path: Path, carrier: Carrier, count: int = 1) -> None:
    """So many calls of the campaign that the carrier tries."""
    with closing(ledger.connect(path)) as conn:
        for claimed in claim_some(conn, 1, limit=count):
            submit(conn, carrier, FastClock(), claimed, BOOK.decide)


@pytest.mark.parametrize(
    ("numbers", "customer"), [((FIRST,), ""), ((), "customer-1"), ((FIRST + 1000000,), "customer-1")]
)
def test_a_ringing_leg_of_the_number_or_of_any_number_of_the_customer_is_hung_up_once(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier, numbers: tuple[int, ...], customer: str
) -> None:
    path, ended = database(tmp_path, 2, numbers=2), set[int]()
    ring(path, carrier, 2)
    with closing(ledger.connect(path)) as conn:
        assert recall(conn, carrier, FastClock(), ended)
        refuse(path, *numbers, customer=customer)
        assert recall(conn, carrier, FastClock(), ended)
        assert recall(conn, carrier, FastClock(), ended)
        assert [call["status"] for call in tiny.calls] == ["completed", "queued"]
        assert len(tiny.headers) == 3  # two calls, hung up once
        assert conn.execute("select call_id from events where kind = 'recalled'").fetchall() == [(1,)]
        assert events.verify(conn) == []


def test_a_talk_that_has_begun_is_not_cut_off(tmp_path: Path, tiny: TinyTwilio, carrier: Carrier) -> None:
    path = database(tmp_path)
    ring(path, carrier)
    with closing(ledger.connect(path)) as conn:
        with ledger.transaction(conn):
            update = StatusUpdate(tiny.calls[0]["sid"], "in-progress", 2, NOW)
            calls.status(conn, 1, update, NOW, BOOK.decide("in-progress", NOW))
        refuse(path, FIRST)
        assert recall(conn, carrier, FastClock(), set())
    assert tiny.calls[0]["status"] == "queued"


def test_an_entry_against_marketing_lets_a_duty_call_ring(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path = database(tmp_path)
    ring(path, carrier)
    refuse(path, FIRST, purpose="marketing")
    with closing(ledger.connect(path)) as conn:
        recall(conn, carrier, FastClock(), set())
        assert tiny.calls[0]["status"] == "queued"
        conn.execute("update campaigns set purpose = 'service'")
        recall(conn, carrier, FastClock(), set())
    assert tiny.calls[0]["status"] == "completed"


def test_a_carrier_that_does_not_answer_is_asked_again(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path, ended = database(tmp_path), set[int]()
    ring(path, carrier)
    refuse(path, FIRST)
    nowhere = Carrier(ACCOUNT, "secret", "http://127.0.0.1:1", "http://127.0.0.1:1", timeouts=(1, 0.5))
    with closing(ledger.connect(path)) as conn:
        assert not recall(conn, nowhere, FastClock(), ended)
        assert recall(conn, carrier, FastClock(), ended)
    assert tiny.calls[0]["status"] == "completed"


def test_a_refusal_typed_as_a_command_while_the_dialer_runs_hangs_up_and_is_never_dialed_again(
    tmp_path: Path, tiny: TinyTwilio, carrier: Carrier
) -> None:
    path, clock, stop = database(tmp_path, 2), started(1), threading.Event()
    tiny.behaviour.now = clock.now
    wanted = orders(path, lines=1)
    dialer = threading.Thread(target=run, args=(wanted, carrier, clock, stop))
    with watched(path, carrier, clock):
        dialer.start()
        until(lambda: placed(path) == 1)
        refuse(path, FIRST + 1)
        words = [sys.executable, "-m", "ivr.cli", "dnc", "add", f"+{FIRST}", "--reason", "letter"]
        environ = os.environ | {"HUIFANG_HOME": str(tmp_path), "HUIFANG_CLOCK": ""}
        subprocess.run(words, env=environ, check=True, timeout=60)
        until(lambda: tiny.calls[0]["status"] == "completed")
        with closing(ledger.connect(path)) as conn, ledger.transaction(conn):
            update = StatusUpdate(tiny.calls[0]["sid"], "canceled", 3, clock.now())
            calls.status(conn, 1, update, clock.now(), BOOK.decide("canceled", clock.now()))
        until(lambda: number(path, "select count(*) from tasks where outcome_reason = 'do_not_call'") == 1)
        stop.set()
        dialer.join()
    assert len(tiny.calls) == 1
