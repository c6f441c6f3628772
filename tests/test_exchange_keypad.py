"""Keys are heard in sound on a bad line, and never in speech."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from exchange.sound.clip import Samples
from exchange.sound.keypad import Keypad
from exchange.sound.tones import DTMF, dtmf
from exchange.speaking.speech import PACK


def samples(keys: str) -> Samples:
    parts = dtmf(keys).parts
    return np.concatenate([part.load() if part.load else np.zeros(part.length, np.int16) for part in parts])


def pressed(key: str, milliseconds: int, *, level: float, twist: float, noise: float) -> Samples:
    """One key on a noisy line: `twist` is how many decibels louder the high tone is, `noise` its distance."""
    low, high = DTMF[key]
    times = np.arange(8 * milliseconds) / 8000
    tone = level * (np.sin(2 * np.pi * low * times) + 10 ** (twist / 20) * np.sin(2 * np.pi * high * times))
    line = np.random.default_rng(ord(key)).standard_normal(2400)
    line *= np.sqrt(np.mean(tone**2)) / 10 ** (noise / 20)
    line[800 : 800 + len(tone)] += tone
    return np.asarray((line * 32767).clip(-32768, 32767).astype(np.int16))


def heard(sound: Samples, size: int = 160) -> str:
    keypad = Keypad()
    return "".join(keypad.hear(sound[at : at + size]) for at in range(0, len(sound), size))


@pytest.mark.parametrize("size", [1, 37, 160, 100_000])
def test_every_key_is_heard_once_whatever_the_pieces_of_the_sound(size: int) -> None:
    keys = "0123456789ABCD*#11"[: 3 if size == 1 else None]
    assert heard(samples(keys), size) == keys


@pytest.mark.parametrize(
    ("milliseconds", "level", "twist", "noise"),
    [(40, 0.25, 0, 30), (100, 0.25, 0, 10), (50, 0.018, 0, 25), (50, 0.2, 3, 20), (50, 0.2, -6, 20)],
)
def test_short_faint_uneven_and_noisy_keys_are_heard(
    milliseconds: int, level: float, twist: float, noise: float
) -> None:
    lines = {key: pressed(key, milliseconds, level=level, twist=twist, noise=noise) for key in DTMF}
    assert {key: heard(line) for key, line in lines.items()} == {key: key for key in DTMF}


def test_a_key_that_is_held_is_one_key() -> None:
    assert heard(pressed("5", 200, level=0.3, twist=0, noise=40)) == "5"


def test_no_key_is_heard_in_speech() -> None:
    for path in sorted(PACK.glob("*.mp3"))[:120]:
        assert heard(soundfile.read(path, dtype="int16")[0], 100_000) == "", path.name


def test_one_of_the_two_tones_alone_is_no_key() -> None:
    tone = (8000 * np.sin(2 * np.pi * 697 * np.arange(2400) / 8000)).astype(np.int16)
    assert heard(tone) == ""
