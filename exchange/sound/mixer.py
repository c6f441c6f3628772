"""What the far side of a line hears, mixed in frames of 20 ms for a browser."""

from __future__ import annotations

import numpy as np

from exchange.order import LONGEST
from exchange.sound.clip import RATE, Samples, read
from exchange.sound.line import Line
from exchange.sound.sounding import Sounding
from exchange.sound.tape import ROBOT

FRAME = RATE // 50
"""Samples of a frame: 20 ms."""

_LATE = 0.08  # live sound is heard this much later, so that a late frame leaves no hole
_BEHIND, _AHEAD = 0.2, 0.02  # ahead of the clock there is no live sound yet


class Mixer:
    """The ear of a live person; call `frame` every 20 ms, and `close` at the end."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard: list[Sounding] = []
        self._at = line.clock.time()
        line.tap(self)

    def start(self, channel: int, sounding: Sounding) -> None:
        """A sound begins on the line."""
        if channel == ROBOT and sounding.clip.source != "silence":
            self._heard.append(sounding)

    def frame(self) -> Samples:
        """The next 20 ms."""
        now = self._line.clock.time()
        if not now - _BEHIND <= self._at <= now + _AHEAD:  # frames were left out, or came in a burst
            self._at = now
        mixed = np.zeros(FRAME, np.int32)
        for sounding in self._heard:
            _add(mixed, sounding, self._at)
        self._heard = [one for one in self._heard if not one.over(self._at - _LATE)]
        self._at += FRAME / RATE
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    def close(self) -> None:
        """Hears the line no more."""
        self._line.untap(self)
        self._heard.clear()


def _add(mixed: np.ndarray[tuple[int], np.dtype[np.int32]], sounding: Sounding, at: float) -> None:
    delay = _LATE if sounding.clip.source == "live" else 0.0
    first = round((at - delay - sounding.moment) * RATE)
    begins, ends = round(sounding.begins * RATE), min(sounding.ends, LONGEST) * RATE
    start, stop = max(first, begins), min(first + FRAME, round(ends))
    if start < stop:
        samples = read(sounding.clip, start, stop)
        mixed[start - first : start - first + len(samples)] += samples
