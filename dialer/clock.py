"""The clock that the loop is given; the edge decides how fast it runs."""

from __future__ import annotations

from datetime import datetime
from threading import Event
from typing import Protocol


class Clock(Protocol):
    """One clock for application and exchange; `speed` is its seconds for each real second."""

    @property
    def speed(self) -> float:
        """How many seconds of this clock pass in one real second."""

    def now(self) -> datetime:
        """The moment on this clock, aware, UTC."""

    def sleep(self, seconds: float, stop: Event) -> None:
        """Wait that many seconds of this clock, or until `stop` is set."""
