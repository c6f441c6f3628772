"""What one hearer hears of others: each sound as a branch of its own, which can be cut alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.calls.leg import Leg
from exchange.clock import Clock
from exchange.people.person import Person
from exchange.sound.sounding import Sounding
from exchange.sound.tape import ROBOT


@dataclass(slots=True, eq=False)
class Ear:
    """A hearer; `begin` is told of every branch when it begins."""

    clock: Clock
    begin: Callable[[Sounding], None]
    heard: dict[Sounding, Sounding] = field(default_factory=dict)

    def settle(self, sounding: Sounding, *, hears: bool) -> None:
        """Hears a sound from now on, or no longer; nothing happens where it is so already."""
        now, branch = self.clock.time(), self.heard.get(sounding)
        if hears and not sounding.over(now):
            self.take(sounding, now)
        elif branch is not None and not hears:
            del self.heard[sounding]
            branch.cut(now)

    def take(self, sounding: Sounding, moment: float) -> None:
        """Hears a sound from this moment on, even one that a fast clock has left behind already."""
        if sounding in self.heard:
            return
        self.heard = {kept: one for kept, one in self.heard.items() if not kept.over(moment)}
        branch = self.heard[sounding] = sounding.branch(moment)
        self.begin(branch)

    def start(self, channel: int, sounding: Sounding) -> None:
        """A sound begins on a line this ear is a tap of."""
        self.settle(sounding, hears=True)

    def close(self) -> None:
        """Hears nothing any more."""
        for sounding in tuple(self.heard):
            self.settle(sounding, hears=False)


def ear_of(leg: Leg) -> Ear:
    """The ear of the far side of a call: what it hears is heard on the call's line."""
    return Ear(leg.board.clock, lambda branch: _begin(leg, branch))


def _begin(leg: Leg, branch: Sounding) -> None:
    """A person reads the words when they begin, anybody else has understood them when they end."""
    leg.life.line.begin(ROBOT, branch)
    if not branch.words:
        return
    if isinstance(leg.life.listener, Person):
        leg.life.listener.hear(branch.words)
        return
    clock = leg.board.clock
    left = clock.real(branch.moment + branch.ends - clock.time())
    asyncio.get_running_loop().call_later(left, _understand, leg, branch)


def _understand(leg: Leg, branch: Sounding) -> None:
    if branch.whole and leg.life.listener is not None:
        leg.life.listener.hear(branch.words)
        leg.life.line.stir()
