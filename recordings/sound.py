"""The audio of a call as it was delivered, checked before it counts as evidence."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from recordings.errors import Unsound

RATE = 8000
"""Samples per second of a telephone call."""

CHANNELS = 2
"""The customer on one, the robot or agent on the other."""

TOLERANCE_MS = 1500
"""How far the length may be from the announced one, which carriers give in whole seconds."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Checked audio: one row to a moment, one column to a channel."""

    samples: NDArray[np.int16]

    @property
    def duration_ms(self) -> int:
        """Its length."""
        return round(len(self.samples) * 1000 / RATE)

    @property
    def channels(self) -> int:
        """How many sides were recorded apart."""
        return int(self.samples.shape[1])

    @property
    def sha256(self) -> str:
        """The digest of the samples alone, the same in whatever file they are kept."""
        return hashlib.sha256(self.samples.astype("<i2").tobytes()).hexdigest()

    def flac(self) -> bytes:
        """The samples packed without loss; the same samples give the same bytes."""
        file = io.BytesIO()
        soundfile.write(file, self.samples, RATE, format="FLAC", subtype="PCM_16")
        return file.getvalue()


def inspect(content: bytes, announced_ms: int | None) -> Sound:
    """The audio of a delivered file, if it is a whole call at 8 kHz with both sides apart."""
    try:
        samples, rate = soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise Unsound(f"{len(content)} bytes that are not audio") from error
    sound = Sound(samples)
    if rate != RATE:
        raise Unsound(f"{rate} samples per second instead of {RATE}")
    if sound.channels != CHANNELS:
        raise Unsound(
            f"{sound.channels} channels instead of {CHANNELS}: ask the carrier for dual-channel recording"
        )
    if not len(samples):
        raise Unsound("audio without a single sample")
    if announced_ms is not None and abs(sound.duration_ms - announced_ms) > TOLERANCE_MS:
        raise Unsound(f"{sound.duration_ms} ms of audio instead of the announced {announced_ms} ms")
    return sound
