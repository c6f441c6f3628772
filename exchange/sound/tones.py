"""The sounds a telephone line makes itself: keys, ringing, busy, beeps, a murmur, nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from exchange.sound.clip import RATE, Clip, Part, Samples, SoundError, held, joined, pause

# ITU-T Q.23: one low and one high frequency to a key.
_LOW = (697, 770, 852, 941)
_HIGH = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
DTMF = {key: (_LOW[row], _HIGH[column]) for row, keys in enumerate(_KEYS) for column, key in enumerate(keys)}
"""The two frequencies of each key, in hertz."""

_TONE_SECONDS = 0.1
_GAP_SECONDS = 0.1
_WAIT_SECONDS = 0.5  # Twilio, SendDigits
_NOTE_SECONDS = 0.15
_SYLLABLES = 5.0  # in a second, as the shipped sentences have them
_SOFT = 0.05
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


@dataclass(frozen=True, slots=True)
class Cadence:
    """One round of a signal: frequencies in hertz, seconds on and off."""

    hertz: tuple[int, ...]
    on: float
    off: float


CADENCES: Mapping[tuple[str, str], Cadence] = {
    ("CN", "ringback"): Cadence((450,), 1.0, 4.0),
    ("CN", "busy"): Cadence((450,), 0.35, 0.35),
    ("CN", "congestion"): Cadence((450,), 0.7, 0.7),
    ("US", "ringback"): Cadence((440, 480), 2.0, 4.0),
    ("US", "busy"): Cadence((480, 620), 0.5, 0.5),
    ("US", "congestion"): Cadence((480, 620), 0.25, 0.25),
}
"""Signals of the two countries whose telephones we know (ITU-T E.180, supplement 2)."""


def ringback(country: str = "CN") -> Clip:
    """One round of what a caller hears while it rings."""
    return _signal("ringback", country)


def busy(country: str = "CN") -> Clip:
    """One round of what a caller hears when the other is busy."""
    return _signal("busy", country)


def congestion(country: str = "CN") -> Clip:
    """One round of what a caller hears when the network has no line left."""
    return _signal("congestion", country)


def entering() -> Clip:
    """The two rising notes by which a conference hears that somebody came in."""
    return _notes((660, 880), "entering")


def leaving() -> Clip:
    """The two falling notes by which a conference hears that somebody left."""
    return _notes((880, 660), "leaving")


def murmur(seconds: float) -> Part:
    """A voice too soft for words, in the rhythm of syllables: stands for what nobody could render."""
    times = np.arange(round(seconds * RATE)) / RATE
    syllables = np.maximum(0.0, np.sin(2 * np.pi * _SYLLABLES / 2 * times)) ** 2
    wave = (np.sin(2 * np.pi * 180 * times) + 0.4 * np.sin(2 * np.pi * 360 * times)) * syllables
    samples = np.round(wave * _SOFT * 32767).astype(np.int16)
    return Part(len(samples), lambda: samples, missing=True)


def _signal(name: str, country: str) -> Clip:
    cadence = CADENCES.get((country, name), CADENCES["CN", name])
    return joined([held(_tone(cadence.hertz, cadence.on, 0.25)), pause(cadence.off)], name)


def _notes(hertz: tuple[int, ...], source: str) -> Clip:
    return joined((held(_tone((note,), _NOTE_SECONDS, 0.25)) for note in hertz), source)


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


RINGING = joined(ringback().parts * 121, "ringback")
"""The ringing tone for ten minutes: the longest timeout there is."""
