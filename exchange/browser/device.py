"""A browser with Twilio's Voice SDK, as the gateway sees it: it signs in, calls, and is called."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from exchange.board import Board
from exchange.browser import message, outgoing, token
from exchange.browser.message import Payload
from exchange.browser.talk import Talk, Talks
from exchange.browser.token import Token
from exchange.calls.call import Call
from exchange.errors import SignalError
from exchange.people.person import Person
from exchange.performance.dialling import arrive

_PATIENCE = 10.0
"""Seconds a call lasts without its browser's connection, unless the browser asks for more."""

_LONGEST_PATIENCE = 30.0  # what the SDK asks for at most
_LONGEST_MESSAGE = 10_000  # Twilio: bytes of a call message
_KEYS = re.compile(r"[0-9*#w]+")
_PLACE = {"region": "us1", "home": "us1", "edge": "ashburn", "gateway": "exchange"}

_OF_THE_TOKEN = frozenset({31201, 31204, 31205})

# What a call that was never answered ends with, in the SDK's numbers: busy here, declined, something else.
_ENDINGS = {"busy": 31486, "no-answer": 31603, "failed": 31000}


class Device:
    """One connection of one browser; `send` gets a message to it. It is the `Handset` of its identity."""

    def __init__(self, board: Board, talks: Talks, send: Callable[[str, Payload], None]) -> None:
        self._board, self._talks, self.send = board, talks, send
        self._token: Token | None = None
        self._address: str | None = None
        self._registered = False
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
        for talk in self._talks.sent_by(self.send):
            talk.leave(self._patience)

    async def ring(self, call: Call, person: Person, parameters: Mapping[str, str]) -> str:
        """Rings in the browser until it accepts or rejects."""
        talk = Talk(self._address or call.order.to, self, self.send, sid=call.sid)
        talk.begin(person)
        self._ringing[call.sid] = asyncio.get_running_loop().create_future()
        ending = "canceled"
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
            if ending != "answered":
                self._talks.end(talk)
        return ending

    def connected(self, call: Call) -> None:
        """The application answered the browser's call."""
        talk = self._talks.begun(self, call.sid)
        if talk is not None and talk.alias:
            talk.answered()

    def over(self, call: Call) -> None:
        """The call has ended."""
        talk = self._talks.begun(self, call.sid)
        if talk is None:
            return
        code = _ENDINGS.get(call.status) if call.answered is None else None
        refusal = message.error(SignalError(code, f"The call ended: {call.status}")) if code else {}
        talk.say("hangup", refusal)
        self._talks.end(talk)

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
        if self._registered:  # with its last token
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
            self._refuse(name, refusal)

    def _refuse(self, name: str, refusal: SignalError) -> None:
        """Ends a call that cannot be; what is wrong with the token is an error of the device, too."""
        told = message.error(refusal)
        if told["error"]["code"] in _OF_THE_TOKEN:
            self.send("error", {"callsid": name} | told)
            told = {}
        self.send("hangup", {"callsid": name} | told)

    async def _place(self, payload: Payload, name: str) -> None:
        bearer = self._bearer()
        self._check_speed()
        order, params = outgoing.order(self._board, bearer, payload)
        talk = Talk(bearer.address, self, self.send, alias=name)
        try:
            await talk.answer(message.text(payload, "sdp"))
        except SignalError:
            self._talks.end(talk)
            raise

        self._talks.add(talk)
        talk.sid = arrive(self._board, order, talk.join, handset=self, params=params).sid
        talk.say("ringing", {})

    async def _resume(self, payload: Payload) -> None:
        """A browser that lost its connection, or its page, goes on with its call."""
        bearer = self._bearer()
        talk = self._talks.resumed_by(message.text(payload, "reconnect"))
        if talk is None:
            raise SignalError(31107, "The reconnect parameter is invalid: no such call goes on")
        if talk.owner != bearer.address:
            raise SignalError(31209, "Reconnect attempt is not authorized")
        talk.come_back(self.send)
        talk.say("answer", {"sdp": await talk.answer(message.text(payload, "sdp")), "reconnect": talk.token})

    async def _reinvite(self, payload: Payload) -> None:
        talk = self._talk(payload)
        talk.say("answer", {"sdp": await talk.answer(message.text(payload, "sdp"))})

    async def _accept(self, payload: Payload) -> None:
        decision = self._ringing.get(message.text(payload, "callsid"))
        if decision is not None:
            _decide(decision, "answered", message.text(payload, "sdp"))

    async def _reject(self, payload: Payload) -> None:
        decision = self._ringing.get(message.text(payload, "callsid"))
        if decision is not None:
            _decide(decision, "busy")

    async def _hang_up(self, payload: Payload) -> None:
        name = message.text(payload, "callsid")
        talk = self._talks.named(name, self.send)
        if talk is not None:
            talk.send = None
            talk.hang_up()
        elif name in self._ringing:  # whoever accepts without a microphone hangs up
            _decide(self._ringing[name], "busy")

    async def _press(self, payload: Payload) -> None:
        keys = message.text(payload, "dtmf")
        if _KEYS.fullmatch(keys) is None:
            raise SignalError(31100, "dtmf may hold 0-9, *, # and w")
        self._talk(payload).press(keys)

    async def _message(self, payload: Payload) -> None:
        """A message from the page to the application, which the exchange takes and keeps to itself."""
        event = {"callsid": message.text(payload, "callsid"), "voiceeventsid": payload.get("voiceeventsid")}
        try:
            self._talk(payload)
            if len(str(payload.get("content")).encode()) > _LONGEST_MESSAGE:
                raise SignalError(31212, "Call Message Event Payload size exceeded authorized limit.")
        except SignalError as refusal:
            self.send("error", event | message.error(refusal))
        else:
            self.send("ack", event | {"acktype": "message"})

    def _talk(self, payload: Payload) -> Talk:
        talk = self._talks.named(message.text(payload, "callsid"), self.send)
        if talk is None:
            raise SignalError(31100, "there is no such call")
        return talk

    def _bearer(self) -> Token:
        if self._token is None:
            raise SignalError(31204, "Invalid JWT token: listen with a valid one first")
        if self._token.expires <= time.time():
            raise SignalError(31205, "JWT token expired")
        return self._token

    def _check_speed(self) -> None:
        if self._board.clock.speed != 1:
            raise SignalError(31000, "People talk at speed 1 only: start the exchange with --speed 1")

    def _secret(self, issuer: str) -> str | None:
        key = self._board.directory.key(issuer)
        return key.secret if key is not None else None

    def _sign_in(self, bearer: Token) -> None:
        """The browser rings from now on, if its token lets it."""
        self._sign_out()
        self._registered = True
        if bearer.incoming and bearer.identity:
            self._address = bearer.address
            self._board.handsets.add(bearer.address, self)
            self._board.speech.warm()

    def _sign_out(self) -> None:
        self._registered = False
        if self._address is not None:
            self._board.handsets.remove(self._address, self)
            self._address = None

    def _expire_in(self, seconds: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        """Nobody rings at a browser whose token is out of date; a new one makes it ring again."""
        registered = self._registered
        self._sign_out()
        self._registered = registered
        self.send("error", message.error(SignalError(20104, "Access Token expired")))


_HANDLERS: Mapping[str, Callable[[Device, Payload], Awaitable[None]]] = {
    "listen": Device._listen,
    "register": Device._register,
    "invite": Device._call,
    "reinvite": Device._reinvite,
    "answer": Device._accept,
    "reject": Device._reject,
    "hangup": Device._hang_up,
    "dtmf": Device._press,
    "message": Device._message,
}


def _decide(decision: asyncio.Future[tuple[str, str]], ending: str, answer: str = "") -> None:
    if not decision.done():
        decision.set_result((ending, answer))


def _seconds(value: object) -> float:
    wanted = float(value) if isinstance(value, int | float) else 0.0
    return min(max(wanted, _PATIENCE), _LONGEST_PATIENCE)
