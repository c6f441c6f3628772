"""What is heard on hold: a short round of plucked chords, made by arithmetic when it is first wanted."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from exchange.sound.clip import RATE, Clip, held, joined

# Notes as keys of a piano (49 is A, 440 Hz): the chords C, A minor, F, G, each broken upwards and back.
_CHORDS = ((28, 40, 44, 47, 52), (25, 37, 40, 44, 49), (21, 33, 40, 45, 49), (23, 35, 42, 47, 51))
_BREAKING = (0, 2, 3, 4, 3, 2, 4, 3)
_BEAT_SECONDS = 0.3
_RINGING_SECONDS = 2.4
_OVERTONES = (1.0, 0.5, 0.22, 0.1)
_PEAK = 0.18  # well below a voice, which may be heard over it


@cache
def hold() -> Clip:
    """One round of the hold music, about twenty seconds; its end runs into its beginning."""
    beats = [chord[place] for _ in range(2) for chord in _CHORDS for place in _BREAKING]
    length = round(len(beats) * _BEAT_SECONDS * RATE)
    wave = np.zeros(length)
    for place, key in enumerate(beats):
        start = round(place * _BEAT_SECONDS * RATE)
        note = _plucked(key)
        # What rings on after the end is heard at the beginning of the next round.
        np.add.at(wave, (start + np.arange(len(note))) % length, note)
    samples = np.round(wave / np.abs(wave).max() * _PEAK * 32767).astype(np.int16)
    samples.setflags(write=False)
    return joined([held(samples)], "music")


def _plucked(key: int) -> NDArray[np.float64]:
    hertz = 440.0 * 2 ** ((key - 49) / 12)
    times = np.arange(round(_RINGING_SECONDS * RATE)) / RATE
    tones = (
        loudness * np.exp(-times * (1.8 + place)) * np.sin(2 * np.pi * hertz * (place + 1) * times)
        for place, loudness in enumerate(_OVERTONES)
    )
    attack = np.minimum(1.0, times / 0.008)
    release = np.minimum(1.0, (_RINGING_SECONDS - times) / 0.2)
    return np.asarray(sum(tones) * attack * release)
