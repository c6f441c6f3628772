"""A call that came in is ended too when its last webhook was lost, but not while it waits for a person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.sweep import Swept, sweep_once
from ledger import calls, inbound, waits
from ledger.inbound import Arrival
from ledger.records import TurnRecord, Wish
from scripts import engine
from scripts.load import library
from tests.dialing import BOOK, row
from tests.ledger_rows import NOW, later
from tests.scripts_facts import HOTLINE
from tests.test_dialer_sweep import carrier as carrier
from tests.test_dialer_sweep import tiny as tiny
from tests.tiny_twilio import TinyTwilio

SCRIPT = library()["hotline"]


@pytest.fixture
def conn(tmp_path: Path, carrier: Carrier, tiny: TinyTwilio) -> Iterator[sqlite3.Connection]:
    """A ledger with one call that came in and heard the menu."""
    ledger.migrate(tmp_path / "h.db")
    sid = carrier.place(1, 4001, 13800000001)
    tiny.calls[0]["status"] = "in-progress"
    turn = engine.begin(SCRIPT, HOTLINE)
    with closing(ledger.connect(tmp_path / "h.db")) as conn:
        with ledger.transaction(conn):
            inbound.opened(conn, Arrival(sid, 13800000001, 4001), "a", NOW)
            calls.answered(
                conn, 1, sid, NOW, lambda call: TurnRecord("{}", "[[],null]", turn.progress.to_json(), "{}")
            )
        yield conn


def test_the_carriers_word_ends_it(conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio) -> None:
    tiny.calls[0]["status"] = "completed"
    assert sweep_once(conn, carrier, later(minutes=1), BOOK.decide) == Swept()
    assert sweep_once(conn, carrier, later(minutes=3), BOOK.decide) == Swept(ended=1)
    assert row(conn, "calls")["status"] == "completed"


def test_one_that_the_carrier_never_had_is_over(
    conn: sqlite3.Connection, carrier: Carrier, tiny: TinyTwilio
) -> None:
    tiny.calls.clear()
    assert sweep_once(conn, carrier, later(minutes=6), BOOK.decide) == Swept(ended=1)


def test_who_waits_for_a_person_is_not_hung_up(conn: sqlite3.Connection, carrier: Carrier) -> None:
    with ledger.transaction(conn):
        waits.join(conn, 1, Wish("human", 1, later(minutes=30)), NOW)
    assert sweep_once(conn, carrier, later(minutes=11), BOOK.decide) == Swept()
    with ledger.transaction(conn):
        waits.leave(conn, 1)
    assert sweep_once(conn, carrier, later(minutes=11), BOOK.decide) == Swept(hung_up=1)
