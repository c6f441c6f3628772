"""Renders sentences into a directory of spoken ones: `python -m exchange.speaking.render TEXTS --out DIR`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from exchange.sound.clip import RATE, SoundError
from exchange.speaking.speech import CLAUSE_MARKS, PACK, SUFFIX, digest, rate_class
from exchange.speaking.texts import fixed

INDEX = "index.json"
"""The file that says for people which file holds which sentence."""

VOICES = ("robot", "robot-m", "english-f", "english-m", "customer-f", "customer-m")
"""Who reads the script, in Mandarin and English, and a woman and a man who answer it."""

_QUIET = 0.006  # of full scale: below it, a sentence has not begun or is over
_LEAD = 0.06
_BREATH = 0.3  # after a sentence
_COMMA = 0.12  # after a clause or a digit
_LOUDNESS = 0.12
_PEAK = 0.9


class Speaker(Protocol):
    """What can say a sentence."""

    def speak(self, sentence: str, *, voice: str, rate: float) -> NDArray[np.float32]:
        """The sentence at 8 kHz."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the index."""

    voice: str
    rate: str
    seconds: float
    text: str


def render(sentences: Iterable[str], speaker: Speaker, out: Path, *, voice: str, rate: float) -> list[str]:
    """Renders each sentence that is not there yet and returns the new ones."""
    out.mkdir(parents=True, exist_ok=True)
    new: list[str] = []
    for sentence in sentences:
        name = digest(sentence, voice, rate)
        if not (out / f"{name}{SUFFIX}").is_file():
            seconds = write_sentence(sentence, speaker, out, voice=voice, rate=rate)
            _enter(out, name, Entry(voice, rate_class(rate), round(seconds, 2), sentence))
            new.append(sentence)
    return new


def write_sentence(sentence: str, speaker: Speaker, out: Path, *, voice: str, rate: float) -> float:
    """Writes the file of one sentence and returns its seconds."""
    wave = trimmed(speaker.speak(sentence, voice=voice, rate=rate), _breath(sentence))
    _write_sound(out / f"{digest(sentence, voice, rate)}{SUFFIX}", wave)
    return len(wave) / RATE


def prune(sentences: Iterable[str], out: Path, *, voice: str, rate: float) -> list[str]:
    """Removes every other sentence of this voice and rate and returns what it removed."""
    kept = {digest(sentence, voice, rate) for sentence in sentences}
    index = read_index(out)
    of_voice = {
        name: entry for name, entry in index.items() if (entry.voice, entry.rate) == (voice, rate_class(rate))
    }
    gone = [name for name in of_voice if name not in kept]
    for name in gone:
        (out / f"{name}{SUFFIX}").unlink(missing_ok=True)
    _write_index(out, {name: entry for name, entry in index.items() if name not in gone})
    return [index[name].text for name in gone]


def trimmed(wave: NDArray[np.float32], breath: float) -> NDArray[np.float32]:
    """The sentence without the silence around it, at our level, with a breath of so many seconds."""
    heard = np.flatnonzero(np.abs(wave) > _QUIET)
    if not len(heard):
        raise SoundError("the model gave silence: change the sentence")
    first, last = max(0, heard[0] - round(_LEAD * RATE)), heard[-1] + 1
    words = wave[first:last]
    factor = min(_LOUDNESS / np.sqrt(np.mean(words**2)), _PEAK / np.abs(words).max())
    return np.concatenate([words * np.float32(factor), np.zeros(round(breath * RATE), np.float32)])


def _breath(sentence: str) -> float:
    return _COMMA if sentence.endswith(CLAUSE_MARKS) or sentence.isdigit() else _BREATH


def read_index(out: Path) -> dict[str, Entry]:
    """The index of a directory of spoken sentences, by digest."""
    path = out / INDEX
    if not path.exists():
        return {}
    try:
        return {name: Entry(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise SoundError(f"{path}: not an index of sentences: restore it or delete the directory") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 2 when something is missing."""
    options = _parser().parse_args(arguments)
    try:
        sentences = fixed(options.texts)
        if options.prune:
            gone = prune(sentences, options.out, voice=options.voice, rate=options.rate)
            print(f"removed {len(gone)} sentences")
        new = render(sentences, kokoro(options.styles), options.out, voice=options.voice, rate=options.rate)
    except (SoundError, OSError) as error:
        print(f"exchange.speaking.render: {error}", file=sys.stderr)
        return 2
    print(f"rendered {len(new)} sentences")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="exchange.speaking.render", description="Renders sentences that are not there yet."
    )
    parser.add_argument("texts", type=Path, nargs="+", help="scripts or personas (TOML), or plain text")
    parser.add_argument("--voice", choices=VOICES, default="robot")
    parser.add_argument("--rate", type=float, default=1.0, help="1.0, or 0.8 for prompts repeated slowly")
    parser.add_argument(
        "--out", type=Path, default=PACK, help="where the sentences are kept (the shipped ones)"
    )
    parser.add_argument(
        "--styles", type=Path, required=True, help="folder `voices` of the npm package kokoro-js"
    )
    parser.add_argument("--prune", action="store_true", help="first remove this voice's other sentences")
    return parser


def kokoro(styles: Path) -> Speaker:
    """The voice model with its speakers; an error names what is missing or not as it was."""
    try:
        from exchange.speaking.kokoro import Kokoro
    except ImportError as error:
        raise SoundError(
            f"package {error.name} is missing: install the extra `tts` as docs/voice.md says"
        ) from error
    return Kokoro(styles)


def _write_sound(path: Path, wave: NDArray[np.float32]) -> None:
    draft = path.with_suffix(".new")
    # On short sentences 3.4 kB a second and 0.4 ms to decode; Vorbis takes 4.9 kB, A-law and FLAC over 8.
    soundfile.write(draft, wave, RATE, format="MP3", subtype="MPEG_LAYER_III")
    draft.replace(path)


def _enter(out: Path, name: str, entry: Entry) -> None:
    _write_index(out, read_index(out) | {name: entry})


def _write_index(out: Path, index: dict[str, Entry]) -> None:
    """One sentence to a line, so that people can read it and compare two versions."""
    ordered = sorted(index.items(), key=lambda item: (item[1].voice, item[1].rate, item[1].text))
    lines = [
        f"{json.dumps(name)}: {json.dumps(asdict(entry), ensure_ascii=False)}" for name, entry in ordered
    ]
    draft = out / f"{INDEX}.new"
    draft.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    draft.replace(out / INDEX)


if __name__ == "__main__":
    sys.exit(main())
