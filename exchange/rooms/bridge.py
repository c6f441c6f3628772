"""Several telephones rung at once; the first to answer is connected with the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.calls.amd import Greeting
from exchange.calls.call import Call
from exchange.calls.detecting import detect
from exchange.calls.leg import Leg
from exchange.calls.mingle import mingle
from exchange.calls.outgoing import dial, send_digits
from exchange.order import LONGEST, Order, Target
from exchange.rooms.room import Room
from exchange.rooms.terms import STAR, Terms
from exchange.sound import tones
from exchange.sound.line import HungUp, Key, Moved, Summoned
from exchange.sound.tape import ROBOT
from exchange.verb import Goto
from exchange.within import Within

if TYPE_CHECKING:
    from exchange.performance.session import Session
    from exchange.verbs.taping import DialTape

_WHISPERS = frozenset({"Say", "Play", "Gather", "Pause", "Redirect", "Hangup"})


@dataclass(frozen=True, slots=True)
class Callee:
    """Whom to ring, and what is played to him before he is connected."""

    order: Order
    whisper: Target | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: Twilio's `DialCallStatus`, the call that counts, and whether the two talked."""

    status: str
    call: Call | None = None
    bridged: bool = False
    seconds: int | None = None


class Bridge:
    """One `<Dial>`: its callees ring, one wins, and the two talk in a room."""

    def __init__(self, session: Session, terms: Terms, tape: DialTape) -> None:
        self._session, self._terms, self._tape = session, terms, tape
        self._caller: Leg = session.leg
        self._room = Room()
        self._ringing: list[Leg] = []
        self._winner: Leg | None = None
        self._last: Call | None = None
        self._moved = False
        self._canceled = False
        self._closed = False

    async def connect(self, callees: Sequence[Callee]) -> Outcome:
        """Rings everybody and connects the first who answers; gives the outcome when it is over."""
        if not callees:
            return Outcome("failed")
        try:
            await self._ring(callees)
            if self._winner is not None:
                await self._talk(self._winner)
        finally:
            self._close()
        return self._outcome()

    async def _ring(self, callees: Sequence[Callee]) -> None:
        board = self._caller.board
        self._tape.rings()
        for callee in callees:
            talk = _Part(self, callee).talk
            self._ringing.append(dial(board, callee.order, talk, parent=self._caller.call, over=self.gone))
        line = self._caller.life.line
        ringing = line.sound(ROBOT, tones.RINGING)
        line.forget_events()
        try:
            while True:
                event = await line.event(LONGEST)
                if isinstance(event, Key):
                    self._key(event.key)
        except Summoned as why:
            if why.reason == STAR:
                self._last, self._canceled = self._ringing[0].call, True
        finally:
            ringing.cut(board.clock.time())

    async def _talk(self, winner: Leg) -> None:
        self._session.pick_up()
        self._tape.connects()
        member = self._room.join(self._caller)
        try:
            with self._terms.limiting(self._caller.life.line):
                if winner in self._ringing:
                    await mingle(self._caller, self._key)
        except Summoned:
            return
        finally:
            self._room.leave(member)

    def _key(self, key: str) -> None:
        self._terms.press(self._caller.life.line, key)

    def taken(self, leg: Leg) -> bool:
        """Whether this leg is the first to be ready; the others are given up then."""
        if self._winner is not None:
            return False
        self._winner = leg
        for other in self._ringing:
            if other is not leg:
                _give_up(other)
        self._room.join(leg)
        self._caller.life.line.interrupt(Summoned("answered"))
        return True

    def gone(self, leg: Leg, *, moved: bool = False) -> None:
        """A leg is not part of this any more."""
        if leg not in self._ringing:
            return
        self._ringing.remove(leg)
        self._last, self._moved = leg.call, moved
        if (member := self._room.members.get(leg.call.sid)) is not None:
            self._room.leave(member)
        if not self._closed and (leg is self._winner or not self._ringing):
            self._caller.life.line.interrupt(Summoned("over"))

    def _close(self) -> None:
        """Hangs up whom nobody talks to any more; a leg that was sent elsewhere goes its own way."""
        self._closed = True
        for leg in self._ringing:
            _give_up(leg)
        self._caller.life.line.unsummon()

    def _outcome(self) -> Outcome:
        if self._winner is None:
            return Outcome("canceled" if self._canceled else _status(self._last), self._last)
        call = self._winner.call
        talked = self._caller.board.clock.time() - (call.answered or 0.0)
        return Outcome(
            "completed", call, bridged=True, seconds=None if self._moved else max(1, round(talked))
        )

    def session_of(self, leg: Leg, *, whispering: bool = False) -> Session:
        """A performance on a callee's line."""
        within = Within("before the parties are connected", _WHISPERS, 13201) if whispering else None
        return self._session.fork(leg, within)


def _give_up(leg: Leg) -> None:
    leg.life.line.interrupt(HungUp("canceled" if leg.call.answered is None else "completed"))


def _status(call: Call | None) -> str:
    """`DialCallStatus` of a call that was not connected."""
    return "failed" if call is None else call.status


@dataclass(frozen=True, slots=True)
class _Part:
    """One callee's part in a bridge."""

    bridge: Bridge
    callee: Callee

    async def talk(self, leg: Leg, greeting: Greeting) -> str:
        """Hears the whisper, then talks with the caller."""
        try:
            return await self._connected(leg, greeting)
        except Moved as moved:
            self.bridge.gone(leg, moved=True)
            return await self.bridge.session_of(leg).to_the_end(Goto(moved.document))

    async def _connected(self, leg: Leg, greeting: Greeting) -> str:
        await detect(leg, greeting)
        await send_digits(leg)
        if self.callee.whisper is not None:
            whisper = self.bridge.session_of(leg, whispering=True)
            if await whisper.run(Goto(self.callee.whisper)) is not None:
                return "completed"
        if self.bridge.taken(leg):
            await mingle(leg)
        return "completed"
