"""The WebSocket at `/signal`, where browsers with the Voice SDK connect."""

from __future__ import annotations

import asyncio
from weakref import WeakSet

from aiohttp import WSCloseCode, WSMsgType, web

from exchange.board import Board
from exchange.browser import message
from exchange.browser.device import Device
from exchange.browser.message import Payload
from exchange.browser.talk import Talks

_BEAT_SECONDS = 5.0  # the SDK gives a connection up on which it heard nothing for 15 s
_LONGEST = 256 * 1024  # bytes of one message; a description of a connection has about 3,000


class Gateway:
    """Every browser that is connected, and the calls of all of them."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._talks = Talks()
        self._sockets: WeakSet[web.WebSocketResponse] = WeakSet()

    async def signal(self, request: web.Request) -> web.StreamResponse:
        """One browser's connection, until either side ends it."""
        socket = web.WebSocketResponse(heartbeat=30.0, max_msg_size=_LONGEST)
        await socket.prepare(request)
        self._sockets.add(socket)
        outbox: asyncio.Queue[str] = asyncio.Queue()

        def send(kind: str, payload: Payload) -> None:
            outbox.put_nowait(message.write(kind, payload))

        device = Device(self._board, self._talks, send)
        writing = asyncio.create_task(_write(socket, outbox))
        try:
            async for found in socket:
                if found.type == WSMsgType.TEXT:
                    await device.take(found.data)
        finally:
            device.close()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
        return socket

    async def close(self, _: web.Application) -> None:
        """Ends every connection and every sound: the exchange stops."""
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)
        await self._talks.close()


async def _write(socket: web.WebSocketResponse, outbox: asyncio.Queue[str]) -> None:
    """Sends what is to be sent, in order, and a heartbeat where there is nothing."""
    while True:
        try:
            text = await asyncio.wait_for(outbox.get(), _BEAT_SECONDS)
        except TimeoutError:
            text = message.HEARTBEAT
        try:
            await socket.send_str(text)
        except ConnectionResetError:
            return
