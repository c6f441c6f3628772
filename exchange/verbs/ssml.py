"""The words of a `<Say>`, its SSML heeded as far as it changes words, pauses or speed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exchange.document import Element

_RATES = {"x-slow": 0.5, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_BREAKS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "medium": 0.5, "strong": 1.0, "x-strong": 1.5}
_LONGEST_BREAK = 10.0  # Twilio, SSML <break>


@dataclass(frozen=True, slots=True)
class Run:
    """Words at one rate of speech, or without words a pause."""

    words: str
    rate: float = 1.0
    pause: float = 0.0


_BOUNDARY = Run("")
_SENTENCES = frozenset({"p", "s"})
_UNHEARD = frozenset({"desc", "meta", "metadata", "lexicon"})


def runs(say: Element) -> list[Run]:
    """The words and pauses of a `<Say>`, neighbours of the same rate joined so that sentences stay whole."""
    joined: list[Run] = []
    for run in _runs(say, 1.0):
        last = joined[-1] if joined else None
        if last and last.words and run.words and last.rate == run.rate:
            joined[-1] = Run(last.words + run.words, run.rate)
        else:
            joined.append(run)
    trimmed = (Run(_tidy(run.words), run.rate, run.pause) for run in joined)
    return [run for run in trimmed if run.words or run.pause]


def _runs(element: Element, rate: float) -> Iterator[Run]:
    for piece in element.content:
        if isinstance(piece, str):
            yield Run(piece, rate)
        elif piece.name == "break":
            yield Run("", rate, _pause(piece))
        elif piece.name == "sub":
            yield Run(piece.attributes.get("alias", piece.text()), rate)
        elif piece.name in _SENTENCES:
            yield from (_BOUNDARY, *_runs(piece, rate), _BOUNDARY)
        elif piece.name not in _UNHEARD:
            yield from _runs(piece, rate * _rate(piece))


def _rate(element: Element) -> float:
    text = element.attributes.get("rate", "") if element.name == "prosody" else ""
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)%", text):
        return min(max(float(found[1]) / 100, 0.2), 2.0)
    return _RATES.get(text, 1.0)


def _pause(element: Element) -> float:
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", element.attributes.get("time", "")):
        return min(float(found[1]) * (0.001 if found[2] == "ms" else 1.0), _LONGEST_BREAK)
    return _BREAKS.get(element.attributes.get("strength", "medium"), 0.5)


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
