"""Delivered audio counts only when it is a whole call at 8 kHz with both sides apart."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from recordings.errors import Unsound
from recordings.sound import inspect


def wav(seconds: float, *, channels: int = 2, rate: int = 8000, level: int = 1000) -> bytes:
    """A WAV file as the carrier gives it."""
    noise = np.random.default_rng(7).integers(
        -level, level, (round(seconds * rate), channels), dtype=np.int16
    )
    file = io.BytesIO()
    soundfile.write(file, noise, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def test_a_whole_call_with_both_sides_apart_is_accepted() -> None:
    sound = inspect(wav(12.3), 12_000)
    assert (sound.duration_ms, sound.channels) == (12_300, 2)


def test_a_length_nobody_announced_is_accepted() -> None:
    assert inspect(wav(2.0), None).duration_ms == 2000


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 bytes that are not audio"),
        (b"<html>busy</html>", "17 bytes that are not audio"),
        (wav(2.0, rate=16000), "16000 samples per second instead of 8000"),
        (wav(2.0, channels=1), "1 channels instead of 2"),
        (wav(2.0, channels=3), "3 channels instead of 2"),
        (wav(0.0), "without a single sample"),
        (wav(4.0)[:20_000], "624 ms of audio instead of the announced 4000 ms"),
        (wav(6.0), "6000 ms of audio instead of the announced 4000 ms"),
    ],
)
def test_what_is_not_the_announced_call_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Unsound, match=reason):
        inspect(content, 4000)


def test_the_tolerance_covers_carriers_that_announce_whole_seconds() -> None:
    assert inspect(wav(10.99), 10_000)
    assert inspect(wav(10.01), 11_000)
    with pytest.raises(Unsound):
        inspect(wav(10.0), 12_000)


def test_packing_loses_nothing_and_gives_the_same_bytes_each_time() -> None:
    sound = inspect(wav(3.0), 3000)
    packed = sound.flac()
    again, rate = soundfile.read(io.BytesIO(packed), dtype="int16")
    assert rate == 8000
    assert np.array_equal(again, sound.samples)
    assert packed == inspect(wav(3.0), 3000).flac()
    assert inspect(packed, 3000).sha256 == sound.sha256


def test_a_quiet_call_takes_a_fraction_of_its_wav() -> None:
    content = wav(30.0, level=30)
    assert len(inspect(content, 30_000).flac()) < len(content) / 2
