"""Spoken words from rendered sentences and clauses; what nobody rendered is silence, or is rendered now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile

from exchange.sound.clip import RATE, Clip, Part, Samples, SoundError, joined, pause
from exchange.sound.tones import murmur
from exchange.speaking.voices import STANDS_IN

__all__ = ["CLAUSE_MARKS", "PACK", "SUFFIX", "Clip", "Speech", "clauses", "digest", "rate_class", "sentences"]

PACK = Path(__file__).parents[1] / "voice"
"""The sentences shipped with the program."""

SUFFIX = ".mp3"
"""How the file of a sentence ends."""

CLAUSE_MARKS = ("，", "：")
"""What ends a clause inside a sentence."""

_SENTENCE = re.compile(r"(?:[^。？！；\n.?!]|[.?!](?!\s))*(?:[。？！；]|[.?!](?=\s))*[”’』」）]*")
_CLAUSE = re.compile(r"[^，：]+[，：]?")
_WORD = re.compile(r"\w")
_LETTER = re.compile(r"[A-Za-z]")
_PAUSE = re.compile(r"[，、：—…,]")
# Measured on the shipped sentences.
_SECONDS_A_CHARACTER = 0.19
_SECONDS_A_LETTER = 0.065
_SECONDS_A_PAUSE = 0.06
_SECONDS_A_SENTENCE = 0.36
_KEPT = 512  # decoded sentences: about 30 MB


class Synthesis(Protocol):
    """What can render a sentence while somebody waits."""

    async def render(self, sentence: str, *, voice: str, rate: float) -> None:
        """Puts the sentence into a directory of the speech, if it can be spoken."""

    def warm(self) -> None:
        """Gets ready before the first sentence is wanted."""


class Speech:
    """Sentences found in directories of rendered ones, in their order; samples are read when mixed.

    Runs at high speed never wait: for them, words nobody rendered are silence of their length (`clip`).
    Somebody alive always hears something (`ready`): such words are rendered now, or else murmured.
    """

    def __init__(self, directories: Sequence[Path], synthesis: Synthesis | None = None) -> None:
        self._directories = tuple(directories)
        self._synthesis = synthesis
        self._parts: dict[str, Part] = {}
        self._read = lru_cache(maxsize=_KEPT)(_read)

    def clip(self, text: str, *, voice: str = "robot", rate: float = 1.0) -> Clip:
        """The text as this voice speaks it at this rate, as far as it is rendered."""
        parts = (part for sentence in sentences(text) for part in self._spoken(sentence, voice, rate))
        return joined(parts, f"speech:{voice}")

    def warm(self) -> None:
        """Somebody alive will soon hear it: gets ready to render what is missing."""
        if self._synthesis is not None:
            self._synthesis.warm()

    async def ready(self, text: str, *, voice: str = "robot", rate: float = 1.0) -> Clip:
        """The same for somebody alive: waits until what is missing is rendered; there is no silence in it."""
        for sentence in sentences(text):
            await self._prepare(sentence, voice, rate)
        spoken = self.clip(text, voice=voice, rate=rate)
        heard = (murmur(part.length / RATE) if part.missing else part for part in spoken.parts)
        return joined(heard, spoken.source)

    async def _prepare(self, sentence: str, voice: str, rate: float) -> None:
        if self._synthesis is not None and self._rendered(sentence, voice, rate) is None:
            await self._synthesis.render(sentence, voice=voice, rate=rate)

    def _spoken(self, sentence: str, voice: str, rate: float) -> Iterator[Part]:
        """The sentence as it was rendered, or else those of its clauses that were."""
        whole = self._found(sentence, voice, rate)
        if whole is not None:
            yield whole
            return
        for clause in clauses(sentence):
            yield self._found(clause, voice, rate) or pause(_guess(clause) / rate, missing=True)

    def _found(self, words: str, voice: str, rate: float) -> Part | None:
        """The words as asked for, or not as fast, or in the voice that stands in for this one."""
        ways = ((voice, rate), (voice, min(rate, 1.0)), (STANDS_IN.get(voice, voice), min(rate, 1.0)))
        found = (self._rendered(words, who, speed) for who, speed in ways)
        return next((part for part in found if part is not None), None)

    def _rendered(self, words: str, voice: str, rate: float) -> Part | None:
        name = digest(words, voice, rate)
        if name not in self._parts:
            path = self._find(name)
            if path is None:
                return None
            length = _length(path)
            self._parts[name] = Part(length, lambda: self._read(path, length))
        return self._parts[name]

    def _find(self, name: str) -> Path | None:
        paths = (directory / f"{name}{SUFFIX}" for directory in self._directories)
        return next((path for path in paths if path.is_file()), None)


def sentences(text: str) -> tuple[str, ...]:
    """The text cut at line ends, after 。？！； and after . ? ! before a blank; the mark stays."""
    found = (sentence.strip() for sentence in _SENTENCE.findall(text))
    return tuple(sentence for sentence in found if _WORD.search(sentence))


def clauses(sentence: str) -> tuple[str, ...]:
    """The sentence cut after ， and ：, each clause with its mark; keys read aloud are cut into digits."""
    return tuple(sentence) if sentence.isdigit() else tuple(_CLAUSE.findall(sentence))


def digest(sentence: str, voice: str, rate: float) -> str:
    """The name under which a spoken sentence is kept."""
    return hashlib.sha256(f"{sentence}|{voice}|{rate_class(rate)}".encode()).hexdigest()


def rate_class(rate: float) -> str:
    """There are three rates of speech: normal, slow for repeated prompts, and fast."""
    return "slow" if rate < 0.9 else "normal" if rate <= 1.1 else "fast"


def _guess(clause: str) -> float:
    words, letters, pauses = (len(kind.findall(clause)) for kind in (_WORD, _LETTER, _PAUSE))
    end = 0.0 if clause.endswith(CLAUSE_MARKS) or clause.isdigit() else _SECONDS_A_SENTENCE
    spoken = (words - letters) * _SECONDS_A_CHARACTER + letters * _SECONDS_A_LETTER
    return spoken + pauses * _SECONDS_A_PAUSE + end


def _length(path: Path) -> int:
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise SoundError(f"{path}: not a sound file: delete it and render it again") from error
    if info.samplerate != RATE or info.channels != 1:
        raise SoundError(f"{path}: {info.samplerate} Hz, {info.channels} channels: 8000 Hz mono is needed")
    return int(info.frames)


def _read(path: Path, length: int) -> Samples:
    try:
        samples: Samples = soundfile.read(path, dtype="int16")[0]
    except soundfile.LibsndfileError:  # deleted since it was found: a cache may be emptied at any time
        samples = np.zeros(length, np.int16)
    samples.setflags(write=False)
    return np.asarray(samples)
