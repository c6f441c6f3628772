"""The music of waiting callers: made here, of plain tones, so that nobody else has rights in it.

Eight slow chords of soft tones that fade into each other, a whole number of rounds long; telephone quality.
`python -m ivr.music` writes the file that is shipped.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).parent / "static" / "waiting.wav"
RATE = 8000
CHORD_SECONDS = 2.5
LEVEL = 1500
"""Of 32767: quiet, because it is heard again and again."""
CHORDS = (
    (220.00, 261.63, 329.63),
    (174.61, 220.00, 261.63),
    (261.63, 329.63, 392.00),
    (196.00, 246.94, 293.66),
    (220.00, 261.63, 329.63),
    (146.83, 220.00, 293.66),
    (164.81, 246.94, 329.63),
    (196.00, 246.94, 392.00),
)
"""A minor, F, C, G, A minor, D, E minor, G, in hertz."""


def loop() -> list[int]:
    """One round, 16 bits at 8 kHz; its end runs into its beginning."""
    length = round(CHORD_SECONDS * RATE)
    samples = [0.0] * (length * len(CHORDS))
    for place, chord in enumerate(CHORDS):
        for note in chord:
            # Whole periods within two chords, so that no tone ends in a click.
            turns = round(note * 2 * CHORD_SECONDS) / (2 * length)
            for at in range(2 * length):
                tone = math.sin(2 * math.pi * turns * at) + 0.2 * math.sin(4 * math.pi * turns * at)
                samples[(place * length + at) % len(samples)] += (
                    tone * math.sin(math.pi * at / (2 * length)) ** 2
                )
    return [round(LEVEL * sample) for sample in samples]


def mulaw(sample: int) -> int:
    """A sample as telephones carry it (ITU-T G.711)."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32635) + 132
    exponent = max(size.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | size >> exponent + 3 & 15) & 255


def wave(samples: Iterable[int]) -> bytes:
    """A file of such samples: WAV with the telephone's own coding, which carriers play as it is."""
    data = bytes(map(mulaw, samples))
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"fact" + struct.pack("<II", 4, len(data)) + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


if __name__ == "__main__":
    FILE.write_bytes(wave(loop()))
