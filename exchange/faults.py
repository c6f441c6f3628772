"""Misfortune on purpose: webhooks and REST requests lost, late, doubled, spoilt, refused or cut off."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from exchange.chance import Chance

KINDS = (
    "turn",
    "status",
    "recording",
    "amd",
    "conference",
    "queue",
    "transcription",
    "gather-partial",
)
"""The webhooks a faults file may name."""

DAMAGES = ("cut", "type", "garbage", "signature")
"""How a webhook may be spoilt: body cut, content type wrong, body garbage, signature wrong."""

_SID = re.compile(r"\b[A-Z]{2}[0-9a-fA-F]{32}\b")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What happens to one webhook: how often and how late it goes out, what overtakes and what spoils it."""

    copies: int = 1
    delay: float = 0.0
    overtaken: bool = False
    damage: str = ""
    slow: float = 0.0
    reset: bool = False

    def names(self) -> tuple[str, ...]:
        """What befalls it, in words."""
        found = (
            ("lost", self.copies == 0),
            ("doubled", self.copies > 1),
            ("delayed", self.delay > 0),
            ("reordered", self.overtaken),
            (self.damage, bool(self.damage)),
            ("slow", self.slow > 0),
            ("reset", self.reset),
        )
        return tuple(name for name, happens in found if happens)


@dataclass(frozen=True, slots=True)
class Mishap:
    """What happens to one REST request; seconds of the clock."""

    refusal: int | None = None
    unanswered: bool = False
    reset: bool = False
    delay: float = 0.0
    cut: bool = False
    slow: float = 0.0

    def names(self) -> tuple[str, ...]:
        """What befalls it, in words."""
        found = (
            ("refused", self.refusal is not None),
            ("unanswered", self.unanswered),
            ("reset", self.reset),
            ("late", self.delay > 0),
            ("cut", self.cut),
            ("slow", self.slow > 0),
        )
        return tuple(name for name, happens in found if happens)


@dataclass(frozen=True, slots=True)
class WebhookFaults:
    """Probabilities for one kind of webhook."""

    lose: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    corrupt: float = 0.0
    damage: tuple[str, ...] = DAMAGES
    slow: float = 0.0
    reset: float = 0.0
    seconds: tuple[float, float] = (1.0, 30.0)


@dataclass(frozen=True, slots=True)
class RestFaults:
    """Probabilities for REST requests, of these methods and resources if any are named."""

    methods: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    refuse: float = 0.0
    code: int = 20429
    timeout: float = 0.0
    reset: float = 0.0
    late: float = 0.0
    drop: float = 0.0
    slow: float = 0.0
    seconds: tuple[float, float] = (1.0, 10.0)

    def concerns(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        named = {part.partition(".")[0] for part in path.split("/")}
        return (not self.methods or method in self.methods) and (
            not self.resources or bool(named.intersection(self.resources))
        )


@dataclass(slots=True)
class Faults:
    """The faults of one run: the n-th event of a kind in the n-th call to a number has its own."""

    webhooks: dict[str, WebhookFaults] = field(default_factory=dict)
    submit: RestFaults | None = None
    rest: RestFaults | None = None
    chance: Chance = field(default_factory=Chance)

    def delivery(self, kind: str, owner: str, name: str) -> Delivery:
        """Throws the dice for a webhook of a call (conference, queue) with this SID and number (name)."""
        faults = self.webhooks.get(kind)
        if faults is None:
            return Delivery()
        dice = self.chance.dice(owner, name, kind)
        if _happens(dice, faults.lose):
            return Delivery(copies=0)
        seconds = dice.uniform(*faults.seconds)
        return Delivery(
            copies=2 if _happens(dice, faults.double) else 1,
            delay=seconds if _happens(dice, faults.delay) else 0.0,
            overtaken=_happens(dice, faults.reorder),
            damage=dice.choice(faults.damage) if _happens(dice, faults.corrupt) else "",
            slow=seconds if _happens(dice, faults.slow) else 0.0,
            reset=_happens(dice, faults.reset),
        )

    def submission(self, number: str) -> Mishap:
        """Throws the dice for one request to place a call to this number."""
        faults = self._submission()
        if faults is None:
            return Mishap()
        return _mishap(faults, self.chance.dice(f"submit:{number}", number, "submit"))

    def request(self, method: str, path: str) -> Mishap:
        """Throws the dice for any other REST request."""
        if self.rest is None or not self.rest.concerns(method, path):
            return Mishap()
        name = f"{method} {_SID.sub('', path)}"
        return _mishap(self.rest, self.chance.dice(name, name, "rest"))

    @property
    def meets_calls(self) -> bool:
        """Whether a request to place a call may go wrong."""
        return self._submission() is not None

    def _submission(self) -> RestFaults | None:
        if self.submit is None and self.rest is not None and self.rest.concerns("POST", "Calls"):
            return self.rest
        return self.submit


def _mishap(faults: RestFaults, dice: random.Random) -> Mishap:
    if _happens(dice, faults.refuse):
        return Mishap(refusal=faults.code)
    if _happens(dice, faults.timeout):
        return Mishap(unanswered=True)
    if _happens(dice, faults.reset):
        return Mishap(reset=True)
    seconds = dice.uniform(*faults.seconds)
    return Mishap(
        delay=seconds if _happens(dice, faults.late) else 0.0,
        cut=_happens(dice, faults.drop),
        slow=seconds if _happens(dice, faults.slow) else 0.0,
    )


def _happens(dice: random.Random, probability: float) -> bool:
    return probability > 0 and dice.random() < probability
