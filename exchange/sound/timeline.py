"""What was heard on a call and when, mixed into a recording at the end."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from exchange.sound.clip import RATE, Clip, Part, Samples

HEADER = 44
"""The bytes of a WAV file before its samples."""

_BLOCK = 30 * RATE  # samples mixed at a time: a long recording takes no more memory than a short one
_LEVEL_OF_32_KBIT = 0.5  # of libsndfile's scale from 64 to 8 kbit/s at this rate


@dataclass(frozen=True, slots=True)
class _Played:
    channel: int
    start: int
    length: int
    clip: Clip
    skip: int = 0

    def pieces(self) -> Iterator[tuple[int, Part, slice]]:
        """Where each part is heard, the part, and which of its samples are."""
        start, end = self.start, self.start + self.length
        for part in self.clip.parts:
            if start >= end:
                return
            first = min(max(0, self.start + self.skip - start), part.length)
            last = min(part.length, end - start)
            if first < last:
                yield start + first, part, slice(first, last)
            start += part.length


class Timeline:
    """The sounds of one call on numbered channels (0, 1 …); samples are read when a file is asked for."""

    def __init__(self) -> None:
        self._played: list[_Played] = []

    def play(
        self, channel: int, at: float, clip: Clip, seconds: float | None = None, *, skip: float = 0.0
    ) -> None:
        """Plays the clip as begun at second `at`, cut after `seconds` of it, without its first `skip`."""
        heard = clip.seconds if seconds is None else max(0.0, min(seconds, clip.seconds))
        if math.isinf(heard):
            heard = sum(part.length for part in clip.parts) / RATE
        self._played.append(_Played(channel, round(at * RATE), round(heard * RATE), clip, round(skip * RATE)))

    @property
    def silent_seconds(self) -> float:
        """Seconds of silence that stand for words nobody rendered."""
        pieces = (piece for played in self._played for piece in played.pieces())
        missing = [int(heard.stop - heard.start) for _, part, heard in pieces if part.missing]
        return sum(missing) / RATE

    def wav(self, duration: float, channels: int) -> Iterator[bytes]:
        """A 16-bit 8 kHz WAV file of exactly `duration` seconds, in pieces; one channel takes everything."""
        yield _wav_header(channels, wav_size(duration, channels) - HEADER)
        for block in self._blocks(duration, channels):
            yield block.tobytes()

    def mp3(self, duration: float, channels: int) -> bytes:
        """The same as an MP3 file of 32 kbit/s: four kilobytes a second."""
        file = io.BytesIO()
        with soundfile.SoundFile(
            file,
            "w",
            RATE,
            channels,
            format="MP3",
            subtype="MPEG_LAYER_III",
            bitrate_mode="CONSTANT",
            compression_level=_LEVEL_OF_32_KBIT,
        ) as sound:
            for block in self._blocks(duration, channels):
                sound.write(block)
        return file.getvalue()

    def mixed(self, duration: float) -> Samples:
        """All of it on one channel."""
        blocks = [block[:, 0] for block in self._blocks(duration, 1)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def _blocks(self, duration: float, channels: int) -> Iterator[NDArray[np.int16]]:
        total = max(0, round(duration * RATE))
        for first in range(0, total, _BLOCK):
            yield self._mixed(first, min(first + _BLOCK, total), channels)

    def _mixed(self, first: int, last: int, channels: int) -> NDArray[np.int16]:
        # 32 bits, because two loud voices together do not fit in 16 and would wrap round into noise.
        tracks = np.zeros((channels, last - first), np.int32)
        for played in self._played:
            if played.start < last and played.start + played.length > first:
                for start, part, heard in played.pieces():
                    if part.load is not None and start < last and start + heard.stop - heard.start > first:
                        _add(tracks[min(played.channel, channels - 1)], start - first, part.load()[heard])
        mixed = np.empty((last - first, channels), "<i2")
        np.clip(tracks.T, -32768, 32767, out=mixed, casting="unsafe")
        return mixed


def wav_size(duration: float, channels: int) -> int:
    """The bytes of a WAV file."""
    return HEADER + 2 * channels * max(0, round(duration * RATE))


def _add(track: NDArray[np.int32], start: int, samples: Samples) -> None:
    """Adds the samples where they fall inside the track."""
    first = max(0, -start)
    last = min(len(samples), len(track) - start)
    if first < last:
        track[start + first : start + last] += samples[first:last]


def _wav_header(channels: int, size: int) -> bytes:
    riff = struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, RATE, RATE * 2 * channels, 2 * channels, 16)
    return riff + form + struct.pack("<4sI", b"data", size)
