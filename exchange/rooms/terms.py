"""The terms of a `<Dial>`: how long the parties may talk, and whether a star parts them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from exchange.order import LONGEST
from exchange.sound.line import Line, Summoned

STAR = "star"
"""Why somebody is summoned who pressed the star where it ends a talk."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a call is connected: seconds of talk, and whether the star ends it."""

    time_limit: float = LONGEST
    hangs_up_on_star: bool = False

    @contextmanager
    def limiting(self, line: Line) -> Iterator[None]:
        """Summons whoever talks when his time is up."""
        seconds = line.clock.real(self.time_limit)
        timer = asyncio.get_running_loop().call_later(seconds, line.interrupt, Summoned("time"))
        try:
            yield
        finally:
            timer.cancel()

    def press(self, line: Line, key: str) -> None:
        """Summons whoever pressed the star, where it ends the talk."""
        if key == "*" and self.hangs_up_on_star:
            line.interrupt(Summoned(STAR))
