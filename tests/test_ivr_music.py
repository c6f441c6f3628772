"""The music of waiting callers is what its program makes, and loops without a click."""

from __future__ import annotations

import io

import numpy as np
import soundfile

from ivr.music import FILE, loop, wave


def test_the_shipped_file_is_what_the_program_makes() -> None:
    shipped, made = FILE.read_bytes(), wave(loop())
    assert len(shipped) == len(made)
    codes = np.frombuffer(shipped, np.uint8).astype(int), np.frombuffer(made, np.uint8).astype(int)
    assert np.abs(codes[0] - codes[1]).max() <= 1  # mathematics differs in the last digit between machines


def test_a_telephone_plays_twenty_quiet_seconds_that_run_into_each_other() -> None:
    samples, rate = soundfile.read(io.BytesIO(wave(loop())), dtype="int16")
    assert (len(samples), rate) == (20 * 8000, 8000)
    wanted = np.array(loop())
    assert np.abs(samples - wanted).max() <= 160
    assert 1000 < np.abs(wanted).max() < 8000
    steps = np.abs(np.diff(np.append(wanted, wanted[0])))
    assert steps[-1] <= steps.max()
