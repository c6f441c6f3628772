"""The texts of a script as somebody says them: which, in whose mouth, and to whom they are said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scripts.check import targets
from scripts.model import AGENTS, COMMON, Kind, Only, Script, Step
from scripts.texts import PLACEHOLDER, Text
from scripts.values import Performer

QUEUE_KEEP = "queue_keep"
"""The phrase that tells who waits for a person how to be called back instead."""

QUEUE = frozenset({"queue_next", "queue_place", "queue_minutes", QUEUE_KEEP})
"""Phrases for who waits for a person."""

_PERSONS = frozenset({"then", "agent"})
"""The wires of a transfer that only an agent takes; `otherwise` is everybody's, the others are a robot's."""

_SENTENCE = re.compile(r"[^。！？]+[。！？]?")


@dataclass(frozen=True, slots=True)
class Speech:
    """One text: its step (`common` for everybody's), part and words with their placeholders."""

    file: str
    step: str
    part: str
    words: str

    @property
    def sentences(self) -> list[str]:
        """The words, sentence by sentence."""
        return _SENTENCE.findall(self.words)

    @property
    def bare(self) -> str:
        """The words without what stands in for values."""
        return PLACEHOLDER.sub("", self.words)

    @property
    def answered(self) -> bool:
        """Whether nothing is said after it, so that a question in it is heard as the question."""
        return self.part.removeprefix(AGENTS) in ("say", "again") or self.part.startswith("ask.")


def speeches(script: Script) -> Iterator[Speech]:
    """Every text once; a question is told as a part of its whole."""
    for (step, part), text in script.texts.items():
        if part.removeprefix(AGENTS) != "question":
            yield Speech(file_of(script, step), step, part, written(text))


def written(text: Text) -> str:
    """The words as they stand in the file."""
    return text.spoken(tuple(f"{{{name}}}" for name in text.names))


def file_of(script: Script, step: str) -> str:
    """The file of a step; of everybody's texts, that of the script's own steps."""
    if step in script.steps:
        return script.steps[step].file
    return next(one.file for one in script.steps.values() if one.name not in script.opening)


def comes_to(script: Script, performer: Performer) -> Mapping[str, Step]:
    """The steps that a performer can come to: an agent comes to no transfer, a robot to no person's step."""
    begun = [step.name for step in script.steps.values() if step.only is not Only.WIRED]
    heard = [branch.then for branch in script.hears.values() if branch.then]
    todo, found = [*begun, *script.on.values(), *heard], set[str]()
    while todo:
        name = todo.pop()
        if name in script.steps and name not in found:
            found.add(name)
            todo += _next(script.steps[name], performer)
    return {
        name: script.steps[name] for name in script.steps if name in found and _says(script, name, performer)
    }


def _next(step: Step, performer: Performer) -> Iterator[str]:
    for key, target in targets(step):
        alike = step.kind is not Kind.TRANSFER or key == "otherwise"
        if alike or (key in _PERSONS) is (performer is Performer.AGENT):
            yield target


def _says(script: Script, name: str, performer: Performer) -> bool:
    step = script.steps[name]
    if performer is Performer.AGENT:
        return step.kind is not Kind.TRANSFER and step.spoken_by(performer)
    own = step.kind is Kind.TRANSFER or name in script.opening
    return step.spoken_by(performer) and not step.human_only and (own or performer in script.performers)


def read_by(script: Script, performer: Performer) -> Iterator[Speech]:
    """Every text that this performer says."""
    steps = comes_to(script, performer)
    for speech in speeches(script):
        if speech.step == COMMON:
            said = performer is Performer.ROBOT or speech.part not in QUEUE | {"no_match"}
        else:
            said = speech.step in steps and speech.part == script.part(speech.step, speech.part, performer)
            said = said and (performer is Performer.AGENT or not speech.part.startswith(AGENTS))
        if said:
            yield speech
