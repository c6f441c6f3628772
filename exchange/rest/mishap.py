"""REST requests that meet with misfortune on purpose, as the faults file says."""

from __future__ import annotations

import asyncio

from aiohttp import web

from exchange.account import API_VERSION
from exchange.board import Board
from exchange.errors import RestError
from exchange.faults import Mishap
from exchange.rest.door import BOARD, Handler, refusal

FAULT = "X-Exchange-Fault"
"""The header of an answer that says what befell it."""

_STATUSES = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}
_UNANSWERED_SECONDS = 120.0  # real ones: longer than the patience of any client
_PIECES = 20


@web.middleware
async def mishap(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Lets a request of the REST API go wrong; the control API is spared."""
    board = request.app[BOARD]
    if not request.path.startswith(f"/{API_VERSION}/"):
        return await handler(request)
    fate = await _fate(board, request)
    for name in fate.names():
        board.log.counts[f"fault {name}"] += 1
    if fate.unanswered or fate.reset:
        return await _ignored(request, fate)
    answer = await (_refused(fate.refusal) if fate.refusal is not None else handler(request))
    if names := fate.names():
        answer.headers[FAULT] = ", ".join(names)
    if fate.delay:
        await board.clock.sleep(fate.delay)
    if fate.cut:
        _abort(request)
    return await _dribbled(board, request, answer, fate.slow) if fate.slow else answer


async def _refused(code: int) -> web.StreamResponse:
    return refusal(RestError(_STATUSES.get(code, 400), code, "refused by the faults file"))


async def _fate(board: Board, request: web.Request) -> Mishap:
    if request.method != "POST" or not request.path.endswith("/Calls.json"):
        return board.plan.faults.request(request.method, request.path)
    try:
        number = (await request.post()).get("To", "") if board.plan.faults.meets_calls else ""
    except (ValueError, LookupError):  # no form in UTF-8: its handler says so
        number = ""
    return board.plan.faults.submission(str(number))


async def _ignored(request: web.Request, fate: Mishap) -> web.StreamResponse:
    """The request is not carried out: cut off at once, or unanswered until the client gives up."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + (_UNANSWERED_SECONDS if fate.unanswered else 0.0)
    while loop.time() < ends and request.transport is not None:
        await asyncio.sleep(0.05)
    _abort(request)
    return web.Response()


async def _dribbled(
    board: Board, request: web.Request, answer: web.StreamResponse, seconds: float
) -> web.StreamResponse:
    """The answer in small pieces."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else None
    if not body:
        return answer
    slow = web.StreamResponse(status=answer.status, headers=answer.headers)
    await slow.prepare(request)
    size = -(-len(body) // _PIECES)
    for start in range(0, len(body), size):
        await board.clock.sleep(seconds / _PIECES)
        await slow.write(body[start : start + size])
    return slow


def _abort(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
