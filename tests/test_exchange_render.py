"""Rendering adds the sentences that are not there yet, at one level, and keeps an index for people."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from exchange.sound.clip import RATE, SoundError
from exchange.speaking.render import INDEX, main, prune, read_index, render, trimmed
from exchange.speaking.speech import PACK, SUFFIX, Speech, digest
from exchange.speaking.texts import fixed
from exchange.speaking.voices import ENGLISH


class Hum:
    """Hums a tenth of a second to a character between half-seconds of silence; keeps what it was asked."""

    def __init__(self, level: float = 0.5) -> None:
        self.level, self.asked = level, list[str]()

    def speak(self, sentence: str, *, voice: str, rate: float) -> NDArray[np.float32]:
        """The hum."""
        self.asked.append(sentence)
        hum = self.level * np.sin(np.arange(round(0.1 * len(sentence) * RATE / rate)) / 3)
        return np.concatenate([np.zeros(4000), hum, np.zeros(4000)]).astype(np.float32)


def test_a_sentence_is_rendered_once(tmp_path: Path) -> None:
    hum = Hum()
    assert render(["您好。", "是吗？"], hum, tmp_path, voice="robot", rate=1.0) == ["您好。", "是吗？"]
    assert render(["您好。", "再见。"], hum, tmp_path, voice="robot", rate=1.0) == ["再见。"]
    assert hum.asked == ["您好。", "是吗？", "再见。"]


def test_what_was_rendered_is_what_speech_finds(tmp_path: Path) -> None:
    render(["您好。"], Hum(), tmp_path, voice="customer-f", rate=0.8)
    clip = Speech([tmp_path]).clip("您好。", voice="customer-f", rate=0.8)
    assert clip.silent_seconds == 0.0
    assert clip.seconds == pytest.approx(0.06 + 0.375 + 0.3, abs=0.01)


def test_the_index_says_which_file_holds_which_sentence(tmp_path: Path) -> None:
    render(["您好。", "再见。"], Hum(), tmp_path, voice="robot", rate=1.0)
    lines = (tmp_path / INDEX).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    entry = json.loads((tmp_path / INDEX).read_text(encoding="utf-8"))[digest("您好。", "robot", 1.0)]
    assert entry == {"voice": "robot", "rate": "normal", "seconds": 0.66, "text": "您好。"}


def test_a_sentence_is_cut_to_its_words_and_brought_to_one_level(tmp_path: Path) -> None:
    quiet, loud = (
        trimmed(Hum(level).speak("您好，请问", voice="robot", rate=1.0), 0.3) for level in (0.1, 1.4)
    )
    assert len(quiet) == pytest.approx((0.06 + 0.5 + 0.3) * RATE, abs=20)
    assert np.abs(quiet).max() == pytest.approx(np.abs(loud).max(), abs=0.02)
    assert 0.1 < np.abs(loud).max() < 0.9
    assert not quiet[-2000:].any()


def test_a_clause_ends_with_a_shorter_breath_than_a_sentence(tmp_path: Path) -> None:
    render(["您好，", "您好。"], Hum(), tmp_path, voice="robot", rate=1.0)
    seconds = {entry.text: entry.seconds for entry in read_index(tmp_path).values()}
    assert seconds["您好。"] - seconds["您好，"] == pytest.approx(0.18, abs=0.02)


def test_a_model_that_gives_silence_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match="silence"):
        render(["您好。"], Hum(0.0), tmp_path, voice="robot", rate=1.0)
    assert list(tmp_path.iterdir()) == []


def test_pruning_removes_what_the_texts_lack_of_this_voice_and_rate_only(tmp_path: Path) -> None:
    for voice, rate in (("robot", 1.0), ("robot", 0.8), ("customer-m", 1.0)):
        render(["您好。", "再见。"], Hum(), tmp_path, voice=voice, rate=rate)
    assert prune(["您好。"], tmp_path, voice="robot", rate=1.0) == ["再见。"]
    assert not (tmp_path / f"{digest('再见。', 'robot', 1.0)}{SUFFIX}").exists()
    assert len(read_index(tmp_path)) == 5
    assert len(list(tmp_path.glob(f"*{SUFFIX}"))) == 5


def test_a_broken_index_is_named(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text('{"x": {"tone": 1}}')
    with pytest.raises(SoundError, match=INDEX):
        read_index(tmp_path)


def test_missing_texts_or_voices_end_with_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.txt"
    arguments = [str(texts), "--styles", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(arguments) == 2
    assert "texts.txt" in capsys.readouterr().err
    texts.write_text("您好。", encoding="utf-8")
    assert main(arguments) == 2
    assert "docs/voice.md" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("files", "voice"),
    [
        ("scripts/library/*.toml", "robot"),
        ("exchange/people/personas.toml", "customer-f"),
        ("exchange/people/personas.toml", "customer-m"),
    ],
)
def test_of_what_is_the_same_in_every_call_nine_tenths_are_heard(files: str, voice: str) -> None:
    words = fixed(sorted(Path(__file__).parents[1].glob(files)))
    heard = [text for text in words if not Speech([PACK]).clip(text, voice=voice).silent_seconds]
    assert len(heard) >= 0.9 * len(words), set(words) - set(heard)


def test_every_shipped_sentence_is_sound_of_a_plausible_length_and_level() -> None:
    index = read_index(PACK)
    assert {path.stem for path in PACK.glob(f"*{SUFFIX}")} == set(index)
    for name, entry in index.items():
        samples, rate = soundfile.read(PACK / f"{name}{SUFFIX}")
        assert name == digest(entry.text, entry.voice, 0.8 if entry.rate == "slow" else 1.0)
        assert rate == RATE
        assert len(samples) / rate == pytest.approx(entry.seconds, abs=0.02)
        letters = sum(letter.isalnum() for letter in entry.text)
        if entry.voice in ENGLISH:
            letters /= 3  # a letter of English takes about a third of the time of a character
        assert letters / 7 < entry.seconds < letters / 1.8 + 1.2, entry.text
        assert 0.05 < np.sqrt(np.mean(samples**2)) < 0.2, entry.text
        assert np.abs(samples).max() < 1.0, entry.text
