"""The addresses browsers use: signalling, the SDK itself and its sounds, and the place for its statistics."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from exchange.board import Board
from exchange.browser import sounds
from exchange.browser.signalling import Gateway

SDK = Path(__file__).parent / "vendor" / "twilio-voice-sdk-2.18.5.min.js"
"""Twilio's Voice SDK for browsers, unmodified: @twilio/voice-sdk 2.18.5, Apache-2.0."""

_SCRIPT = Path(__file__).parent / "local.js"
_OPEN = {"Access-Control-Allow-Origin": "*"}
_MAY_POST = _OPEN | {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Content-Type, X-Twilio-Token",
}


def install(application: web.Application, board: Board) -> None:
    """Adds the addresses; the connections end with the application."""
    gateway = Gateway(board)
    application.on_shutdown.append(gateway.close)
    application.add_routes(
        [
            web.get("/signal", gateway.signal),
            web.get("/sdk/twilio.min.js", _sdk),
            web.get("/sdk/local.js", _script),
            web.get("/sdk/sounds/{name}.mp3", _sound),
            web.get("/js/client/sounds/releases/1.0.0/{name}.mp3", _sound),
            web.options("/v4/{kind:EndpointEvents|EndpointMetrics}", _drop),
            web.post("/v4/{kind:EndpointEvents|EndpointMetrics}", _drop),
        ]
    )


async def _sdk(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(SDK, headers=_OPEN)


async def _script(request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_SCRIPT, headers=_OPEN)


async def _sound(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in sounds.NAMES:
        raise web.HTTPNotFound
    return web.Response(body=sounds.mp3(name), content_type="audio/mpeg", headers=_OPEN)


async def _drop(request: web.Request) -> web.StreamResponse:
    """What the SDK would tell Twilio about the quality of calls: nobody keeps it here."""
    return web.Response(headers=_MAY_POST)
