"""One call of a browser, which may outlive the connection it began on."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from exchange.browser import media
from exchange.browser.message import Payload
from exchange.errors import SignalError
from exchange.people.person import Person
from exchange.sound.clip import Samples
from exchange.sound.line import Line
from exchange.sound.mixer import FRAME, Mixer
from exchange.sound.sounding import Sounding
from exchange.sound.tape import ROBOT

if TYPE_CHECKING:
    from exchange.browser.peer import Peer

Send = Callable[[str, Payload], None]
"""How a message gets to the browser."""

_WAIT_SECONDS = 0.5  # the SDK's `w` among digits
_WAYS_IN = re.compile(r"^a=ice-ufrag:(\S+)", re.MULTILINE)


@dataclass(slots=True, eq=False)
class Talk:
    """A call of a browser; `alias` is the name the browser gave it before it had a SID."""

    owner: str
    beginner: object
    send: Send | None
    alias: str = ""
    sid: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    person: Person | None = None
    mixer: Mixer | None = None
    peer: Peer | None = None
    description: str = ""
    heard_early: bool = False
    is_answered: bool = False
    _browser: str = ""
    _patience: asyncio.TimerHandle | None = None
    _pressing: asyncio.Task[None] | None = None

    def join(self, line: Line) -> Person:
        """Puts whoever sits at the browser on a line."""
        person = Person(line)
        self.begin(person)
        line.tap(self)
        return person

    def start(self, channel: int, sounding: Sounding) -> None:
        """A sound begins on the line of a caller: one that was not answered yet hears it ringing."""
        if channel == ROBOT and not self.heard_early and not self.is_answered:
            self.heard_early = True
            self.say("ringing", {"sdp": self.description})

    def answered(self) -> None:
        """The application answered the browser's call."""
        self.is_answered = True
        self.say("answer", {"sdp": self.description, "reconnect": self.token})

    def begin(self, person: Person) -> None:
        """The person at the browser hears his line from now on."""
        self.person, self.mixer = person, Mixer(person.line)

    async def offer(self) -> str:
        """The description that invites the browser."""
        self.peer = self._peer()
        self.description = await self.peer.offer()
        return self.description

    async def accept(self, answer: str) -> None:
        """The browser's answer to the offer."""
        if self.peer is not None:
            self._browser = _way_in(answer)
            await self.peer.accept(answer)

    async def answer(self, offer: str) -> str:
        """The answer to the browser's offer: the same again for a known one, else a new connection."""
        if self.peer is not None and _way_in(offer) == self._browser:
            return self.description
        peer = self._peer()
        try:
            self.description = await peer.answer(offer)
        except SignalError:
            await peer.close()
            raise
        before, self.peer, self._browser = self.peer, peer, _way_in(offer)
        if before is not None:
            await before.close()
        return self.description

    def say(self, kind: str, payload: Payload) -> None:
        """Tells the browser, if it is there."""
        if self.send is not None:
            self.send(kind, {"callsid": self.sid or self.alias} | dict(payload))

    def press(self, keys: str) -> None:
        """The browser sends digits; `w` waits half a second."""
        before = self._pressing
        self._pressing = asyncio.ensure_future(self._press(keys, before))

    async def _press(self, keys: str, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        for run in re.findall("w|[^w]+", keys):
            if run == "w":
                await asyncio.sleep(_WAIT_SECONDS)
            elif self.person is not None:
                self.person.press(run)

    def hang_up(self) -> None:
        """The browser ends the call, or cannot be reached any more."""
        if self.person is not None:
            self.person.hang_up()

    def leave(self, seconds: float) -> None:
        """The browser's connection is lost; the call goes on for so long without it."""
        self.send = None
        self._patience = asyncio.get_running_loop().call_later(seconds, self.hang_up)

    def come_back(self, send: Send) -> None:
        """The browser has a connection again."""
        self.send = send
        if self._patience is not None:
            self._patience.cancel()

    async def close(self) -> None:
        """Ends the sound."""
        if self._patience is not None:
            self._patience.cancel()
        if self._pressing is not None:
            self._pressing.cancel()
        if self.mixer is not None:
            self.mixer.close()
        if self.peer is not None:
            await self.peer.close()

    def _peer(self) -> Peer:
        return media.peer(self._frame, self._push, self.hang_up)

    def _frame(self) -> Samples:
        return self.mixer.frame() if self.mixer is not None else np.zeros(FRAME, np.int16)

    def _push(self, samples: Samples) -> None:
        if self.person is not None:
            self.person.push(samples)


def _way_in(description: str) -> str:
    """What tells one WebRTC connection of a browser from another."""
    found = _WAYS_IN.search(description)
    return found[1] if found else ""


class Talks:
    """The calls of all browsers that are going on."""

    def __init__(self) -> None:
        self._going: set[Talk] = set()
        self._ending: set[asyncio.Task[None]] = set()

    def add(self, talk: Talk) -> None:
        """A call begins."""
        self._going.add(talk)

    def end(self, talk: Talk) -> None:
        """A call is over; its sound ends in the background."""
        self._going.discard(talk)
        task = asyncio.ensure_future(talk.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def close(self) -> None:
        """Ends the sound of all of them."""
        for talk in tuple(self._going):
            self.end(talk)
        await asyncio.gather(*self._ending)

    def sent_by(self, send: Send) -> list[Talk]:
        """The calls of a connection."""
        return [talk for talk in self._going if talk.send == send]

    def named(self, name: str, send: Send) -> Talk | None:
        """The call of a connection by its SID, or by the name the browser gave it."""
        return next((talk for talk in self.sent_by(send) if name in (talk.sid, talk.alias)), None)

    def begun(self, beginner: object, sid: str) -> Talk | None:
        """The call of this SID that began on a connection, wherever it goes on now."""
        return next((one for one in self._going if one.beginner is beginner and one.sid == sid), None)

    def resumed_by(self, token: str) -> Talk | None:
        """The call that this token takes up again."""
        given = token.encode()
        return next((one for one in self._going if secrets.compare_digest(one.token.encode(), given)), None)
