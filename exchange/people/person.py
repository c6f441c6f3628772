"""A live person at the far end of a call: his keys, words and voice come from a browser."""

from __future__ import annotations

import math
from collections.abc import Callable

from exchange.people.customer import Simulated
from exchange.sound import tones
from exchange.sound.clip import Samples, joined, pause
from exchange.sound.line import HungUp, Key, Line, Words
from exchange.sound.stream import Stream
from exchange.sound.tape import CUSTOMER

_WORDS_ALONE = joined([pause(0.1)], "words")  # his voice is a sound of its own


def _unseen(caption: str) -> None:
    """Nobody reads along."""


class Person:
    """Somebody who hears the line himself, with ears or as captions."""

    voice = ""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.stream: Stream | None = None
        self.pressed = -math.inf
        """When he last pressed a key, in seconds of the clock."""
        self.on_caption: Callable[[str], None] = _unseen

    def push(self, samples: Samples) -> None:
        """What his microphone heard next, at 8 kHz; the first sound opens his stream on the line."""
        if self.stream is None:
            self.stream = Stream(self.line.clock)
            self.line.sound(CUSTOMER, self.stream.clip)
        self.stream.push(samples)

    def hear(self, text: str) -> None:
        """Shows what is said on the line."""
        self.on_caption(text)

    def press(self, keys: str) -> None:
        """Presses keys of the telephone: 0-9, A-D, * and #."""
        self.pressed = self.line.clock.time()
        self.line.sound(CUSTOMER, tones.dtmf(keys))
        for key in keys:
            self.line.put(Key(key))

    def say(self, words: str, confidence: float = 0.9) -> None:
        """Says something, recognised from his voice or typed; whoever is connected gets the words."""
        self.line.sound(CUSTOMER, _WORDS_ALONE, words)
        self.line.put(Words(words, confidence))

    def hang_up(self) -> None:
        """Ends the call."""
        self.line.interrupt(HungUp())


FarSide = Person | Simulated
"""Who can be at the other end of a call."""
