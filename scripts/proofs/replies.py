"""What a customer's words mean at a step, by the very ear that listens in a call."""

from __future__ import annotations

from dataclasses import replace

from scripts import sample
from scripts.answers import Ear, understood
from scripts.model import Script, Step
from scripts.proofs.finding import Line
from scripts.proofs.speech import written
from scripts.values import Heard, Input


class Hearing:
    """Listens at the steps of a script, in calls that went well so far."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._facts = sample.facts(script)

    def category(self, step: Step, words: str) -> str:
        """What these words mean at a step."""
        identified = self._script.identity and step.name not in self._script.opening
        ear = Ear(self._script, step, self._facts, identified)
        return understood(ear, Heard(Input.SPEECH, words)).category

    def talk(self, step: Step, words: str, heard: str) -> tuple[Line, ...]:
        """A misunderstanding as a conversation."""
        asked = written(self._script.text(step.name, "say"))
        return (Line("robot", asked), Line("customer", words), Line("note", heard))


def without_own_words(step: Step) -> Step:
    """The step as it would listen if it declared no words."""
    if step.listening is None:
        return step
    return replace(step, listening=replace(step.listening, words=(), replies={}))
