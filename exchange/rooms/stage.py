"""What is played to a line from beside: hold music, a waiting document, an announcement."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from exchange.calls.call import Life
from exchange.calls.leg import Leg
from exchange.errors import ExchangeError
from exchange.order import Target
from exchange.people.customer import NOTHING, Response, Wants
from exchange.rooms.ear import ear_of
from exchange.rooms.entry import is_music
from exchange.sound import music
from exchange.sound.clip import Clip, joined
from exchange.sound.line import Line
from exchange.sound.sounding import Sounding, Tap
from exchange.sound.tape import ROBOT
from exchange.within import Within

if TYPE_CHECKING:
    from exchange.performance.session import Session

_ROUNDS = 720  # of the hold music: four hours, which no call outlasts
_VERBS = frozenset({"Say", "Play", "Pause", "Redirect"})
_WRONG_VERB = 13238

Params = Callable[[], list[tuple[str, str]]]


class _Nobody:
    """The far side of a stage: whoever hears it has an ear of his own."""

    voice = ""
    prompted = False

    def hear(self, text: str) -> None:
        """The words reach the audience with the sound."""

    def patience(self) -> float:
        """Nobody never hangs up."""
        return math.inf

    def chat(self) -> Response:
        """Nobody answers."""
        return NOTHING

    def respond(self, wants: Wants) -> Response:
        """Nobody says nothing."""
        return NOTHING


async def perform(session: Session, document: Target, audience: Tap, place: str, params: Params) -> None:
    """Performs a document to an audience in the name of a call; an ExchangeError when it cannot be had."""
    leg, line = session.leg, Line(session.board.clock)
    line.tap(audience)
    life = Life(line, cookies=leg.life.cookies, listener=_Nobody())
    within = Within(place, _VERBS, _WRONG_VERB, params, strict=True)
    await session.fork(Leg(leg.board, leg.call, life), within).begin(document)


class Background:
    """What one line hears alone until it is stopped; `failed` is called when it cannot be had."""

    def __init__(
        self, session: Session, document: Target, *, place: str, params: Params, failed: Callable[[], None]
    ) -> None:
        self.document = document
        self._session, self._ear = session, ear_of(session.leg)
        self._music: Sounding | None = None
        self._task: asyncio.Task[None] | None = None
        if is_music(document):
            self._music = session.leg.life.line.sound(ROBOT, _hold())
        else:
            self._task = session.board.tasks.spawn(self._perform(document, place, params, failed))

    def stop(self) -> None:
        """Nothing is heard any more."""
        if self._music is not None:
            self._music.cut(self._session.board.clock.time())
        if self._task is not None:
            self._task.cancel()
        self._ear.close()

    async def _perform(
        self, document: Target, place: str, params: Params, failed: Callable[[], None]
    ) -> None:
        try:
            await perform(self._session, document, self._ear, place, params)
        except ExchangeError:
            failed()


@cache
def _hold() -> Clip:
    return joined(music.hold().parts * _ROUNDS, "music")
