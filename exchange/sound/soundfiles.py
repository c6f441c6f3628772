"""Sound files of applications, turned into telephone sound."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
import soundfile

from exchange.sound.clip import RATE, Clip, SoundError, held, joined


@lru_cache(maxsize=64)
def read(data: bytes) -> Clip:
    """A clip of a WAV, MP3, OGG, FLAC or AIFF file, at 8 kHz on one channel."""
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise SoundError("the file is no sound the exchange can read: use WAV or MP3") from error
    mono = samples.mean(axis=1)
    moments = np.arange(int(len(mono) * RATE / rate)) * (rate / RATE)
    resampled = np.interp(moments, np.arange(len(mono)), mono) if len(mono) else mono
    return joined([held(np.round(resampled * 32767).clip(-32768, 32767).astype(np.int16))], "file")
