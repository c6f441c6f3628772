"""What a live person hears of another one, whose sound comes late, in bursts, or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from exchange.clock import Clock
from exchange.sound.line import Line
from exchange.sound.mixer import FRAME, Mixer
from exchange.sound.stream import Stream
from exchange.sound.tape import ROBOT

VOICE = np.full(FRAME, 5000, np.int16)
TICK = 0.02


@dataclass(frozen=True)
class Hand(Clock):
    """A clock that is put forward by hand."""

    passed: list[float] = field(default_factory=lambda: [0.0])

    def time(self) -> float:
        return self.passed[0]

    def on(self, ticks: float) -> None:
        self.passed[0] += ticks * TICK


class Room:
    """One person speaks without a pause, the other hears."""

    def __init__(self) -> None:
        self.clock = Hand(0.0, 1.0, 0.0)
        self.line = Line(self.clock)
        self.stream = Stream(self.clock)
        self.line.sound(ROBOT, self.stream.clip)
        self.mixer = Mixer(self.line)

    def speak(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            self.stream.push(VOICE)

    def heard(self, ticks: int = 50) -> list[bool]:
        """Which of the next frames are heard while everything comes in time."""
        frames = []
        for _ in range(ticks):
            self.clock.on(1)
            self.speak()
            frames.append(bool(self.mixer.frame().all()))
        return frames


@pytest.fixture
def room() -> Room:
    """Both have been connected for a second, and half a second is enough to settle."""
    one = Room()
    assert all(one.heard()[25:])
    return one


@pytest.mark.parametrize("lost", range(1, 16))
def test_a_voice_is_heard_again_after_packets_of_it_were_lost(room: Room, lost: int) -> None:
    for _ in range(lost):
        room.clock.on(1)
        room.mixer.frame()
    assert all(room.heard()[25:])


@pytest.mark.parametrize("late", range(1, 13))
def test_a_voice_that_comes_late_and_in_a_burst_is_heard_on(room: Room, late: int) -> None:
    for _ in range(late):
        room.clock.on(1)
        room.mixer.frame()
    room.speak(late)
    assert all(room.heard()[25:])


@pytest.mark.parametrize("behind", range(12))
@pytest.mark.parametrize("burst", range(12))
def test_a_hearer_who_catches_up_in_a_burst_does_not_run_ahead_of_the_voice(
    room: Room, behind: int, burst: int
) -> None:
    room.clock.on(behind)  # these frames are left out
    room.speak(behind)
    room.mixer.frame()
    room.clock.on(burst)
    room.speak(burst)
    for _ in range(burst):
        room.mixer.frame()
    assert all(room.heard()[25:])
