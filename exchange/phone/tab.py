"""A browser tab: signed in at a number, it rings for that number and calls from it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from exchange.board import Board
from exchange.calls.call import Call
from exchange.errors import SignalError
from exchange.people.person import Person
from exchange.performance.dialling import arrive
from exchange.phone import numbers, outgoing, shown
from exchange.phone.talk import Caption, Talk
from exchange.sound.line import Line

Message = Mapping[str, Any]
Send = Callable[[Message], None]

_LONGEST = 20_000  # characters of a text
_SETTLED = 0.05  # seconds after which a call that nobody took has its final status


class Tab:
    """One tab, which outlives its connection for a while; `send` gets a message to it when there is one.

    `moved` is called when it signs in or out. The page shows what `state` says: nothing is decided there.
    """

    def __init__(self, board: Board, send: Send, moved: Callable[[], None]) -> None:
        self.board, self._moved = board, moved
        self.send: Send | None = send
        self.number = ""
        self.talk: Talk | None = None
        self._choice: asyncio.Future[str] | None = None

    async def take(self, message: Message) -> None:
        """Does what a message asks for; what is out of place is left alone."""
        does = _DOES.get(_text(message, "type"))
        if does is not None:
            await does(self, message)

    def show(self) -> None:
        """Tells the page everything."""
        self._tell({"type": "state", **shown.state(self.board, self.number, self.talk)})

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        """Rings until the person accepts or declines; who talks already is busy."""
        if self.talk is not None:
            return "busy"
        self.talk = Talk(call, person, "ringing", self._caption, parameters)
        self._choice = asyncio.get_running_loop().create_future()
        self.show()
        ending = "no-answer"
        try:
            ending = await self._choice
        finally:
            self._choice = None
            if ending != "answered":
                self._end(call)
        return ending

    def connected(self, call: Call) -> None:
        """The call was answered, here or at its other end."""
        if self.talk is not None and self.talk.call is call:
            self.talk.stage = "talking"
            self.show()

    def over(self, call: Call) -> None:
        """The call has ended."""
        if self.talk is not None and self.talk.call is call:
            self._end(call)

    def leave(self) -> None:
        """The tab will not come back: its call ends, and the number is free."""
        self.send = None
        if self._choice is not None and not self._choice.done():
            self._choice.set_result("no-answer")
        elif self.talk is not None:
            self.talk.hang_up()
        self._sign_out()
        self._moved()

    async def be_quiet(self) -> None:
        """Ends the sound of a call that the exchange will not live to end."""
        if self.talk is not None:
            await self.talk.be_quiet()

    def _end(self, call: Call) -> None:
        talk, self.talk = self.talk, None
        if talk is not None:
            self.board.tasks.spawn(talk.be_quiet())
            asyncio.get_running_loop().call_later(_SETTLED, self._report, call)

    def _report(self, call: Call) -> None:
        if self.talk is None:
            self._tell({"type": "ended", "call": shown.past(self.board, call)})
        self.show()

    def _tell(self, message: Message) -> None:
        if self.send is not None:
            self.send(message)

    def _caption(self, caption: Caption) -> None:
        if self.talk is not None:
            place = len(self.talk.captions) - 1
            self._tell({"type": "caption", "place": place, "caption": shown.caption(caption)})

    def _refuse(self, reason: str) -> None:
        self._tell({"type": "refused", "reason": reason})

    async def _sign_in(self, message: Message) -> None:
        number = numbers.read(_text(message, "number"))
        if self.board.clock.speed != 1:
            self._refuse("speed")
        elif number is None:
            self._refuse("number")
        elif self.talk is None:
            self._sign_out()
            self.number = number
            self.board.handsets.add(number, self)
            self.board.speech.warm()
            self._moved()

    async def _leave_number(self, _: Message) -> None:
        if self.talk is None:
            self._sign_out()
            self._moved()

    def _sign_out(self) -> None:
        if self.number:
            self.board.handsets.remove(self.number, self)
            self.number = ""

    async def _dial(self, message: Message) -> None:
        if not self.number or self.talk is not None:
            return
        order = outgoing.order(self.board, self.number, _text(message, "to"), _text(message, "url"))
        if isinstance(order, str):
            self._refuse(order)
            return
        people: list[Person] = []

        def far(line: Line) -> Person:
            people.append(Person(line))
            return people[0]

        call = arrive(self.board, order, far, handset=self)
        self.talk = Talk(call, people[0], "calling", self._caption)
        self.show()

    async def _accept(self, _: Message) -> None:
        self._choose("answered")

    async def _decline(self, _: Message) -> None:
        self._choose("busy")

    def _choose(self, ending: str) -> None:
        if self._choice is not None and not self._choice.done():
            self._choice.set_result(ending)

    async def _hang_up(self, _: Message) -> None:
        if self._choice is not None:
            self._choose("busy")
        elif self.talk is not None:
            self.talk.hang_up()

    async def _press(self, message: Message) -> None:
        if self.talk is not None and self.talk.stage == "talking":
            self.talk.press(_text(message, "keys"))

    async def _say(self, message: Message) -> None:
        words = _text(message, "words").strip()
        if self.talk is not None and self.talk.stage == "talking" and words:
            voice = self.board.plan.town.voice(self.number)
            self.board.tasks.spawn(self.talk.say(words, self.board.speech, voice))

    async def _offer(self, message: Message) -> None:
        talk = self.talk
        if talk is None:
            return
        try:
            sdp = await talk.answer(_text(message, "sdp"))
        except SignalError as refusal:
            await talk.be_quiet()
            self._tell({"type": "soundless", "code": refusal.code})
        else:
            self._tell({"type": "sound", "call": talk.call.sid, "sdp": sdp})


_DOES = {
    "sign_in": Tab._sign_in,
    "sign_out": Tab._leave_number,
    "dial": Tab._dial,
    "accept": Tab._accept,
    "decline": Tab._decline,
    "hang_up": Tab._hang_up,
    "press": Tab._press,
    "say": Tab._say,
    "offer": Tab._offer,
}


def _text(message: Message, name: str) -> str:
    value = message.get(name)
    return value[:_LONGEST].encode(errors="replace").decode() if isinstance(value, str) else ""
