"""Where something is heard in live sound."""

from __future__ import annotations

import numpy as np
import pytest
from exchange_person import RATE, tone

from exchange.sound.loudness import heard_between


def test_the_first_and_the_last_sound_are_found() -> None:
    silence = np.zeros(RATE, np.int16)
    sound = np.concatenate([silence, tone(300, 0.5), silence, tone(300, 0.5), silence])
    assert heard_between(sound) == pytest.approx((1.0, 3.0), abs=0.03)


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(RATE, np.int16), tone(300, 1.0, 40.0)])
def test_silence_and_faint_noise_are_nothing(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> None:
    assert heard_between(samples) is None
