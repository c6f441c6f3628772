"""The voice follows the text's script, the language asked for and the voice's name."""

from __future__ import annotations

import pytest

from exchange.speaking.voices import pick


@pytest.mark.parametrize(
    ("voice", "language", "text", "ours"),
    [
        ("", "", "您好", "robot"),
        ("", "en-US", "您好", "robot"),
        ("", "", "Hello", "english-f"),
        ("", "", "12345", "english-f"),
        ("", "zh-CN", "Hello", "robot"),
        ("", "cmn-Hans-CN", "123", "robot"),
        ("Polly.Zhiyu", "", "VIP 123", "robot"),
        ("Polly.Zhiyu-Neural", "", "123", "robot"),
        ("alice", "zh-CN", "123", "robot"),
        ("woman", "", "Hello", "english-f"),
        ("man", "", "Hello", "english-m"),
        ("man", "zh-CN", "您好", "robot-m"),
        ("Polly.Matthew-Neural", "", "Hello", "english-m"),
        ("Polly.Joanna", "", "Hello", "english-f"),
        ("Google.cmn-CN-Standard-B", "", "您好", "robot-m"),
        ("Google.cmn-CN-Wavenet-A", "", "您好", "robot"),
        ("Google.en-US-Standard-D", "", "Hello", "english-m"),
        ("Google.en-US-Neural2-F", "", "Hello", "english-f"),
    ],
)
def test_a_voice_is_picked(voice: str, language: str, text: str, ours: str) -> None:
    assert pick(voice, language, text) == ours
