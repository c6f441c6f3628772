"""The calls in a queue: https://www.twilio.com/docs/voice/api/member-resource."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.order import Target
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import form_of, is_url
from exchange.rest.paging import page
from exchange.rest.queues import queue_of
from exchange.rooms.queue import Waiter
from exchange.sound.line import Moved

_END_OF_TIME = 1e11  # a listing goes down in time, and a queue up


async def listing(request: web.Request) -> web.StreamResponse:
    """Who waits, the front first."""
    board = request.app[BOARD]
    found = page(
        "queue_members",
        tuple(queue_of(request, "queue").waiting),
        lambda waiter: body(waiter, board),
        path=request.path,
        query=request.query,
        moment=lambda waiter: _END_OF_TIME - waiter.created,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One call, by its SID or as `Front`."""
    return web.json_response(body(_waiter(request), request.app[BOARD]))


async def update(request: web.Request) -> web.StreamResponse:
    """Takes a call out of the queue: it goes on with the document of this URL."""
    board, form = request.app[BOARD], await form_of(request)
    waiter, url = _waiter(request), form.get("Url", "")
    if not is_url(url):
        raise RestError(400, 21205, "Url is not a valid URL")
    shown = body(waiter, board)
    waiter.queue.leave(waiter, board.clock.time())
    target = Target(url, "GET" if form.get("Method", "").upper() == "GET" else "POST")
    waiter.leg.life.line.interrupt(Moved(target))
    return web.json_response(shown)


def body(waiter: Waiter, board: Board) -> dict[str, Any]:
    """A Member resource."""
    return {
        "queue_sid": waiter.queue.sid,
        "call_sid": waiter.sid,
        "date_enqueued": rfc2822(waiter.created),
        "position": waiter.position,
        "wait_time": waiter.seconds(board.clock.time()),
        "uri": f"{board.account.uri}/Queues/{waiter.queue.sid}/Members/{waiter.sid}.json",
    }


def _waiter(request: web.Request) -> Waiter:
    waiting, named = queue_of(request, "queue").waiting, request.match_info["call"]
    found = next((waiter for waiter in waiting if named in ("Front", waiter.sid)), None)
    if found is None:
        raise missing(request)
    return found
