"""A call: what is kept of it for good, and what it needs while it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from exchange.order import Order
from exchange.people.handset import Handset
from exchange.people.person import FarSide
from exchange.sound.line import Line
from exchange.sound.tape import Tape
from exchange.web.cookies import Cookies

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""The statuses a call never leaves."""


@dataclass(slots=True, eq=False)
class Life:
    """What a running call needs; dropped when it ends."""

    line: Line
    cookies: Cookies = field(default_factory=Cookies)
    posting: asyncio.Lock = field(default_factory=asyncio.Lock)
    listener: FarSide | None = None
    handset: Handset | None = None
    side_tasks: set[asyncio.Task[None]] = field(default_factory=set)
    on_ringing: Callable[[], None] | None = None


@dataclass(slots=True, eq=False)
class Call:
    """One call; times are seconds of the exchange's clock."""

    sid: str
    order: Order
    direction: str
    created: float
    queue_ms: int = 0
    status: str = "queued"
    updated: float = 0.0
    started: float | None = None
    answered: float | None = None
    ended: float | None = None
    answered_by: str | None = None
    sequence: int = 0
    tape: Tape | None = None
    persona: str = ""
    parent: Call | None = None
    life: Life | None = None

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.status in ENDED

    @property
    def seconds(self) -> int:
        """How long the parties were connected, as it is billed: begun seconds count."""
        if self.answered is None or self.ended is None:
            return 0
        return max(1, -int(-(self.ended - self.answered) // 1))
