"""Spoken words from rendered sentences and clauses; what nobody rendered is silence of its length."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from exchange.clip import RATE, Clip, Part, Samples, SoundError, joined, pause

__all__ = ["CLAUSE_MARKS", "PACK", "SUFFIX", "Clip", "Speech", "clauses", "digest", "rate_class", "sentences"]

PACK = Path(__file__).with_name("voice")
"""The sentences shipped with the program."""

SUFFIX = ".mp3"
"""How the file of a sentence ends."""

CLAUSE_MARKS = ("，", "：")
"""What ends a clause inside a sentence."""

_SENTENCE = re.compile(r"[^。？！；\n]*[。？！；]*[”’』」）]*")
_CLAUSE = re.compile(r"[^，：]+[，：]?")
_WORD = re.compile(r"\w")
_PAUSE = re.compile(r"[，、：—…,]")
# Measured on the shipped sentences.
_SECONDS_A_CHARACTER = 0.19
_SECONDS_A_PAUSE = 0.06
_SECONDS_A_SENTENCE = 0.36
_KEPT = 512  # decoded sentences: about 30 MB


class Speech:
    """Sentences found in directories of rendered ones, in their order; samples are read when mixed."""

    def __init__(self, directories: Sequence[Path]) -> None:
        self._directories = tuple(directories)
        self._parts: dict[str, Part] = {}
        self._read = lru_cache(maxsize=_KEPT)(_read)

    def clip(self, text: str, *, voice: str = "robot", rate: float = 1.0) -> Clip:
        """The text as this voice speaks it at this rate."""
        parts = (part for sentence in sentences(text) for part in self._spoken(sentence, voice, rate))
        return joined(parts, f"speech:{voice}")

    def _spoken(self, sentence: str, voice: str, rate: float) -> Iterator[Part]:
        """The sentence as it was rendered, or else those of its clauses that were."""
        whole = self._rendered(sentence, voice, rate)
        if whole is not None:
            yield whole
            return
        for clause in clauses(sentence):
            yield self._rendered(clause, voice, rate) or pause(_guess(clause) / rate, missing=True)

    def _rendered(self, words: str, voice: str, rate: float) -> Part | None:
        name = digest(words, voice, rate)
        if name not in self._parts:
            path = self._find(name)
            if path is None:
                return None
            self._parts[name] = Part(_length(path), lambda: self._read(path))
        return self._parts[name]

    def _find(self, name: str) -> Path | None:
        paths = (directory / f"{name}{SUFFIX}" for directory in self._directories)
        return next((path for path in paths if path.is_file()), None)


def sentences(text: str) -> tuple[str, ...]:
    """The text cut after 。？！； and at line ends; each sentence keeps its mark."""
    found = (sentence.strip() for sentence in _SENTENCE.findall(text))
    return tuple(sentence for sentence in found if _WORD.search(sentence))


def clauses(sentence: str) -> tuple[str, ...]:
    """The sentence cut after ， and ：, each clause with its mark; keys read aloud are cut into digits."""
    return tuple(sentence) if sentence.isdigit() else tuple(_CLAUSE.findall(sentence))


def digest(sentence: str, voice: str, rate: float) -> str:
    """The name under which a spoken sentence is kept."""
    return hashlib.sha256(f"{sentence}|{voice}|{rate_class(rate)}".encode()).hexdigest()


def rate_class(rate: float) -> str:
    """There are two rates of speech: normal, and slow for repeated prompts."""
    return "slow" if rate < 0.9 else "normal"


def _guess(clause: str) -> float:
    words, pauses = len(_WORD.findall(clause)), len(_PAUSE.findall(clause))
    end = 0.0 if clause.endswith(CLAUSE_MARKS) or clause.isdigit() else _SECONDS_A_SENTENCE
    return words * _SECONDS_A_CHARACTER + pauses * _SECONDS_A_PAUSE + end


def _length(path: Path) -> int:
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise SoundError(f"{path}: not a sound file: delete it and render it again") from error
    if info.samplerate != RATE or info.channels != 1:
        raise SoundError(f"{path}: {info.samplerate} Hz, {info.channels} channels: 8000 Hz mono is needed")
    return int(info.frames)


def _read(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="int16")[0]
    samples.setflags(write=False)
    return np.asarray(samples)
