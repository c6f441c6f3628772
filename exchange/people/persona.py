"""Simulated customers as data: whether they answer, what they say to which words, when they hang up."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

VOICES = ("customer-f", "customer-m")
"""The voices of customers whose persona names none."""

LINES = ("answers", "busy", "no-answer", "failed")
"""What a dialled number may do."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Rule:
    """What to do when the words heard match: keys, words, silence or hanging up."""

    heard: re.Pattern[str]
    keys: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    times: int | None = None
    attempts: int | None = None
    chance: float = 1.0
    after: Span | None = None
    interrupts: float | None = None
    silent: bool = False
    hang_up: bool = False


@dataclass(frozen=True, slots=True)
class Persona:
    """One kind of customer; `line` and `greeting` follow the attempts, and the last entry repeats."""

    name: str
    title: str
    weight: float
    line: tuple[str, ...] = ("answers",)
    rings: Span = (3.0, 10.0)
    greeting: tuple[str, ...] = ()
    greeting_after: float = 0.5
    beep: bool = False
    fax: bool = False
    speaks: float = 0.0
    delay: Span = (0.8, 2.5)
    voice: str = ""
    rules: tuple[Rule, ...] = ()
    talks: Span = (20.0, 60.0)
    small_talk: tuple[str, ...] = ()
    hangs_up_after: Span | None = None
    hangs_up_after_answers: int | None = None

    def line_at(self, attempt: int) -> str:
        """What the number does at this attempt, counted from 0."""
        return self.line[min(attempt, len(self.line) - 1)]


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody who can be called: kinds of customers with weights, and facts about single numbers."""

    personas: tuple[Persona, ...]
    people: Mapping[str, Mapping[str, str]]
    seed: int

    def at(self, number: str) -> Persona:
        """Who lives at this number: the same for the same seed, whatever was dialled before.

        The people file may say which persona it is (`persona`).
        """
        if (named := self.named(self.facts(number).get("persona", ""))) is not None:
            return named
        place = _share(f"{self.seed}:{_digits(number)}") * sum(persona.weight for persona in self.personas)
        for persona in self.personas:
            place -= persona.weight
            if place < 0:
                return persona
        return self.personas[-1]

    def named(self, name: str) -> Persona | None:
        """The persona of this name."""
        return next((persona for persona in self.personas if persona.name == name), None)

    def voice(self, number: str) -> str:
        """The voice heard at this number."""
        place = int(_share(f"voice:{self.seed}:{_digits(number)}") * len(VOICES))
        return self.at(number).voice or VOICES[place]

    def facts(self, number: str) -> Mapping[str, str]:
        """What the person at this number knows."""
        return self.people.get(_digits(number), {})

    def dice_seed(self, number: str, attempt: int) -> str:
        """What the chances of one attempt are drawn from."""
        return f"{self.seed}:{_digits(number)}:{attempt}"


def _digits(number: str) -> str:
    return number.lstrip("+")


def _share(text: str) -> float:
    """A number from 0 to 1 that the text decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64
