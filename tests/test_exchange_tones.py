"""The sounds of the line: keys that any detector reads, and silences of the right length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from exchange.sound.clip import RATE, Clip, SoundError
from exchange.sound.tones import (
    DTMF,
    beep,
    busy,
    congestion,
    dtmf,
    entering,
    leaving,
    murmur,
    ringback,
    silence,
)

# ITU-T Q.23, written out once more.
KEYPAD = {
    "1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "A": (697, 1633),
    "4": (770, 1209), "5": (770, 1336), "6": (770, 1477), "B": (770, 1633),
    "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "C": (852, 1633),
    "*": (941, 1209), "0": (941, 1336), "#": (941, 1477), "D": (941, 1633),
}  # fmt: skip


def strongest(samples: np.ndarray, count: int) -> tuple[int, ...]:
    """The strongest frequencies, to the nearest 10 Hz, at least 30 Hz apart."""
    power = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), RATE))
    found: list[int] = []
    for hertz in np.argsort(power)[::-1]:
        if all(abs(int(hertz) - other) > 30 for other in found):
            found.append(int(hertz))
        if len(found) == count:
            break
    return tuple(sorted(found))


def heard(clip: Clip) -> list[np.ndarray]:
    """The samples of each part; silence is zeros."""
    return [part.load() if part.load else np.zeros(part.length, np.int16) for part in clip.parts]


@pytest.mark.parametrize(("key", "frequencies"), KEYPAD.items())
def test_each_key_has_its_two_frequencies(key: str, frequencies: tuple[int, int]) -> None:
    tone = heard(dtmf(key))[0]
    assert all(abs(a - b) <= 3 for a, b in zip(strongest(tone, 2), frequencies, strict=True))


def test_the_keypad_is_complete() -> None:
    assert DTMF == KEYPAD


def test_a_key_lasts_100_ms_and_100_ms_lie_between_two() -> None:
    clip = dtmf("12")
    assert [part.length for part in clip.parts] == [800, 800, 800, 800]
    assert [part.load is None for part in clip.parts] == [False, True, False, True]
    assert clip.seconds == pytest.approx(0.4)


def test_w_waits_half_a_second_before_the_next_key() -> None:
    assert dtmf("1w2").seconds == pytest.approx(0.9)
    assert dtmf("W1").seconds == pytest.approx(1.2)


def test_a_key_that_no_telephone_has_is_refused_by_name() -> None:
    with pytest.raises(SoundError, match="'x' is not on a telephone"):
        dtmf("12x")


def test_tones_begin_and_end_softly_and_are_never_clipped() -> None:
    for clip in (dtmf("5"), beep(), ringback()):
        samples = np.concatenate(heard(clip)).astype(int)
        assert abs(samples[0]) < 200
        assert 3000 < np.abs(samples).max() < 32767


def test_the_ringing_tone_is_one_second_of_450_hz_in_five() -> None:
    clip = ringback()
    assert clip.seconds == pytest.approx(5.0)
    assert strongest(heard(clip)[0], 1) == (450,)


def test_silence_is_not_missing_speech() -> None:
    clip = silence(2.5)
    assert (clip.seconds, clip.silent_seconds) == (2.5, 0.0)
    assert dtmf("1w").silent_seconds == 0.0


@pytest.mark.parametrize(
    ("signal", "country", "hertz", "on", "off"),
    [
        (ringback, "CN", (450,), 1.0, 4.0),
        (busy, "CN", (450,), 0.35, 0.35),
        (congestion, "CN", (450,), 0.7, 0.7),
        (ringback, "US", (440, 480), 2.0, 4.0),
        (busy, "US", (480, 620), 0.5, 0.5),
        (congestion, "US", (480, 620), 0.25, 0.25),
    ],
)
def test_each_country_has_its_signals(
    signal: Callable[[str], Clip], country: str, hertz: tuple[int, ...], on: float, off: float
) -> None:
    tone, nothing = heard(signal(country))
    assert (len(tone), len(nothing)) == (on * RATE, off * RATE)
    assert all(abs(a - b) <= 4 for a, b in zip(strongest(tone, len(hertz)), hertz, strict=True))
    assert not nothing.any()


def test_a_country_we_do_not_know_has_the_chinese_signals() -> None:
    assert busy("FR").parts[0].length == busy("CN").parts[0].length


def test_coming_in_rises_and_leaving_falls() -> None:
    rising = [strongest(note, 1)[0] for note in heard(entering())]
    falling = [strongest(note, 1)[0] for note in heard(leaving())]
    assert rising == sorted(rising)
    assert falling == rising[::-1]


def test_a_murmur_is_soft_lasts_as_long_as_it_was_asked_and_stands_for_missing_words() -> None:
    part = murmur(1.5)
    assert part.load is not None
    samples = part.load()
    assert part.missing
    assert len(samples) == part.length == 12000
    assert 300 < np.abs(samples).max() < 0.1 * 32767
