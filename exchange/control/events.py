"""What happens on the calls, as it happens: server-sent events."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from itertools import chain

from aiohttp import web

from exchange.board import Board
from exchange.errors import RestError
from exchange.journal import Entry, Listener
from exchange.numerals import is_whole
from exchange.rest.door import BOARD

_BEAT = 15.0  # real seconds; a line of silence that keeps proxies from closing the stream


async def stream(request: web.Request) -> web.StreamResponse:
    """Events of all calls, or of one with `?call=CA…`; from number `since` (or `Last-Event-ID`) on."""
    board, owner = request.app[BOARD], request.query.get("call", "")
    since = request.query.get("since", request.headers.get("Last-Event-ID", ""))
    if since and not is_whole(since):
        raise RestError(400, 20001, "since: the number of an event is wanted")
    answer = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
    with board.journal.listening(owner) as listener, suppress(ConnectionError):  # whoever listened has gone
        await answer.prepare(request)
        with suppress(ConnectionResetError):  # whoever listened has gone
            for entry in _kept(board, owner, int(since)) if since else ():
                await answer.write(_event(entry))
            await _follow(answer, listener)
    return answer


def _kept(board: Board, owner: str, since: int) -> list[Entry]:
    traces = [board.journal.trace(owner)] if owner else list(board.journal.traces())
    entries = chain.from_iterable(trace.entries for trace in traces if trace)
    return sorted((one for one in entries if one.number > since), key=lambda one: one.number)


async def _follow(answer: web.StreamResponse, listener: Listener) -> None:
    while True:
        try:
            async with asyncio.timeout(_BEAT):
                entry = await listener.next()
        except TimeoutError:
            await answer.write(b":\n\n")
            continue
        if entry is None:
            return
        if listener.missed:
            missed, listener.missed = listener.missed, 0
            await answer.write(f"event: missed\ndata: {missed}\n\n".encode())
        await answer.write(_event(entry))


def _event(entry: Entry) -> bytes:
    data = json.dumps(entry.shown(), ensure_ascii=False, default=str)
    return f"id: {entry.number}\nevent: {entry.kind}\ndata: {data}\n\n".encode()
