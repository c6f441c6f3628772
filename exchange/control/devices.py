"""A telephone of the browser SDK without a browser: a simulated agent who calls the application."""

from __future__ import annotations

from aiohttp import web

from exchange.browser import outgoing
from exchange.control.body import body_of, words_in
from exchange.control.character import persona_in
from exchange.errors import RestError, SignalError
from exchange.people.person import Person
from exchange.performance.dialling import arrive
from exchange.rest import bodies
from exchange.rest.door import BOARD


async def connect(request: web.Request) -> web.StreamResponse:
    """`{"identity", "application", "params"?, "persona"?}`: as `Device.connect`, at any speed.

    Without a persona somebody is there who says nothing and stays until the control API lets him hang up.
    """
    board = request.app[BOARD]
    data = await body_of(request)
    caller = f"client:{words_in(data.get('identity'), 'identity')}"
    application = words_in(data.get("application"), "application")
    params = data.get("params", {})
    if not isinstance(params, dict):
        raise RestError(400, 20001, "params: an object of texts is wanted")
    wanted = {name: words_in(value, f"params: {name}") for name, value in params.items()}
    try:
        order, told = outgoing.placed(board, application, caller, wanted)
    except SignalError as refusal:
        raise RestError(400, refusal.code, refusal.message) from refusal
    who = persona_in(board, data, caller)
    call = arrive(board, order, lambda line: who or Person(line), params=told)
    return web.json_response(bodies.call(call, board.account), status=201)
