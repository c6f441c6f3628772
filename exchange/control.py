"""What Twilio has no API for: health, counters, incoming calls, what went wrong, what a recording lacks."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from exchange.customer import TELEPHONE, Puppet, Response
from exchange.dialling import arrive
from exchange.errors import RestError
from exchange.order import EVENTS, Order, Target
from exchange.rest import bodies
from exchange.rest.calls import call_of
from exchange.rest.door import BOARD
from exchange.rest.recordings import tape_of


def routes() -> list[web.RouteDef]:
    """The addresses of the control API."""
    return [
        web.get("/control/health", health),
        web.get("/control/counters", counters),
        web.get("/control/notifications", notifications),
        web.post("/control/calls", incoming),
        web.get("/control/calls/{call}", call),
        web.get("/control/recordings/{recording}", recording),
    ]


async def health(request: web.Request) -> web.StreamResponse:
    """That the exchange runs, and what its clock shows."""
    clock = request.app[BOARD].clock
    return web.json_response({"status": "ok", "now": clock.now().isoformat(), "speed": clock.speed})


async def counters(request: web.Request) -> web.StreamResponse:
    """How much of everything there was."""
    board = request.app[BOARD]
    running = sum(1 for one in board.register.calls() if not one.over)
    counts = dict(sorted(board.log.counts.items()))
    return web.json_response(
        {"running": running, "webhooks": board.webhooks.sent, "tasks": len(board.tasks)} | counts
    )


async def notifications(request: web.Request) -> web.StreamResponse:
    """Errors and warnings, of one call with `?call=CA…`."""
    return web.json_response({"notifications": request.app[BOARD].log.listing(request.query.get("call"))})


async def incoming(request: web.Request) -> web.StreamResponse:
    """An incoming call: `{"to", "from", "url", "answers": [{"keys" | "say" | "hang_up", "after"}]}`."""
    board = request.app[BOARD]
    order, caller = _incoming(await _json(request))
    return web.json_response(bodies.call(arrive(board, order, lambda _: caller), board.account), status=201)


async def call(request: web.Request) -> web.StreamResponse:
    """A call with its persona and what went wrong on it."""
    board, one = request.app[BOARD], call_of(request)
    extra = {"persona": one.persona, "notifications": board.log.listing(one.sid)}
    return web.json_response(bodies.call(one, board.account) | extra)


async def recording(request: web.Request) -> web.StreamResponse:
    """A recording, and how many of its seconds are silence where words should be."""
    board, tape = request.app[BOARD], tape_of(request)
    extra = {"silent_seconds": tape.timeline().silent_seconds, "seconds": tape.duration}
    return web.json_response(bodies.recording(tape, board.account, board.base_url) | extra)


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        data = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RestError(400, 20001, "the body must be JSON") from error
    if not isinstance(data, dict):
        raise RestError(400, 20001, "the body must be a JSON object")
    return data


def _incoming(data: dict[str, Any]) -> tuple[Order, Puppet]:
    for name in ("to", "from", "url"):
        if not isinstance(data.get(name), str):
            raise RestError(400, 20001, f"{name}: a text is wanted")
    order = Order(
        to=data["to"],
        caller=data["from"],
        document=Target(data["url"], data.get("method", "POST")),
        fallback=_target(data, "fallback_url"),
        status=_target(data, "status_callback"),
        events=frozenset(EVENTS),
    )
    answers = data.get("answers", [])
    if not isinstance(answers, list):
        raise RestError(400, 20001, "answers: a list is wanted")
    return order, Puppet([_response(answer) for answer in answers])


def _target(data: dict[str, Any], name: str) -> Target | None:
    return Target(data[name]) if isinstance(data.get(name), str) else None


def _response(answer: Any) -> Response:
    if not isinstance(answer, dict) or set(answer) - {"keys", "say", "after", "hang_up"}:
        raise RestError(400, 20001, "answers: a list of objects with keys, say, after or hang_up is wanted")
    keys = str(answer.get("keys", ""))
    if any(key not in TELEPHONE for key in keys):
        raise RestError(400, 20001, f"answers: keys may hold {TELEPHONE}")
    return Response(
        keys=keys,
        words=str(answer.get("say", "")),
        after=_seconds(answer.get("after", 1.0)),
        hangs_up=bool(answer.get("hang_up", False)),
    )


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise RestError(400, 20001, "answers: after must be seconds")
    return float(value)
