"""What can be rendered before any call: fixed sentences of scripts, personas and plain texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.sound.clip import SoundError
from exchange.speaking.texts import fixed

SCRIPT = """
title = "标题。"
[variables]
day = { say = "date" }
[phrases]
silence = "听得到吗？"
[step.one]
say = "您好，我是{company}，工号：{no}。您现在方便吗？"
words = ["存款。"]
hears = { driving = { tell = "安全要紧。" } }
[step.two]
say = { late = "您现在方便吗？", early = "再见。" }
"""

PERSONA = """
[[rules.honest]]
heard = "清楚吗？"
say = ["清楚", "{id_tail}", "是的，清楚"]
[persona.agrees]
greeting = ["喂？", "您好。"]
"""


def test_what_is_spoken_without_a_variable_is_taken_once_sentence_or_clause(tmp_path: Path) -> None:
    (tmp_path / "script.toml").write_text(SCRIPT, encoding="utf-8")
    found = fixed([tmp_path / "script.toml"])
    assert found == ("听得到吗？", "您好，", "工号：", "您现在方便吗？", "安全要紧。", "再见。")


def test_replies_and_greetings_of_personas_are_taken(tmp_path: Path) -> None:
    (tmp_path / "personas.toml").write_text(PERSONA, encoding="utf-8")
    assert fixed([tmp_path / "personas.toml"]) == ("清楚", "是的，清楚", "喂？", "您好。")


def test_a_plain_text_is_taken_whole(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("是的\n您好。请讲。\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("您好。再见。", encoding="utf-8")
    assert fixed([tmp_path / "a.txt", tmp_path / "b.txt"]) == ("是的", "您好。", "请讲。", "再见。")


@pytest.mark.parametrize(
    ("name", "content"), [("x.toml", b"say ="), ("x.txt", b"\xc4\xfa"), ("none.txt", None)]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SoundError, match=name):
        fixed([tmp_path / name])
