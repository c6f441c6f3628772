"""The tone that marks a turn of a synthetic voice: short long short short, AI in Morse code (GB 45438, B26).

`python -m ivr.label_tone` writes the file that is shipped.
"""

from __future__ import annotations

import math
from itertools import accumulate
from pathlib import Path

from ivr.music import RATE, wave

FILE = Path(__file__).parent / "static" / "label.wav"
URL = "/static/any/label.wav"
RHYTHM = (1, 3, 1, 1)
"""Short, long, short, short, in beats; a beat of silence after each."""
BEAT = 0.1
HERTZ = 700
LEVEL = 4000
"""Of 32767: heard beside a voice, and no fright."""
EDGE = 0.01
"""Seconds in which a sound comes and goes, so that it begins and ends without a click."""


def tone() -> list[int]:
    """The rhythm once, 16 bits at 8 kHz, with its last silence before the words."""
    samples = [0] * round(sum(beats + 1 for beats in RHYTHM) * BEAT * RATE)
    starts = accumulate((beats + 1 for beats in RHYTHM[:-1]), initial=0)
    for start, beats in zip(starts, RHYTHM, strict=True):
        begin, length = round(start * BEAT * RATE), round(beats * BEAT * RATE)
        for at in range(length):
            loud = min(1.0, at / (EDGE * RATE), (length - at) / (EDGE * RATE))
            samples[begin + at] = round(LEVEL * loud * math.sin(2 * math.pi * HERTZ * at / RATE))
    return samples


if __name__ == "__main__":
    FILE.write_bytes(wave(tone()))
