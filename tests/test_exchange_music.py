"""The hold music is a soft round without a seam."""

from __future__ import annotations

import numpy as np

from exchange.sound.music import hold


def test_one_round_is_soft_sound_from_beginning_to_end() -> None:
    (part,) = hold().parts
    assert part.load is not None
    samples = part.load().astype(np.int32)
    assert 15 < hold().seconds < 30
    assert len(samples) == part.length
    assert np.abs(samples).max() < 0.2 * 32767
    assert min(np.abs(samples[at : at + 4000]).max() for at in range(0, len(samples), 4000)) > 1000


def test_the_end_runs_into_the_beginning() -> None:
    (part,) = hold().parts
    assert part.load is not None
    samples = part.load().astype(np.int32)
    assert abs(samples[0] - samples[-1]) <= np.abs(np.diff(samples)).max()


def test_it_is_made_once() -> None:
    assert hold() is hold()
