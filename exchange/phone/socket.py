"""The WebSocket of the phone page: one JSON object a message, the first one says who it is."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from exchange.errors import RestError
from exchange.phone import access
from exchange.phone.tab import Message, Tab
from exchange.phone.tabs import TABS
from exchange.rest.door import BOARD


@dataclass(slots=True)
class Sockets:
    """The connections that are open, to be closed when the exchange ends."""

    open: set[web.WebSocketResponse] = field(default_factory=set)


SOCKETS = web.AppKey("sockets", Sockets)
"""Where the handlers find them."""

_HELLO_SECONDS = 5.0
_HEARTBEAT_SECONDS = 10.0
_GOODBYE_SECONDS = 2.0  # a page that hangs does not hold up the end of the exchange
_LONGEST = 65_536  # an SDP has about two thousand bytes


async def connect(request: web.Request) -> web.StreamResponse:
    """Serves one page until it goes."""
    if not access.is_here(request) or not access.is_own_page(request):
        raise RestError(403, 20403, "The phone page is open to this machine and to itself only")
    socket = web.WebSocketResponse(
        timeout=_GOODBYE_SECONDS, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_LONGEST
    )
    await socket.prepare(request)
    request.app[SOCKETS].open.add(socket)
    try:
        await _greet(request, socket)
    finally:
        request.app[SOCKETS].open.discard(socket)
    return socket


async def _greet(request: web.Request, socket: web.WebSocketResponse) -> None:
    hello = await _hello(socket)
    known = "Authorization" in request.headers  # which the door has looked at
    if not known and not access.admits(request.app[BOARD].account, str(hello.get("ticket", ""))):
        await socket.send_json({"type": "refused", "reason": "ticket"})
        await socket.close(code=WSCloseCode.POLICY_VIOLATION)
        return
    await _serve(request, socket, str(hello.get("tab") or secrets.token_hex(16)))


async def _hello(socket: web.WebSocketResponse) -> Message:
    try:
        return _read(await socket.receive_str(timeout=_HELLO_SECONDS))
    except (TimeoutError, TypeError):  # nothing came, or no text
        return {}


async def _serve(request: web.Request, socket: web.WebSocketResponse, name: str) -> None:
    tabs = request.app[TABS]
    out: asyncio.Queue[Message] = asyncio.Queue()
    send = out.put_nowait
    writer = asyncio.ensure_future(_write(out, socket))
    tab = tabs.come(name, send)
    tab.show()
    try:
        await _listen(socket, tab)
    finally:
        tabs.lose(name, send)
        writer.cancel()


async def _listen(socket: web.WebSocketResponse, tab: Tab) -> None:
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await tab.take(_read(message.data))


async def _write(out: asyncio.Queue[Message], socket: web.WebSocketResponse) -> None:
    while True:
        message = await out.get()
        try:
            await socket.send_json(message)
        except ConnectionError:
            return


def _read(text: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


async def close(application: web.Application) -> None:
    """Ends the connections and all sound."""
    closing = [socket.close(code=WSCloseCode.GOING_AWAY) for socket in application[SOCKETS].open]
    await asyncio.gather(*closing)
    await application[TABS].close()
