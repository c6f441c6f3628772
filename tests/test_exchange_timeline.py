"""The mixing of a call: each sound on its channel, at its moment, cut when it was interrupted."""

from __future__ import annotations

import io
import tracemalloc
import wave
from collections.abc import Iterable

import numpy as np
import soundfile

from exchange.sound.clip import RATE, Clip, Part, Samples, held, joined, pause
from exchange.sound.timeline import Timeline, wav_size


def loud(level: int, seconds: float) -> Clip:
    """A constant level, so that every sample of the mix is known."""
    return joined([held(np.full(round(seconds * RATE), level, np.int16))], "test")


def samples(pieces: Iterable[bytes]) -> np.ndarray:
    """The file as the standard library reads it: one row to a channel."""
    with wave.open(io.BytesIO(b"".join(pieces))) as file:
        assert (file.getframerate(), file.getsampwidth()) == (RATE, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels()).T


def test_each_sound_lies_on_its_channel_at_its_moment() -> None:
    timeline = Timeline()
    timeline.play(0, 0.5, loud(100, 1.0))
    timeline.play(1, 1.0, loud(200, 0.5))
    left, right = samples(timeline.wav(2.0, 2))
    assert np.flatnonzero(left).tolist() == list(range(4000, 12000))
    assert np.flatnonzero(right).tolist() == list(range(8000, 12000))
    assert (left.max(), right.max()) == (100, 200)


def test_one_channel_takes_everything() -> None:
    timeline = Timeline()
    timeline.play(0, 0.0, loud(100, 1.0))
    timeline.play(1, 0.0, loud(200, 1.0))
    (mono,) = samples(timeline.wav(1.0, 1))
    assert set(mono.tolist()) == {300}


def test_two_loud_voices_are_clipped_and_do_not_wrap_round() -> None:
    timeline = Timeline()
    for level in (30000, 30000):
        timeline.play(0, 0.0, loud(level, 0.5))
        timeline.play(1, 0.0, loud(-level, 0.5))
    left, right = samples(timeline.wav(0.5, 2))
    assert set(left.tolist()) == {32767}
    assert set(right.tolist()) == {-32768}


def test_an_interrupted_sound_ends_where_it_was_interrupted() -> None:
    timeline = Timeline()
    timeline.play(0, 0.0, joined([*loud(5, 1.0).parts, *loud(7, 1.0).parts], "test"), seconds=1.25)
    (mono,) = samples(timeline.wav(2.0, 1))
    assert (np.count_nonzero(mono == 5), np.count_nonzero(mono == 7)) == (8000, 2000)


def test_a_file_is_as_long_as_asked_whatever_was_played() -> None:
    timeline = Timeline()
    timeline.play(0, -0.5, loud(5, 1.0))
    timeline.play(0, 1.5, loud(7, 9.0))
    timeline.play(0, 99.0, loud(9, 1.0))
    (mono,) = samples(timeline.wav(2.0, 1))
    assert len(mono) == 16000
    assert (np.count_nonzero(mono == 5), np.count_nonzero(mono == 7), np.count_nonzero(mono == 9)) == (
        4000,
        4000,
        0,
    )


def test_an_empty_call_is_an_empty_file() -> None:
    assert samples(Timeline().wav(0.0, 2)).shape == (2, 0)


def test_only_words_that_were_due_count_as_missing() -> None:
    timeline = Timeline()
    clip = joined(
        [pause(1.0, missing=True), *loud(5, 1.0).parts, pause(2.0, missing=True), pause(3.0)], "test"
    )
    timeline.play(0, 0.0, clip)
    assert timeline.silent_seconds == 3.0
    timeline.play(1, 9.0, clip, seconds=2.5)
    assert timeline.silent_seconds == 4.5


def test_an_mp3_holds_the_same_seconds_and_channels() -> None:
    timeline = Timeline()
    timeline.play(0, 0.0, loud(1000, 1.0))
    info = soundfile.info(io.BytesIO(timeline.mp3(2.0, 2)))
    assert (info.format, info.samplerate, info.channels, info.frames) == ("MP3", RATE, 2, 16000)


def test_nothing_is_read_before_a_file_is_asked_for() -> None:
    reads: list[int] = []

    def load() -> Samples:
        reads.append(1)
        return np.zeros(RATE, np.int16)

    timeline = Timeline()
    timeline.play(0, 0.0, joined([Part(RATE, load)], "test"))
    assert (timeline.silent_seconds, reads) == (0.0, [])
    assert b"".join(timeline.wav(1.0, 1))
    assert reads == [1]


def test_a_wav_file_has_exactly_the_bytes_of_its_samples() -> None:
    timeline = Timeline()
    timeline.play(0, 0.0, loud(1000, 1.0))
    for seconds, channels in ((0.0, 1), (1.2345, 1), (61.0, 2)):
        size = len(b"".join(timeline.wav(seconds, channels)))
        assert size == wav_size(seconds, channels) == 44 + round(seconds * RATE) * 2 * channels


def test_an_mp3_takes_four_kilobytes_a_second_whatever_is_heard() -> None:
    timeline = Timeline()
    noise = np.random.default_rng(0).integers(-9000, 9000, 20 * RATE).astype(np.int16)
    timeline.play(0, 0.0, joined([held(noise)], "test"))
    for channels in (1, 2):
        assert abs(len(timeline.mp3(60.0, channels)) / 60 - 4000) < 50


def test_sounds_lie_right_across_the_pieces_in_which_a_file_is_mixed() -> None:
    timeline = Timeline()
    timeline.play(0, 29.5, loud(100, 61.0))
    timeline.play(1, 59.999, loud(50, 0.002))
    left, right = samples(timeline.wav(100.0, 2))
    assert (np.flatnonzero(left)[[0, -1]] / RATE).tolist() == [29.5, 90.5 - 1 / RATE]
    assert np.flatnonzero(right).tolist() == list(range(479992, 480008))
    assert timeline.mixed(100.0).max() == 150


def test_an_hour_is_mixed_in_the_memory_of_a_minute() -> None:
    timeline = Timeline()
    for minute in range(60):
        timeline.play(0, 60.0 * minute, loud(100, 5.0))
    tracemalloc.start()
    assert sum(map(len, timeline.wav(3600.0, 2))) == wav_size(3600.0, 2) > 100_000_000
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
