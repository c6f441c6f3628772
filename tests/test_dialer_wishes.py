"""No claim while a wish not to be called waits beside the ledger."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

import ledger
from dialer.carrier import Carrier
from dialer.loop import Loop
from ledger import wishes
from tests.dialing import database, orders, row, started
from tests.ledger_rows import FIRST_NUMBER, NOW
from tests.tiny_twilio import ACCOUNT


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    wishes.prepare(tmp_path / "wishes")
    carrier = Carrier(ACCOUNT, "secret", "http://127.0.0.1:1", "http://127.0.0.1:1", timeouts=(0.1, 0.1))
    wanted = replace(orders(database(tmp_path)), wishes=tmp_path / "wishes")
    return Loop(wanted, carrier, started(), Event())


def test_a_wish_is_applied_before_the_next_claim(loop: Loop, tmp_path: Path) -> None:
    wishes.take(tmp_path / "wishes", FIRST_NUMBER + 1, "CA1", NOW)
    with closing(loop), closing(ledger.connect(tmp_path / "huifang.db")) as conn:
        loop.step()
        assert conn.execute("select count(*) from calls").fetchone() == (0,)
        assert row(conn, "gate_decisions")["rule"] == "do_not_call"
        assert wishes.waiting(tmp_path / "wishes") == []


def test_wishes_that_cannot_be_read_stop_every_claim(loop: Loop, tmp_path: Path) -> None:
    (tmp_path / "wishes" / wishes.NAME).unlink()
    (tmp_path / "wishes" / wishes.NAME).mkdir()
    with closing(loop), closing(ledger.connect(tmp_path / "huifang.db")) as conn:
        loop.step()
        assert conn.execute("select count(*) from gate_decisions").fetchone() == (0,)
