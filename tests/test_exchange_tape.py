"""What is on a recording: pauses, trimming, live sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from exchange_person import RATE, tone

from exchange.sound.clip import Clip, Part, held, joined
from exchange.sound.sounding import Sounding
from exchange.sound.tape import CUSTOMER, ROBOT, Tape
from exchange.sound.timeline import HEADER


def _tape(*, trims: bool = False) -> Tape:
    return Tape("RE1", "CA1", 100.0, "OutboundAPI", 2, trims)


def _live(samples: Any) -> Clip:
    """A microphone: longer than what came in."""
    return Clip(float("inf"), (Part(14_400 * RATE, lambda: samples),), 0.0, "live")


def _mixed(tape: Tape) -> Any:
    wav = b"".join(tape.timeline().wav(tape.duration, 2))
    return np.frombuffer(wav, "<i2", offset=HEADER).reshape(-1, 2)


def _level(tape: Tape, channel: int, first: float, last: float) -> float:
    mixed = _mixed(tape)[round(first * RATE) : round(last * RATE), channel]
    return float(np.sqrt(np.mean(np.square(mixed, dtype=np.float64))))


def test_a_pause_that_is_left_out_makes_the_recording_shorter() -> None:
    tape = _tape()
    tape.start(CUSTOMER, Sounding(100.0, joined([held(tone(400, 10.0))], "voice")))
    tape.pause(103.0, skips=True)
    tape.resume(107.0)
    tape.stop(110.0)
    assert tape.duration == pytest.approx(6.0)
    assert _level(tape, CUSTOMER, 0.1, 5.9) > 5000


def test_a_pause_that_becomes_silence_leaves_the_length_and_nothing_is_heard_in_it() -> None:
    tape = _tape()
    tape.start(CUSTOMER, Sounding(100.0, joined([held(tone(400, 10.0))], "voice")))
    tape.pause(103.0, skips=False)
    tape.resume(107.0)
    tape.stop(110.0)
    assert tape.duration == pytest.approx(10.0)
    assert _level(tape, CUSTOMER, 0.1, 2.9) > 5000
    assert _level(tape, CUSTOMER, 3.1, 6.9) == 0
    assert _level(tape, CUSTOMER, 7.1, 9.9) > 5000


def test_what_begins_in_a_pause_is_heard_from_the_end_of_it() -> None:
    tape = _tape()
    tape.pause(102.0, skips=True)
    tape.start(ROBOT, Sounding(103.0, joined([held(tone(400, 4.0))], "voice")))
    tape.resume(105.0)
    tape.stop(108.0)
    assert tape.duration == pytest.approx(5.0)
    assert _level(tape, ROBOT, 0.0, 1.9) == 0
    assert _level(tape, ROBOT, 2.1, 3.9) > 5000
    assert _level(tape, ROBOT, 4.1, 4.9) == 0


@pytest.mark.parametrize(("skips", "seconds"), [(True, 3.0), (False, 8.0)])
def test_a_recording_stopped_in_a_pause_ends_as_the_pause_would(skips: bool, seconds: float) -> None:
    tape = _tape()
    tape.pause(103.0, skips=skips)
    tape.stop(108.0)
    assert tape.duration == pytest.approx(seconds)


def test_live_sound_is_trimmed_by_its_loudness() -> None:
    tape = _tape(trims=True)
    silence = np.zeros(2 * RATE, np.int16)
    tape.start(CUSTOMER, Sounding(100.0, _live(np.concatenate([silence, tone(400, 3.0), silence]))))
    tape.stop(107.0)
    assert tape.duration == pytest.approx(3.0, abs=0.05)
    assert _level(tape, CUSTOMER, 0.05, 2.95) > 5000


def test_what_is_kept_of_live_sound_is_what_is_on_the_tape_and_no_more() -> None:
    tape, reels = _tape(), []

    def reel(samples: Any) -> Clip:
        reels.append(samples)
        return joined([held(samples)], "kept")

    tape.start(CUSTOMER, Sounding(90.0, _live(tone(400, 60.0)), begins=10.0))
    tape.pause(102.0, skips=False)
    tape.resume(104.0)
    tape.stop(105.0)
    before = _mixed(tape)
    tape.keep(reel)
    assert [len(samples) / RATE for samples in reels] == pytest.approx([2.0, 1.0])
    assert np.array_equal(_mixed(tape), before)
    assert all(sounding.clip.source == "kept" for _, sounding in tape.heard)


def test_a_tape_with_keys_alone_is_silent() -> None:
    tape = _tape()
    tape.start(CUSTOMER, Sounding(101.0, joined([held(tone(700, 0.1))], "dtmf")))
    tape.stop(103.0)
    assert tape.silent
    said = _tape()
    said.start(CUSTOMER, Sounding(101.0, joined([held(tone(700, 0.1))], "voice")))
    said.stop(103.0)
    assert not said.silent
