"""Sentences rendered on demand are kept; who waits for them always hears something."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from exchange.errors import SettingError
from exchange.sound.clip import RATE, Clip, SoundError
from exchange.speaking.speech import PACK, SUFFIX, Speech, digest
from exchange.speaking.synthesis import Booth, booth, default_cache, trim

STYLES = default_cache().parent / "voices"


class Hummer:
    """A speaker who hums, and remembers what he was asked and in which thread."""

    def __init__(self) -> None:
        self.asked = list[tuple[str, str, float]]()
        self.threads = set[str]()

    def speak(self, sentence: str, *, voice: str, rate: float) -> NDArray[np.float32]:
        """A tenth of a second to a letter; one word nobody can say."""
        self.asked.append((sentence, voice, rate))
        self.threads.add(threading.current_thread().name)
        if "龘" in sentence:
            raise SoundError(f"{sentence} cannot be spoken")
        return (0.5 * np.sin(np.arange(round(0.1 * len(sentence) * RATE / rate)) / 3)).astype(np.float32)


def nobody() -> Hummer:
    raise SoundError("/models/part.bin is not the version this was made with")


def speaking(cache: Path, hire: Callable[[], Hummer]) -> Speech:
    cache.mkdir(exist_ok=True)
    return Speech([cache], Booth(cache, hire, ThreadPoolExecutor(1)))


def heard(clip: Clip) -> bool:
    """Whether there is sound in every part."""
    return bool(clip.parts) and all(part.load is not None and part.load().any() for part in clip.parts)


def test_a_sentence_is_rendered_once_and_found_by_the_next_exchange(tmp_path: Path) -> None:
    hummer = Hummer()
    speech = speaking(tmp_path, lambda: hummer)

    async def twice() -> None:
        clips = await asyncio.gather(speech.ready("您好。"), speech.ready("您好。再见。"))
        assert all(heard(clip) and not clip.silent_seconds for clip in clips)

    asyncio.run(twice())
    assert hummer.asked == [("您好。", "robot", 1.0), ("再见。", "robot", 1.0)]
    assert Speech([tmp_path]).clip("您好。再见。").silent_seconds == 0.0


def test_it_is_kept_by_text_voice_and_rate(tmp_path: Path) -> None:
    hummer = Hummer()
    speech = speaking(tmp_path, lambda: hummer)
    for voice, rate in (("robot", 1.0), ("english-f", 1.0), ("robot", 0.7), ("robot", 1.5), ("robot", 1.05)):
        asyncio.run(speech.ready("Hello.", voice=voice, rate=rate))
    assert [asked[1:] for asked in hummer.asked] == [
        ("robot", 1.0),
        ("english-f", 1.0),
        ("robot", 0.8),
        ("robot", 1.25),
    ]
    assert {path.name for path in tmp_path.iterdir()} == {
        f"{digest('Hello.', voice, rate)}{SUFFIX}" for _, voice, rate in hummer.asked
    }


def test_rendering_never_runs_in_the_thread_of_the_loop(tmp_path: Path) -> None:
    hummer = Hummer()
    asyncio.run(speaking(tmp_path, lambda: hummer).ready("您好。"))
    assert threading.current_thread().name not in hummer.threads


def test_the_model_is_loaded_before_the_first_sentence_when_somebody_alive_comes(tmp_path: Path) -> None:
    hired: list[Hummer] = []

    def hire() -> Hummer:
        hired.append(Hummer())
        return hired[0]

    speech = speaking(tmp_path, hire)
    for _ in range(2):
        speech.warm()
    asyncio.run(speech.ready("您好。"))
    assert len(hired) == 1
    Speech([tmp_path]).warm()


def test_who_cannot_wait_gets_silence_of_the_length_at_once(tmp_path: Path) -> None:
    hummer = Hummer()
    clip = speaking(tmp_path, lambda: hummer).clip("您好。")
    assert clip.silent_seconds == clip.seconds > 0
    assert hummer.asked == []


def test_without_a_voice_model_words_are_a_murmur_that_is_counted() -> None:
    clip = asyncio.run(Speech([PACK]).ready("龘龘龘龘。喂，你好", voice="customer-f"))
    assert heard(clip)
    assert 0 < clip.silent_seconds < clip.seconds


def test_what_was_rendered_before_is_heard_without_a_voice_model() -> None:
    clip = asyncio.run(Speech([PACK]).ready("喂，你好", voice="customer-f"))
    assert heard(clip)
    assert clip.silent_seconds == 0.0


def test_words_nobody_can_say_are_a_murmur_and_stay_out_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    speech = speaking(tmp_path, Hummer)
    assert heard(asyncio.run(speech.ready("龘。")))
    assert heard(asyncio.run(speech.ready("您好。")))
    assert "a sentence cannot be spoken" in caplog.text
    assert "龘" not in caplog.text


def test_a_model_that_cannot_be_loaded_is_named_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    speech = speaking(tmp_path, nobody)
    for text in ("您好。", "再见。"):
        assert heard(asyncio.run(speech.ready(text)))
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "no speech on demand: /models/part.bin is not the version this was made with"
    ]


def test_a_caller_who_hangs_up_does_not_stop_the_booth(tmp_path: Path) -> None:
    speech = speaking(tmp_path, Hummer)

    async def hang_up() -> Clip:
        waiting = asyncio.ensure_future(speech.ready("您好。"))
        await asyncio.sleep(0)
        waiting.cancel()
        return await speech.ready("再见。")

    assert asyncio.run(hang_up()).silent_seconds == 0.0


def test_a_male_voice_nobody_rendered_is_heard_as_the_female_one(tmp_path: Path) -> None:
    speech = speaking(tmp_path, Hummer)
    asyncio.run(speech.ready("您好。"))
    assert Speech([tmp_path]).clip("您好。", voice="robot-m").silent_seconds == 0.0
    assert Speech([tmp_path]).clip("您好。", voice="english-m").silent_seconds > 0.0


def test_words_read_fast_are_heard_slower_rather_than_not_at_all(tmp_path: Path) -> None:
    asyncio.run(speaking(tmp_path, Hummer).ready("您好。"))
    assert Speech([tmp_path]).clip("您好。", rate=1.5).silent_seconds == 0.0
    assert Speech([tmp_path]).clip("您好。", rate=0.5).silent_seconds > 0.0


def test_a_sentence_deleted_since_it_was_found_is_silence(tmp_path: Path) -> None:
    clip = asyncio.run(speaking(tmp_path, Hummer).ready("您好。"))
    for path in tmp_path.iterdir():
        path.unlink()
    (part,) = clip.parts
    assert part.load is not None
    assert len(part.load()) == part.length
    assert not part.load().any()


def test_the_oldest_sentences_go_first_when_the_cache_is_full(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older")):
        path = tmp_path / f"{name}{SUFFIX}"
        path.write_bytes(b"x" * 100)
        os.utime(path, (1000 - age, 1000 - age))
    trim(tmp_path, 250)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["new", "old"]


def test_speakers_that_were_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="--styles"):
        booth(tmp_path, tmp_path / "absent")


def test_without_speakers_there_is_no_booth(tmp_path: Path) -> None:
    assert booth(tmp_path / "cache" / "speech", None) is None


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """The voice model itself, where the extra `tts` and its speakers are installed."""
    pytest.importorskip("onnxruntime", reason="the extra tts is not installed")
    if not STYLES.is_dir():
        pytest.skip(f"no speakers in {STYLES}")
    cache = tmp_path_factory.mktemp("speech")
    return Speech([cache], booth(cache, STYLES))


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("robot", "您的VIP保单号是P2024001372，保费是￥1,388.50元。"),
        ("robot-m", "您好，请问是王小明先生本人吗？"),
        ("english-f", "Your order of $1,388.50 ships on June 3rd."),
        ("english-m", "Hello, this is Huifang."),
        ("customer-m", "好的，" * 60 + "。"),
    ],
)
def test_the_model_speaks_both_languages_and_long_sentences(speech: Speech, voice: str, text: str) -> None:
    clip = asyncio.run(speech.ready(text, voice=voice))
    assert heard(clip)
    assert clip.silent_seconds == 0.0
    assert 1 < clip.seconds < 90


def test_a_speaker_that_is_not_the_one_we_know_is_named(speech: Speech, tmp_path: Path) -> None:
    from exchange.speaking.kokoro import STYLES as KNOWN
    from exchange.speaking.render import kokoro

    for style in KNOWN.values():
        (tmp_path / style.file).write_bytes(b"\0" * 1024)
    with pytest.raises(SoundError, match=r"zf_xiaoxiao\.bin is not the version"):
        kokoro(tmp_path)
