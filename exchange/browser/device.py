"""A browser with Twilio's Voice SDK, as the gateway sees it: it signs in, calls, and is called."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl, quote

from exchange.board import Board
from exchange.browser import message, token
from exchange.browser.message import Payload
from exchange.browser.talk import Talk, Talks
from exchange.browser.token import Token
from exchange.call import Call
from exchange.dialling import arrive
from exchange.errors import SignalError
from exchange.line import Line
from exchange.order import EVENTS, Order
from exchange.person import Person

_PATIENCE = 10.0
"""Seconds a call lasts without its browser's connection, unless the browser asks for more."""

_LONGEST_PATIENCE = 30.0  # what the SDK asks for at most
_LONGEST_MESSAGE = 10_000  # Twilio: bytes of a call message
_KEYS = re.compile(r"[0-9*#w]+")
_PLACE = {"region": "us1", "home": "us1", "edge": "ashburn", "gateway": "exchange"}

# What a call that was never answered ends with, in the SDK's numbers: busy here, declined, something else.
_ENDINGS = {"busy": 31486, "no-answer": 31603, "failed": 31000}

# What the exchange says itself in a webhook; a browser cannot say it in its place.
_OURS = {"CallSid", "AccountSid", "From", "Caller", "Called", "CallStatus", "ApiVersion", "Direction", "To"}


class Device:
    """One connection of one browser; `send` gets a message to it. It is the `Handset` of its identity."""

    def __init__(self, board: Board, talks: Talks, send: Callable[[str, Payload], None]) -> None:
        self._board, self._talks, self.send = board, talks, send
        self._token: Token | None = None
        self._address: str | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._patience = _PATIENCE
        self._ringing: dict[str, asyncio.Future[tuple[str, str]]] = {}

    async def take(self, text: str) -> None:
        """Does what a message asks for; a refusal is told to the browser."""
        if not text.strip():
            return
        try:
            found = message.read(text)
            handler = _HANDLERS.get(found.type)
            if handler is not None:
                await handler(self, found.payload)
        except SignalError as refusal:
            self.send("error", message.error(refusal))

    def close(self) -> None:
        """The connection is gone: nobody rings here, and calls wait for another one for a while."""
        self._sign_out()
        if self._expiry is not None:
            self._expiry.cancel()
        for decision in self._ringing.values():
            _decide(decision, "no-answer")
        for talk in self._talks.of(self._owner):
            if talk.send == self.send:
                talk.leave(self._patience)

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        """Rings in the browser until it accepts or rejects."""
        talk = Talk(self._owner, self.send)
        talk.begin(call.sid, person)
        self._ringing[call.sid] = asyncio.get_running_loop().create_future()
        try:
            ending = await self._invite(talk, call, parameters)
        except SignalError as refusal:
            ending = "failed"
            talk.say("hangup", message.error(refusal))
        except asyncio.CancelledError:
            talk.say("cancel", {})
            raise
        finally:
            del self._ringing[call.sid]
            if talk not in self._talks.of(self._owner):
                await talk.close()
        return ending

    def connected(self, call: Call) -> None:
        """The application answered the browser's call."""
        talk = self._talks.named(call.sid)
        if talk is not None and talk.alias:
            talk.say("answer", {"sdp": talk.description, "reconnect": talk.token})

    def over(self, call: Call) -> None:
        """The call has ended."""
        talk = self._talks.named(call.sid)
        if talk is None:
            return
        code = _ENDINGS.get(call.status) if call.answered is None else None
        refusal = message.error(SignalError(code, f"The call ended: {call.status}")) if code else {}
        talk.say("hangup", refusal)
        self._talks.drop(talk)
        self._board.tasks.spawn(talk.close())

    @property
    def _owner(self) -> str:
        return self._token.address if self._token is not None else ""

    async def _invite(self, talk: Talk, call: Call, parameters: Mapping[str, str]) -> str:
        sdp = await talk.offer()
        told = {
            "From": call.order.caller,
            "To": call.order.to,
            "CallSid": call.sid,
            "AccountSid": self._board.account.sid,
            "Params": "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items()),
        }
        talk.say("invite", {"sdp": sdp, "reconnect": talk.token, "parameters": told})
        ending, answer = await self._ringing[call.sid]
        if ending == "answered":
            await talk.accept(answer)
            self._talks.add(talk)
        return ending

    async def _listen(self, payload: Payload) -> None:
        text, now = message.text(payload, "token"), time.time()
        try:
            self._token = token.read(text, self._board.account.sid, self._secret, now)
        except SignalError as refusal:
            self._board.notify("", refusal.code, refusal.message)
            raise
        self._patience = _seconds(payload.get("reconnectTimeout"))
        self._expire_in(self._token.expires - now)
        if self._address is not None:  # a new token for a browser that signed in before
            self._sign_in(self._token)
        told = {"identity": self._token.identity, "ttl": int(self._token.expires - now)}
        self.send("connected", _PLACE | {"token": told})

    async def _register(self, payload: Payload) -> None:
        bearer = self._bearer()
        media = payload.get("media")
        if isinstance(media, dict) and media.get("audio") is False:
            self._sign_out()
            self.send("offline", {})
            return
        self._check_speed()
        self._sign_in(bearer)
        self.send("ready", {})

    async def _call(self, payload: Payload) -> None:
        name = message.text(payload, "callsid")
        try:
            if "reconnect" in payload:
                await self._resume(payload)
            else:
                await self._place(payload, name)
        except SignalError as refusal:
            self.send("hangup", {"callsid": name} | message.error(refusal))

    async def _place(self, payload: Payload, name: str) -> None:
        order, params = self._order(payload)
        talk = Talk(self._owner, self.send, alias=name)
        try:
            await talk.answer(message.text(payload, "sdp"))
        except SignalError:
            await talk.close()
            raise

        def far(line: Line) -> Person:
            return Person(line)

        self._talks.add(talk)
        call = arrive(self._board, order, far, handset=self, params=params)
        talk.begin(call.sid, far)
        talk.say("ringing", {})
