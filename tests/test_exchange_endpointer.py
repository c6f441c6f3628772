"""Speech begins and ends where it does, whatever noise there is, and noise alone is no speech."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from exchange.sound.clip import Samples
from exchange.speaking.endpointer import FRAME, Endpointer, Turn
from exchange.speaking.speech import PACK, SUFFIX, digest

Sound = np.ndarray[tuple[int], np.dtype[np.float64]]


def spoken(words: str, voice: str = "customer-f") -> Sound:
    return np.asarray(soundfile.read(PACK / f"{digest(words, voice, 1.0)}{SUFFIX}", dtype="float64")[0])


def noise(seconds: float, level: float) -> Sound:
    return np.asarray(np.random.default_rng(1).standard_normal(round(seconds * 8000)) * level)


def turns(sound: Sound, pause: float = 0.8) -> tuple[list[tuple[Turn, float]], Samples]:
    """What happened and when, and what was said last."""
    endpointer, found = Endpointer(pause), []
    samples = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
    for at in range(0, len(samples) - FRAME + 1, FRAME):
        if (turn := endpointer.hear(samples[at : at + FRAME])) is not None:
            found.append((turn, (at + FRAME) / 8000))
    return found, endpointer.said()


@pytest.mark.parametrize("words", ["是的", "喂，你好", "我在开会，现在不方便", "不要再打电话了"])
@pytest.mark.parametrize(("level", "behind"), [(1.0, 0.0), (1.0, 0.01), (1.0, 0.03), (0.1, 0.001)])
def test_words_begin_and_end_once_in_quiet_and_in_noise(words: str, level: float, behind: float) -> None:
    voice = spoken(words) * level
    sound = np.concatenate([np.zeros(16000), voice, np.zeros(16000)])
    found, said = turns(sound + noise(len(sound) / 8000, behind))
    assert [turn for turn, _ in found] == [Turn.BEGAN, Turn.ENDED]
    length = len(voice) / 8000
    assert 2.0 < found[0][1] < 2.5
    assert 2.0 + length - 0.6 < found[1][1] - 0.8 < 2.0 + length + 0.1
    assert len(said) / 8000 > length


def test_the_pause_that_ends_words_is_the_one_asked_for() -> None:
    sound = np.concatenate([spoken("是的"), np.zeros(8000), spoken("我在忙，晚点再打"), np.zeros(24000)])
    quick, patient = turns(sound, 0.5)[0], turns(sound, 2.0)[0]
    assert [turn for turn, _ in quick] == [Turn.BEGAN, Turn.ENDED] * 2
    assert [turn for turn, _ in patient] == [Turn.BEGAN, Turn.ENDED]


@pytest.mark.parametrize("level", [0.002, 0.05, 0.2])
def test_noise_alone_is_no_speech(level: float) -> None:
    assert turns(noise(20.0, level))[0] == []


def test_noise_that_grows_slowly_is_no_speech() -> None:
    assert turns(noise(40.0, 0.05) * np.linspace(0.2, 2.0, 320_000))[0] == []


def test_clicks_are_no_speech() -> None:
    clicks = np.zeros(80_000)
    clicks[::4000] = 0.9
    assert turns(clicks)[0] == []


def test_what_was_said_is_forgotten_when_it_was_taken() -> None:
    endpointer = Endpointer()
    for at in range(0, 16000, FRAME):
        endpointer.hear((spoken("喂，你好")[at : at + FRAME] * 32767).astype(np.int16))
    assert len(endpointer.said()) > 0
    assert len(endpointer.said()) == 0
