"""What a live person says, as it comes in: a clip that grows."""

from __future__ import annotations

import math

import numpy as np

from exchange.clock import Clock
from exchange.order import LONGEST
from exchange.sound.clip import RATE, Clip, Part, Samples

_LATE = RATE // 25  # less than a mixer waits for live sound: nobody hears what stays further behind
_LOST = 0.3  # seconds after which what is late has not been delayed, but is lost
_FAR = RATE // 4  # sound this much late or early is put in its place at once


class Stream:
    """The sound of one microphone from the moment it was opened; what did not arrive is silence."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began = clock, clock.time()
        self._in_time = self._began
        self._samples: Samples = np.zeros(RATE * 10, np.int16)
        self._length = 0
        self.clip = Clip(math.inf, (Part(LONGEST * RATE, self.samples),), 0.0, "live")
        """The stream as a sound on a line."""

    @property
    def seconds(self) -> float:
        """How much came in."""
        return self._length / RATE

    def samples(self) -> Samples:
        """Everything until now."""
        return self._samples[: self._length]

    def push(self, samples: Samples) -> None:
        """The next samples at 8 kHz; a gap before them becomes silence once it is known for one."""
        now = self._clock.time()
        gap = round((now - self._began) * RATE) - self._length - len(samples)
        if gap <= _LATE:
            self._in_time = now
        if gap > _FAR or now - self._in_time > _LOST:
            self._append(np.zeros(gap, np.int16))
            self._in_time = now
        elif gap < -_FAR:
            return
        self._append(samples)

    def _append(self, samples: Samples) -> None:
        end = self._length + len(samples)
        if end > len(self._samples):
            grown = np.zeros(max(end, 2 * len(self._samples)), np.int16)
            grown[: self._length] = self.samples()
            self._samples = grown
        self._samples[self._length : end] = samples
        self._length = end
