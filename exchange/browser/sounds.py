"""The sounds the Voice SDK plays in the browser: ringing, and the keys of the telephone."""

from __future__ import annotations

import io
from functools import cache

import numpy as np
import soundfile

from exchange.sound import tones
from exchange.sound.clip import RATE, Clip

_KEYS = {key: key for key in "0123456789"} | {"hash": "#", "star": "*"}

_CLIPS = {f"dtmf-{name}": tones.dtmf(key) for name, key in _KEYS.items()} | {
    "incoming": tones.ringback(),
    "outgoing": tones.beep(),
    "disconnect": tones.beep(),
    "cowbell": tones.dtmf("1234567890" * 10),  # the microphone of a preflight test that wants none
}

NAMES = frozenset(_CLIPS)
"""The files the SDK asks for, without their ending."""


@cache
def mp3(name: str) -> bytes:
    """One of the sounds as a file."""
    file = io.BytesIO()
    soundfile.write(file, _samples(_CLIPS[name]), RATE, format="MP3", subtype="MPEG_LAYER_III")
    return file.getvalue()


def _samples(clip: Clip) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    silent = ((part.load, np.zeros(part.length, np.int16)) for part in clip.parts)
    return np.concatenate([load() if load is not None else nothing for load, nothing in silent])
