"""The sounds a telephone line makes itself: keys, the beep before a recording, ringing, nothing."""

from __future__ import annotations

from functools import cache

import numpy as np

from exchange.clip import RATE, Clip, Part, Samples, SoundError, held, joined, pause

# ITU-T Q.23: one low and one high frequency to a key.
_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
DTMF = {key: (_LOW[row], _HIGH[column]) for row, keys in enumerate(_KEYS) for column, key in enumerate(keys)}
"""The two frequencies of each key, in hertz."""

_TONE_SECONDS = 0.1
_GAP_SECONDS = 0.1
_WAIT_SECONDS = 0.5  # Twilio, SendDigits
_RAMP = 40  # samples: 5 ms in and out, so that no key begins with a click


def dtmf(digits: str) -> Clip:
    """The keys one after the other, 100 ms each and 100 ms apart; `w` waits 0.5 s, `W` 1 s."""
    return joined((part for key in digits for part in _key(key)), "dtmf")


def silence(seconds: float) -> Clip:
    """Nothing, for so long."""
    return joined([pause(seconds)], "silence")


def beep() -> Clip:
    """The tone that says "speak now": 1 kHz for half a second."""
    return joined([held(_tone((1000,), 0.5, 0.3))], "beep")


def ringback() -> Clip:
    """One round of the Chinese ringing tone: 450 Hz for one second, four seconds of nothing (ITU-T E.180)."""
    return joined([held(_tone((450,), 1.0, 0.25)), pause(4.0)], "ringback")


def _key(key: str) -> tuple[Part, ...]:
    if key in "wW":
        return (pause(_WAIT_SECONDS if key == "w" else 2 * _WAIT_SECONDS),)
    if key not in DTMF:
        raise SoundError(f"keys: {key!r} is not on a telephone: use 0-9, A-D, *, # and w for a wait")
    return (held(_tone(DTMF[key], _TONE_SECONDS, 0.5)), pause(_GAP_SECONDS))


@cache
def _tone(frequencies: tuple[int, ...], seconds: float, level: float) -> Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    wave = np.mean([np.sin(2 * np.pi * hertz * times) for hertz in frequencies], axis=0)
    ramp = np.minimum(1.0, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / _RAMP)
    samples: Samples = np.round(wave * ramp * level * 32767).astype(np.int16)
    samples.setflags(write=False)
    return samples
