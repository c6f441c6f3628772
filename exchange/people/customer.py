"""A person at the other end of one call: listens, and answers when the line waits for an answer."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from exchange.people.persona import VOICES, Persona, Rule, Span

DO_NOT_KNOW = "不知道"
"""What somebody says who is asked for a fact he does not have."""

TELEPHONE = "0123456789ABCD*#wW"
"""The keys of a telephone, and the two waits."""

_FACT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Wants:
    """What the line takes at this moment."""

    keys: bool
    speech: bool


@dataclass(frozen=True, slots=True)
class Response:
    """What the person does: keys or words, so many seconds after the question or in the middle of it."""

    keys: str = ""
    words: str = ""
    after: float = 1.0
    interrupts: float | None = None
    hangs_up: bool = False


NOTHING = Response()
"""The person is silent."""


class Listener(Protocol):
    """Anybody who can be at the other end."""

    @property
    def voice(self) -> str:
        """The voice the person speaks with."""

    def hear(self, text: str) -> None:
        """Takes in what was said on the line."""


class Simulated(Listener, Protocol):
    """Somebody who is not real."""

    @property
    def prompted(self) -> bool:
        """Whether there is something to respond to."""

    def patience(self) -> float:
        """Seconds after which he ends a conversation with somebody who is connected."""

    def respond(self, wants: Wants) -> Response:
        """Answers what was heard since the last answer."""

    def chat(self) -> Response:
        """Answers somebody he is connected with."""


@dataclass(slots=True)
class Customer:
    """A persona in one call."""

    persona: Persona
    facts: Mapping[str, str]
    dice: random.Random
    voice: str = VOICES[0]
    attempt: int = 0
    heard: list[str] = field(default_factory=list)
    answers: int = 0
    used: dict[int, int] = field(default_factory=dict)

    @property
    def prompted(self) -> bool:
        """Whether something was said since the last answer."""
        return bool(self.heard)

    def hear(self, text: str) -> None:
        """Takes in what was said on the line."""
        self.heard.append(text)

    def patience(self) -> float:
        """As long as the persona talks."""
        return self._seconds(self.persona.talks)

    def respond(self, wants: Wants) -> Response:
        """The first rule that fits the words and is not used up decides; without one there is silence."""
        words = "".join(self.heard)
        self.heard.clear()
        limit = self.persona.hangs_up_after_answers
        if limit is not None and self.answers >= limit:
            return Response(after=self._seconds(self.persona.delay), hangs_up=True)
        rule = self._rule(words)
        if rule is None or rule.silent:
            return NOTHING
        self.answers += 1
        after = self._seconds(rule.after or self.persona.delay)
        if rule.hang_up:
            return Response(after=after, interrupts=rule.interrupts, hangs_up=True)
        keys, said = self._form(rule, wants)
        return Response(keys, said, after, rule.interrupts)

    def chat(self) -> Response:
        """What a rule says, or else some small talk."""
        response = self.respond(Wants(keys=True, speech=True))
        if response is not NOTHING or not self.persona.small_talk:
            return response
        words = self.dice.choice(self.persona.small_talk)
        return Response(words=words, after=self._seconds(self.persona.delay))

    def _rule(self, words: str) -> Rule | None:
        for place, rule in enumerate(self.persona.rules):
            if self._is_spent(rule, place):
                continue
            if rule.heard.search(words) and self._happens(rule.chance):
                self.used[place] = self.used.get(place, 0) + 1
                return rule
        return None

    def _is_spent(self, rule: Rule, place: int) -> bool:
        if rule.attempts is not None and self.attempt >= rule.attempts:
            return True
        return rule.times is not None and self.used.get(place, 0) >= rule.times

    def _form(self, rule: Rule, wants: Wants) -> tuple[str, str]:
        """Keys or words, whichever the person prefers among what the rule has and the line takes."""
        keys = self.dice.choice(rule.keys) if rule.keys and wants.keys else ""
        words = self.dice.choice(rule.say) if rule.say and wants.speech else ""
        if keys and words:
            keys, words = ("", words) if self._happens(self.persona.speaks) else (keys, "")
        pressed, said = self._fill(keys), self._fill(words)
        if pressed is None or said is None:
            return "", DO_NOT_KNOW
        return _on_a_telephone(pressed), said

    def _fill(self, text: str) -> str | None:
        """The text with the person's facts in it; nothing when one is not known."""
        names = _FACT.findall(text)
        if any(name not in self.facts for name in names):
            return None
        return _FACT.sub(lambda found: self.facts[found[1]], text)

    def _happens(self, probability: float) -> bool:
        return probability >= 1 or self.dice.random() < probability

    def _seconds(self, span: Span) -> float:
        return self.dice.uniform(*span)


def _on_a_telephone(text: str) -> str:
    """The keys for a text; the letter X that ends some identity numbers is the star."""
    return "".join(key for key in text.translate({ord("X"): "*", ord("x"): "*"}) if key in TELEPHONE)


@dataclass(slots=True)
class Puppet:
    """A caller who gives prepared answers one by one, then hangs up."""

    answers: list[Response]
    voice: str = VOICES[0]

    @property
    def prompted(self) -> bool:
        """A puppet waits for nobody."""
        return True

    def hear(self, text: str) -> None:
        """A puppet does not listen."""

    def patience(self) -> float:
        """A puppet stays as long as it has answers."""
        return math.inf

    def respond(self, wants: Wants) -> Response:
        """The next prepared answer."""
        return self.answers.pop(0) if self.answers else Response(after=3.0, hangs_up=True)

    def chat(self) -> Response:
        """The next prepared answer."""
        return self.respond(Wants(keys=True, speech=True))
