"""What a script lacks of many contacts: asked of the engine once for all who are alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.aloud import aloud
from scripts.engine import missing
from scripts.model import Need, Script, Step, Variable

Likeness = tuple[bool | None, ...]


def _words(step: Step) -> tuple[tuple[str, str], ...]:
    return tuple((step.name, part) for part in ("say", "explain", "again"))


@dataclass(slots=True)
class Lacking:
    """The engine's answers so far, by which conditions hold and which values can be said."""

    script: Script
    needs: tuple[Need, ...] = field(init=False)
    asked: tuple[str, ...] = field(init=False)
    said: tuple[Variable, ...] = field(init=False)
    known: dict[Likeness, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        script = self.script
        steps = [*script.mandatory, *(step for step in script.steps.values() if step.mandatory)]
        self.needs = tuple(dict.fromkeys(need for step in steps for need in step.when))
        self.asked = tuple(dict.fromkeys(step.fact for step in steps if step.fact))
        words = [script.texts[key] for step in steps for key in _words(step) if key in script.texts]
        self.said = tuple({name: script.variables[name] for text in words for name in text.names}.values())

    def of(self, facts: Mapping[str, str | int | bool | None]) -> str:
        """The names of the facts without which the call cannot be made, with commas."""
        like = self._like(facts)
        found = self.known.get(like)
        if found is None:
            found = self.known[like] = ",".join(missing(self.script, facts))
        return found

    def _like(self, facts: Mapping[str, str | int | bool | None]) -> Likeness:
        """All that the engine's answer depends on."""
        return (
            *(need.met(facts) for need in self.needs),
            *(bool(facts.get(fact)) for fact in self.asked),
            *(bool(aloud(one.say, facts.get(one.fact))) for one in self.said),
        )
