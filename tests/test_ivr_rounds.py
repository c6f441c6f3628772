"""Rounds: a duty that fails holds up no other, and is tried again."""

from __future__ import annotations

from threading import Event

import pytest

from ivr import rounds
from ivr.clock import wall
from ivr.rounds import Rounds
from ledger import LedgerBusy

PATIENCE = 10


def test_a_duty_that_fails_is_tried_again_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "EVERY", 0.01)
    tried, done, again = [], Event(), Event()

    def fails() -> None:
        tried.append(1)
        if len(tried) > 1:
            again.set()
        raise LedgerBusy("locked")

    walking = Rounds(wall(), fails, done.set)
    walking.begin()
    assert done.wait(PATIENCE)
    assert again.wait(PATIENCE)
    walking.close()
