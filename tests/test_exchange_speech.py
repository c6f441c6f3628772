"""Spoken words: what was rendered is heard, and what was not is silence of its length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from exchange.sound.clip import RATE, Clip, SoundError
from exchange.speaking.speech import SUFFIX, Speech, digest, sentences


def render(
    directory: Path, sentence: str, seconds: float, *, voice: str = "robot", rate: float = 1.0
) -> Path:
    """A sentence "rendered" as a tone of this length."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{digest(sentence, voice, rate)}{SUFFIX}"
    tone = 0.3 * np.sin(np.arange(round(seconds * RATE)) / 3)
    soundfile.write(path, tone, RATE, format="MP3", subtype="MPEG_LAYER_III")
    return path


def audible(clip: Clip) -> list[bool]:
    """Which sentences of a clip are heard."""
    return [part.load is not None for part in clip.parts]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("您好，请问是本人吗？请按1。", ("您好，请问是本人吗？", "请按1。")),
        ("第一行\n第二行", ("第一行", "第二行")),
        ("说‘转人工’。好的！；再见", ("说‘转人工’。", "好的！；", "再见")),
        ("他说：“可以。”然后走了。", ("他说：“可以。”", "然后走了。")),
        ("  3.5元，2026年。 ", ("3.5元，2026年。",)),
        ("。？！\n \n", ()),
        ("", ()),
    ],
)
def test_a_text_is_cut_at_sentence_ends_and_the_mark_stays(text: str, cut: tuple[str, ...]) -> None:
    assert sentences(text) == cut


def test_a_rendered_sentence_is_heard_and_the_next_is_silence(tmp_path: Path) -> None:
    render(tmp_path, "您好。", 1.5)
    clip = Speech([tmp_path]).clip("您好。我是客服。")
    assert audible(clip) == [True, False]
    assert clip.parts[0].length == 12000
    assert clip.seconds == pytest.approx(1.5 + clip.silent_seconds)
    assert clip.silent_seconds > 0.5


def test_of_a_sentence_that_was_not_rendered_the_rendered_clauses_are_heard(tmp_path: Path) -> None:
    render(tmp_path, "从签收的第二天起，", 1.6)
    render(tmp_path, "您可以反悔。", 1.2)
    clip = Speech([tmp_path]).clip("从签收的第二天起，有十五天时间，您可以反悔。")
    assert audible(clip) == [True, False, True]
    assert clip.seconds == pytest.approx(2.8 + clip.silent_seconds)
    assert 1.0 < clip.silent_seconds < 2.0


def test_keys_read_aloud_are_spoken_digit_by_digit(tmp_path: Path) -> None:
    for key in "0123456789":
        render(tmp_path, key, 0.5, voice="customer-f")
    clip = Speech([tmp_path]).clip("2083", voice="customer-f")
    assert audible(clip) == [True] * 4
    assert clip.seconds == 2.0


def test_a_rendered_sentence_goes_before_its_clauses(tmp_path: Path) -> None:
    render(tmp_path, "您好，", 0.5)
    render(tmp_path, "您好，再见。", 1.5)
    assert Speech([tmp_path]).clip("您好，再见。").seconds == 1.5


def test_samples_are_those_of_the_file_and_as_many_as_the_part_says(tmp_path: Path) -> None:
    path = render(tmp_path, "您好。", 1.5)
    (part,) = Speech([tmp_path]).clip("您好。").parts
    assert part.load is not None
    assert part.load().tolist() == soundfile.read(path, dtype="int16")[0].tolist()
    assert len(part.load()) == part.length


def test_the_first_directory_wins(tmp_path: Path) -> None:
    render(tmp_path / "cache", "您好。", 1.0)
    render(tmp_path / "pack", "您好。", 2.0)
    speech = Speech([tmp_path / "cache", tmp_path / "pack"])
    assert speech.clip("您好。").seconds == 1.0
    assert Speech([tmp_path / "absent", tmp_path / "pack"]).clip("您好。").seconds == 2.0


def test_voices_and_rates_are_kept_apart(tmp_path: Path) -> None:
    render(tmp_path, "您好。", 1.0)
    render(tmp_path, "您好。", 1.3, rate=0.8)
    render(tmp_path, "您好。", 1.1, voice="customer-f")
    speech = Speech([tmp_path])
    assert [speech.clip("您好。", rate=rate).seconds for rate in (1.0, 0.95, 0.8)] == [1.0, 1.0, 1.3]
    assert speech.clip("您好。", voice="customer-f").seconds == pytest.approx(1.1)
    assert audible(speech.clip("您好。", voice="customer-m")) == [False]


def test_a_sentence_rendered_later_is_heard_from_then_on(tmp_path: Path) -> None:
    speech = Speech([tmp_path])
    assert audible(speech.clip("您好。")) == [False]
    render(tmp_path, "您好。", 1.0)
    assert audible(speech.clip("您好。")) == [True]


def test_silence_lasts_as_long_as_the_words_would() -> None:
    speech = Speech([])
    text = "犹豫期过后再退保，退的是保单的现金价值，往往比交的钱少，会有损失。"
    seconds = speech.clip(text).seconds
    assert 3 < len(text) / seconds < 6
    assert speech.clip(text, rate=0.5).seconds == pytest.approx(2 * seconds, abs=0.001)
    assert speech.clip(text).silent_seconds == seconds


def test_nothing_to_say_takes_no_time() -> None:
    assert Speech([]).clip(" 。\n").seconds == 0.0


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / f"{digest('您好。', 'robot', 1.0)}{SUFFIX}"
    path.write_bytes(b"no sound")
    with pytest.raises(SoundError, match=path.name):
        Speech([tmp_path]).clip("您好。")


def test_a_file_of_another_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / f"{digest('您好。', 'robot', 1.0)}{SUFFIX}"
    soundfile.write(path, np.zeros(1600), 16000, format="MP3", subtype="MPEG_LAYER_III")
    with pytest.raises(SoundError, match="16000 Hz"):
        Speech([tmp_path]).clip("您好。")
