"""Hears the keys of a telephone in sound: ITU-T Q.23 tones, told from speech as Q.24 asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from exchange.sound.clip import RATE, Samples
from exchange.sound.tones import DTMF

_WINDOW = 205  # samples: 25.6 ms, in which all eight tones fall apart
_HOP = 80
_LEAST = 3  # windows in a row: 40 ms of tone, which Q.24 says must be heard
_GAP = 2  # windows a tone may drop out without being two
_FAINTEST = 0.008  # of full scale, for each of the two tones
_QUIETEST = 1e-5
_TWIST = (-10.0, 8.0)  # decibels by which the high tone may differ from the low one; Q.24 asks -8 … +4
_NEIGHBOUR = 0.4
_SHARE = 0.72  # of the sound's energy; voices have more beside the two tones
_OVERTONES = (0.25, 0.35)  # a voice has overtones where a key has none

_LOW = tuple(sorted({low for low, _ in DTMF.values()}))
_HIGH = tuple(sorted({high for _, high in DTMF.values()}))
_KEYS = {(_LOW.index(low), _HIGH.index(high)): key for key, (low, high) in DTMF.items()}


def _bank(hertz: tuple[int, ...]) -> NDArray[np.complex128]:
    window = np.hamming(_WINDOW)
    turns = np.outer(np.asarray(hertz), np.arange(_WINDOW)) / RATE
    return np.asarray(np.exp(-2j * np.pi * turns) * window * 2 / window.sum())


_TONES = _bank(_LOW + _HIGH)
_DOUBLED = _bank(tuple(2 * hertz for hertz in _LOW + _HIGH))


class Keypad:
    """Listens to one line; it keeps what it needs from one piece of sound to the next."""

    def __init__(self) -> None:
        self._rest: NDArray[np.float64] = np.empty(0)
        self._key = ""
        self._seen = self._missed = 0

    def hear(self, samples: Samples) -> str:
        """The keys that were recognised with these samples, each once however long it is held."""
        sound = np.concatenate([self._rest, samples / 32768])
        places = range(0, len(sound) - _WINDOW + 1, _HOP)
        keys = "".join(self._window(sound[place : place + _WINDOW]) for place in places)
        self._rest = sound[len(places) * _HOP :]
        return keys

    def _window(self, sound: NDArray[np.float64]) -> str:
        key = _key(sound)
        if key and key == self._key:
            self._seen, self._missed = self._seen + 1, 0
        elif not key and self._key and self._missed < _GAP:
            self._missed += 1
        else:
            self._key, self._seen, self._missed = key, 1 if key else 0, 0
        return self._key if key and self._seen == _LEAST else ""


def _key(sound: NDArray[np.float64]) -> str:
    energy = float(np.mean(sound * sound))
    if energy < _QUIETEST:
        return ""
    levels = np.abs(_TONES @ sound)
    low, high = int(levels[:4].argmax()), int(levels[4:].argmax())
    first, second = float(levels[low]), float(levels[4 + high])
    heard = min(first, second) >= _FAINTEST and (first**2 + second**2) / 2 >= _SHARE * energy
    if not heard or not _is_pair(levels, low, high):
        return ""
    doubled = np.abs(_DOUBLED @ sound)
    pure = doubled[low] <= _OVERTONES[0] * first and doubled[4 + high] <= _OVERTONES[1] * second
    return _KEYS[low, high] if pure else ""


def _is_pair(levels: NDArray[np.float64], low: int, high: int) -> bool:
    """Whether one low and one high tone stand out, about as loud as each other."""
    twist = 20 * np.log10(levels[4 + high] / levels[low])
    others = (np.delete(levels[:4], low).max(), np.delete(levels[4:], high).max())
    alone = others[0] <= _NEIGHBOUR * levels[low] and others[1] <= _NEIGHBOUR * levels[4 + high]
    return bool(_TWIST[0] <= twist <= _TWIST[1] and alone)
