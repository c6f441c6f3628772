"""The Voice SDK's signalling by hand, for tests that need no browser, and the tokens for it."""

from __future__ import annotations

import asyncio
import json
import time
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import jwt
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from exchange_studio import ACCOUNT, Line
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant

from exchange.directory import Application

APPLICATION = "AP" + "c" * 32


def token(identity: str | None = "alice", ttl: int = 600, **grants: Any) -> str:
    """A token as an application signs it with Twilio's library."""
    signed = AccessToken(ACCOUNT.sid, ACCOUNT.api_key, ACCOUNT.api_secret, identity=identity, ttl=ttl)
    wanted = {"outgoing_application_sid": APPLICATION, "incoming_allow": True} | grants
    signed.add_grant(VoiceGrant(**wanted))
    return str(signed.to_jwt())


def forged(*, header: dict[str, Any] | None = None, secret: str = ACCOUNT.api_secret, **claims: Any) -> str:
    """A token with something changed; a claim that is None is left out."""
    good = jwt.decode(token(), options={"verify_signature": False})
    kept = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(
        kept, secret, "HS256", {"cty": "twilio-fpa;v=1", "alg": "HS256", "typ": "JWT"} | (header or {})
    )


def install_application(line: Line, path: str = "/voice", **extra: Any) -> None:
    """The TwiML application that the tokens name."""
    now = time.time()
    line.board.directory.applications[APPLICATION] = Application(
        sid=APPLICATION,
        created=now,
        updated=now,
        friendly_name="softphone",
        voice_url=line.url(path) if path else None,
        **extra,
    )


class Wire:
    """One signalling connection: `async with Wire(line) as wire`."""

    def __init__(self, line: Line) -> None:
        self._url = line.board.base_url + "/signal"

    async def __aenter__(self) -> Wire:
        self._session = ClientSession()
        self.socket: ClientWebSocketResponse = await self._session.ws_connect(self._url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.socket.close()
        await self._session.close()

    async def send(self, kind: str, **payload: Any) -> None:
        await self.socket.send_str(json.dumps({"type": kind, "version": "1.6", "payload": payload}))

    async def next(self, seconds: float = 8.0) -> tuple[str, dict[str, Any]]:
        """The next message that is no heartbeat."""
        while True:
            found = await asyncio.wait_for(self.socket.receive(), seconds)
            assert found.type == WSMsgType.TEXT, f"the exchange ended the connection: {found}"
            if found.data != "\n":
                message = json.loads(found.data)
                assert message["version"] == "1.6"
                return message["type"], message["payload"]

    async def expect(self, kind: str, seconds: float = 8.0) -> dict[str, Any]:
        """The next message, which must be of this type."""
        found, payload = await self.next(seconds)
        assert found == kind, f"{found} came instead of {kind}: {payload}"
        return payload

    async def listen(self, text: str | None = None, **more: Any) -> dict[str, Any]:
        await self.send("listen", token=token() if text is None else text, browserinfo={}, **more)
        return await self.expect("connected")

    async def register(self, text: str | None = None, **more: Any) -> None:
        await self.listen(text, **more)
        await self.send("register", media={"audio": True})
        await self.expect("ready")

    async def call(self, sdp: str, **params: str) -> str:
        """Calls, and returns the SID of the call when it rings."""
        await self.invite(sdp, **params)
        return str((await self.expect("ringing"))["callsid"])

    async def invite(self, sdp: str, **params: str) -> None:
        await self.send("invite", callsid="TJ1", sdp=sdp, twilio={"params": urlencode(params)})
