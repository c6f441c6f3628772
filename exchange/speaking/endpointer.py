"""When somebody begins and ends to speak: the loudness of 20 ms frames against what is always heard."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

import numpy as np

from exchange.sound.clip import RATE, Samples

FRAME = RATE // 50
"""Samples of a frame: 20 ms."""

AUTO_SECONDS = 1.0
"""The pause that ends speech when `speechTimeout` is `auto`; Twilio does not say how long it is."""

_LEAST = 60.0  # root mean square; quieter than -55 dBFS is never speech
_ABOVE = 2.8  # 9 dB above what is always heard
_STAYS = 1.8  # words fade, and go on until they are 5 dB above it
_BEGINS = 4  # loud frames among the last six: a click is no word
_WINDOW = 6
_BACK = 0.6  # seconds before the first loud frames belong to the word, whose consonant is soft
_FLOOR_FRAMES = 100  # two seconds
_QUIET = 20  # percentile of their loudness


class Turn(StrEnum):
    """What happened with a frame."""

    BEGAN = "began"
    ENDED = "ended"


class Endpointer:
    """Fed with frames of 20 ms; `pause` is how many seconds of quiet end what is said."""

    def __init__(self, pause: float = AUTO_SECONDS) -> None:
        self.pause = pause
        self.speaking = False
        self._floor: deque[float] = deque(maxlen=_FLOOR_FRAMES)
        self._loud: deque[bool] = deque(maxlen=_WINDOW)
        self._before: deque[Samples] = deque(maxlen=round(_BACK * 50) + _WINDOW)
        self._said: list[Samples] = []
        self._quiet = 0

    def hear(self, frame: Samples) -> Turn | None:
        """Takes the next frame; says when speech began with it, or ended with it."""
        level = float(np.sqrt(np.mean(np.square(frame, dtype=np.float64)))) if len(frame) else 0.0
        threshold = max(_LEAST, self._background() * (_STAYS if self.speaking else _ABOVE))
        self._floor.append(level)
        return (
            self._go_on(frame, level > threshold) if self.speaking else self._wait(frame, level > threshold)
        )

    def said(self) -> Samples:
        """What was said since it began, and forgets it."""
        said, self._said = self._said, []
        return np.concatenate(said) if said else np.zeros(0, np.int16)

    def _background(self) -> float:
        return float(np.percentile(self._floor, _QUIET)) if self._floor else 0.0

    def _wait(self, frame: Samples, loud: bool) -> Turn | None:
        self._before.append(frame)
        self._loud.append(loud)
        if sum(self._loud) < _BEGINS:
            return None
        self.speaking, self._quiet = True, 0
        self._said = list(self._before)
        self._before.clear()
        self._loud.clear()
        return Turn.BEGAN

    def _go_on(self, frame: Samples, loud: bool) -> Turn | None:
        self._said.append(frame)
        self._quiet = 0 if loud else self._quiet + 1
        if self._quiet < self.pause * 50:
            return None
        self.speaking = False
        return Turn.ENDED
