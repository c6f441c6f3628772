"""Words are recognised in a thread, with what was expected; without the extra there are no ears."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import soundfile

from exchange.sound.clip import Samples, SoundError
from exchange.speaking.ears import NOTHING, Ears, Heard, ears
from exchange.speaking.speech import PACK, SUFFIX, digest

INSTALLED = importlib.util.find_spec("faster_whisper") is not None
QUESTION = ("是", "是的", "不是", "我要投诉", "转人工", "清楚", "不清楚")


class Scribe:
    """Understands everything as the thread it is asked in."""

    def understand(self, samples: Samples, hints: Sequence[str], language: str) -> Heard:
        """The name of the thread."""
        return Heard(threading.current_thread().name, 1.0)


def refuse() -> Scribe:
    raise SoundError("/models/model.bin is not the version this was made with")


def spoken(words: str, voice: str) -> Samples:
    path = PACK / f"{digest(words, voice, 1.0)}{SUFFIX}"
    return np.concatenate([np.zeros(2000, np.int16), soundfile.read(path, dtype="int16")[0]])


def plain(words: str) -> str:
    return re.sub(r"\W", "", words).lower()


def test_recognition_never_runs_in_the_thread_of_the_loop() -> None:
    heard = asyncio.run(Ears(Scribe, ThreadPoolExecutor(1, "ears")).recognise(np.ones(800, np.int16)))
    assert heard.words.startswith("ears")


def test_no_sound_is_no_words() -> None:
    assert (
        asyncio.run(Ears(Scribe, ThreadPoolExecutor(1, "ears")).recognise(np.zeros(0, np.int16))) == NOTHING
    )


def test_a_model_that_cannot_be_loaded_is_named_once_and_nothing_is_understood(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deaf = Ears(refuse, ThreadPoolExecutor(1))
    for _ in range(2):
        assert asyncio.run(deaf.recognise(np.ones(800, np.int16))) == NOTHING
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "no recognition of speech: /models/model.bin is not the version this was made with"
    ]


@pytest.mark.skipif(INSTALLED, reason="the extra asr is installed")
def test_without_the_extra_there_are_no_ears() -> None:
    assert ears() is None


@pytest.fixture(scope="module")
def listening() -> Ears:
    """The recogniser itself, where the extra `asr` is installed."""
    found = ears()
    if found is None:
        pytest.skip("the extra asr is not installed")
    return found


@pytest.mark.parametrize(
    ("words", "voice"),
    [
        ("我要投诉", "customer-f"),
        ("不清楚", "customer-m"),
        ("不是", "customer-f"),
    ],
)
def test_mandarin_is_understood(listening: Ears, words: str, voice: str) -> None:
    heard = asyncio.run(listening.recognise(spoken(words, voice), hints=QUESTION, language="cmn-Hans-CN"))
    assert plain(heard.words) == plain(words)
    assert 0 < heard.confidence <= 1


def test_english_is_understood(listening: Ears) -> None:
    sound = spoken("Please leave a message after the tone.", "english-f")
    heard = asyncio.run(listening.recognise(sound, language="en-US"))
    assert plain(heard.words) == "pleaseleaveamessageafterthetone"


def test_a_sentence_that_is_no_answer_stays_what_it_is(listening: Ears) -> None:
    heard = asyncio.run(listening.recognise(spoken("全程录音，", "robot"), hints=QUESTION, language="zh-CN"))
    assert plain(heard.words) not in QUESTION


def test_noise_and_silence_are_no_words_whatever_is_expected(listening: Ears) -> None:
    noise = np.random.default_rng(0).standard_normal(16000)
    for level in (5, 1500):
        sound = (noise * level).astype(np.int16)
        assert asyncio.run(listening.recognise(sound, hints=QUESTION, language="zh-CN")).words == ""
