"""What a live person says, as it comes in: a clip that grows."""

from __future__ import annotations

import math

import numpy as np

from exchange.clock import Clock
from exchange.order import LONGEST
from exchange.sound.clip import RATE, Clip, Part, Samples

_LATE = RATE // 25  # less than a mixer waits for live sound: nobody hears what stays further behind
_EARLY = RATE // 4  # what was late comes in a burst, which may be this much ahead of its place


class Stream:
    """The sound of one microphone from the moment it was opened; what did not arrive is silence."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._began = clock, clock.time()
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
        """The next samples at 8 kHz; a gap before them becomes silence."""
        due = round((self._clock.time() - self._began) * RATE)
        if (gap := due - self._length - len(samples)) > _LATE:
            self._append(np.zeros(gap, np.int16))
        elif gap < -_EARLY:
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
