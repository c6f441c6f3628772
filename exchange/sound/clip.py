"""A clip: a stretch of sound whose samples are read only when it is mixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples per second: a telephone line."""

Samples = NDArray[np.int16]
"""One channel of 16-bit sound."""


class SoundError(Exception):
    """A sound that cannot be read; the message says which file and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a clip, in samples; without `load` it is silence, `missing` where words should be."""

    length: int
    load: Callable[[], Samples] | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Clip:
    """Sound to be played: `silent_seconds` of it are silence that stands for words nobody rendered."""

    seconds: float
    parts: tuple[Part, ...]
    silent_seconds: float
    source: str


def joined(parts: Iterable[Part], source: str) -> Clip:
    """The clip that plays the parts one after the other."""
    kept = tuple(parts)
    length = sum(part.length for part in kept)
    missing = sum(part.length for part in kept if part.missing)
    return Clip(length / RATE, kept, missing / RATE, source)


def held(samples: Samples) -> Part:
    """The part that keeps its samples in memory."""
    return Part(len(samples), lambda: samples)


def pause(seconds: float, *, missing: bool = False) -> Part:
    """The part that is nothing for so many seconds."""
    return Part(round(seconds * RATE), None, missing)


def read(clip: Clip, first: int, last: int) -> Samples:
    """The samples of a clip from one place to another."""
    found = np.zeros(last - first, np.int16)
    ends = accumulate(part.length for part in clip.parts)
    for part, end in zip(clip.parts, ends, strict=True):
        begin = end - part.length
        start, stop = max(first, begin), min(last, end)
        if start < stop and part.load is not None:
            samples = part.load()[start - begin : stop - begin]
            found[start - first : start - first + len(samples)] = samples
    return found
