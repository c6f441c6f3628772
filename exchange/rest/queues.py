"""The Queue resource: https://www.twilio.com/docs/voice/api/queue-resource."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from exchange.board import Board
from exchange.calls.parameters import rfc2822
from exchange.errors import RestError
from exchange.numerals import is_whole
from exchange.rest.door import BOARD, missing
from exchange.rest.fields import Form, changes, form_of, friendly
from exchange.rest.paging import page
from exchange.rooms.queue import LIMIT, MOST, Queue


def _size(form: Form, name: str) -> int:
    text = form[name]
    if not is_whole(text) or int(text) > MOST:
        raise RestError(400, 20001, f"{name} must be a whole number up to {MOST}")
    return int(text)


_FIELDS = {"FriendlyName": friendly, "MaxSize": _size}


async def create(request: web.Request) -> web.StreamResponse:
    """Makes an empty queue."""
    board, given = request.app[BOARD], changes(await form_of(request), _FIELDS)
    if "friendly_name" not in given:
        raise RestError(400, 20001, "Missing required parameter FriendlyName in the post body")
    _check_name(board, given["friendly_name"], None)
    queue = board.queues.add(given["friendly_name"], board.clock.time(), given.get("max_size", LIMIT))
    return web.json_response(body(queue, board), status=201)


async def listing(request: web.Request) -> web.StreamResponse:
    """The queues, newest first."""
    board = request.app[BOARD]
    found = page(
        "queues",
        board.queues.newest(),
        lambda queue: body(queue, board),
        path=request.path,
        query=request.query,
    )
    return web.json_response(found)


async def fetch(request: web.Request) -> web.StreamResponse:
    """One queue."""
    return web.json_response(body(queue_of(request), request.app[BOARD]))


async def update(request: web.Request) -> web.StreamResponse:
    """Changes the name or the size; who waits already stays."""
    board, queue = request.app[BOARD], queue_of(request)
    given = changes(await form_of(request), _FIELDS)
    _check_name(board, given.get("friendly_name", queue.name), queue)
    queue.name = given.get("friendly_name", queue.name)
    queue.limit = given.get("max_size", queue.limit)
    queue.updated = board.clock.time()
    return web.json_response(body(queue, board))


async def delete(request: web.Request) -> web.StreamResponse:
    """Forgets a queue, which must be empty."""
    queue = queue_of(request)
    if queue.waiting:
        raise RestError(400, 22002, f"Queue {queue.sid} is not empty: only empty queues can be deleted")
    request.app[BOARD].queues.remove(queue)
    return web.Response(status=204)


def queue_of(request: web.Request, part: str = "sid") -> Queue:
    """The queue the path names."""
    queue = request.app[BOARD].queues.at(request.match_info[part])
    if queue is None:
        raise missing(request)
    return queue


def body(queue: Queue, board: Board) -> dict[str, Any]:
    """A Queue resource."""
    return {
        "sid": queue.sid,
        "account_sid": board.account.sid,
        "friendly_name": queue.name,
        "current_size": len(queue.waiting),
        "max_size": queue.limit,
        "average_wait_time": queue.average(board.clock.time()),
        "date_created": rfc2822(queue.created),
        "date_updated": rfc2822(queue.updated),
        "uri": f"{board.account.uri}/Queues/{queue.sid}.json",
    }


def _check_name(board: Board, name: str, own: Queue | None) -> None:
    if board.queues.named(name) not in (None, own):
        raise RestError(400, 22003, f"A queue with the name '{name}' already exists")
