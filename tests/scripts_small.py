"""A small script of the tests' own, to be changed in its words and wires; the library's move on."""

from __future__ import annotations

from pathlib import Path

from scripts.load import load
from scripts.model import Script

TEXT = """\
script  = "small"
title   = "小脚本"
version = 3
purpose = "duty"
basis   = ["S002-04"]
include = ["common"]
covers  = ["NOTICE"]
clock   = ["quarterly"]
retention = "survey_file"
about   = "例行回访"
opening = ["label"]

[variables]
place = { from = "claim.place", say = "text", reveal = "public" }

[step.manner]
kind = "ask"
say  = "他的态度和讲解，您满意吗？"
no   = { problem = "P20", follow_up = "complaint", ask = "很抱歉，方便说说哪里不满意吗？" }

[step.both_places]
kind = "tell"
when = { remote = true }
say  = "您在{place}出的险，两地的同事都会看到。"

[step.need]
kind  = "open"
say   = "眼下还有什么要帮忙的吗？"
value = { follow_up = "service_manager", tell = "记下了，我马上请人和您联系。" }
[step.need.hears.tow]
words = ["拖车"]
tell  = "好的，拖车我马上安排。"
"""


def small(folder: Path, *changes: tuple[str, str], region: str = "") -> Script:
    """The small script with other words or wires, or in the words of a region."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "small.toml"
    path.write_text(text, "utf-8")
    return load(path, region)
