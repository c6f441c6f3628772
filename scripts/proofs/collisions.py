"""What a step declares to understand is understood there, and hides nothing that everybody may say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from scripts.answers import REFUSES
from scripts.listening import BUILT_IN
from scripts.model import Kind, Script, Step
from scripts.packs import Pack
from scripts.proofs.finding import Finding
from scripts.proofs.replies import Hearing, without_own_words
from scripts.proofs.speech import comes_to
from scripts.values import Performer

SAYINGS: dict[str, list[str]] = tomllib.loads(
    Path(__file__).with_name("sayings.toml").read_text(encoding="utf-8")
)
"""What customers say at any step, by intent."""


def findings(script: Script, pack: Pack) -> Iterator[Finding]:
    """Every own word and everybody's saying at every step that a robot comes to."""
    hearing = Hearing(script)
    for step in comes_to(script, Performer.ROBOT).values():
        if step.listening and step.kind is not Kind.TRANSFER:
            yield from _misheard(hearing, step)
            yield from _hidden(script, hearing, step)


def _misheard(hearing: Hearing, step: Step) -> Iterator[Finding]:
    for words, category in _own(step):
        if (heard := hearing.category(step, words)) != category:
            values = (("words", words), ("category", category), ("heard", heard))
            yield Finding("word_misheard", step.file, step.name, values, hearing.talk(step, words, heard))


def _own(step: Step) -> Iterator[tuple[str, str]]:
    """The words of the step's own, not those of everybody."""
    listening = step.listening
    if listening:
        mine = {*(step.answers or ()), *(step.hears or ())}
        yield from ((words, name) for words, name in listening.words if name in mine)
        yield from ((words, name) for words, name in listening.replies.items() if words and name in mine)


def _hidden(script: Script, hearing: Hearing, step: Step) -> Iterator[Finding]:
    everywhere = {*script.hears, *BUILT_IN, "human"} - {REFUSES}
    deaf = without_own_words(step)
    for words in _touched(step):
        meant, heard = hearing.category(deaf, words), hearing.category(step, words)
        if meant in everywhere and heard != meant:
            values = (("words", words), ("intent", meant), ("heard", heard))
            yield Finding("intent_hidden", step.file, step.name, values, hearing.talk(step, words, heard))


def _touched(step: Step) -> Iterator[str]:
    """The sayings of everybody that hold a word of the step's own."""
    own = [words for words, _ in _own(step)]
    for words in chain.from_iterable(SAYINGS.values()):
        if any(one in words for one in own):
            yield words
