"""Texts are polite and finished, and nobody reads words that only a robot can mean."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.model import Script
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.speech import Speech, read_by, speeches
from scripts.values import Performer
from scripts.wording import presses

UNFINISHED = re.compile(
    r"undefined|null|none|nan|todo|tbd|fixme|x{2,}|n/?a(?![a-z])|待定|待补|某某|此处|[？?]{2,}|＿|_{2,}",
    re.IGNORECASE,
)
"""What stands where words were never written."""

_OF_A_ROBOT = re.compile(r"智能(?:语音|客服)|人工(?:智能|客服|来)|转人工|转接|机器人|语音助手|我是机器")


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Customers are 您, nothing is left to be written, and an agent speaks of no key and no machine."""
    for speech in speeches(script):
        if "你" in speech.bare:
            yield _finding("impolite", speech, "你")
        if found := UNFINISHED.search(speech.bare):
            yield _finding("unfinished", speech, found[0])
    for speech in read_by(script, Performer.AGENT):
        if presses(speech.words) or _OF_A_ROBOT.search(speech.words):
            yield _finding("robot_words", speech, speech.words)


def _finding(rule: str, speech: Speech, found: str) -> Finding:
    return Finding(rule, speech.file, speech.step, (("part", speech.part), ("words", found)))
