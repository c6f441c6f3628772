"""Rounds: what the web process looks after, for the case that a webhook or an errand was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from dialer.refusals import CarrierError
from ivr.clock import Clock
from ledger import LedgerError

EVERY = 15.0
"""Seconds between two rounds: how long an agent may be idle beside a caller when all else failed."""

log = logging.getLogger(__name__)


class Rounds:
    """Does its duties in a thread of its own; what fails today is tried again at the next round."""

    def __init__(self, clock: Clock, *duties: Callable[[], object]) -> None:
        self._clock = clock
        self._duties = duties
        self._over = Event()
        self._thread = Thread(target=self._walk, name="rounds", daemon=True)

    def begin(self) -> None:
        """Walk the first round now."""
        self._thread.start()

    def close(self) -> None:
        """Finish the duty at hand and stop."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _walk(self) -> None:
        while not self._over.is_set():
            for duty in self._duties:
                self._do(duty)
            self._clock.sleep(EVERY, self._over)

    def _do(self, duty: Callable[[], object]) -> None:
        try:
            duty()
        except (CarrierError, LedgerError) as error:
            log.warning("a duty was left for the next round", extra={"error": type(error).__name__})
